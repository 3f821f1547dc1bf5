"""The marks in a course's gradebook."""

import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cnnlab.errors import DataError


@dataclass(frozen=True)
class Mark:
    """What a submission has.

    Attributes:
        points: the sum, less what being late costs.
        waits: whether a part of it is still to be marked by hand.
    """

    points: float
    waits: bool


@dataclass(frozen=True)
class Marks:
    """One assignment: the points it has, and the mark of everyone who handed it in."""

    out_of: float
    of: dict[str, Mark]


def settings(folder: Path) -> Any:
    """Return what the nbgrader_config.py of a course's folder says.

    Raises:
        DataError: if that cannot be read. nbgrader itself would go on without it, and so without
            a box.
    """
    from traitlets.config import PyFileConfigLoader

    try:
        return PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename.endswith("nbgrader_config.py")]
        line = getattr(error, "lineno", None) or next(iter(lines), "?")
        raise DataError(
            f"{folder / 'nbgrader_config.py'} cannot be read, so nothing is done. Line {line}: "
            f"{type(error).__name__}: {error}"
        ) from None


@cache
def course(folder: Path) -> Any:
    """Return nbgrader's API for a course's folder, with its settings."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    config = settings(folder)
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def read(folder: Path) -> dict[str, Marks]:
    """Return the marks of each assignment; none before the first has been generated.

    Raises:
        DataError: if the folder is not a course.
    """
    folder = folder.resolve()
    if not (folder / "nbgrader_config.py").exists():
        raise DataError(f"{folder} is not a course: there is no nbgrader_config.py.")
    database = course(folder).coursedir.db_url
    if database.startswith("sqlite:///") and not Path(database.removeprefix("sqlite:///")).exists():
        return {}  # nbgrader would make an empty one
    found = {}
    with course(folder).gradebook as gradebook:
        for assignment in gradebook.assignments:
            of = {
                each.student.id: Mark(
                    max(0.0, each.score - each.late_submission_penalty), each.needs_manual_grade
                )
                for each in gradebook.assignment_submissions(assignment.name)
            }
            found[assignment.name] = Marks(assignment.max_score, of)
    return found


def changes(before: dict[str, Marks], after: dict[str, Marks], assignment: str) -> list[str]:
    """Return a line for each mark that grading again has changed."""
    old = before[assignment].of if assignment in before else {}
    new = after[assignment].of if assignment in after else {}
    return [
        f"{student:24} {old[student].points:g} -> {mark.points:g} points"
        for student, mark in sorted(new.items())
        if student in old and old[student].points != mark.points
    ]
