"""Write a file completely or not at all, so that no interruption leaves half of one."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

T = TypeVar("T")
PAUSES = (0.1, 0.3, 0.6, 1.0)  # seconds: as long as a file may be held by another program


def atomic_write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a file beside `path`, then put it in place in one move.

    Missing folders are made.

    Raises:
        OSError: if the disk is full or cannot be written; `path` is then as it was.
    """
    if is_device(path):  # such as /dev/null, which a move would replace by a file
        with open(path, "wb") as file:
            write(file)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        move(part, path)
    except RuntimeError as error:  # torch's word for a full disk
        first = str(error).splitlines()[0]
        raise OSError(f"cannot write {path}; is the disk full? ({first})") from None
    finally:
        part.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """Put a file in another's place; wait a moment for a program that holds one of them.

    Raises:
        OSError: if the file is still held, or for another reason cannot be moved.
    """
    patiently(lambda: os.replace(source, target))


def patiently(act: Callable[[], T]) -> T:
    """Return what `act` returns; wait a moment for a program that holds the file it needs.

    On Windows a virus scanner, a synchronized folder or an open window holds files at times.

    Raises:
        OSError: if the file is still held, or for another reason of `act`.
    """
    for pause in PAUSES:
        try:
            return act()
        except PermissionError:
            time.sleep(pause)
    return act()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder for as long as the block runs; what another program holds of it stays behind.

    On Windows a kernel or a browser that has just ended may hold files for a moment more. Python
    3.11's own `TemporaryDirectory` fails there, whatever it is told to ignore.
    """
    folder = Path(tempfile.mkdtemp(prefix="cnnlab-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_device(path: Path) -> bool:
    """Tell whether a path is there and is neither a file nor a folder, such as /dev/null."""
    return path.exists() and not path.is_file() and not path.is_dir()
