"""Read folders of image files."""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from cnnlab.data.decoding import decode, pixel_size
from cnnlab.data.images import ImageData, fixed_order
from cnnlab.data.layout import Labeled, Layout, counted, find_layout
from cnnlab.data.memory import require_memory
from cnnlab.errors import DataError, report

SAMPLE = 200  # headers that are read to find out the sizes
MANY = 1000  # images, before a progress bar pays
NAMED = 5
AT_ONCE = 64  # images that a thread decodes in one go
LARGE = 256  # pixels on a side: what no one means to train on without saying so
NEARLY_BLACK = 16  # of 255: the brightest that 12 bits in a 16-bit file become


def read_folder(
    folder: Path,
    *,
    name: str,
    source: str,
    size: tuple[int, int] | None = None,
    skip_broken: bool = False,
) -> ImageData:
    """Read train/<class>/ with test/<class>/, val/<class>/ or both, or class folders alone, as RGB.

    Args:
        size: (height, width) that every image is scaled and cut to; default: the size they have.
        skip_broken: whether to go on without the files that cannot be read.

    Raises:
        DataError: naming the file or folder that does not fit, and the fix.
    """
    layout = find_layout(folder)
    if layout.ignored:
        report(f"Ignored in {folder}: {counted(layout.ignored)}.")
    parts = [part for part in (layout.train, layout.test, layout.validation) if part]
    files = [path for part in parts for path, _ in part]
    scale = size is not None
    size = size or _common_size(files)
    require_memory(len(files), size)
    decoders = [_Decoder(part, size, scale=scale) for part in parts]
    with tqdm(total=len(files), desc="images", leave=False, disable=len(files) < MANY) as bar:
        read = [decoder.run(bar) for decoder in decoders]
    if broken := {path: why for decoder in decoders for path, why in decoder.broken.items()}:
        _report_broken(broken, len(files), skip_broken=skip_broken)
    if scale:
        report(f"Images are scaled to cover {_text(size)} pixels, and their middle is cut out.")
    for _, labels in read:
        _require_each_class(labels, layout)
    _report_same(decoders, layout)
    (train_images, train_labels), (test_images, test_labels), *validation = read
    if int(train_images.max()) <= NEARLY_BLACK:
        report(
            f"No number in these images is above {NEARLY_BLACK} of 255. 12-bit images in 16-bit "
            f"files look like this; multiply them by 16 first."
        )
    return ImageData(
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        classes=layout.classes,
        name=name,
        source=source,
        validation=validation[0] if validation else None,
        test_name=layout.test_name,
    )


def _common_size(files: Sequence[Path]) -> tuple[int, int]:
    """Return the size of all images, judged by a sample of their headers."""
    step = max(1, len(files) // SAMPLE)
    sizes = {path: size for path in files[::step] if (size := pixel_size(path))}
    if not sizes:
        try:
            decode(files[0])
        except ValueError as error:
            raise DataError(f"{files[0]} {error}, and the others are no better.") from None
    first = next(iter(sizes))
    for path, size in sizes.items():
        if size != sizes[first]:
            raise DataError(_of_two_sizes(first, sizes[first], path, size))
    if max(sizes[first]) > LARGE:
        raise DataError(
            f"The images are {_text(sizes[first])} pixels, more than a network here is trained on "
            f"in reasonable time. --size 32 scales them to 32x32 (in Python: size=32)."
        )
    return sizes[first]


def _of_two_sizes(
    first: Path | None, size: tuple[int, int], other: Path, other_size: tuple[int, ...]
) -> str:
    return (
        f"Images differ in size: {first or 'one'} is {_text(size)} and {other} is "
        f"{_text(other_size)} pixels. --size 32 scales all of them to 32x32 (in Python: size=32)."
    )


class _Decoder:
    """Decode files into one tensor, each where the fixed order puts it: nothing is copied later."""

    def __init__(self, labeled: Labeled, size: tuple[int, int], *, scale: bool) -> None:
        self.labeled, self.size, self.scale = labeled, size, scale
        self.order = fixed_order(len(labeled)).tolist()
        self.images = torch.zeros((len(labeled), 3, *size), dtype=torch.uint8)
        self.broken: dict[Path, str] = {}
        self.digests: dict[Path, bytes] = {}  # equal for equal pixels

    def run(self, bar: tqdm) -> tuple[Tensor, Tensor]:
        """Return the images that can be read, (N, 3, height, width), and their labels."""
        starts = range(0, len(self.order), AT_ONCE)
        with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
            warnings.simplefilter("ignore")  # Pillow's, on odd metadata and very large scans
            try:
                read = pool.map(self._read_some, starts)
            except RuntimeError:  # no thread can be started, as in a browser
                read = map(self._read_some, starts)
            for done in read:
                bar.update(done)
        labels = torch.tensor([self.labeled[index][1] for index in self.order])
        if not self.broken:
            return self.images, labels
        paths = (self.labeled[index][0] for index in self.order)
        kept = torch.tensor([path not in self.broken for path in paths])
        return self.images[kept], labels[kept]

    def _read_some(self, start: int) -> int:
        rows = range(start, min(start + AT_ONCE, len(self.order)))
        for row in rows:
            self._read(row)
        return len(rows)

    def _read(self, row: int) -> None:
        path = self.labeled[self.order[row]][0]
        try:
            pixels = decode(path, self.size if self.scale else None)
        except ValueError as error:
            self.broken[path] = str(error)
            return
        if pixels.shape[:2] != self.size:
            files = (path for path, _ in self.labeled)
            first = next((each for each in files if pixel_size(each) == self.size), None)
            raise DataError(_of_two_sizes(first, self.size, path, pixels.shape[:2]))
        self.images[row].numpy()[...] = pixels.transpose(2, 0, 1)
        self.digests[path] = blake2b(pixels.tobytes(), digest_size=16).digest()


def sentence_on_broken(broken: dict[Path, str], total: int) -> str:
    """Return how many files cannot be read, and why the first of them cannot."""
    paths = sorted(broken)
    named = "; ".join(f"{path} {broken[path]}" for path in paths[:NAMED])
    more = f"; and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return f"{len(paths):,} of {total:,} files cannot be read: {named}{more}."


def _report_broken(broken: dict[Path, str], total: int, *, skip_broken: bool) -> None:
    sentence = sentence_on_broken(broken, total)
    if not skip_broken:
        raise DataError(
            f"{sentence} Fix or delete them, or go on without them: --skip-broken "
            f"(in Python: skip_broken=True)."
        )
    report(f"{sentence} They are left out.")


def _report_same(decoders: Sequence[_Decoder], layout: Layout) -> None:
    """Report the same picture, to the last pixel, in training and in testing, or in two classes."""
    first: dict[bytes, Path] = {}
    label_of: dict[Path, int] = {}
    trained_on = {digest: path for path, digest in decoders[0].digests.items()}
    for decoder, part in zip(decoders, ("", layout.test_name, "validation"), strict=False):
        label_of |= dict(decoder.labeled)
        again = [path for path, digest in decoder.digests.items() if digest in trained_on]
        if again and part:
            path = min(again)
            report(
                f"{len(again):,} of {len(decoder.digests):,} {part} images are training images, "
                f"too, such as {path}, which is {trained_on[decoder.digests[path]]}. A network "
                f"that remembers them looks better than it is: delete one of the two."
            )
    digests = sorted((path, digest) for each in decoders for path, digest in each.digests.items())
    pairs = [(path, first.setdefault(digest, path)) for path, digest in digests]
    if odd := [pair for pair in pairs if label_of[pair[0]] != label_of[pair[1]]]:
        path, other = odd[0]
        report(f"{len(odd):,} images lie in two classes, such as {path}, which is {other}.")


def _require_each_class(labels: Tensor, layout: Layout) -> None:
    counts = torch.bincount(labels, minlength=len(layout.classes))
    if not counts.all():
        empty = layout.classes[int(counts.argmin())]
        raise DataError(f"No image of the class {empty!r} can be read.")


def _text(size: tuple[int, ...]) -> str:
    return f"{size[0]}x{size[1]}"
