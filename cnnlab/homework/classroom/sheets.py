"""Sheets of one's own: an assignment for each student, with numbers that only this sheet has."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.utils import is_solution
from traitlets.config import Config

from cnnlab import exercises
from cnnlab.errors import DataError
from cnnlab.exercises.evaluate import EVALUATE
from cnnlab.exercises.fixed_bugs import BUGS, Bug
from cnnlab.files import atomic_write
from cnnlab.homework.classroom import gradebook, lms, tables
from cnnlab.homework.classroom.wordings import FIELDS, PIECES

LIST = "sheets.csv"  # in the course's folder: who has which sheet; the grader reads it
COLUMNS = ("assignment", "student", "sheet")
SHEETS = 1_000_000
STUDENT = re.compile(r"\w[\w.@-]*(?<!\.)")


def read_students(path: Path) -> list[str]:
    """Return the students in a list: one a line, or a table that says who they are.

    That is the column "id", or, in what Canvas or Moodle exports, the first identity that everyone
    has.

    Raises:
        DataError: if it names nobody, somebody twice, or a name cannot be a folder's.
    """
    table = tables.read(path)
    known = ["id", *(name for each in lms.FORMATS for name in each.ids)]
    columns = [name for name in known if name in table.header]
    columns = columns[:1] if "id" in columns else columns
    if len(table.header) > 1 or columns:
        people = [row for row in table.rows if any(row[name].strip() for name in columns)]
        full = (name for name in columns if all(row[name].strip() for row in people))
        column = next(full, None)
        if column is None:
            raise DataError(f"{path}: no column says who everyone is: {', '.join(known)}.")
        names = [row[column] for row in people if row[column] != column]
    else:
        names = table.header + [row[table.header[0]] for row in table.rows]
    students = [name.strip() for name in names if name.strip()]
    if not students:
        raise DataError(f"{path} names no student. Write one a line, or a CSV with a column id.")
    for name in students:
        if not STUDENT.fullmatch(name):
            raise DataError(f"{path}: {name!r} cannot name a folder. Use letters, digits, . _ @ -")
    _require_distinct(students, path)
    return students


def _require_distinct(students: Iterable[str], path: Path) -> None:
    """Raise a DataError if two names are one folder, as they are on macOS and Windows."""
    known: dict[str, str] = {}
    for name in students:
        folder = unicodedata.normalize("NFKC", name).casefold()
        if folder in known:
            raise DataError(f"{path} names {known[folder]!r} and {name!r}: one folder. Keep one.")
        known[folder] = name


def read_list(course: Path) -> dict[tuple[str, str], int]:
    """Return the sheet of each (assignment, student); empty if the course has no sheets."""
    path = course / LIST
    rows = tables.read(path).rows if path.exists() else []
    return {(row["assignment"], row["student"]): int(row["sheet"]) for row in rows}


def sheet_of(course: Path, assignment: str, student: str) -> int | None:
    """Return a student's sheet; None if nobody has a sheet of this assignment.

    Raises:
        DataError: if others have one, but not this student.
    """
    known = read_list(course)
    if (assignment, student) not in known and any(name == assignment for name, _ in known):
        raise DataError(
            f"{student} has no sheet of {assignment} in {LIST}. Give out one: cnnlab "
            f"homework generate {assignment} --students FILE"
        )
    return known.get((assignment, student))


def assign(course: Path, assignment: str, students: list[str], *, seed: int) -> dict[str, int]:
    """Return a sheet for each student, and keep the list; who has a sheet keeps it."""
    known = read_list(course)
    everyone = {student for name, student in known if name == assignment} | set(students)
    _require_distinct(sorted(everyone), course / LIST)
    taken = {sheet for (name, _), sheet in known.items() if name == assignment}
    for student in students:
        if (assignment, student) not in known:
            digest = sha256(f"{seed} {assignment} {student}".encode()).digest()
            sheet = int.from_bytes(digest[:8]) % SHEETS
            while sheet in taken:
                sheet = (sheet + 1) % SHEETS
            taken.add(sheet)
            known[assignment, student] = sheet
    tables.write(course / LIST, [COLUMNS, *((*who, sheet) for who, sheet in sorted(known.items()))])
    return {student: known[assignment, student] for student in students}


def on_sheet(source: NotebookNode, sheet: int) -> NotebookNode:
    """Return the source of an assignment as it is on a sheet.

    Raises:
        ValueError: if a piece of text that changes is not in the source, or more than once.
    """
    notebook = deepcopy(source)
    for cell in notebook.cells:
        if cell.id == "title":
            cell.source += f"\n\nThis is sheet {sheet}: its numbers are yours alone."
        elif cell.id == "imports":
            cell.source += f"\n\ncheck.sheet({sheet})"
        else:
            cell.source = _cell_on_sheet(cell, sheet)
    return notebook


def _cell_on_sheet(cell: NotebookNode, sheet: int | None) -> str:
    """Return the text of a cell on a sheet; on None it is the source's own."""
    name, text = cell.id.replace("-", "_"), cell.source
    if cell.id in PIECES:
        topic, pieces = PIECES[cell.id]
        given = FIELDS[topic](exercises.numbers(topic, None))
        drawn = FIELDS[topic](exercises.numbers(topic, sheet))
        for piece in pieces:
            old = piece.format(**given)
            if text.count(old) != 1:
                raise ValueError(f"The source's cell {cell.id} does not say {old!r} once.")
            text = text.replace(old, piece.format(**drawn))
    if cell.id.startswith("task-fixed-"):
        bug = _bug(name.removeprefix("task_"), sheet)
        kind = "evaluate" if bug.lesson is EVALUATE else "train"
        text = f"{text.splitlines()[0].partition(':')[0]}: {kind}\n\n{bug.symptom}"
    if is_solution(cell) and cell.cell_type == "code" and sheet is not None:
        text = _solved(text, name, sheet)
    return text


def _bug(name: str, sheet: int | None) -> Bug:
    number = int(name.removeprefix("fixed_"))
    return BUGS[exercises.numbers(name, sheet)["bugs"][number - 1]]


def _solved(text: str, name: str, sheet: int) -> str:
    """Put a sheet's solution, and what it hands out, in the place of the source's."""
    if not exercises.varied_by(name):
        return text
    head, begin, _ = text.partition("    ### BEGIN SOLUTION\n")
    code = exercises.load(name, sheet).solution
    if name.startswith("fixed_"):
        head, body = code.split("\n", 1)
        _, broken = _bug(name, sheet).code(name).split("\n", 1)
        lines = [f"    # {line[4:]}" for line in broken.splitlines()]
        return "\n".join(
            [head, begin + body + "    ### HANDED OUT", *lines, "    ### END SOLUTION"]
        )
    _, body = code.replace("    nn = torch.nn\n", "").split("\n", 1)
    return f"{head}{begin}{body}    ### END SOLUTION"


def hand_out(source: NotebookNode, config: Config) -> NotebookNode:
    """Return what nbgrader makes of a source to hand out, without a word to the gradebook."""
    notebook, resources = deepcopy(source), dict[str, Any](nbgrader={})
    for kind in config.GenerateAssignment.preprocessors:
        if not issubclass(kind, preprocessors.SaveCells):
            notebook, resources = kind(config=config).preprocess(notebook, resources)
    return notebook


def generate(course: Path, assignment: str, students: list[str], *, seed: int) -> Iterator[Path]:
    """Write each student's sheet, and beside all of them its solutions; yield the sheets.

    Raises:
        DataError: if there is no such assignment, or it is the same on every sheet.
    """
    path = course / "source" / assignment / f"{assignment}.ipynb"
    if not path.exists():
        raise DataError(f"There is no {path}. Name the course's folder: --folder FOLDER.")
    source = nbformat.read(path, 4)
    names = [cell.id.replace("-", "_") for cell in source.cells]
    if not any(name in exercises.asked() and exercises.varied_by(name) for name in names):
        raise DataError(f"{assignment} has no numbers of its own: it is the same on every sheet.")
    config = gradebook.settings(course)
    for student, sheet in assign(course, assignment, students, seed=seed).items():
        solved = on_sheet(source, sheet)
        out = course / "sheets" / assignment / student / f"{assignment}.ipynb"
        for target, notebook in (
            (out, hand_out(solved, config)),
            (course / "solutions" / assignment / f"{student}.ipynb", solved),
        ):
            text = nbformat.writes(notebook, 4) + "\n"
            atomic_write(target, lambda file, text=text: file.write(text.encode()))
        yield out
