"""The exercises: what each asks, its right answer, and the misconceptions behind wrong ones.

Each module says in its `ASKED` which exercises it holds and where the course asks them: the lesson
and, after a point, which of its exercises it is; then section, points, words and in_box as in
`Asked`. That is read as text: a module is imported when one of its exercises is first used, and
torch with it.
"""

import ast
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnlab.exercises.kit.exercise import Exercise
    from cnnlab.exercises.kit.sheets import Numbers, Varied


@dataclass(frozen=True)
class Asked:
    """Where the course asks an exercise.

    Attributes:
        module: the name of its file in this folder.
        lesson: such as "Lesson 02" or "Homework 1".
        place: which of that lesson's exercises it is; they are listed in this order.
        section: the number of the lesson that treats it, and the cell that begins the section.
        points: in an assignment; 0 where it is asked in a lesson only.
        words: which of the lists in `homework.classroom.sections` leads some of its misconceptions
            to a section of their own.
        in_box: whether the grader's box shows the module, because it knows no right answer.
    """

    module: str
    lesson: str
    place: int
    section: str
    points: float = 0
    words: str = ""
    in_box: bool = False


@cache
def asked() -> dict[str, Asked]:
    """Return where each exercise is asked, by its name, the lessons first.

    Raises:
        ValueError: if two modules declare an exercise of the same name, or one says no place.
    """
    found: dict[str, Asked] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        for name, entry in _declared(path).items():
            if name in found:
                raise ValueError(f"{found[name].module}.py and {path.name} both declare {name}.")
            found[name] = _asked(path, entry)

    def order(name: str) -> tuple[bool, str, int]:
        return found[name].lesson.startswith("Homework"), found[name].lesson, found[name].place

    return {name: found[name] for name in sorted(found, key=order)}


def _asked(path: Path, entry: Any) -> Asked:
    try:
        where, *rest = entry
        lesson, place = where.split(".")
        return Asked(path.stem, lesson, int(place), *rest)
    except (AttributeError, TypeError, ValueError):
        example = '("Lesson 02.5", "02 stops-intro")'
        raise ValueError(f"{path.name}: {entry!r} in ASKED should read like {example}.") from None


def _declared(path: Path) -> dict[str, Any]:
    """Return the `ASKED` of a module without importing it."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ASKED":
            return ast.literal_eval(node.value)
    return {}


def names() -> list[str]:
    """Return the names of all exercises, lesson by lesson."""
    return list(asked())


def by_lesson() -> dict[str, list[str]]:
    """Return the names of the exercises of each lesson and each assignment."""
    found: dict[str, list[str]] = {}
    for name, place in asked().items():
        found.setdefault(place.lesson, []).append(name)
    return found


@cache
def load(name: str, sheet: int | None = None) -> "Exercise":
    """Return an exercise by its name, importing its module.

    There it is `NAME`, or what its `VARIED` builds with the numbers given or of a sheet.

    Args:
        sheet: the number of a learner's sheet; None for the exercise as everybody has it.

    Raises:
        ValueError: for a name that is not an exercise, with the nearest names.
    """
    if name not in asked():
        raise ValueError(unknown(name))
    if varied := varied_by(name):
        return varied.build(numbers(name, sheet))
    return getattr(_module(name), name.upper())


def varied_by(name: str) -> "Varied | None":
    """Return what a sheet changes in an exercise; None if it is the same on every sheet."""
    return getattr(_module(name), "VARIED", {}).get(name)


def numbers(name: str, sheet: int | None) -> "Numbers":
    """Return the numbers that a sheet draws for an exercise; empty if it draws none."""
    varied = varied_by(name)
    return varied.numbers(asked()[name].module, sheet) if varied else {}


def unknown(name: str) -> str:
    """Return the sentence about a name that is not an exercise."""
    near = get_close_matches(name, asked(), n=3)
    fix = f"Did you mean {', '.join(near)}?" if near else "check.exercises() lists them all."
    return f"There is no exercise {name!r}. {fix}"


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{asked()[name].module}")
