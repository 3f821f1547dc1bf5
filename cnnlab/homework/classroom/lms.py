"""Fill a course's marks into the table that Canvas or Moodle exports, for its import.

The LMS's own table holds the columns and the identities that its import asks for, so nothing has
to be set up twice.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cnnlab.errors import DataError
from cnnlab.files import atomic_write
from cnnlab.homework.classroom.gradebook import Marks

Row = dict[str, str]


@dataclass(frozen=True)
class Format:
    """How an LMS writes its table.

    Attributes:
        kept: columns that say who a row is; the rest is left out, so that no other mark changes.
        ids: those of them that may hold the names under which the course knows its students.
        column: a pattern for the column of the assignment {}.
        new: the name of that column if the table has none.
    """

    name: str
    kept: tuple[str, ...]
    ids: tuple[str, ...]
    column: str
    new: str


FORMATS = (
    Format(
        "Canvas",
        ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
        ("SIS Login ID", "SIS User ID", "ID"),
        r"{}( \(\d+\))?",
        "{}",
    ),
    Format(
        "Moodle",
        ("First name", "Surname", "Last name", "Username", "ID number", "Email address"),
        ("Username", "ID number", "Email address"),
        r"(Assignment: )?{}( \((Real|Points)\))?",
        "{} (Real)",
    ),
)


def fill(table: Path, marks: dict[str, Marks], out: Path) -> Iterator[str]:
    """Write a table of marks for the LMS that exported `table`; yield what was done, in lines.

    Marks that still wait for a human, and those of students who are not in the table, are left
    out; both are said.

    Args:
        marks: of each assignment that is to be written.

    Raises:
        DataError: if the table is neither Canvas's nor Moodle's, knows nobody, or has other
            points for an assignment.
    """
    header, rows, delimiter = _read(table)
    kind = next((each for each in FORMATS if len(set(each.ids) & set(header)) >= 2), None)
    if kind is None:
        raise DataError(f"{table} has the columns of neither Canvas's export nor Moodle's.")
    students = {student.lower(): student for each in marks.values() for student in each.of}
    row_of = _rows_of(kind, rows, students)
    if not row_of:
        raise DataError(f"{table} names none of the students of the course: {', '.join(kind.ids)}.")
    possible = [row for row in rows if _first(row).startswith("Points Possible")]
    kept, written = [name for name in header if name in kind.kept], set()
    for assignment, each in marks.items():
        pattern = re.compile(kind.column.format(re.escape(assignment)))
        column = next(filter(pattern.fullmatch, header), kind.new.format(assignment))
        kept.append(column)
        for row in possible:
            _agree(row.get(column, ""), each.out_of, column)
        for row in rows:
            row[column] = f"{each.out_of:g}" if row in possible else ""
        ready = {student: mark for student, mark in each.of.items() if not mark.waits}
        there = row_of.keys() & ready
        for student in there:
            row_of[student][column] = f"{ready[student].points:g}"
        written |= there
        yield f"{assignment}: {len(there)} marks in {kind.name}'s {column!r}"
        if waiting := len(each.of) - len(ready):
            yield f"{assignment}: {waiting} left out, which wait for marks by hand"
        if missing := sorted(ready.keys() - there):
            yield f"{assignment}: not in the table: {', '.join(missing)}"
    chosen = possible + [row_of[student] for student in sorted(written)]
    atomic_write(out, partial(_write, kept, chosen, delimiter))
    yield f"Written: {out.resolve()}"


def _read(table: Path) -> tuple[list[str], list[Row], str]:
    """Return the header, the rows and what stands between two cells."""
    try:
        text = table.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(
            f"{table} is not a CSV file in UTF-8. Export it from the LMS again."
        ) from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    return list(reader.fieldnames or ()), list(reader), delimiter


def _write(header: list[str], rows: list[Row], delimiter: str, file: BinaryIO) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    file.write(text.getvalue().encode())


def _first(row: Row) -> str:
    return next(iter(row.values())).strip()


def _rows_of(kind: Format, rows: list[Row], students: dict[str, str]) -> dict[str, Row]:
    """Return the row of each student, by the column that knows the most of them.

    Of an email address the part before the @ will do.
    """
    best: list[tuple[str, Row]] = []
    for column in kind.ids:
        values = [row.get(column, "").strip().lower() for row in rows]
        names = [students.get(v) or students.get(v.partition("@")[0]) for v in values]
        found = [(name, row) for name, row in zip(names, rows, strict=True) if name]
        best = max(best, found, key=len)
    counts = Counter(name for name, _ in best)
    if twice := sorted(name for name, count in counts.items() if count > 1):
        raise DataError(f"The table has more than one row for {', '.join(twice)}.")
    return dict(best)


def _agree(there: str, out_of: float, column: str) -> None:
    if there.strip() and float(there) != out_of:
        raise DataError(
            f"{column!r} has {float(there):g} points there and {out_of:g} in the gradebook: a mark "
            "would mean something else. Make them the same first."
        )
