"""What became of each answer of a class, read from graded notebooks or from progress files."""

import json
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cnnlab import course, exercises
from cnnlab.check.verdict import MIMETYPE
from cnnlab.errors import DataError, shell_command

NO_VERDICT = "no verdict"  # graded before verdicts were kept in the notebooks
TIMED_OUT = "CellTimeoutError"
LARGEST = 20_000_000  # bytes of a file: in memory it may take twenty times as much
WRONG = (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError)
Noting = Callable[..., AbstractContextManager[None]]


@dataclass(frozen=True)
class Answer:
    """One learner's answer to one exercise.

    Attributes:
        learner: the name of the folder or file it came in.
        assignment: such as "hw1" or, in a progress file, "Lesson 02".
        outcome: a verdict's, or "crash" for a cell without one; see `cnnlab.check.Verdict`.
        text: the verdict's; empty in a progress file.
        tries: how often the check was run, if that is known.

    Raises:
        ValueError: if it holds what no check writes, but a hand might.
    """

    learner: str
    assignment: str
    exercise: str
    outcome: str
    misconceptions: tuple[str, ...] = ()
    text: str = ""
    tries: int | None = None

    def __post_init__(self) -> None:
        tries = 1 if self.tries is None else self.tries
        if type(tries) is not int or not 0 < tries < 10**6:
            raise ValueError("no valid number of tries")
        texts = (self.outcome, self.text, *self.misconceptions)
        if not all(isinstance(each, str) for each in texts):
            raise ValueError("no valid record")


@dataclass(frozen=True)
class Class:
    """All answers, and what could not be read.

    Attributes:
        assignments: in the order asked for.
        unread: the files that are damaged, each with a reason; what else they hold is counted.
        ungraded: submissions of which there is no graded notebook.
    """

    assignments: tuple[str, ...]
    answers: tuple[Answer, ...]
    unread: tuple[str, ...] = ()
    ungraded: tuple[str, ...] = ()


def read_graded(folder: Path, assignments: list[str]) -> Class:
    """Read the graded notebooks of some assignments, in nbgrader's course folder.

    Raises:
        DataError: if an assignment has no graded notebook.
    """
    answers: list[Answer] = []
    unread: list[str] = []
    ungraded: list[str] = []
    for assignment in assignments:
        paths = sorted(folder.glob(f"autograded/*/{assignment}/*.ipynb"))
        if not paths:
            words = ("homework", "grade", assignment, "--folder", folder.resolve())
            raise DataError(
                f"{folder / 'autograded'} holds no graded notebook of {assignment!r}. "
                f"Grade first: {shell_command(*words)}; or name the course's folder: "
                "--folder FOLDER."
            )
        for path in paths:
            noting = partial(_noting, unread, path.relative_to(folder))
            with noting():
                answers += graded_answers(path, assignment, noting)
        graded = {path.parts[-3] for path in paths}
        submitted = {path.parent.name for path in folder.glob(f"submitted/*/{assignment}")}
        ungraded += [f"{shown(student)}, {assignment}" for student in sorted(submitted - graded)]
    return Class(tuple(assignments), tuple(answers), tuple(unread), tuple(ungraded))


@contextmanager
def _noting(unread: list[str], path: Path, part: str = "") -> Iterator[None]:
    """Note, in place of an error, that a file or a part of it is damaged; once for each file."""
    try:
        yield
    except WRONG as error:
        reason = str(error) if type(error) is ValueError else "cannot be read"
        name = f"{shown(str(path))}: "
        if not any(each.startswith(name) for each in unread[-1:]):
            unread.append(name + part + reason)


def shown(name: str) -> str:
    """Return a file's name as a terminal and a page can show it."""
    return "".join(each if each.isprintable() else "?" for each in name)


def load(path: Path, largest: int = LARGEST) -> Any:
    """Return what a JSON file holds.

    Raises:
        ValueError: with the reason, in a few words.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    if status.st_size > largest:
        raise ValueError(f"larger than {largest / 10**6:g} MB")
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError("not JSON (or nested too deeply)") from None


def graded_answers(path: Path, assignment: str, noting: Noting) -> Iterator[Answer]:
    """Yield the answers in one graded notebook.

    Raises:
        ValueError: if it has no list of cells.
    """
    learner, cells = shown(path.parts[-3]), load(path)["cells"]
    if not isinstance(cells, list):
        raise ValueError("no list of cells")
    for number, cell in enumerate(cells, 1):
        with noting(f"cell {number}: "):
            marks = cell["metadata"].get("nbgrader", {})
            checked = re.search(r"\bcheck\.(\w+)\(", "".join(cell["source"]))
            if cell["cell_type"] == "code" and marks.get("grade") and checked:
                yield Answer(learner, assignment, checked.group(1), *_kept(cell["outputs"]))


def _kept(outputs: list[dict[str, Any]]) -> tuple[Any, tuple, str]:
    """Return outcome, misconceptions and text of the verdict among a cell's outputs."""
    for output in reversed(outputs):
        data = output.get("data", {})
        if MIMETYPE in data:
            record, text = data[MIMETYPE], "".join(data.get("text/plain", ""))
            return record["outcome"], tuple(record["misconceptions"]), text
    for output in outputs:
        if output["output_type"] == "error":
            outcome = "too slow" if output["ename"] == TIMED_OUT else "crash"
            return outcome, (), f"{output['ename']}: {output['evalue']}"
    return NO_VERDICT, (), ""


def read_progress(folder: Path) -> Class:
    """Read a folder of progress files, one JSON file for each learner.

    Raises:
        DataError: if there is none.
    """
    paths = sorted(folder.glob("*.[jJ][sS][oO][nN]"))
    if not paths:
        raise DataError(f"{folder} holds no progress file (NAME.json). Name their folder.")
    answers: list[Answer] = []
    unread: list[str] = []
    for path in paths:
        noting = partial(_noting, unread, path.relative_to(folder))
        with noting():
            answers += progress_answers(path, noting)
    found = {answer.assignment for answer in answers}
    ordered = tuple(lesson for lesson in exercises.by_lesson() if lesson in found)
    return Class(ordered, tuple(answers), tuple(unread))


def progress_answers(path: Path, noting: Noting) -> Iterator[Answer]:
    """Yield the answers in one progress file; exercises that the course does not have are left out.

    Raises:
        ValueError: if it is not a progress file of this version or an earlier one.
    """
    progress = load(path)
    if progress["version"] not in range(1, course.VERSION + 1):
        raise ValueError(f"not of version 1 to {course.VERSION}")
    for name, record in progress["exercises"].items():
        if known := exercises.asked().get(name):
            with noting(f"{name}: "):
                named = split_names(name, record.get("misconception"))
                tries, learner = record.get("tries"), shown(path.stem)
                yield Answer(learner, known.lesson, name, record["outcome"], named, tries=tries)


def split_names(exercise: str, joined: str | None) -> tuple[str, ...]:
    """Return the misconceptions that a verdict has joined by "and".

    Example:
        >>> split_names("output_shape", "rounded to nearest and height and width swapped")
        ('rounded to nearest', 'height and width swapped')
    """
    if not joined:
        return ()
    known = [each.name for each in exercises.load(exercise).misconceptions]
    for name in known if joined not in known else ():
        if joined.startswith(f"{name} and "):
            return name, joined.removeprefix(f"{name} and ")
        if joined.endswith(f" and {name}"):
            return joined.removesuffix(f" and {name}"), name
    return (joined,)
