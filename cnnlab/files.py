"""Write a file completely or not at all, so that no interruption leaves half of one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def atomic_write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a file beside `path`, then put it in place in one move.

    Missing folders are made.

    Raises:
        OSError: if the disk is full or cannot be written; `path` is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except RuntimeError as error:  # torch's word for a full disk
        raise OSError(f"cannot write {path}: {error}") from None
    finally:
        part.unlink(missing_ok=True)
