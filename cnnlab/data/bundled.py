"""Photographs that come with installed libraries, made as small as the course's images."""

from pathlib import Path

import torch
from torch import Tensor

from cnnlab.data.decoding import decode
from cnnlab.errors import DataError, Size, as_pair

# What a person sees on it: (library, file).
FILES = {
    "cat": ("skimage", "chelsea.png"),
    "cup of coffee": ("skimage", "coffee.png"),
    "rocket": ("skimage", "rocket.jpg"),
    "astronaut": ("skimage", "astronaut.png"),
    "admiral": ("matplotlib", "grace_hopper.jpg"),
    "motorcycle": ("skimage", "motorcycle_left.png"),
    "coins": ("skimage", "coins.png"),
    "moon": ("skimage", "moon.png"),
    "retina": ("skimage", "retina.jpg"),
    "galaxies": ("skimage", "hubble_deep_field.jpg"),
}


def photographs(size: Size = 32) -> dict[str, Tensor]:
    """Return ten photographs by what they show, without a download.

    Each is scaled to cover the size, and its middle is cut out. They belong to scikit-image and
    matplotlib, whose documentation says where each is from.

    Args:
        size: in pixels, one number or (height, width).

    Shape:
        each (3, height, width) uint8.

    Raises:
        DataError: if a photograph is missing from its library, or damaged.
        ShapeError: if `size` is not one or two integers of at least 1.

    Example:
        `data.photographs()["cat"]`
    """
    pair = as_pair("size", size)
    folders = {"skimage": _skimage_folder(), "matplotlib": _matplotlib_folder()}
    found = {}
    for name, (library, file) in FILES.items():
        try:
            pixels = decode(folders[library] / file, pair)
        except ValueError as error:
            raise DataError(
                f"{folders[library] / file} {error}. Install {library} again."
            ) from None
        found[name] = torch.from_numpy(pixels.copy()).permute(2, 0, 1).contiguous()
    return found


def _skimage_folder() -> Path:
    from skimage import data

    return Path(data.__file__).parent


def _matplotlib_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "sample_data"
