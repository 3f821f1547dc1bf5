"""Read folders of image files."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from cnnlab.data.decoding import Size, decode, pixel_size
from cnnlab.data.images import ImageData, in_fixed_order
from cnnlab.data.layout import Layout, find_layout
from cnnlab.errors import DataError, report

SAMPLE = 200  # headers that are read to find out the sizes
MANY = 1000  # images, before a progress bar pays
NAMED = 5
COPIES = 3  # of all images, while they are put into order
MUCH = 1e9  # bytes, before it is worth a word


def read_folder(
    folder: Path,
    *,
    name: str,
    source: str,
    size: Size | None = None,
    skip_broken: bool = False,
) -> ImageData:
    """Read train/<class>/ and test/<class>/, or class folders alone, as RGB.

    Args:
        size: (height, width) that every image is scaled and cut to; default: the size they have.
        skip_broken: whether to go on without the files that cannot be read.

    Raises:
        DataError: naming the file or folder that does not fit, and the fix.
    """
    layout = find_layout(folder)
    if layout.ignored:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(layout.ignored.items()))
        report(f"Passed over in {folder}: {kinds}.")
    files = [path for path, _ in layout.train + layout.test]
    scale = size is not None
    size = size or _common_size(files)
    _require_memory(len(files), size)
    images, broken = _decode_all(files, size, scale=scale)
    if broken:
        _report_broken(broken, len(files), skip_broken=skip_broken)
    if scale:
        report(f"Images are scaled to cover {_text(size)} pixels, and their middle is cut out.")
    parts: list[Any] = []
    start = 0
    for labelled in (layout.train, layout.test):
        kept = [i for i, (path, _) in enumerate(labelled) if path not in broken]
        labels = torch.tensor([labelled[i][1] for i in kept])
        _require_each_class(labels, layout)
        rows = images[start : start + len(labelled)][torch.tensor(kept)]
        parts += in_fixed_order(rows.contiguous(), labels)
        start += len(labelled)
    return ImageData(*parts, classes=layout.classes, name=name, source=source)


def _common_size(files: Sequence[Path]) -> Size:
    """Return the size of all images, as far as a sample of headers tells."""
    step = max(1, len(files) // SAMPLE)
    sizes = {path: size for path in files[::step] if (size := pixel_size(path))}
    if not sizes:
        raise DataError(f"{files[0]} and {len(files) - 1} others are not images that can be read.")
    first = next(iter(sizes))
    for path, size in sizes.items():
        if size != sizes[first]:
            raise DataError(_of_two_sizes(first, sizes[first], path, size))
    return sizes[first]


def _of_two_sizes(first: Path, size: Size, other: Path, other_size: Size) -> str:
    return (
        f"Images differ in size: {first} is {_text(size)} and {other} is {_text(other_size)} "
        f"pixels. --size 32 scales all of them to 32x32 (in Python: size=32)."
    )


def _decode_all(
    files: Sequence[Path], size: Size, *, scale: bool
) -> tuple[Tensor, dict[Path, str]]:
    """Return (N, 3, height, width) uint8, and why the files that are broken are."""
    images = np.zeros((len(files), *size, 3), dtype=np.uint8)
    broken: dict[Path, str] = {}

    def read(index: int) -> None:
        path = files[index]
        try:
            pixels = decode(path, size if scale else None)
        except ValueError as error:
            broken[path] = str(error)
            return
        if pixels.shape[:2] != size:
            first = next(each for each in files if pixel_size(each) == size)
            raise DataError(_of_two_sizes(first, size, path, pixels.shape[:2]))
        images[index] = pixels

    bar = tqdm(total=len(files), desc="images", leave=False, disable=len(files) < MANY)
    with bar, ThreadPoolExecutor() as pool:  # decoding releases Python's lock
        for _ in pool.map(read, range(len(files))):
            bar.update()
    return torch.from_numpy(images).permute(0, 3, 1, 2), broken


def _report_broken(broken: dict[Path, str], total: int, *, skip_broken: bool) -> None:
    paths = sorted(broken)
    named = "; ".join(f"{path} {broken[path]}" for path in paths[:NAMED])
    more = f"; and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    sentence = f"{len(paths)} of {total:,} files cannot be read: {named}{more}."
    if not skip_broken:
        raise DataError(
            f"{sentence} Fix or delete them, or go on without them: --skip-broken "
            f"(in Python: skip_broken=True)."
        )
    report(f"{sentence} They are left out.")


def _require_each_class(labels: Tensor, layout: Layout) -> None:
    counts = torch.bincount(labels, minlength=len(layout.classes))
    if not counts.all():
        empty = layout.classes[int(counts.argmin())]
        raise DataError(f"Of the class {empty!r} no image can be read.")


def _require_memory(count: int, size: Size) -> None:
    """Refuse what cannot fit into the memory that is available, before it is tried."""
    needed, available = count * 3 * size[0] * size[1], _available_memory()
    sentence = f"{count:,} images of {_text(size)} pixels take {needed / 1e9:.1f} GB of memory"
    if needed * COPIES > available:
        side = int((available / COPIES / (3 * count)) ** 0.5) // 8 * 8
        raise DataError(
            f"{sentence}, {COPIES} times as much while they are read, and {available / 1e9:.1f} "
            f"GB are available. --size {max(8, side)} would fit."
        )
    if needed > MUCH:
        report(f"{sentence}.")


def _available_memory() -> float:
    """Return the bytes of memory that a process can still have, as far as the system says."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return 1024.0 * int(next(line for line in lines if "MemAvailable" in line).split()[1])
    except (OSError, StopIteration):
        pass
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return float("inf")  # Windows does not say


def _text(size: Size | tuple[int, ...]) -> str:
    return f"{size[0]}x{size[1]}"
