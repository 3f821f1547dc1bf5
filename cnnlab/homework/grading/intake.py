"""Find the notebook to grade in what a student handed in, and put it where it is looked for."""

import json
import shutil
import stat
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.utils import is_solution, parse_utc
from traitlets.log import get_logger

from cnnlab.files import atomic_write
from cnnlab.homework.grading.door import UNPACKED, Door, RefusedError, irregular, shown, walk
from cnnlab.homework.grading.restore import restored

NOTEBOOKS = (".ipynb", ".json", ".txt")  # browsers add the last two
NOTEBOOK_BYTES = 20 * 2**20
CELLS = 1000
REFUSED = "{} is refused: {}. Ask for the file itself, or delete it and grade again."
SEVERAL = (
    "{} holds more than one notebook with answers: {}. Name the right one {}, and take the others "
    "out of the folder."
)
FOREIGN = "{} holds {}, with none of the cells of {}. If that is to be graded, name it {}."
NOTHING = "{} holds no notebook{}. Put it there as {}."
NO_TIME = "{} is not a time such as 2026-12-04 23:59:00 UTC. Correct it, or delete it."

Answers = tuple[str, ...]  # what stands in the cells for answers


@dataclass(frozen=True)
class Handed:
    """A file of a submission that is a notebook, or should be.

    Attributes:
        problem: why it cannot be read.
        encoding: how it was saved, if that was not as UTF-8.
    """

    name: str
    problem: str = ""
    data: bytes = b""
    encoding: str = ""
    answers: Answers = ()


def prepare(*, assignment: str, notebooks: list[str], **_: object) -> None:
    """Prepare a submission for nbgrader, which goes on whatever happens in here."""
    folder = Path(notebooks[0]).parent
    notebooks.clear()  # without one, nbgrader counts it as failed and grades the others
    try:
        if said := ready(folder.parents[2], assignment, folder.parent.name):
            get_logger().warning(said)
    except RefusedError as error:
        get_logger().error(str(error))
    else:
        notebooks += sorted(str(path) for path in folder.glob("*.ipynb") if path.is_file())


def refusal(submission: Path) -> str | None:
    """Return the sentence that refuses a submission's folder; None if it holds files alone."""
    found = []
    for path in (submission.parent, submission, *sorted(submission.rglob("*"))):
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) and (kind := irregular(status)):
            found.append(f"{shown(path)} is {kind}")
    return REFUSED.format(shown(submission), ", ".join(found[:5])) if found else None


def ready(course: Path, assignment: str, student: str) -> str | None:
    """Make sure that a submission's notebook is where nbgrader looks for it.

    What was handed in stays: it is copied, or kept under another name.

    Returns:
        What the lecturer should know of it; None if there is nothing to say.

    Raises:
        RefusedError: if it cannot be graded, with what to do.
    """
    folder = course / "submitted" / student / assignment
    names = [path.name for path in course.joinpath("source", assignment).glob("*.ipynb")]
    try:
        if said := refusal(folder):
            raise RefusedError(said)
        _check_time(folder / "timestamp.txt")
        return Submission(course, folder, names[0]).ready() if len(names) == 1 else None
    except (OSError, RecursionError) as error:
        raise RefusedError(f"{shown(folder)} cannot be read: {shown(error)}") from None


def _check_time(path: Path) -> None:
    try:
        parse_utc(path.read_text().strip() or "2026-12-04")
    except FileNotFoundError:
        return
    except (ValueError, OverflowError):
        raise RefusedError(NO_TIME.format(shown(path))) from None


def answers(notebook: NotebookNode, source: NotebookNode) -> Answers:
    """Return what a notebook says in the cells for answers of its source."""
    cells = restored(notebook, source).cells
    return tuple(cell.source.strip() for cell in cells if is_solution(cell))


class Submission:
    """What a student handed in of an assignment that is one notebook."""

    def __init__(self, course: Path, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.source = nbformat.read(course / "source" / folder.name / name, 4)
        self.empty = answers(new_notebook(), self.source)
        out = course / "release" / folder.name, course / "sheets" / folder.name / folder.parent.name
        found = [nbformat.read(path / name, 4) for path in out if (path / name).exists()]
        self.unsolved = {self.empty, *(answers(each, self.source) for each in found)}

    def ready(self) -> str | None:
        handed = list(self._handed())
        chosen = self._solved(handed)
        if chosen is None and self._unpack():
            handed = list(self._handed())
            chosen = self._solved(handed)
        return self._place(chosen or self._unsolved(handed))

    def _handed(self) -> Iterator[Handed]:
        """Yield the notebooks, and first the one that is named and lies as it should."""
        names = [name for name, _ in walk(self.folder) if name.lower().endswith(NOTEBOOKS)]
        for name in sorted(names, key=lambda name: name != self.name):
            try:
                yield Handed(name, "", *read(self.folder / name, self.source))
            except RefusedError as error:
                if ".ipynb" in name.lower():
                    yield Handed(name, f"{shown(self.folder / name)} {error}")

    def _solved(self, handed: list[Handed]) -> Handed | None:
        """Return the notebook with answers, None if there is none."""
        solved: dict[Answers, Handed] = {}
        for each in handed:
            if not each.problem and each.answers not in self.unsolved:
                solved.setdefault(each.answers, each)
        if len(solved) > 1:
            names = ", ".join(shown(each.name) for each in solved.values())
            raise RefusedError(SEVERAL.format(shown(self.folder), names, self.name))
        return next(iter(solved.values()), None)

    def _unsolved(self, handed: list[Handed]) -> Handed:
        """Return what is graded though nothing in it is solved."""
        if problems := [each.problem for each in handed if each.problem]:
            raise RefusedError(" ".join(problems[:5]))
        for each in handed:
            if each.name == self.name or each.answers != self.empty:
                return each
        folder, names = shown(self.folder), [each.name for each in handed]
        if names:
            what = shown(", ".join(names))
            raise RefusedError(FOREIGN.format(folder, what, self.folder.name, self.name))
        what = shown(", ".join(name for name, _ in walk(self.folder)))
        raise RefusedError(NOTHING.format(folder, what and f", but {what}", self.name))

    def _unpack(self) -> bool:
        """Unpack the archives that were handed in; return whether there were any."""
        part = self.folder.with_name(f".{self.folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        door = Door(self.folder.parent.name, part)
        for name, opened in walk(self.folder):
            if name.lower().endswith(UNPACKED):
                with door.naming(name, ends=True), opened() as stream:
                    door.unpack(name, stream)
        if not part.exists():
            return False
        for archive in part.iterdir():
            unpacked = self.folder / f"{archive.name} unpacked"
            shutil.copytree(archive, unpacked, dirs_exist_ok=True)
        shutil.rmtree(part)
        return True

    def _place(self, chosen: Handed) -> str | None:
        """Put the notebook where it is looked for, with what lies beside it."""
        path, target = self.folder / chosen.name, self.folder / self.name
        if path == target and not chosen.encoding:
            return None
        word = f"{shown(path)} is graded as {self.name}"
        word += f", though saved with {chosen.encoding}" if chosen.encoding else ""
        for beside in path.parent.iterdir():
            copy = self.folder / beside.name
            if beside.is_file() and beside.suffix not in NOTEBOOKS and not copy.exists():
                shutil.copyfile(beside, copy)
        if target.exists():
            kept = (self.folder / f"{self.name}.handed-in-{number}" for number in count(1))
            aside = next(each for each in kept if not each.exists())
            target.rename(aside)
            word += f"; what was {self.name} is kept as {aside.name}"
        atomic_write(target, lambda file: file.write(chosen.data))
        return f"{word}."


def read(path: Path, source: NotebookNode) -> tuple[bytes, str, Answers]:
    """Return a notebook as UTF-8, how it was saved if not like that, and its answers.

    Raises:
        RefusedError: if it is not a notebook; the sentence begins behind its name.
    """
    with path.open("rb") as file:
        data = file.read(NOTEBOOK_BYTES + 1)
    if len(data) > NOTEBOOK_BYTES:
        raise RefusedError(f"is larger than {NOTEBOOK_BYTES >> 20} MB. Clear its outputs.")
    if not data.strip():
        raise RefusedError("is empty. Ask for it again.")
    text, encoding = _decoded(data)
    try:
        content = json.loads(text)
        cells = content.get("cells") or [each for s in content["worksheets"] for each in s["cells"]]
        if len(cells) > CELLS:
            raise RefusedError(f"has {len(cells)} cells, more than {CELLS}. Ask for it again.")
        clean = json.dumps(content, ensure_ascii=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without ids, which restoring gives them
            found = answers(nbformat.reads(clean, 4), source)
    except json.JSONDecodeError as error:
        where = f"its JSON is damaged in line {error.lineno}"
        raise RefusedError(f"is not a notebook: {where}. Ask for it again.") from None
    except RefusedError:
        raise
    except Exception as error:  # the JSON may hold anything
        what = f"JSON that Jupyter does not read ({type(error).__name__})"
        raise RefusedError(f"is not a notebook, but {what}. Ask for it again.") from None
    try:
        clean.encode()
    except UnicodeEncodeError:
        encoding = "half a letter"
    return clean.encode("utf-8", "replace") if encoding else data, encoding, found


def _decoded(data: bytes) -> tuple[str, str]:
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding), "" if encoding == "utf-8" else encoding
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "cp1252"
