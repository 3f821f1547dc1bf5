"""Grade a class side by side: one submission after the other in each of several processes."""

import glob
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from cnnlab.errors import DataError, as_int
from cnnlab.homework.classroom import gradebook
from cnnlab.homework.grading import intake

TRIES = 3  # as long as another process holds the gradebook
LOCKED = "database is locked"
NO_PROCESS = "the process that graded it ended: grade again"
PROBLEM = re.compile(r"^\s*([\w.]*(?:Error|Exception)\w*: .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Graded:
    """What became of one submission: `problem` is None if it has marks."""

    student: str
    seconds: float
    problem: str | None


def grade(
    folder: Path, assignment: str, *, processes: int = 2, force: bool = False
) -> Iterator[Graded]:
    """Grade what a class handed in, and yield each submission as it is done.

    Args:
        folder: nbgrader's course folder, with its nbgrader_config.py.
        processes: how many submissions are graded side by side.
        force: also grade what has a graded notebook already.

    Raises:
        DataError: if nothing was handed in.
    """
    as_int("processes", processes)
    folder = folder.resolve()
    students = sorted(path.parent.name for path in folder.glob(f"submitted/*/{assignment}"))
    if not students:
        raise DataError(f"{folder / 'submitted'} holds no submission of {assignment!r}.")
    waiting = [
        s for s in students if force or not (folder / "autograded" / s / assignment).exists()
    ]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        tasks = {pool.submit(grade_one, folder, assignment, name): name for name in waiting}
        for task in as_completed(tasks):
            try:
                yield task.result()
            except BrokenProcessPool:
                yield Graded(tasks[task], 0.0, NO_PROCESS)


def grade_one(folder: Path, assignment: str, student: str) -> Graded:
    """Grade one submission with nbgrader, in this process."""
    began = perf_counter()
    problem = None
    try:
        intake.ready(folder, assignment, student)
    except intake.RefusedError as error:
        problem = str(error)
    for _ in range(0 if problem else TRIES):
        result = gradebook.course(folder).autograde(assignment, glob.escape(student))
        problem = None if result["success"] else _problem(result)
        if LOCKED not in (problem or ""):
            break
    return Graded(student, perf_counter() - began, problem)


def _problem(result: dict[str, str]) -> str:
    """Return the first error that nbgrader's log tells, in one line."""
    text = result.get("log", "") + result["error"]
    return next(iter(PROBLEM.findall(text)), text.strip().splitlines()[-1])
