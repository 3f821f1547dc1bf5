"""Decode one image file of any kind into RGB numbers from 0 to 255."""

import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

# Read by other programs that Pillow starts, or not pictures of pixels.
NOT_READ = {"EPS", "PDF", "WMF", "MPEG", "HDF5", "GRIB", "BUFR"}


@cache
def suffixes() -> frozenset[str]:
    """Return the suffixes, in lower case and with their dot, of the files that can be decoded."""
    known, formats = Image.registered_extensions(), _formats("")
    return frozenset(suffix for suffix, name in known.items() if name in formats)


@cache
def _formats(suffix: str) -> tuple[str, ...]:
    """Return the formats that a file may have, whatever its name; the one it promises is first."""
    Image.init()
    promised = Image.registered_extensions().get(suffix)
    formats = [name for name in Image.OPEN if name not in NOT_READ]
    return tuple(sorted(formats, key=lambda name: name != promised))


def decode(path: Path, size: tuple[int, int] | None = None) -> np.ndarray:
    """Return an image as RGB, rotated as its camera recorded.

    16-bit numbers are divided by 257, so that 65,535 becomes 255: a sensor's 12 bits stay dark.
    Floats have to be in [0, 1]. Transparent pixels become white. Of an animation the first
    frame is taken.

    Args:
        size: (height, width). If given, the image is scaled to cover it, with antialiasing, and
            the middle is cut out: nothing is stretched.

    Shape:
        (height, width, 3) uint8.

    Raises:
        ValueError: if the file is not a readable image, with the reason.
    """
    try:
        content = io.BytesIO(path.read_bytes())  # many small reads would let go of Python's lock
        with Image.open(content, formats=_formats(path.suffix.lower())) as image:
            if size is not None and image.format == "JPEG":
                image.draft(None, (2 * max(size), 2 * max(size)))  # decodes no more than needed
            ImageOps.exif_transpose(image, in_place=True)
            rgb = _to_rgb(image)
            if size is not None and rgb.size != size[::-1]:
                rgb = ImageOps.fit(rgb, size[::-1], Image.Resampling.BICUBIC)
            return np.asarray(rgb)
    except Image.DecompressionBombError:
        raise ValueError("has more pixels than Pillow opens by itself; make it smaller") from None
    except Exception as error:  # a damaged file can fail in any way, in any of fifty formats
        raise ValueError(_reason(error)) from None


def pixel_size(path: Path) -> tuple[int, int] | None:
    """Return (height, width) from the file's header, or None if it cannot be read."""
    try:
        with Image.open(path, formats=_formats(path.suffix.lower())) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5  # by a quarter
            turned &= image.format != "TIFF"  # whose size Pillow gives as it is shown
            return (width, height) if turned else (height, width)
    except Exception:  # decoding says why
        return None


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        numbers = np.asarray(image).astype(np.int64)
        if numbers.min(initial=0) < 0 or numbers.max(initial=0) > 65535:
            raise ValueError("has 32-bit numbers; save it with 8 or 16 bits")
        image = Image.fromarray(((numbers + 128) // 257).astype(np.uint8))
    elif image.mode == "F":
        floats = np.asarray(image)
        if not (np.isfinite(floats).all() and floats.min() >= 0 and floats.max() <= 1):
            raise ValueError("has floats outside the range from 0 to 1; save it with 8 or 16 bits")
        image = Image.fromarray((floats * 255).round().astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be read ({error.strerror})"
    text = str(error).strip() or type(error).__name__
    return "is not an image that can be read" if "cannot identify" in text else text
