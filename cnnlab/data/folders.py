"""Read folders of image files."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from cnnlab.data.images import ImageData, in_fixed_order
from cnnlab.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg")


def read_folder(folder: Path, *, name: str, source: str) -> ImageData:
    """Read `train/<class>/*` and `test/<class>/*` (png or jpg, all of one size) as RGB.

    Raises:
        DataError: naming the file or folder that does not fit, and the fix.
    """
    classes = _class_names(folder / "train")
    if (in_test := _class_names(folder / "test")) != classes:
        odd = sorted(set(classes) ^ set(in_test))
        raise DataError(
            f"{folder}: train and test have different class folders ({', '.join(odd)} in one only)."
        )
    if len(classes) < 2:
        raise DataError(
            f"{folder}/train has {len(classes)} class folder(s). Make at least two: "
            f"train/<class>/*.png, with the same classes under test."
        )
    train, test = (_read_split(folder / part, classes) for part in ("train", "test"))
    if train[0].shape[1:] != test[0].shape[1:]:
        raise DataError(
            f"{folder}: train images are {_size(train[0])} but test images are "
            f"{_size(test[0])} pixels. Resize them all to one size."
        )
    return ImageData(*in_fixed_order(*train), *in_fixed_order(*test), classes, name, source)


def image_files(folder: Path) -> list[Path]:
    """Return the images directly in `folder`, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def _class_names(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Images go to train/<class>/ and test/.")
    inside = (path.name for path in folder.iterdir() if path.is_dir())
    return tuple(sorted(name for name in inside if not name.startswith(".")))


def _read_split(folder: Path, classes: Sequence[str]) -> tuple[Tensor, Tensor]:
    files = [(path, i) for i, each in enumerate(classes) for path in image_files(folder / each)]
    counts = torch.bincount(torch.tensor([i for _, i in files]), minlength=len(classes))
    if not counts.all():
        empty = classes[int(counts.argmin())]
        raise DataError(f"{folder / empty} holds no image that ends in {', '.join(SUFFIXES)}.")
    with ThreadPoolExecutor() as pool:  # decoding releases Python's lock
        images = list(pool.map(_read_image, (path for path, _ in files)))
    for image, (path, _) in zip(images, files, strict=True):
        if image.shape != images[0].shape:
            raise DataError(
                f"Images differ in size: {files[0][0]} is {_size(images[0])} and {path} is "
                f"{_size(image)} pixels. Resize them all to one size."
            )
    tensor = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()
    return tensor, torch.tensor([i for _, i in files])


def _read_image(path: Path) -> np.ndarray:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise DataError(f"{path} is not a readable image ({error}). Fix it or delete it.") from None


def _size(images: Tensor | np.ndarray) -> str:
    if isinstance(images, Tensor):
        return f"{images.shape[-2]}x{images.shape[-1]}"
    return f"{images.shape[0]}x{images.shape[1]}"
