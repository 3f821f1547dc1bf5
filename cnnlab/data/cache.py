"""Keep decoded images in one file, and know when the file no longer fits its source."""

import hashlib
import zlib
from pathlib import Path

import torch

from cnnlab.data.images import ImageData
from cnnlab.errors import report
from cnnlab.files import atomic_write


def fingerprint(folder: Path) -> str:
    """Return a hash of every file's name, size and time: another one when a file has changed."""
    digest = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        status = path.stat()
        line = f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}\n"
        digest.update(line.encode())
    return digest.hexdigest()


def save(image_data: ImageData, path: Path, *, made_from: str) -> None:
    """Write all tensors to one file. A full or read-only disk is reported."""
    record = vars(image_data) | {"made_from": made_from, "checksum": _checksum(image_data)}
    try:
        atomic_write(path, lambda file: torch.save(record, file))
    except OSError as error:
        report(f"{path} could not be written ({error}); the images are decoded again each time.")


def load_saved(path: Path, *, made_from: str) -> ImageData | None:
    """Return what `save` wrote, or None if it is missing, damaged or made from something else."""
    if not path.is_file():
        return None
    try:
        record = torch.load(path, weights_only=True)
        made, checksum = record.pop("made_from"), record.pop("checksum")
        image_data = ImageData(**record)
        intact = checksum == _checksum(image_data)
    except Exception:  # a damaged file can fail in any way; each means the same
        intact = False
    if not intact:
        report(f"{path} is damaged and will be rebuilt.")
        return None
    return image_data if made == made_from else None


def _checksum(image_data: ImageData) -> int:
    checksum = 0
    for value in vars(image_data).values():
        if isinstance(value, torch.Tensor):
            checksum = zlib.crc32(value.contiguous().numpy().data, checksum)
    return checksum
