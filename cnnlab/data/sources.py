"""Find the course's images by name: Shapes-10, CIFAR-10 or a folder."""

import os
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from cnnlab.data import cifar10
from cnnlab.data.folders import read_folder
from cnnlab.data.images import ImageData
from cnnlab.data.layout import ARCHIVES
from cnnlab.data.names import shown
from cnnlab.data.shapes import shapes10
from cnnlab.errors import DataError, Size, as_pair, report, shell_command

INSTEAD = "Going on with Shapes-10, which is drawn here."


def load(
    name: str | os.PathLike = "auto",
    *,
    root: str | os.PathLike | None = None,
    download: bool = True,
    within: float | None = None,
    size: Size | None = None,
    skip_broken: bool = False,
) -> ImageData:
    """Return the images called `name`, always in the same order.

    Args:
        name: "shapes10"; "cifar10"; "auto", which is CIFAR-10 if it is available and Shapes-10 if
            not; or a folder of images, each class in a folder of its own, with train/ and test/,
            val/ or both above them or, split by a fixed seed, without.
        root: where CIFAR-10 is looked for and kept. Default: `$CNNLAB_DATA`, else the user's
            cache folder.
        download: whether CIFAR-10 may be fetched (170 MB).
        within: how many seconds the mirrors have to answer. Default: they are asked one after
            the other. If none answers, "auto" gives Shapes-10 with a note that says so.
        size: of a folder's images, one number or (height, width): each is scaled to cover it, and
            its middle is cut out. Default: the size they have, which must be one for all.
        skip_broken: whether to go on without the files of a folder that cannot be read.

    Raises:
        DataError: if the images are not available. Never for "shapes10" and "auto".
        ShapeError: for a size that is not a whole number above 0, or two of them.
    """
    known = known_as(name)
    if known is None:
        pair = None if size is None else as_pair("size", size)
        return _load_folder(Path(name), pair, skip_broken)
    if size is not None:
        raise DataError(f"size={size} is for folders: the images of {known} have their own size.")
    return BY_NAME[known](root, download=download, within=within)


def known_as(name: str | os.PathLike) -> str | None:
    """Return which of `BY_NAME` is meant; None for a folder."""
    known = "".join(letter for letter in str(name).lower() if letter.isalnum())
    return None if known not in BY_NAME or Path(name).is_dir() else known


def _first_available(
    root: str | os.PathLike | None, *, download: bool, within: float | None
) -> ImageData:
    """Return CIFAR-10 or, with a note that says why, Shapes-10."""
    try:
        return cifar10.load(root, download=download, within=within)
    except DataError as error:
        if within is None:
            report(f"{error} {INSTEAD}")
            return shapes10()
        return shapes10_instead(error)


def shapes10_instead(error: DataError) -> ImageData:
    """Return Shapes-10 with a note that says why it is not CIFAR-10."""
    how = f"`{shell_command('download')}`"
    later = "" if how in str(error) else f" {how} gets CIFAR-10 later (170 MB)."
    return replace(shapes10(), note=f"{error} {INSTEAD}{later}")


# What `load` calls with its own `root`, `download` and `within`.
BY_NAME: dict[str, Callable[..., ImageData]] = {
    "auto": _first_available,
    "shapes10": lambda _root, **_options: shapes10(),
    "cifar10": cifar10.load,
}


def _load_folder(folder: Path, size: tuple[int, int] | None, skip_broken: bool) -> ImageData:
    folder = folder.expanduser()
    if folder.is_file():
        if folder.suffix.lower() in ARCHIVES:
            raise DataError(f"{folder} is a file. Unpack it, and give the folder that comes out.")
        raise DataError(f"{folder} is a file. Give the folder that holds the class folders.")
    if not folder.is_dir():
        near = get_close_matches(folder.name, [*BY_NAME, *_names_beside(folder)], n=2)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise DataError(
            f"{str(folder)!r} is neither {', '.join(BY_NAME)} nor a folder that exists.{hint}"
        )
    try:
        return read_folder(
            folder,
            name=shown(folder.name),
            source=f"Images in {shown(str(folder))}",
            size=size,
            skip_broken=skip_broken,
        )
    except PermissionError as error:
        raise DataError(f"{error.filename} cannot be read: permission denied.") from None


def _names_beside(folder: Path) -> list[str]:
    return [path.name for path in folder.parent.iterdir()] if folder.parent.is_dir() else []
