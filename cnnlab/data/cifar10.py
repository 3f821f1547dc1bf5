"""Find CIFAR-10 on this machine, or fetch it; never use a file that is not what it should be.

Source:
    Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

import os
import tarfile
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnnlab import course
from cnnlab.data import mirrors
from cnnlab.data.cache import fingerprint, load_saved, save
from cnnlab.data.folders import read_folder
from cnnlab.data.images import ImageData, fixed_order
from cnnlab.errors import DataError, needed, report

BATCHES, IMAGES = "cifar-10-batches-py", "cifar10"
HOW_TO_GET = "`cnnlab download` fetches it (170 MB)"


def data_folder(root: str | os.PathLike | None = None) -> Path:
    """Return `root`, else `$CNNLAB_DATA`, else the user's cache folder."""
    if chosen := root or os.environ.get("CNNLAB_DATA"):
        return Path(chosen).expanduser()
    try:
        from platformdirs import user_cache_path
    except ImportError:
        return Path.home() / ".cache" / "cnnlab"
    return user_cache_path("cnnlab", appauthor=False)


def places(root: str | os.PathLike | None = None) -> list[Path]:
    """Return where to look: in `data_folder`, then in what a host has for the learner."""
    named = root or os.environ.get("CNNLAB_DATA")
    return [data_folder(root), *([] if named else course.hosts_data())]


def load(
    root: str | os.PathLike | None = None, *, download: bool = True, within: float | None = None
) -> ImageData:
    """Return CIFAR-10 from the first place that has all of it.

    In each of `places`, in order: torchvision's folder of batches, the archive, image files in
    `cifar10/train/<class>/` and `cifar10/test/<class>/`; then, if `download`, the mirrors. What
    was read once is kept in `data_folder`, as tensors. `within`: as `mirrors.fetch` takes it.

    Raises:
        DataError: if no place has it, with what was tried and what to do.
    """
    folder = data_folder(root)
    for place in places(root):
        for reader in (_from_original, _from_image_files):
            if (image_data := reader(place, folder)) is not None:
                return image_data
    if not download:
        raise DataError(f"CIFAR-10 is not in {folder}. {HOW_TO_GET}.")
    mirrors.fetch(folder / mirrors.ARCHIVE, within)
    if (image_data := _from_original(folder, folder)) is None:
        raise DataError(f"{folder / mirrors.ARCHIVE} was fetched and cannot be read. {HOW_TO_GET}.")
    return image_data


def find(root: str | os.PathLike | None = None) -> str | None:
    """Return which copy of CIFAR-10 `load` would use, without reading it; None if there is none."""
    for folder in places(root):
        for name in (BATCHES, mirrors.ARCHIVE, IMAGES):
            if (folder / name).exists():
                return str(folder / name)
    saved = data_folder(root) / "cifar10-original.pt"
    return str(saved) if saved.exists() else None


def _from_original(folder: Path, cache: Path) -> ImageData | None:
    """Read the original; its tensors are kept in `cache`: what a host has may be read-only."""
    saved = cache / "cifar10-original.pt"
    if (image_data := load_saved(saved, made_from=mirrors.SHA256)) is not None:
        return image_data
    for name, reader in ((BATCHES, _read_batches), (mirrors.ARCHIVE, _read_archive)):
        if not (folder / name).exists():
            continue
        try:
            image_data = reader(folder / name)
        except DataError as error:
            report(str(error))
            continue
        save(image_data, saved, made_from=mirrors.SHA256)
        return image_data
    return None


def _from_image_files(folder: Path, cache: Path) -> ImageData | None:
    images, saved = folder / IMAGES, cache / "cifar10-pictures.pt"
    if not images.is_dir():
        return None
    made_from = fingerprint(images)
    if (image_data := load_saved(saved, made_from=made_from)) is None:
        jpeg = next(images.glob("train/*/*.jp*g"), None) is not None
        source = "CIFAR-10, JPEG copy" if jpeg else "CIFAR-10, image files"
        image_data = read_folder(images, name="cifar10", source=source)
        save(image_data, saved, made_from=made_from)
    return image_data


def _read_batches(folder: Path) -> ImageData:
    """Read the official pickles with torchvision, which looks at their hashes first."""
    datasets = needed("torchvision.datasets", "reading CIFAR-10's batches needs", DataError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy 2.4 on the numpy 1 pickles of 2009
            train = datasets.CIFAR10(folder.parent, train=True)
            test = datasets.CIFAR10(folder.parent, train=False)
    except RuntimeError:
        raise DataError(f"{folder} is incomplete and is skipped.") from None
    train_images, train_labels = _in_order(train)
    test_images, test_labels = _in_order(test)
    return ImageData(
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        classes=tuple(train.classes),
        name="cifar10",
        source="CIFAR-10",
    )


def _in_order(split: Any) -> tuple[Tensor, Tensor]:
    images = torch.from_numpy(split.data).permute(0, 3, 1, 2).contiguous()
    order = fixed_order(len(images))
    return images[order], torch.tensor(split.targets)[order]


def _read_archive(archive: Path) -> ImageData:
    if mirrors.sha256(archive) != mirrors.SHA256:
        raise DataError(f"{archive} is not the official archive (its hash differs).")
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as tar:
            # Python has filters since 3.11.4; the archive's hash was checked above.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(folder)
            return _read_batches(Path(folder) / BATCHES)
    except OSError as error:
        raise DataError(f"{archive} could not be unpacked ({error.strerror}).") from None
