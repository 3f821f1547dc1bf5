"""Decode one image file of any kind into RGB numbers from 0 to 255."""

import io
import warnings
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from cnnlab.errors import pip_install

# Read by other programs that Pillow starts, or not pictures of pixels.
NOT_READ = {"EPS", "PDF", "WMF", "MPEG", "HDF5", "GRIB", "BUFR"}
FROM_PHONES = frozenset({".heic", ".heics", ".heif", ".heifs", ".hif"})
HOW_TO_CONVERT = (
    f"`{pip_install('pillow-heif')}` reads HEIC; a phone's setting "
    '"Most compatible" takes JPEG instead'
)
HEIC = f"a HEIC photograph; {HOW_TO_CONVERT}"
HTML = "an HTML page; save the picture itself"
ARCHIVE = "an archive; unpack it"
VIDEO = "a video"
# How files begin that are often called .jpg, in lower case, from the first byte or from the fifth.
BEGINNINGS = {
    b"ftyphe": HEIC,
    b"ftypmif1": HEIC,
    b"ftypmsf1": HEIC,
    b"ftypavi": f"an AVIF picture; a newer Pillow reads it: {pip_install('--upgrade', 'pillow')}",
    b"ftyp": VIDEO,
    b"\x1ae\xdf\xa3": VIDEO,
    b"%pdf": "a PDF; save its pictures as PNG",
    b"%!ps": "PostScript; save it as PNG",
    b"pk\x03\x04": ARCHIVE,
    b"rar!": ARCHIVE,
    b"7z\xbc\xaf": ARCHIVE,
    b"\x1f\x8b": ARCHIVE,
    b"\x00\x05\x16\x07": "what macOS keeps beside a file; delete it",
    b"version https://git-lfs": "what Git LFS puts in a picture's place; run `git lfs pull`",
    b"<!doctype html": HTML,
    b"<html": HTML,
    b"<head": HTML,
    b"<svg": "a drawing of lines, SVG; save it as PNG",
}
CONTROL = set(range(32)) - set(b"\t\n\f\r")  # bytes that no text has


@cache
def suffixes() -> frozenset[str]:
    """Return the suffixes, in lower case and with their dot, of the files that can be decoded."""
    formats, known = _formats(""), Image.registered_extensions()
    return frozenset(suffix for suffix, name in known.items() if name in formats)


@cache
def _formats(suffix: str) -> tuple[str, ...]:
    """Return the formats that a file may have, whatever its name; the one it promises is first."""
    Image.init()
    with suppress(ImportError):  # not needed, and used where it is
        import_module("pillow_heif").register_heif_opener()
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
        content = path.read_bytes()  # many small reads would let go of Python's lock
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror or error})") from None
    try:
        with warnings.catch_warnings(action="ignore"):  # around threads, their caller has it too
            return _decode(io.BytesIO(content), path.suffix.lower(), size)
    except Image.DecompressionBombError:
        raise ValueError("has more pixels than Pillow opens by itself; make it smaller") from None
    except Image.UnidentifiedImageError:
        what = _what_it_is(content)
        raise ValueError(f"is not an image that can be read: it is {what}") from None
    except Exception as error:  # a damaged file can fail in any way, in any of fifty formats
        raise ValueError(str(error).strip() or type(error).__name__) from None


def _decode(content: io.BytesIO, suffix: str, size: tuple[int, int] | None) -> np.ndarray:
    with Image.open(content, formats=_formats(suffix)) as image:
        if size is not None and image.format == "JPEG":
            image.draft(None, (2 * max(size), 2 * max(size)))  # decodes no more than needed
        ImageOps.exif_transpose(image, in_place=True)
        rgb = _to_rgb(image)
        if size is not None and rgb.size != size[::-1]:
            rgb = ImageOps.fit(rgb, size[::-1], Image.Resampling.BICUBIC)
        return np.asarray(rgb)


def pixel_size(path: Path) -> tuple[int, int] | None:
    """Return (height, width) from the file's header, or None if it cannot be read."""
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(path, formats=_formats(path.suffix.lower())) as image,
        ):
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


def _what_it_is(content: bytes) -> str:
    """Return what a file is that is not an image, by how it begins."""
    start = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<?xml", b"<!--")):
        start = start[max(0, start.find(b"<svg"), start.find(b"<html")) :]
    for known, what in BEGINNINGS.items():
        if start.startswith(known) or content[4:].startswith(known):
            return what
    if not content.strip(b"\0"):
        return "only zeros; copy it again" if content else "empty (0 bytes); copy it again"
    return "text" if not set(content[:512]) & CONTROL else "of an unknown kind, or damaged"
