"""Write a file whole or not at all, so that no interruption leaves half of one."""

import os
from pathlib import Path
from typing import Any

import torch


def save_whole(record: dict[str, Any], path: Path) -> None:
    """Write `record` with torch.save beside `path`, then put it in its place in one move.

    Raises:
        OSError: if the disk is full or cannot be written; `path` is then as it was.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            torch.save(record, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except RuntimeError as error:  # torch's word for a full disk
        raise OSError(f"cannot write {path}: {error}") from None
    finally:
        part.unlink(missing_ok=True)
