"""What learners handed in of the inventory: read strictly, by the files' own ids."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cnnlab.errors import DataError
from cnnlab.homework.classroom.outcomes import WRONG, load, shown
from cnnlab.widgets import inventory_items

TIMES = ("before", "after")
NAME = re.compile(r"cnnlab-inventory.*\.json", re.IGNORECASE | re.DOTALL)
ID = re.compile(r"[0-9a-fA-F]{8,32}")
LARGEST = 100_000  # bytes; a real one has some 300
DEEPEST = 8  # folders: submitted/<student>/<assignment>/, and what an archive adds
MOST = 20_000  # files of that name


class Taken(NamedTuple):
    """One answering of the inventory, with its answers as `inventory_items` has them."""

    form: str
    answers: tuple[int | None, ...]

    @property
    def score(self) -> int:
        """How many answers are right."""
        return self.answers.count(0)


@dataclass(frozen=True)
class Learner:
    """What one learner handed in.

    Attributes:
        id: one that the learner's own computer drew.
        source: the file, in the folder that was read: it may say who that is.
    """

    id: str
    source: str
    before: Taken | None
    after: Taken | None

    @property
    def both(self) -> bool:
        """Whether the inventory was answered both times."""
        return bool(self.before and self.after)


@dataclass(frozen=True)
class Results:
    """All learners, and what was not counted.

    Attributes:
        repeated: files left out because another one of the same learner is counted.
        unread: files that hold no results, each with a reason.
        empty: files of learners who answered at neither time.
        more: whether there were more files than are read.
    """

    learners: tuple[Learner, ...]
    repeated: tuple[str, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    empty: tuple[str, ...] = ()
    more: bool = False


def read(folder: Path) -> Results:
    """Read all files `cnnlab-inventory*.json` in a folder and in those inside it.

    Of two files of a learner the one with both times counts, else the last by name.

    Raises:
        DataError: if there is no such file.
    """
    paths = list(_files(folder))
    if not paths:
        raise DataError(
            f"{shown(str(folder))} holds no file cnnlab-inventory-ID.json, nor do the folders in "
            "it. Name the folder that learners' files were collected in."
        )
    found: dict[str, Learner] = {}
    repeated, unread, empty = [], [], []
    for path in sorted(paths[:MOST]):
        source = shown(path.relative_to(folder).as_posix())
        try:
            learner = _learner(load(path, LARGEST), source)
        except WRONG as error:
            unread.append((source, str(error) if type(error) is ValueError else "cannot be read"))
            continue
        if not (learner.before or learner.after):
            empty.append(source)
            continue
        other = found.get(learner.id)
        kept = other if other and other.both and not learner.both else learner
        if other:
            repeated.append((learner if kept is other else other).source)
        found[learner.id] = kept
    learners = tuple(found[own] for own in sorted(found))
    return Results(learners, tuple(repeated), tuple(unread), tuple(empty), len(paths) > MOST)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of that name, one more than `MOST` at most; no link is followed."""
    count = 0
    for place, folders, names in os.walk(folder):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(folders) if depth < DEEPEST else []
        for name in sorted(filter(NAME.fullmatch, names)):
            yield Path(place, name)
            count += 1
            if count > MOST:
                return


def _learner(record: Any, source: str) -> Learner:
    """Return what a file holds.

    Raises:
        ValueError: if it is not what the course writes, with the reason.
    """
    if not isinstance(record, dict) or record.get("cnnlab") != "inventory":
        raise ValueError("not results of the inventory")
    if type(record.get("version")) is not int or record["version"] != 1:
        raise ValueError("not of version 1")
    own = record.get("learner")
    if not isinstance(own, str) or not ID.fullmatch(own):
        raise ValueError("no valid id")
    return Learner(own.lower(), source, *(_taken(record[time]) for time in TIMES))


def _taken(part: Any) -> Taken | None:
    """Return one answering; None if there was none.

    Raises:
        ValueError: if it is not what the course writes.
    """
    if part is None:
        return None
    if not inventory_items.is_round(part):
        raise ValueError("not a form's letter and 18 answers")
    return Taken(part["form"], tuple(part["answers"]))
