"""The course: where its lessons are, on whose machine, what a learner has done.

Progress is a small file in the learner's copy, and nothing leaves the machine. A copy made by
`cnnlab lab` has one, and a notebook on Colab or Kaggle: elsewhere nothing is remembered. Deleting
the file is fine. It is JSON: its version, and for each of `KINDS` an entry for each name. Version 1
had no reviews and no inventory.
"""

import json
import os
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from cnnlab.errors import report
from cnnlab.files import atomic_write, move, patiently

FIRST_LESSON = "00_start_here.ipynb"
PACKAGE = Path(__file__).resolve().parent
WHEEL, CLONE = PACKAGE / "notebooks", PACKAGE.parent / "notebooks"
LESSONS = WHEEL if (WHEEL / FIRST_LESSON).is_file() else CLONE
CLAIM = "claim"  # the tag of a cell in which CI asserts what the text says
LECTURE = "lecture"  # the tag of a cell that is a slide
COPY_RECORD = ".cnnlab.json"  # in each copy that `lab` makes: what its files were
PROGRESS_FILE = "progress.json"
VERSION = 2
KINDS = ("exercises", "predictions", "quizzes", "review", "inventory")
WAIT = 5  # seconds for another window that is writing
HOSTS = {"COLAB_RELEASE_TAG": "Colab", "KAGGLE_KERNEL_RUN_TYPE": "Kaggle"}  # what each sets
CONTENT = Path("/content")  # Colab's, for a session
DRIVE = CONTENT / "drive" / "MyDrive"  # the learner's own, once it is mounted
KAGGLE = Path("/kaggle")
_unwritten: set[Path] = set()  # progress files of which it has been said


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


Progress = dict[str, dict[str, Any]]


def read_progress(path: Path | None) -> Progress:
    """Return what is remembered, a dict for each kind; empty ones if there is nothing readable."""
    try:
        return _parsed(path)[1] if path else _nothing()
    except (OSError, ValueError):
        return _nothing()


def remember(kind: str, name: str, entry: dict[str, Any]) -> None:
    """Note one thing done; `tries` counts until it is passed, and then it stays so.

    `on` is the day of the last try. The misconceptions that an exercise's verdicts have named,
    `mixed_up`, are collected.
    """

    def note(done: Progress) -> None:
        before = done[kind].get(name, {})
        if before.get("outcome") == "passed":
            return
        new = {**entry, "tries": before.get("tries", 0) + 1, "on": date.today().isoformat()}
        if mixed_up := [*before.get("mixed_up", ()), *entry.get("mixed_up", ())]:
            new["mixed_up"] = list(dict.fromkeys(mixed_up))
        done[kind][name] = new

    change_progress(note)


def change_progress(change: Callable[[Progress], None]) -> None:
    """Let `change` edit what is remembered, while no other window does.

    What a later version has written beside it is kept. Where nothing is remembered, nothing
    happens. A file that cannot be written does not stop a lesson: the first time, a sentence says
    that nothing is remembered.
    """
    if not (path := find_progress()):
        return
    with warnings.catch_warnings(action="ignore"):  # in a browser: that its locks are weak
        from filelock import Timeout

    try:
        path.parent.mkdir(exist_ok=True)  # on a host
        with _alone(path):
            rest, done = _to_write_on(path)
            before = json.dumps(done)
            change(done)
            if json.dumps(done) != before:
                text = json.dumps({**rest, **done}, indent=1)
                atomic_write(path, lambda file: file.write(text.encode()))
        _unwritten.discard(path)
    except (OSError, Timeout) as error:
        if path not in _unwritten:
            _unwritten.add(path)
            held = "another window holds it" if isinstance(error, Timeout) else ""
            reason = held or error.strerror or error
            report(f"{path} cannot be written ({reason}): nothing is remembered until it can.")


def what_is_kept(path: Path) -> str:
    """Say where a progress file is, how large, and what is in it.

    Raises:
        OSError: if it is not there.
    """
    size = max(1, round(path.stat().st_size / 1000))
    return (
        f"{path} ({size} kB) holds the results of your checks, your predictions and quizzes, when "
        "each question of the review is due, and your answers to the two rounds of questions on "
        "what you believe. It is yours: nothing sends it anywhere."
    )


def reset_progress(path: Path) -> Path:
    """Begin anew: put a progress file aside, beside itself; return where it is now.

    Raises:
        OSError: if it is not there or cannot be moved.
        filelock.Timeout: if another window goes on writing.
    """
    with _alone(path):
        return _put_aside(path, "backup")


def _alone(path: Path) -> AbstractContextManager:
    """Return the lock of a progress file, which is waited for."""
    with warnings.catch_warnings(action="ignore"):
        from filelock import FileLock

    return FileLock(path.with_name(f".{PROGRESS_FILE}.lock"), timeout=WAIT)


def _nothing() -> Progress:
    return {kind: {} for kind in KINDS}


def _parsed(path: Path) -> tuple[dict[str, Any], Progress]:
    """Return the version with all that this one does not know, and what is remembered.

    Raises:
        ValueError: if it is not a progress file.
        OSError: if it cannot be read, or only by a later version.
    """
    if not path.exists():
        return {"version": VERSION}, _nothing()
    found = json.loads(patiently(lambda: path.read_text("utf-8")))
    version = found.get("version") if isinstance(found, dict) else None
    version = max(VERSION, version) if isinstance(version, int) else VERSION
    done: dict[str, Any] = {"": None}
    if isinstance(found, dict):
        done = {kind: found.get(kind, {}) for kind in KINDS}
    if not all(isinstance(each, dict) for each in _and_entries(done)):
        if version > VERSION:
            raise OSError(f"{path} is a later version's")
        raise ValueError(f"{path} is not a progress file")
    rest = {key: value for key, value in found.items() if key not in KINDS}
    return {**rest, "version": version}, done


def _and_entries(done: dict[str, Any]) -> Iterator[Any]:
    """Yield what should be dicts: that of each kind, and its entries."""
    for kind in done.values():
        yield kind
        yield from kind.values() if isinstance(kind, dict) else ()


def _to_write_on(path: Path) -> tuple[dict[str, Any], Progress]:
    """Return what the file holds; put a broken one aside and begin again."""
    try:
        return _parsed(path)
    except ValueError:
        _put_aside(path, "broken")
        return {"version": VERSION}, _nothing()


def _put_aside(path: Path, why: str) -> Path:
    """Rename a file to one that is not there yet."""
    taken = {each.name for each in path.parent.glob(f"progress.{why}-*.json")}
    number = next(n for n in range(1, 10**6) if f"progress.{why}-{n}.json" not in taken)
    aside = path.with_name(f"progress.{why}-{number}.json")
    move(path, aside)
    return aside
