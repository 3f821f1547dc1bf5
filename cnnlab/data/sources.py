"""Find the course's images by name: Shapes-10, CIFAR-10 or a folder."""

import os
from pathlib import Path

from cnnlab.data import cifar10
from cnnlab.data.folders import read_folder
from cnnlab.data.images import ImageData
from cnnlab.data.shapes import shapes10
from cnnlab.errors import DataError, report


def load(
    name: str | os.PathLike = "auto",
    *,
    root: str | os.PathLike | None = None,
    download: bool = True,
) -> ImageData:
    """Return the images called `name`, always in the same order.

    Args:
        name: "shapes10"; "cifar10"; "auto", which is CIFAR-10 if it is there or can be had and
            Shapes-10 if not; or a folder with train/<class>/*.png and test/<class>/*.png.
        root: where CIFAR-10 is looked for and kept. Default: `$CNNLAB_DATA`, else the user's
            cache folder.
        download: whether CIFAR-10 may be fetched (170 MB).

    Raises:
        DataError: if the images are not available. Never for "shapes10" and "auto".
    """
    if name == "shapes10":
        return shapes10()
    if name == "cifar10":
        return cifar10.load(root, download=download)
    if name != "auto":
        return _load_folder(Path(name))
    try:
        return cifar10.load(root, download=download)
    except DataError as error:
        report(f"{error} Going on with Shapes-10, which is drawn here.")
        return shapes10()


def _load_folder(folder: Path) -> ImageData:
    if not folder.is_dir():
        raise DataError(
            f"name={str(folder)!r} is neither auto, shapes10, cifar10 nor a folder that exists."
        )
    return read_folder(folder, name=folder.name, source=f"Pictures in {folder}")
