"""The course: where its lessons are, on whose machine, what a learner has done.

Progress is a small file in the learner's copy, and nothing leaves the machine. A copy made by
`cnnlab lab` has one, and a notebook on Colab or Kaggle: elsewhere nothing is remembered. Deleting
the file is fine.
"""

import json
import os
import sys
import tomllib
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

from cnnlab.files import atomic_write

FIRST_LESSON = "00_start_here.ipynb"
PACKAGE = Path(__file__).resolve().parent
WHEEL, CLONE = PACKAGE / "notebooks", PACKAGE.parent / "notebooks"
LESSONS = WHEEL if (WHEEL / FIRST_LESSON).is_file() else CLONE
CLAIM = "claim"  # the tag of a cell in which CI asserts what the text says
LECTURE = "lecture"  # the tag of a cell that is a slide
COPY_RECORD = ".cnnlab.json"  # in each copy that `lab` makes: what its files were
PROGRESS_FILE = "progress.json"
KINDS = ("exercises", "predictions", "quizzes")
WAIT = 5  # seconds for another window that is writing
HOSTS = {"COLAB_RELEASE_TAG": "Colab", "KAGGLE_KERNEL_RUN_TYPE": "Kaggle"}  # what each sets
CONTENT = Path("/content")  # Colab's, for a session
DRIVE = CONTENT / "drive" / "MyDrive"  # the learner's own, once it is mounted
KAGGLE = Path("/kaggle")


def host() -> str | None:
    """Return on whose machine a notebook runs, "Colab" or "Kaggle"; None on any other."""
    return next((name for variable, name in HOSTS.items() if variable in os.environ), None)


def say_where_progress_is() -> None:
    """Say it in a host's notebook, where a learner has no copy of their own; elsewhere, nothing."""
    if not host() or "ipykernel" not in sys.modules:
        return
    folder = _hosts_folder()
    lasting = "" if DRIVE in folder.parents else ", for as long as this session lives"
    mount = "; mount Google Drive before this cell to keep it longer" if host() == "Colab" else ""
    print(f"Your progress is kept in {folder}{lasting}{mount if lasting else ''}.")


def _hosts_folder() -> Path:
    """Return where a host keeps files longest: the learner's Drive, else the session's folder."""
    if host() == "Kaggle":
        return KAGGLE / "working" / "cnnlab"
    return (DRIVE if DRIVE.is_dir() else CONTENT) / "cnnlab"


def hosts_data() -> list[Path]:
    """Return the folders in which a host may have data for the learner, such as CIFAR-10."""
    if host() == "Colab":
        return [DRIVE / "cnnlab"]
    if host() == "Kaggle":  # each data set that was added to the notebook
        return sorted(
            path for depth in ("*", "datasets/*/*") for path in (KAGGLE / "input").glob(depth)
        )
    return []


def address() -> str | None:
    """Return the course's repository on GitHub, as pyproject.toml states it; None if it does not.

    Example:
        "https://github.com/owner/name"
    """
    project = PACKAGE.parent / "pyproject.toml"
    if LESSONS == CLONE and project.is_file():  # newer than what was installed from it
        stated = tomllib.loads(project.read_text("utf-8"))["project"].get("urls", {})
    else:
        lines = metadata.metadata("cnnlab").get_all("Project-URL") or []
        stated = dict(line.split(", ", 1) for line in lines)
    found = stated.get("Repository", "").rstrip("/").removesuffix(".git")
    return found if found.startswith("https://github.com/") else None


def opened_elsewhere(lesson: str) -> dict[str, str]:
    """Return the links that open a lesson, such as "05_first_cnn"; none without an address."""
    if not (repository := address()):
        return {}
    file = f"{repository}/blob/main/notebooks/{lesson}.ipynb"
    colab = file.replace("https://github.com", "https://colab.research.google.com/github")
    return {"Colab": colab, "Kaggle": f"https://kaggle.com/kernels/welcome?src={file}"}


def short_runs() -> bool:
    """Tell whether a lesson's own training should end early: a test or CI is what runs it."""
    return bool(os.environ.get("CI") or os.environ.get("CNNLAB_SHORT"))


def for_the_learner(path: Path) -> bytes:
    """Return a file as the learner gets it: a notebook without claims and lecturer's notes."""
    content = path.read_bytes()
    if path.suffix != ".ipynb":
        return content
    try:
        notebook = json.loads(content)
        kept = [cell for cell in notebook["cells"] if not is_left_out(cell)]
    except (ValueError, KeyError, TypeError):
        return content  # not a notebook, whatever its name
    if len(kept) == len(notebook["cells"]):
        return content
    return (json.dumps(notebook | {"cells": kept}, indent=1, ensure_ascii=False) + "\n").encode()


def is_left_out(cell: dict) -> bool:
    """Return whether a cell is in neither a learner's copy nor a page: a claim, a slide."""
    return is_claim(cell) or is_lecture(cell)


def is_claim(cell: dict) -> bool:
    """Return whether a cell asserts what the text says, for CI alone."""
    return CLAIM in cell.get("metadata", {}).get("tags", ())


def is_lecture(cell: dict) -> bool:
    """Return whether a cell is a slide of the lesson's lecture."""
    return LECTURE in cell.get("metadata", {}).get("tags", ())


def find_progress(folder: Path | None = None) -> Path | None:
    """Return the progress file of the copy that holds `folder`, else of a host; None in CI."""
    if os.environ.get("CI"):
        return None
    folder = (folder or Path.cwd()).resolve()
    copies = (each for each in (folder, *folder.parents[:2]) if (each / COPY_RECORD).is_file())
    copy = next(copies, None) or (_hosts_folder() if host() else None)
    return copy / PROGRESS_FILE if copy else None


def read_progress(path: Path | None) -> dict[str, dict[str, Any]]:
    """Return what is remembered, a dict for each kind; empty ones if there is nothing readable."""
    try:
        return _parsed(path) if path else _nothing()
    except (OSError, ValueError):
        return _nothing()


def remember(kind: str, name: str, entry: dict[str, Any]) -> None:
    """Note one thing done; `tries` counts until it is passed, and then it stays so.

    A file that cannot be written does not stop a lesson: then nothing is remembered.
    """
    path = find_progress()
    if path is None:
        return
    with warnings.catch_warnings(action="ignore"):  # in a browser: that its locks are weak
        from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(exist_ok=True)  # on a host
        with FileLock(path.with_name(f".{PROGRESS_FILE}.lock"), timeout=WAIT):
            done = _to_write_on(path)
            before = done[kind].get(name, {})
            if before.get("outcome") == "passed":
                return
            done[kind][name] = {**entry, "tries": before.get("tries", 0) + 1}
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
