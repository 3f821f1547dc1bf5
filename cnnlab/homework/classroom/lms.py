"""Fill a course's marks into the table that Canvas or Moodle exports, for its import.

The LMS's own table holds the columns and the identities that its import asks for, so nothing has
to be set up twice.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from cnnlab.errors import DataError
from cnnlab.homework.classroom import tables
from cnnlab.homework.classroom.gradebook import Marks

Row = dict[str, str]


@dataclass(frozen=True)
class Format:
    """How an LMS writes its table.

    Attributes:
        kept: columns that say who a row is; the rest is left out, so that no other mark changes.
        ids: those of them that may hold the names under which the course knows its students; what
            a student may change comes last.
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


DOUBT = "whose row is not certain, or would hold an identity that a spreadsheet runs"


def fill(path: Path, marks: dict[str, Marks], out: Path) -> Iterator[str]:
    """Write a table of marks for the LMS that exported `path`; yield what was done, in lines.

    Marks that still wait for a human, and those of students whose row is not there or not certain,
    are left out and named.

    Args:
        marks: of each assignment that is to be written.

    Raises:
        DataError: if the table is neither Canvas's nor Moodle's, knows nobody, or has other
            points for an assignment.
    """
    table = tables.read(path)
    kind = next((each for each in FORMATS if len(set(each.ids) & set(table.header)) >= 2), None)
    if kind is None:
        raise DataError(
            f"{path} has the columns of neither Canvas's export nor Moodle's. Set your language "
            "there to English and export it again."
        )
    row_of, doubts = _rows_of(kind, table.rows, {name for m in marks.values() for name in m.of})
    if not row_of and not doubts:
        raise DataError(f"{path} names none of the students of the course: {', '.join(kind.ids)}.")
    possible = [row for row in table.rows if _has_points(kind, row)]
    kept, written = [name for name in table.header if name in kind.kept], set()
    for assignment, each in marks.items():
        column = _column(kind, table.header, assignment, kept)
        for row in possible:
            _agree(row.get(column, ""), each.out_of, column)
        for row in table.rows:
            row[column] = f"{each.out_of:g}" if _has_points(kind, row) else ""
        ready = {student: mark for student, mark in each.of.items() if not mark.waits}
        there = row_of.keys() & ready
        for student in there:
            row_of[student][column] = f"{ready[student].points:g}"
        kept.append(column)
        written |= there
        yield f"{assignment}: {len(there)} marks in {kind.name}'s {column!r}"
        if waiting := len(each.of) - len(ready):
            yield f"{assignment}: {waiting} left out, which still wait for a mark"
        if doubtful := sorted(ready.keys() & doubts):
            yield f"{assignment}: {len(doubtful)} left out, {DOUBT}: {', '.join(doubtful)}"
        if missing := sorted(ready.keys() - row_of.keys() - doubts):
            yield f"{assignment}: not in the table: {', '.join(missing)}"
    chosen = possible + [row_of[student] for student in sorted(written)]
    rows = [kept, *([row[name] for name in kept] for row in chosen)]
    tables.write(out, rows, delimiter=table.delimiter, bom=table.bom)
    yield f"Written: {out.resolve()}"


def _column(kind: Format, header: list[str], assignment: str, taken: list[str]) -> str:
    """Return the column of an assignment, or the name of a new one."""
    pattern = re.compile(kind.column.format(re.escape(assignment)))
    found = list(filter(pattern.fullmatch, header)) or [kind.new.format(assignment)]
    if len(found) > 1 or found[0] in taken:
        columns = ", ".join(map(repr, found))
        raise DataError(f"{assignment} may be more than one column: {columns}. Rename or delete.")
    return found[0]


def _has_points(kind: Format, row: Row) -> bool:
    """Tell whether a row says what is possible. A student, of whatever name, has an identity."""
    first = next(iter(row.values())).strip()
    return first.startswith("Points Possible") and not any(row.get(name) for name in kind.ids)


def _rows_of(kind: Format, rows: list[Row], students: set[str]) -> tuple[dict[str, Row], set[str]]:
    """Return the row of each student, and the students who are left out: see `DOUBT`.

    All are found by one column: the first that knows at least half as many as any other, so that
    one student who changes an address makes no other column count.
    """
    found = [_match([row.get(column, "") for row in rows], students) for column in kind.ids]
    known = [len(places) + len(doubts) for places, doubts in found]
    best = next(number for number, count in enumerate(known) if 2 * count >= max(known))
    places, doubts = found[best]
    row_of = {student: rows[place] for student, place in places.items()}
    for student, row in row_of.items():
        if any(tables.as_text(row.get(name, "")) != row.get(name, "") for name in kind.ids):
            doubts.add(student)
    return {student: row for student, row in row_of.items() if student not in doubts}, doubts


def _match(cells: list[str], students: set[str]) -> tuple[dict[str, int], set[str]]:
    """Return the place of each student whom a column knows, and the students whom it may mean.

    What is the same counts first, then what differs in case or spaces; then, in this order, what
    stands before the @ in the domain that most addresses have. Nothing is guessed: where two
    students or two cells are the same, there is a doubt.
    """
    addresses = [cell.rpartition("@") for cell in cells]
    domains = Counter(_folded(domain) for _, at, domain in addresses if at)
    own = next((name for name, count in domains.items() if 2 * count > domains.total()), None)
    local = [before if _folded(domain) == own else "" for before, _, domain in addresses]
    places: dict[str, int] = {}
    doubts: set[str] = set()
    alike: tuple[Callable[[str], str], ...] = (str, _folded)
    for names, same in product((cells, local), alike):
        taken = set(places.values())
        there, known = defaultdict(list), defaultdict(list)
        for place, name in enumerate(names):
            there[same(name)].append(place)
        for student in students:
            known[same(student)].append(student)
        for student in students - places.keys() - doubts:
            found, rivals = there[same(student)], known[same(student)]
            if len(found) == len(rivals) == 1 and found[0] not in taken:
                places[student] = found[0]
            elif found:
                doubts.add(student)
    return places, doubts


def _folded(name: str) -> str:
    """Return a name in lower case; other letters than ASCII's may only look like the same."""
    return name.strip(" ").lower() if name.isascii() else name


def _agree(there: str, out_of: float, column: str) -> None:
    """Compare the points, if the cell is a number: Canvas also writes "(read only)" there."""
    number = there.strip().replace(",", ".")
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", number) and float(number) != out_of:
        raise DataError(
            f"{column!r} has {float(number):g} points there and {out_of:g} in the gradebook: a "
            "mark would mean something else. Make them the same first."
        )
