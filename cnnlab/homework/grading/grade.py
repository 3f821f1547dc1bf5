"""Grade a class side by side, each submission in a process of its own."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.utils import capture_log, temp_attrs

from cnnlab.errors import DataError, as_int
from cnnlab.homework.classroom import gradebook
from cnnlab.homework.grading import intake, marks, run

TRIES = 3  # as long as another process holds the gradebook
LOCKED = "database is locked"
NO_PROCESS = "the process that graded it ended: grade again"
TOO_LONG = "the process that graded it took too long, and was ended"
MARGIN = 120  # seconds beyond those of a submission, for all that is not the learner's
PROBLEM = re.compile(r"^\s*([\w.]*(?:Error|Exception)\w*: .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Graded:
    """What became of one submission.

    Attributes:
        problem: why it has no marks; None if it has.
        word: what the lecturer should know of it, such as which of two notebooks was graded.
    """

    student: str
    seconds: float
    problem: str | None
    word: str | None = None


def grade(
    folder: Path, assignment: str, *, processes: int = 2, force: bool = False
) -> Iterator[Graded]:
    """Grade what a class handed in, and yield each submission as it is done.

    Args:
        folder: nbgrader's course folder, with its nbgrader_config.py.
        processes: how many submissions are graded side by side.
        force: also grade what has been graded already.

    Raises:
        DataError: if nothing was handed in, or the course's settings cannot be used.
    """
    as_int("processes", processes)
    folder = folder.resolve()
    students = sorted(path.parent.name for path in folder.glob(f"submitted/*/{assignment}"))
    if not students:
        raise DataError(f"{folder / 'submitted'} holds no submission of {assignment!r}.")
    seconds = MARGIN + 2 * _seconds_of_a_submission(folder)
    done = set() if force else graded_already(folder, assignment)
    # A server with everything imported, of which each process is a copy: it starts at once.
    kind = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
    context: Any = get_context(kind)
    if kind == "forkserver":
        context.set_forkserver_preload([__name__])
    with ThreadPoolExecutor(processes) as pool:
        tasks = [
            pool.submit(_graded_elsewhere, context, folder, assignment, student, seconds=seconds)
            for student in students
            if student not in done
        ]
        try:
            yield from (task.result() for task in as_completed(tasks))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _seconds_of_a_submission(folder: Path) -> int:
    """Return the course's limit, after a look at whether it grades by our preprocessors at all."""
    config = gradebook.course(folder).config
    for step in (run.Run, marks.SaveMarks):
        if step not in config.Autograde.get("autograde_preprocessors", []):
            raise DataError(
                f"{folder / 'nbgrader_config.py'} does not name {step.__name__} in "
                "c.Autograde.autograde_preprocessors. Nothing is graded without it: compare the "
                "file with the course's."
            )
    return int(config.Run.get("seconds", run.Run.seconds.default_value))


def graded_already(folder: Path, assignment: str) -> set[str]:
    """Return who has all marks of a check, a graded notebook, and has not handed in since."""
    course = gradebook.course(folder).coursedir
    found = set()
    with gradebook.course(folder).gradebook as book:
        for student in marks.students_with_all(book, assignment):
            paths = [
                Path(course.format_path(step, student, assignment))
                for step in (course.autograded_directory, course.submitted_directory)
            ]
            before, now = map(course.get_existing_timestamp, map(str, paths))
            if _is_signed(paths[0]) and not (before and now and now > before):
                found.add(student)
    return found


def _is_signed(folder: Path) -> bool:
    """Tell whether the notebooks of a folder were written after grading, not on the way to it."""
    try:
        texts = [path.read_text("utf-8") for path in folder.glob("*.ipynb")]
        return bool(texts) and all("cnnlab" in json.loads(text)["metadata"] for text in texts)
    except (OSError, ValueError, KeyError):
        return False


def _graded_elsewhere(
    context: Any, folder: Path, assignment: str, student: str, *, seconds: float
) -> Graded:
    """Grade one submission in a process of its own; whatever happens to it, return."""
    began = perf_counter()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, folder, assignment, student))
    process.start()
    theirs.close()
    try:
        said = ours.recv() if ours.poll(seconds) else (TOO_LONG, None)
    except EOFError:
        said = NO_PROCESS, None
    finally:
        process.kill()
        process.join()
        ours.close()
    return Graded(student, perf_counter() - began, *said)


def _send(connection: Connection, folder: Path, assignment: str, student: str) -> None:
    connection.send(grade_one(folder, assignment, student))


class OneSubmission(Autograde):
    """Grade the submission of one student, of whatever name: nbgrader takes it for a pattern."""

    def init_notebooks(self) -> None:
        names = self.coursedir.assignment_id, self.coursedir.student_id
        folder = Path(self._format_source(*names))
        self.assignments = {str(folder): sorted(map(str, folder.glob("*.ipynb")))}


def grade_one(folder: Path, assignment: str, student: str) -> tuple[str | None, str | None]:
    """Grade one submission with nbgrader, in this process; return its problem, and a word on it."""
    try:
        word = intake.ready(folder, assignment, student)
    except intake.RefusedError as error:
        return str(error), None
    course, problem = gradebook.course(folder), None
    for _ in range(TRIES):
        with temp_attrs(course.coursedir, assignment_id=assignment, student_id=student):
            app = OneSubmission(coursedir=course.coursedir, parent=course)
            app.force = app.create_student = True
            result = capture_log(app)
        problem = None if result["success"] else _problem(result)
        if LOCKED not in (problem or ""):
            break
    return problem, word


def _problem(result: dict[str, str]) -> str:
    """Return the first error that nbgrader's log tells, in one line."""
    text = result.get("log", "") + result["error"]
    return next(iter(PROBLEM.findall(text)), text.strip().splitlines()[-1])
