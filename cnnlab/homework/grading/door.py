"""The door through which a learner's files come in: regular ones with plain names, within limits.

A folder on the exchange, an archive, and every name in them are the learner's to choose. What is
refused is named in the log, and the rest goes on.
"""

import gzip
import io
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from traitlets.log import get_logger

from cnnlab.errors import DataError

FILE_BYTES = 32 * 2**20
TOO_LARGE = f"it is larger than {FILE_BYTES >> 20} MB"
ALL_BYTES = 64 * 2**20  # of one submission, with what is in its archives
FILES = 500
DEPTH = 8  # folders in folders
ARCHIVES = 3  # archives in archives
LISTED = 20_000  # names in an archive's table of contents
FIRST = (".ipynb", ".pt")  # what is graded comes in before a limit is reached
UNPACKED = (".zip", ".tar", ".tar.gz", ".tgz")
DROPPED = [  # what editors, systems and nbgrader itself leave in a folder
    *(".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback", "timestamp.txt", ".git"),
    *("__macosx", ".ds_store", "._*", "thumbs.db", "desktop.ini"),
]
PLAIN = re.compile(
    r"(?![-. ]|(?i:con|prn|aux|nul|(com|lpt)\d)(\.|$))"  # options, hidden files, Windows's devices
    r'[^<>:"|?*/\\]*[^<>:"|?*/\\. ]'
)
KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder that cannot be read or lies too deep",
}
POSIX = os.name == "posix"
READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
READ |= getattr(os, "O_BINARY", 0)

Files = Iterator[tuple[str, Callable[[], Any]]]  # each by its name, and how to open it


class RefusedError(DataError):
    """Something that was handed in cannot be taken."""


class TooLargeError(RefusedError):
    """A submission is larger than one may be: nothing more of it comes in."""


def shown(text: object) -> str:
    """Return a learner's text as a log can show it: no control characters, and not for ever."""
    said = str(text)
    return (said if said.isprintable() else ascii(said))[:500]


def refuse(student: str, name: object, why: object) -> None:
    """Name in the log what is refused."""
    get_logger().error("%s: %s is refused: %s.", shown(student), shown(name), shown(why))


def is_plain(name: str) -> bool:
    """Tell whether every system can have a file or a folder of this name."""
    return bool(name.isprintable() and PLAIN.fullmatch(name) and len(name.encode()) <= 200)


def plain(name: str) -> PurePosixPath | None:
    """Return the path that a name stands for; None for what an editor or a system left there.

    Raises:
        RefusedError: if it leads out of its folder, or a system could not store it.
    """
    path = PurePosixPath(name.replace("\\", "/"))  # as some programs write it into archives
    if any(map(_is_dropped, path.parts)):
        return None
    if not path.parts or not all(map(is_plain, path.parts)):
        raise RefusedError("not every system can store its name; ask for it under another one")
    if len(path.parts) > DEPTH + 1:
        raise RefusedError(f"it lies more than {DEPTH} folders deep")
    return path


def _is_dropped(name: str) -> bool:
    return any(fnmatch(name.casefold(), pattern) for pattern in DROPPED)


def irregular(status: os.stat_result) -> str | None:
    """Say what something is if it is not a regular file."""
    kind = stat.S_IFMT(status.st_mode)
    return None if kind == stat.S_IFREG else KINDS.get(kind, "not a regular file")


def walk(folder: Path, *, owner: int | None = None) -> Files:
    """Yield the files of a folder, notebooks first. Only those of the owner can be opened."""
    yield from _walk("", str(folder), None, owner=owner)


def _walk(name: str, path: str, parent: int | None, *, owner: int | None) -> Files:
    """Walk by descriptors, so that nobody can put a link into the way meanwhile."""
    here = None
    try:
        if POSIX:
            here = os.open(path, READ | os.O_DIRECTORY, dir_fd=parent)
        for each in sorted(os.listdir(path if here is None else here), key=_first):
            inside = f"{name}/{each}".lstrip("/")
            place = each if POSIX else os.path.join(path, each)
            status = os.stat(place, dir_fd=here, follow_symlinks=False)
            if _is_dropped(each):
                continue
            if stat.S_ISDIR(status.st_mode) and inside.count("/") < DEPTH:
                yield from _walk(inside, place, here, owner=owner)
            else:
                yield inside, partial(_open, place, here, owner)
    except OSError:  # the folder cannot be read, or changes meanwhile
        yield name, partial(_open, path, parent, owner)
    finally:
        if here is not None:
            os.close(here)


def _first(name: str) -> tuple[int, bool, str]:
    return name.count("/"), not name.lower().endswith(FIRST), name


def _open(path: str, folder: int | None = None, owner: int | None = None) -> Any:
    """Open a regular file to read.

    Raises:
        RefusedError: if it is anything else, or somebody else's.
    """
    _check(os.stat(path, dir_fd=folder, follow_symlinks=False), owner)
    file = os.fdopen(os.open(path, READ, dir_fd=folder), "rb")
    try:
        _check(os.fstat(file.fileno()), owner)  # the name may lead to something else by now
    except RefusedError:
        file.close()
        raise
    return file


def _check(status: os.stat_result, owner: int | None) -> None:
    if problem := irregular(status):
        raise RefusedError(f"it is {problem}")
    if owner not in (None, status.st_uid):
        raise RefusedError("it belongs to another account")


def members(name: str, stream: Any) -> Files:
    """Yield the files in an archive, notebooks first, as if it were a folder of its name.

    Raises:
        Exception: nearly any: zipfile and tarfile do not expect bytes that are made to harm.
    """
    if name.lower().endswith(".zip"):
        with zipfile.ZipFile(stream) as archive:
            for each in sorted(archive.infolist(), key=lambda each: _first(each.filename)):
                if not each.is_dir():
                    link = stat.S_ISLNK(each.external_attr >> 16)
                    yield (
                        f"{name}/{each.filename}",
                        _link if link else partial(archive.open, each),
                    )
    else:
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            for entry in sorted(tar, key=lambda entry: _first(entry.name)):
                if not entry.isdir():
                    regular = entry.isreg()
                    yield (
                        f"{name}/{entry.name}",
                        partial(tar.extractfile, entry) if regular else _link,
                    )


def _link() -> None:
    raise RefusedError("it is a link or a device")


class Door:
    """Where the files of one student come in. What is refused is named, and the rest goes on."""

    def __init__(self, student: str, into: Path) -> None:
        self.student, self.into = student, into
        self.files, self.bytes = FILES, ALL_BYTES  # that may still come
        self.latest = 0.0  # when the system last saw one of a folder's files change

    def folder(self, source: Path, *, owner: int | None = None) -> None:
        """Take in the files of a folder that belong to its owner."""
        with self.naming(str(source), ends=True):
            for name, opened in walk(source, owner=owner):
                with self.naming(name), opened() as stream:
                    self._copy(name, stream)

    def _copy(self, name: str, stream: Any) -> None:
        if os.fstat(stream.fileno()).st_size > FILE_BYTES:  # reading it would use up bytes
            raise RefusedError(TOO_LARGE)
        self._take(name, stream)
        self.latest = max(self.latest, os.fstat(stream.fileno()).st_ctime)

    def unpack(self, name: str, stream: Any, *, depth: int = ARCHIVES) -> None:
        """Take in a file, or what it holds if it is an archive, in a folder of its name.

        Raises:
            RefusedError: if it cannot be taken as a whole.
        """
        if not name.lower().endswith(UNPACKED):
            self._take(name, stream)
            return
        if not depth:
            raise RefusedError("it is an archive in archives; ask for its files")
        data = self._read(stream)
        if name.lower().endswith("gz"):
            data = self._read(gzip.GzipFile(fileobj=io.BytesIO(data)))
        if data.count(b"PK\1\2") > LISTED:
            raise RefusedError("it lists too many files")
        for inside, opened in members(name, io.BytesIO(data)):
            with self.naming(inside), opened() as content:
                self.unpack(inside, content, depth=depth - 1)

    def _take(self, name: str, stream: Any) -> None:
        path = plain(name)
        if path is not None:
            data = self._read(stream)
            (self.into / path).parent.mkdir(parents=True, exist_ok=True)
            with open(self.into / path, "xb") as file:  # never in another one's place
                file.write(data)

    def _read(self, stream: Any) -> bytes:
        """Read a file; what it says of its size may be a lie."""
        data = stream.read(min(FILE_BYTES, self.bytes) + 1)
        self.bytes -= len(data)
        if len(data) > FILE_BYTES:
            raise RefusedError(TOO_LARGE)
        if self.bytes < 0:
            raise TooLargeError(f"all files together are larger than {ALL_BYTES >> 20} MB")
        return data

    @contextmanager
    def naming(self, name: str, *, ends: bool = False) -> Iterator[None]:
        """Name what is refused within.

        Raises:
            TooLargeError: where a submission gets too large, unless it `ends` here.
        """
        try:
            yield
        except Exception as error:  # see `members`
            if isinstance(error, TooLargeError) and not ends:
                raise
            refuse(self.student, name, error)
        self.files -= 1
        if not self.files and not ends:
            raise TooLargeError(f"it has more than {FILES} files")
