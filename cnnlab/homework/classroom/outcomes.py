"""What became of each answer of a class, read from graded notebooks or from progress files."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab import exercises
from cnnlab.check.verdict import MIMETYPE
from cnnlab.errors import DataError

NO_VERDICT = "no verdict"  # graded before verdicts were kept in the notebooks
TIMED_OUT = "CellTimeoutError"


@dataclass(frozen=True)
class Answer:
    """One learner's answer to one exercise.

    Attributes:
        learner: the name of the folder or file it came in.
        assignment: such as "hw1" or, in a progress file, "Lesson 02".
        outcome: a verdict's, or "crash" for a cell without one; see `cnnlab.check.Verdict`.
        text: the verdict's; empty in a progress file.
        tries: how often the check was run, if that is known.
    """

    learner: str
    assignment: str
    exercise: str
    outcome: str
    misconceptions: tuple[str, ...] = ()
    text: str = ""
    tries: int | None = None


@dataclass(frozen=True)
class Class:
    """All answers, and what could not be read.

    Attributes:
        assignments: in the order asked for.
        unread: the files that are damaged.
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
    unread, ungraded = [], []
    for assignment in assignments:
        paths = sorted(folder.glob(f"autograded/*/{assignment}/*.ipynb"))
        if not paths:
            raise DataError(
                f"{folder / 'autograded'} holds no graded notebook of {assignment!r}. "
                f"Grade first: nbgrader autograde {assignment}; or name the course's folder: "
                "--folder FOLDER."
            )
        for path in paths:
            try:
                answers += graded_answers(path, assignment)
            except (ValueError, KeyError, TypeError, AttributeError):
                unread.append(str(path.relative_to(folder)))
        graded = {path.parts[-3] for path in paths}
        submitted = {path.parent.name for path in folder.glob(f"submitted/*/{assignment}")}
        ungraded += [f"{student}, {assignment}" for student in sorted(submitted - graded)]
    return Class(tuple(assignments), tuple(answers), tuple(unread), tuple(ungraded))


def graded_answers(path: Path, assignment: str) -> Iterator[Answer]:
    """Yield the answers in one graded notebook."""
    learner = path.parts[-3]
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        checked = re.search(r"\bcheck\.(\w+)\(", "".join(cell["source"]))
        if cell["cell_type"] != "code" or not marks.get("grade") or not checked:
            continue
        yield Answer(learner, assignment, checked.group(1), *_kept(cell["outputs"]))


def _kept(outputs: list[dict[str, Any]]) -> tuple[str, tuple[str, ...], str]:
    """Return outcome, misconceptions and text of the verdict among a cell's outputs."""
    for output in reversed(outputs):
        data = output.get("data", {})
        if MIMETYPE in data:
            record, text = data[MIMETYPE], "".join(data.get("text/plain", ""))
            return str(record["outcome"]), tuple(map(str, record["misconceptions"])), text
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
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise DataError(f"{folder} holds no progress file (NAME.json). Name their folder.")
    answers: list[Answer] = []
    unread = []
    for path in paths:
        try:
            answers += list(progress_answers(path))
        except (ValueError, KeyError, TypeError, AttributeError):
            unread.append(path.name)
    found = {answer.assignment for answer in answers}
    ordered = tuple(lesson for lesson in exercises.by_lesson() if lesson in found)
    return Class(ordered, tuple(answers), tuple(unread))


def progress_answers(path: Path) -> Iterator[Answer]:
    """Yield the answers in one progress file; exercises that the course does not have are left out.

    Raises:
        ValueError: if it is not a progress file of version 1.
    """
    progress = json.loads(path.read_text("utf-8"))
    if progress["version"] != 1:
        raise ValueError(f"{path} is of version {progress['version']}, not 1.")
    for name, record in progress["exercises"].items():
        if known := exercises.asked().get(name):
            named = split_names(name, record.get("misconception"))
            tries = record.get("tries")
            outcome = str(record["outcome"])
            yield Answer(path.stem, known.lesson, name, outcome, named, tries=tries)


def split_names(exercise: str, joined: str | None) -> tuple[str, ...]:
    """Return the misconceptions that a verdict has joined by "and".

    Example:
        >>> split_names("output_shape", "rounded to nearest and height and width swapped")
        ('rounded to nearest', 'height and width swapped')
    """
    if not joined:
        return ()
    known = {each.name for each in exercises.load(exercise).misconceptions}
    pieces = joined.split(" and ")
    for cut in range(1, len(pieces)):
        pair = " and ".join(pieces[:cut]), " and ".join(pieces[cut:])
        if joined not in known and known.intersection(pair):
            return pair
    return (joined,)
