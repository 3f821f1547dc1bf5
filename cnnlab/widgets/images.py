"""Images as bytes for the page's arithmetic, and as PNG for the eye."""

import base64
import io
from typing import Any

import numpy as np

from cnnlab.errors import ShapeError


def as_array(value: Any) -> np.ndarray:
    """Return a numpy array from torch, numpy or nested lists."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)


def image_bytes(name: str, image: Any) -> np.ndarray:
    """Return one image (1 or 3, height, width) as uint8 (height, width, 1 or 3).

    Raises:
        ShapeError: for other axes or channels, or floats that do not stay in [0, 1].
    """
    array = as_array(image)
    if array.ndim != 3 or array.shape[0] not in (1, 3) or 0 in array.shape:
        raise ShapeError(
            f"{name} has shape {array.shape}. Use (channels, height, width) with 1 or 3 channels."
        )
    if array.dtype != np.uint8:
        low, high = float(array.min()), float(array.max())
        if not (low >= -1e-4 and high <= 1 + 1e-4):  # nan fails it as well
            raise ShapeError(
                f"{name} has values from {low:g} to {high:g}. Use uint8, or floats in [0, 1]."
            )
        array = np.round(array.astype(np.float64).clip(0, 1) * 255).astype(np.uint8)
    return array.transpose(1, 2, 0)


def png_uri(pixels: np.ndarray) -> str:
    """Return uint8 pixels (height, width, 1 or 3) as a PNG that stands in the page itself."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(
        file, "PNG", optimize=True
    )
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
