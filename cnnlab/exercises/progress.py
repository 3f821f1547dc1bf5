"""What a learner has done, in a small file of the learner's copy. Nothing leaves the machine.

Only a copy made by `python -m cnnlab lab` has one: elsewhere nothing is remembered. Deleting the
file is fine.
"""

import json
import os
from pathlib import Path
from typing import Any

from cnnlab.files import atomic_write

MARK = ".cnnlab.json"  # `lab` writes it into each copy that it makes
FILE = "progress.json"
KINDS = ("exercises", "predictions", "quizzes")
WAIT = 5  # seconds for another window that is writing


def find(folder: Path | None = None) -> Path | None:
    """Return the progress file of the copy that holds `folder`; None outside a copy and in CI."""
    if os.environ.get("CI"):
        return None
    folder = (folder or Path.cwd()).resolve()
    copies = (each for each in (folder, *folder.parents[:2]) if (each / MARK).is_file())
    copy = next(copies, None)
    return copy / FILE if copy else None


def read(path: Path | None) -> dict[str, dict[str, Any]]:
    """Return what is remembered, a dict for each kind; empty ones if there is nothing readable."""
    try:
        return _parsed(path) if path else _nothing()
    except (OSError, ValueError):
        return _nothing()


def remember(kind: str, name: str, entry: dict[str, Any]) -> None:
    """Note one thing done; `tries` counts, and what was passed once stays passed.

    A file that cannot be written is no reason to stop a lesson: then nothing is remembered.
    """
    path = find()
    if path is None:
        return
    from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_name(f".{FILE}.lock"), timeout=WAIT):
            done = _to_write_on(path)
            before = done[kind].get(name, {})
            after = before if before.get("outcome") == "passed" else entry
            done[kind][name] = {**after, "tries": before.get("tries", 0) + 1}
            text = json.dumps({"version": 1, **done}, indent=1)
            atomic_write(path, lambda file: file.write(text.encode()))
    except (OSError, Timeout):
        return


def _nothing() -> dict[str, dict[str, Any]]:
    return {kind: {} for kind in KINDS}


def _parsed(path: Path) -> dict[str, dict[str, Any]]:
    """Read the file, or raise the ValueError or OSError that it deserves."""
    if not path.exists():
        return _nothing()
    found = json.loads(path.read_text("utf-8"))
    try:
        done = {kind: dict(found.get(kind, {})) for kind in KINDS}
    except (AttributeError, TypeError):
        raise ValueError(f"{path} is not a progress file") from None
    if not all(isinstance(entry, dict) for entries in done.values() for entry in entries.values()):
        raise ValueError(f"{path} is not a progress file")
    return done


def _to_write_on(path: Path) -> dict[str, dict[str, Any]]:
    """Return what the file holds; put a broken one aside and begin again."""
    try:
        return _parsed(path)
    except ValueError:
        number = len(list(path.parent.glob("progress.broken-*.json"))) + 1
        os.replace(path, path.with_name(f"progress.broken-{number}.json"))
        return _nothing()
