"""Walk folders of images, without what systems leave behind."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cnnlab.data.decoding import FROM_PHONES, suffixes
from cnnlab.data.names import loose, role

SYSTEM_FILES = {
    "$recycle.bin",
    "@eadir",
    "__macosx",
    "__pycache__",
    "desktop.ini",
    "icon\r",
    "lost+found",
    "system volume information",
    "thumbs.db",
}


def images_in(folder: Path) -> list[Path]:
    """Return the images in a folder and in its folders, without what systems leave behind."""
    return sorted(filter(is_image, files_in(folder)))


def is_image(path: Path) -> bool:
    """Return whether the suffix is that of an image that can be decoded."""
    return path.suffix.lower() in suffixes()


def pictures_in(folder: Path, *, deep: bool = False) -> Iterator[Path]:
    """Yield what a person sees as pictures, also those that cannot be decoded here."""
    kinds = suffixes() | FROM_PHONES
    return (path for path in files_in(folder, deep=deep) if path.suffix.lower() in kinds)


def has_pictures(folder: Path, *, deep: bool = True) -> bool:
    """Return whether there is a picture in a folder, or in its folders."""
    return any(True for _ in pictures_in(folder, deep=deep))


def is_mostly_below(folder: Path) -> bool:
    """Return whether at least half of a folder's pictures lie in its folders."""
    direct = sum(1 for _ in pictures_in(folder))
    return direct == 0 or any(islice(pictures_in(folder, deep=True), 2 * direct - 1, None))


def folders_in(folder: Path) -> list[Path]:
    """Return the folders in a folder, sorted."""
    with os.scandir(folder) as entries:
        return sorted(Path(each.path) for each in entries if each.is_dir() and _is_own(each.name))


def files_in(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    """Yield the files of a folder by name, and of its folders, but not the system's own."""

    def refuse(error: OSError) -> None:
        raise error

    seen = set()  # of the folders: a link may lead back
    for root, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        seen.add(os.path.realpath(root))
        own = sorted(name for name in folders if deep and _is_own(name))
        folders[:] = [name for name in own if os.path.realpath(Path(root, name)) not in seen]
        yield from (Path(root) / name for name in sorted(names) if _is_own(name))


def _is_own(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in SYSTEM_FILES


def core_of(folder: Path) -> Path:
    """Go into the one folder that archives wrap around everything, as deep as that goes.

    A folder for testing alone is not gone into: what is trained on has to be found first.
    """
    inside = _without_annotations(folders_in(folder))
    if len(inside) != 1 or has_pictures(folder, deep=False):
        return folder
    (only,) = inside
    part = role(only.name)
    tests = part and part.exact and part.part != "train" and part != role(folder.name)
    if tests or folder.resolve().is_relative_to(only.resolve()):  # a link that leads back
        return folder
    core = core_of(only)
    return core if len(folders_in(core)) > 1 else folder


def _without_annotations(folders: list[Path]) -> list[Path]:
    """Leave out folders without pictures beside one whose folders they repeat, or with train/."""
    if len(folders) < 2:
        return folders
    seen = [path for path in folders if has_pictures(path)]
    if len(seen) != 1:
        return folders
    names = [{loose(path.name) for path in folders_in(core_of(each))} for each in folders]
    inside = names[folders.index(seen[0])]
    repeated = any(inside & other for other in names if other is not inside)
    with_train = any((part := role(name)) and part.part == "train" for name in inside)
    return seen if repeated or with_train else folders


def holds_classes(folder: Path) -> bool:
    """Return whether the pictures are in its folders, and not, or hardly, in the folder itself."""
    core = core_of(folder)
    return bool(folders_in(core)) and is_mostly_below(core)
