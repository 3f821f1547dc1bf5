"""The course: where its lessons are, what in them is for the lecturer, what a learner has done.

Progress is a small file in the learner's copy, and nothing leaves the machine. Only a copy made by
`python -m cnnlab lab` has one: elsewhere nothing is remembered. Deleting the file is fine.
"""

import json
import os
import warnings
from pathlib import Path
from typing import Any

from cnnlab.files import atomic_write

LESSONS = Path(__file__).resolve().parent.parent / "notebooks"
FIRST_LESSON = "00_start_here.ipynb"
FOR_THE_LECTURER = "*For the lecturer.*"  # how such a cell begins
COPY_RECORD = ".cnnlab.json"  # in each copy that `lab` makes: what its files were
PROGRESS_FILE = "progress.json"
KINDS = ("exercises", "predictions", "quizzes")
WAIT = 5  # seconds for another window that is writing


def short_runs() -> bool:
    """Tell whether a lesson's own training should end early: a test or CI is what runs it."""
    return bool(os.environ.get("CI") or os.environ.get("CNNLAB_SHORT"))


def for_the_learner(path: Path) -> bytes:
    """Return a file as the learner gets it: a notebook without its notes for the lecturer."""
    content = path.read_bytes()
    if path.suffix != ".ipynb":
        return content
    try:
        notebook = json.loads(content)
        kept = [cell for cell in notebook["cells"] if not _is_for_the_lecturer(cell)]
    except (ValueError, KeyError, TypeError):
        return content  # not a notebook, whatever its name
    if len(kept) == len(notebook["cells"]):
        return content
    return (json.dumps(notebook | {"cells": kept}, indent=1, ensure_ascii=False) + "\n").encode()


def _is_for_the_lecturer(cell: dict) -> bool:
    return "".join(cell["source"]).startswith(FOR_THE_LECTURER)


def find_progress(folder: Path | None = None) -> Path | None:
    """Return the progress file of the copy that holds `folder`; None outside a copy and in CI."""
    if os.environ.get("CI"):
        return None
    folder = (folder or Path.cwd()).resolve()
    copies = (each for each in (folder, *folder.parents[:2]) if (each / COPY_RECORD).is_file())
    copy = next(copies, None)
    return copy / PROGRESS_FILE if copy else None


def read_progress(path: Path | None) -> dict[str, dict[str, Any]]:
    """Return what is remembered, a dict for each kind; empty ones if there is nothing readable."""
    try:
        return _parsed(path) if path else _nothing()
    except (OSError, ValueError):
        return _nothing()


def remember(kind: str, name: str, entry: dict[str, Any]) -> None:
    """Note one thing done; `tries` counts, and what was passed once stays passed.

    A file that cannot be written does not stop a lesson: then nothing is remembered.
    """
    path = find_progress()
    if path is None:
        return
    with warnings.catch_warnings(action="ignore"):  # in a browser: that its locks are weak
        from filelock import FileLock, Timeout

    try:
        with FileLock(path.with_name(f".{PROGRESS_FILE}.lock"), timeout=WAIT):
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
