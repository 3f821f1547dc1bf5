"""Check a learner's function, and name the misconception behind a wrong answer.

`check.output_size(output_size)` judges the function; `check.hint("output_size")` gives the next
hint; `check.solution("output_size")` leads to the solution; `check.exercises()` lists them all;
`check.progress()` shows what you have done; `check.passing(f)` gives your function or the course's.
An exercise is imported when first used, and torch with them.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab import course, errors
from cnnlab import exercises as registry
from cnnlab.check.undefined import Undefined, watch
from cnnlab.check.verdict import COURSES_OWN, NOT_WRITTEN, PASSED, Note, Verdict
from cnnlab.errors import as_int, shell_command

if TYPE_CHECKING:
    from cnnlab.exercises.kit.exercise import Exercise
    from cnnlab.exercises.kit.measured import MeasuredExercise

__all__ = ["Verdict", "exercises", "hint", "passing", "progress", "sheet", "solution"]

_hints_given: Counter[str] = Counter()
_sheet: int | None = None
_said_unlimited = False
_last_checked = ""
watch()


def __getattr__(name: str) -> Callable[..., Verdict]:
    if name in registry.names():
        return _checker(registry.load(name, _sheet))
    is_module = name.startswith("_") or find_spec(f"{__name__}.{name}")  # asked for by an import
    if os.environ.get("NBGRADER_EXECUTION") and not is_module:  # the box shows no other exercise
        return lambda *_, **__: Verdict("Checked by the grader, not here.", (), name)
    raise AttributeError(registry.unknown(name))


def __dir__() -> list[str]:
    return [*__all__, *registry.names()]


def sheet(number: int | None) -> Note:
    """Check with the numbers of one learner's sheet from now on; None: those that everybody has.

    Raises:
        ShapeError: if `number` is not an integer, or is below 0.
    """
    global _sheet
    _sheet = None if number is None else as_int("number", number, minimum=0)
    return Note("Checked as everybody's." if _sheet is None else f"Checked as sheet {_sheet}.")


def exercises() -> Note:
    """List every exercise with its signature, lesson by lesson."""
    lines = []
    for heading, names in registry.by_lesson().items():
        lines.append(heading)
        for name in names:
            lines.append(f"  {registry.load(name).signature}\n    {registry.load(name).task}")
    headline = "The exercises: check.<name>(<your function>) checks one."
    return Note(headline, ("\n".join(lines),))


def progress(copy: Path | None = None, *, all: bool = False) -> Note:
    """Say how many exercises are solved in this copy of the course, and which is next.

    Args:
        copy: a folder in the copy; default: the one that the notebook is in.
        all: whether to list every exercise, too.

    Example:
        >>> progress().headline  # outside a learner's copy nothing is remembered
        '0 of ... exercises solved; next: lesson 00, accuracy'
    """
    path = course.find_progress(copy)
    done = course.read_progress(path)
    counts = (
        f"Predictions made: {len(done['predictions'])}. Quizzes answered: {len(done['quizzes'])}."
    )
    where = f"Progress is kept in a copy that `{shell_command('lab')}` made, not here."
    where = f"Remembered in {path.name}; deleting it is fine." if path else where
    details = [counts, f"{where} check.progress(all=True) lists every exercise."]
    for lesson, names in registry.by_lesson().items() if all else ():
        states = (f"  {_state(done['exercises'].get(name, {})):22} {name}" for name in names)
        details.append("\n".join((lesson, *states)))
    return Note(_headline(done["exercises"]), tuple(details))


def next_lesson(copy: Path) -> str:
    """Return the lesson of the exercise that `progress` names as next; "" if all are solved.

    Example:
        "Lesson 02"
    """
    left = _left(course.read_progress(course.find_progress(copy))["exercises"])
    return registry.asked()[left[0]].lesson if left else ""


def _left(done: dict[str, dict]) -> list[str]:
    return [name for name in registry.asked() if done.get(name, {}).get("outcome") != PASSED]


def _headline(done: dict[str, dict]) -> str:
    known, left = registry.asked(), _left(done)
    solved = f"{len(known) - len(left)} of {len(known)} exercises solved"
    return f"{solved}; next: {known[left[0]].lesson.lower()}, {left[0]}" if left else solved


def _state(entry: dict) -> str:
    if not entry:
        return "-"
    tries = entry.get("tries", 1)
    return f"{entry.get('outcome')}, {tries} {'try' if tries == 1 else 'tries'}"


def _remembered(verdict: Verdict) -> Verdict:
    """Note the verdict in the learner's copy; what the learner did not write is not a try."""
    if verdict.outcome in (NOT_WRITTEN, COURSES_OWN):
        return verdict
    entry: dict[str, Any] = {"outcome": verdict.outcome, "misconception": verdict.misconception}
    if verdict.misconceptions:
        entry["mixed_up"] = list(verdict.misconceptions)
    course.remember("exercises", verdict.exercise, entry)
    return _with_limit(verdict)


def _with_limit(verdict: Verdict) -> Verdict:
    """Add to a kernel's first verdict that checks have no time limit, where they have none."""
    from cnnlab.check import report
    from cnnlab.check.call import Caller

    global _said_unlimited
    if _said_unlimited or not Caller.unlimited:
        return verdict
    _said_unlimited = True
    return report.adding(verdict, report.NO_LIMIT)


def hint(name: str | Callable = "") -> Note:
    """Return the next of an exercise's three hints; without a name, of the one checked last.

    Example:
        >>> hint("outputsize")
        There is no exercise 'outputsize'. Did you mean output_size, output_shape?
    """
    exercise = _meant(name, "hint")
    if isinstance(exercise, Note):
        return exercise
    name, hints = exercise.name, exercise.hints
    if _hints_given[name] == len(hints):
        _hints_given[name] = 0
        again = f'check.hint("{name}") starts again with the first.'
        return Note(
            f"There are no more hints for {name}.",
            (f'check.solution("{name}") leads to the solution; {again}',),
        )
    _hints_given[name] += 1
    number = _hints_given[name]
    return Note(f"Hint {number} of {len(hints)} for {name}: {hints[number - 1]}")


def _meant(name: str | Callable, asked: str) -> "Exercise | MeasuredExercise | Note":
    """Return the exercise that is asked about, or a sentence that says how to ask."""
    name = getattr(name, "__name__", name) or _last_checked
    if name in registry.names():
        return registry.load(name, _sheet)
    example = f'Which exercise? For example check.{asked}("output_size").'
    return Note(registry.unknown(str(name)) if name else example)


def solution(name: str | Callable = "", *, show: bool = False) -> Note:
    """Return an exercise's solution, if asked for with `show=True`.

    Without a name, it is that of the exercise checked last.
    """
    exercise = _meant(name, "solution")
    if isinstance(exercise, Note):
        return exercise
    name = exercise.name
    if not show:
        return Note(
            f"This shows a solution of {name}.",
            (f'If you want to see it now: check.solution("{name}", show=True).',),
        )
    if _sheet is not None and registry.varied_by(name):
        return Note(f"The solution of {name} on sheet {_sheet} is not shown: it is marked.")
    return Note(f"One solution of {name}:", (exercise.solution,))


def passing(function: Callable) -> Callable:
    """Return a function that passes the check of its name: this one, or else the course's.

    So a program can be put together of pieces before all of them are written. What is taken is
    said, and is not counted as a try.

    Raises:
        ValueError: if its name is not that of an exercise with a solution.
    """
    from cnnlab.check.judge import judge
    from cnnlab.exercises.kit.exercise import RIGHT, Exercise

    exercise = registry.load(getattr(function, "__name__", repr(function)))
    if not isinstance(exercise, Exercise):
        raise ValueError(f"{exercise.name} is measured: it has no function that passes.")
    verdict = judge(exercise, function)
    if verdict:
        errors.report(f"{exercise.name}: yours.")
        return function
    until = "" if verdict.outcome == COURSES_OWN else ", until yours passes its check"
    errors.report(f"{exercise.name}: the course's{until}.")
    return exercise.variant(RIGHT)


def _with_hints(verdict: Verdict, hints: tuple[str, ...]) -> Verdict:
    """Give hints to a verdict on an exercise that is not solved and earns no points."""
    solved = verdict.outcome in (PASSED, COURSES_OWN)
    return (
        verdict
        if solved or registry.asked()[verdict.exercise].points
        else replace(verdict, hints=hints)
    )


def _checker(exercise: "Exercise | MeasuredExercise") -> Callable[..., Verdict]:
    from cnnlab.check import report
    from cnnlab.check.judge import judge, measure
    from cnnlab.check.learner import owner
    from cnnlab.exercises.kit.exercise import Exercise

    def check(function: Any, *rest: Any, seed: int = 0) -> Verdict:
        global _last_checked
        _last_checked = name = exercise.name
        if isinstance(function, Undefined):
            return report.not_yours(function.name, name, f"there is no {function.name} yet")
        if not isinstance(exercise, Exercise):
            return _remembered(measure(exercise, function, *rest, seed=seed))
        if rest:
            raise TypeError(f"check.{name} takes 1 positional argument, the function.")
        verdict = judge(exercise, function, seed=seed)
        wrong = callable(function) and verdict.outcome not in (PASSED, COURSES_OWN)
        if whose := wrong and not exercise.without and owner(function):
            return report.not_yours(name, name, f"this one is {whose} own")
        return _remembered(_with_hints(report.naming(verdict, function), exercise.hints))

    check.__name__ = check.__qualname__ = exercise.name
    check.__doc__ = f"Check {exercise.signature}. {exercise.task}"
    return check
