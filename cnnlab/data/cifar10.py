"""Find CIFAR-10 on this machine, or fetch it; never use a file that is not what it should be.

Source:
    Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

import os
import re
import shutil
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Any

import torch
from torch import Tensor

from cnnlab import course
from cnnlab.data import mirrors
from cnnlab.data.cache import fingerprint, load_saved, save
from cnnlab.data.folders import read_folder
from cnnlab.data.images import ImageData, fixed_order
from cnnlab.data.refusals import is_web_page
from cnnlab.errors import DataError, needed, report, shell_command
from cnnlab.files import temporary_folder

BATCHES = "cifar-10-batches-py"
FILES = {*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta"}
NAMED_CIFAR10 = re.compile(r"cifar[-_. ]?10(?!\d)", re.IGNORECASE)
PACKED = re.compile(r"\.(tar|tgz|gz|zip)\b", re.IGNORECASE)
OURS = (".lock", ".part", ".pt")  # what stands beside a download, and what is kept
LEVELS = 3  # of folders that are looked into; below the first, only those named after CIFAR-10
DAMAGED = (EOFError, LZMAError, tarfile.TarError, zipfile.BadZipFile, zlib.error)

Reader = Callable[[Path], ImageData]


def how_to_get() -> str:
    """Return what fetches CIFAR-10, or why nothing does: a sentence without its full stop."""
    command = f"`{shell_command('download')}` fetches it (170 MB)"
    return f"{mirrors.OFFLINE}; without it, {command}" if mirrors.is_offline() else command


def data_folder(root: str | os.PathLike | None = None) -> Path:
    """Return `root`, else `$CNNLAB_DATA`, else the user's cache folder.

    Where an archive is named, it is the folder that holds it.
    """
    if chosen := root or os.environ.get("CNNLAB_DATA"):
        folder = Path(chosen).expanduser()
        return folder.parent if _is_archive(folder) else folder
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

    In each of `places`, in order: folders with the batches for Python, archives of them, image
    files in `cifar10/train/<class>/` and `cifar10/test/<class>/`; then, if `download`, the mirrors.
    A copy is known by what is in it, whatever a browser has called it or put around it. What was
    read once is kept in `data_folder`, as tensors. `within`: as `mirrors.fetch` takes it.

    Raises:
        DataError: if no place has it, with what was tried and what to do.
    """
    folder = data_folder(root)
    for place in places(root):
        for reader in (_from_original, _from_image_files):
            if (image_data := reader(place, folder)) is not None:
                return image_data
    if not download:
        raise DataError(f"CIFAR-10 is not in {folder}. {how_to_get()}.")
    mirrors.fetch(folder / mirrors.ARCHIVE, within)
    return _keep(_read_archive(folder / mirrors.ARCHIVE), folder)


def find(root: str | os.PathLike | None = None) -> str | None:
    """Return which copy of CIFAR-10 `load` would use, without reading it; None if there is none."""
    for folder in places(root):
        for path, reader in _originals(folder):
            if not _missing(path) if reader is _read_batches else _is_archive(path):
                return str(path)
        if images := _image_folder(folder):
            return str(images)
    saved = data_folder(root) / "cifar10-original.pt"
    return str(saved) if saved.exists() else None


def _walk(place: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Yield (folder, its folders, its files) of `place` and of what may hold CIFAR-10 below it."""
    for path, folders, files in os.walk(place, followlinks=True):
        folder = Path(path)
        depth = len(folder.relative_to(place).parts)
        yield folder, sorted(folders), sorted(files)
        folders[:] = [each for each in folders if not depth or NAMED_CIFAR10.search(each)]
        if depth == LEVELS:
            folders.clear()


def _originals(place: Path) -> Iterator[tuple[Path, Reader]]:
    """Yield what looks like CIFAR-10's batches, folders first, and what reads it."""
    there = list(_walk(place))
    for folder, _, files in there:
        if not FILES.isdisjoint(files):
            yield folder, _read_batches
    for folder, _, files in there:
        for name in files:
            named = _may_be_archive(name) and PACKED.search(name)
            if named or _is_archive(folder / name):
                yield folder / name, _read_archive


def _image_folder(place: Path) -> Path | None:
    for folder, folders, _ in _walk(place):
        if NAMED_CIFAR10.fullmatch(folder.name) and {"train", "test"} <= set(folders):
            return folder
    return None


def _may_be_archive(name: str) -> bool:
    return NAMED_CIFAR10.search(name) is not None and not name.endswith(OURS)


def _is_archive(path: Path) -> bool:
    """Return whether a file that bears CIFAR-10's name is an archive, whatever its ending."""
    if not _may_be_archive(path.name) or not path.is_file():
        return False
    try:
        return tarfile.is_tarfile(path) or zipfile.is_zipfile(path)
    except (OSError, *DAMAGED):
        return False


def _missing(folder: Path) -> list[str]:
    return sorted(name for name in FILES if not (folder / name).is_file())


def _from_original(folder: Path, cache: Path) -> ImageData | None:
    """Read the original; its tensors are kept in `cache`: what a host has may be read-only."""
    saved = cache / "cifar10-original.pt"
    if (image_data := load_saved(saved, made_from=mirrors.SHA256)) is not None:
        return image_data
    for path, reader in _originals(folder):
        try:
            return _keep(reader(path), cache)
        except DataError as error:
            report(str(error))
    return None


def _keep(original: ImageData, cache: Path) -> ImageData:
    save(original, cache / "cifar10-original.pt", made_from=mirrors.SHA256)
    return original


def _from_image_files(folder: Path, cache: Path) -> ImageData | None:
    saved = cache / "cifar10-pictures.pt"
    if (images := _image_folder(folder)) is None:
        return None
    made_from = fingerprint(images)
    if (image_data := load_saved(saved, made_from=made_from)) is None:
        jpeg = next(images.glob("train/*/*.jp*g"), None) is not None
        source = "CIFAR-10, JPEG copy" if jpeg else "CIFAR-10, image files"
        image_data = read_folder(images, name="cifar10", source=source)
        save(image_data, saved, made_from=made_from)
    return image_data


def _read_batches(folder: Path, copy: Path | None = None) -> ImageData:
    """Read the official pickles with torchvision, after a look at their hashes.

    Args:
        copy: what the learner knows the batches by, if it is not `folder`.
    """
    datasets = needed("torchvision.datasets", "reading CIFAR-10's batches needs", DataError)
    kind: Any = type("CIFAR10", (datasets.CIFAR10,), {"base_folder": folder.name})
    copy = copy or folder
    if missing := _missing(folder):
        raise DataError(f"{copy} is skipped: {', '.join(missing)} of CIFAR-10 is missing in it.")
    hashes = {kind.meta["filename"]: kind.meta["md5"], **dict(kind.train_list + kind.test_list)}
    for name, md5 in hashes.items():
        if not datasets.utils.check_integrity(folder / name, md5):
            raise DataError(f"{copy} is skipped: its {name} is not CIFAR-10's (its hash differs).")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy 2.4 on the numpy 1 pickles of 2009
        train, test = (kind(folder.parent, train=training) for training in (True, False))
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
    """Read the batches of an archive, by their names and hashes; nothing else is unpacked."""
    try:
        with open(archive, "rb") as file:
            beginning = file.read(512)
        if not _is_archive(archive):
            what = "a web page" if is_web_page(beginning) else "not an archive, or an empty one"
            raise DataError(f"{archive} is skipped: it is {what}.")
        with temporary_folder() as folder:
            for name, member in _members(archive):
                if name in FILES:
                    with member, open(folder / name, "wb") as file:
                        shutil.copyfileobj(member, file)
            return _read_batches(folder, archive)
    except DAMAGED:
        raise DataError(f"{archive} is skipped: it is incomplete or damaged.") from None
    except OSError as error:
        raise DataError(f"{archive} could not be unpacked ({error.strerror or error}).") from None


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the name and the content of each file in a tar or zip archive."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                yield PurePosixPath(name).name, packed.open(name)
        return
    with tarfile.open(archive) as tar:
        for member in tar:
            if (content := tar.extractfile(member)) is not None:
                yield PurePosixPath(member.name).name, content
