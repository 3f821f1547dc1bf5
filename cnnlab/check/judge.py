"""Judge a learner's function: call it, compare with torch, and name what went wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from cnnlab.check import report
from cnnlab.check.attempt import Attempt, groups_right, pairs
from cnnlab.check.behavior import ONLY_ONCE, Evidence, find_reason
from cnnlab.check.behavior.quantities import is_number
from cnnlab.check.call import Caller, Crash, Noise, TooSlow, single_thread, suppress_output
from cnnlab.check.comparison import fits_kind, parts, reshaped, same
from cnnlab.check.learner import Asked, Learner, is_solution, is_stub, tensors_in, way_to_call
from cnnlab.check.verdict import Verdict
from cnnlab.exercises.kit.exercise import IN_PLACE, Arguments, Exercise, Misconception
from cnnlab.exercises.kit.measured import MeasuredExercise


def judge(exercise: Exercise, function: Any, *, seed: int = 0) -> Verdict:
    """Check a learner's function and say what is wrong with it, by name where possible.

    Args:
        function: the learner's.
        seed: of the inputs; any seed gives the same verdict on a right function.
    """
    if not callable(function):
        return report.not_callable(exercise, function)
    if is_solution(exercise, function):
        return report.solution(exercise)
    with checking() as noise:
        cases = cases_of(exercise, seed)
        exercise.right(cases[0])  # warms torch up outside the time limit
        call = way_to_call(exercise.parameters, function, cases)
        if call is None:
            return report.wrong_signature(exercise, function)
        with Caller() as caller:
            learner = Learner(exercise, call, caller)
            verdict = judge_learner(learner, cases, stub=is_stub(function), seed=seed)
    return report.adding(verdict, report.noise(noise.lines)) if noise.lines else verdict


def measure(exercise: MeasuredExercise, *given: Any, seed: int = 0) -> Verdict:
    """Measure what was handed in. See the exercise's own `measure`."""
    with suppress_output(), single_thread():
        return report.measured(exercise, exercise.measure(*given, seed=seed))


@contextmanager
def checking() -> Iterator[Noise]:
    """Let a check print nothing, take one thread, and change no later random number."""
    alone = torch.random.fork_rng(devices=[])
    with suppress_output() as noise, single_thread(), torch.enable_grad(), alone:
        yield noise


def cases_of(exercise: Exercise, seed: int) -> list[Arguments]:
    """Return the arguments of every call of a check."""
    return with_fractions(exercise.inputs(torch.Generator().manual_seed(seed)))


def judge_learner(learner: Asked, cases: list[Arguments], *, stub: bool, seed: int) -> Verdict:
    """Call a function with every case, and again to find out what is wrong with it.

    Args:
        learner: its `attempt` calls the function, here or in another process.
        stub: whether the function's body is empty.
    """
    attempts = list(_attempts(learner, cases))
    verdict = _decide(learner, attempts, stub, seed)
    verdict = replace(verdict, earned=_earned(learner.exercise, attempts))
    if used := next((attempt for attempt in attempts if attempt.used), None):
        verdict = report.forbidden(learner.exercise, used, verdict)
    if any(attempt.changed for attempt in attempts) and IN_PLACE.name not in verdict.misconceptions:
        verdict = report.adding(verdict, f"Besides, {IN_PLACE.idea}.")
    if (left := next((a.left for a in attempts if a.left), "")) and left not in verdict.message:
        verdict = report.adding(verdict, f"Besides, {left}.")
    return verdict


def with_fractions(cases: list[Arguments]) -> list[Arguments]:
    """Add the first call with all numbers times 1.1, if no call has fractions yet.

    Whole numbers are easy to read, but do not show where a function cuts what follows the point.
    """
    numbers = [t for case in cases for t in tensors_in(case) if t.is_floating_point()]
    if not numbers or any((tensor % 1).any() for tensor in numbers):
        return cases
    return [*cases, tuple(map(_stretched, cases[0]))]


def _stretched(argument: Any) -> Any:
    if isinstance(argument, Tensor) and argument.is_floating_point():
        return 1.1 * argument
    return argument


def _attempts(learner: Asked, cases: list[Arguments]) -> Iterator[Attempt]:
    """Make every call, and stop after the first that takes too long."""
    for case in cases:
        attempt = learner.attempt(case)
        yield attempt
        if isinstance(attempt.answer, TooSlow):
            return


def _decide(learner: Asked, attempts: list[Attempt], stub: bool, seed: int) -> Verdict:
    exercise = learner.exercise
    answers = [attempt.answer for attempt in attempts]
    wrong = [attempt for attempt in attempts if attempt.wrong]
    if isinstance(answers[-1], TooSlow):
        return report.too_slow(exercise, attempts[-1])
    if all(map(_is_blank, answers)):
        return report.blank(exercise, stub=stub or answers[0] is not None)
    if not wrong:
        return _of_right_values(learner, attempts)
    if exercise.hide_diagnosis and not any(isinstance(answer, Crash) for answer in answers):
        return report.not_right(exercise, attempts)
    found = explain(exercise, attempts)
    evidence = Evidence(learner, attempts, seed)
    if found and explain(exercise, attempts + evidence.fresh, found):
        changed = any(attempt.changed for attempt in attempts)
        named = (*found, IN_PLACE) if changed else found
        example = _smallest(wrong, lambda each: _shows_all(exercise, found, each))
        return report.misconceptions(exercise, named, attempts, example)
    if all(map(_reshaped, wrong)):
        several = [each for each in wrong if isinstance(each.answer, Tensor)]
        return report.reshaped(exercise, _smallest(several or wrong, _reshaped))
    for kind, applies in (
        (report.crash, lambda each: isinstance(each.answer, Crash)),
        (report.returned_nothing, lambda each: _is_blank(each.answer)),
        (report.wrong_type, _kind_differs),
    ):
        if any(map(applies, wrong)):
            return kind(evidence, _smallest(wrong, applies), applies)
    reason = find_reason(evidence)
    example = _smallest(wrong, reason.shows if reason else _shape_differs)
    if _shape_differs(example) or (not reason and any(map(_shape_differs, wrong))):
        return report.wrong_shape(exercise, example, reason)
    return report.unknown(exercise, attempts, example, reason)


def _earned(exercise: Exercise, attempts: list[Attempt]) -> float:
    """Return the share of the points for what is right in an answer, whatever is wrong with it.

    The groups that are right, where parts have groups; else one half if the slip leaves most calls
    right, or every number and its place. That counts calls, so it takes several.
    """
    if exercise.group:
        (attempt,) = attempts
        found = groups_right(exercise.group, attempt)
        return sum(found.values()) / len(found)
    if exercise.hide_diagnosis or isinstance(attempts[-1].answer, TooSlow):
        return 0.0  # a broken loop, right in many trials, is where everybody starts
    wrong = [attempt for attempt in attempts if attempt.wrong]
    slight = 2 * len(wrong) <= len(attempts) or all(map(_reshaped, wrong))
    return 0.5 if slight and len(attempts) > 1 else 0.0


def _of_right_values(learner: Asked, attempts: list[Attempt]) -> Verdict:
    """Judge what is not right although every value is: a type, a change, an answer that varies."""
    exercise = learner.exercise
    if any(not fits_kind(attempt.answer, attempt.right) for attempt in attempts):
        return report.right_value_wrong_type(exercise, attempts)
    if changed := [attempt for attempt in attempts if attempt.changed]:
        return report.misconceptions(exercise, (IN_PLACE,), attempts, changed[0])
    if left := next((attempt for attempt in attempts if attempt.left), None):
        return report.left_behind(exercise, attempts, left)
    if (again := learner.attempt(attempts[0].arguments)).wrong and again.answered:
        return report.unknown(exercise, [*attempts, again], again, ONLY_ONCE)
    return report.passed(exercise, len(attempts))


def explain(
    exercise: Exercise, attempts: list[Attempt], known: tuple[Misconception, ...] = ()
) -> tuple[Misconception, ...]:
    """Return the fewest misconceptions, at most two, whose model gives every answer.

    Calls that ended in an exception gave no answer and are left out. The small inputs with a wrong
    answer come first: most ideas fail there, after one short call.

    Args:
        known: the only ones to try; default: all of the exercise.
    """
    answered = sorted((a for a in attempts if a.answered), key=lambda a: (not a.wrong, a.size))
    if len(answered) < 2 < len(attempts) or not answered or not answered[0].wrong:
        return ()
    touched = _touched(exercise, answered[0])
    for count in (len(known),) if known else (1, 2):
        for found in combinations(known or exercise.misconceptions, count):
            switches = frozenset(each.name for each in found)
            if count == 2 and not touched(switches):
                continue
            if all(_gives(exercise, switches, attempt) for attempt in answered):
                return found
    return ()


def _touched(exercise: Exercise, attempt: Attempt) -> Callable[[frozenset[str]], bool]:
    """Return a test of names: is each wrong part of an answer wrong by one of them alone?

    Nothing is said of an answer that is not made of the right answer's parts: two ideas together
    may be seen as a third (random shifts from 0, the largest missing, as one shift for all).
    """
    wrong = {name if name and name in attempt.right else "" for name, *_ in pairs(attempt)}

    @cache
    def by(name: str) -> set[str]:
        try:
            given = exercise.answer(frozenset((name,)), attempt.arguments)
        except Exception:  # it may be any part
            return wrong
        return {part for part, *_ in parts(given, attempt.right)}

    return lambda names: "" in wrong or wrong <= set().union(*map(by, names))


def _shows_all(exercise: Exercise, found: tuple[Misconception, ...], attempt: Attempt) -> bool:
    """Tell whether each of the misconceptions alone gives a wrong answer to this call."""
    right = replace(attempt, answer=attempt.right)
    return not any(_gives(exercise, frozenset((each.name,)), right) for each in found)


def _gives(exercise: Exercise, switches: frozenset[str], attempt: Attempt) -> bool:
    try:
        given = exercise.answer(switches, attempt.arguments)
    except Exception:  # a misconception may make some inputs impossible, as it does for the learner
        return False
    return same(attempt.answer, given)


def _smallest(wrong: list[Attempt], shows: Callable[[Attempt], bool]) -> Attempt:
    """Return a small call that shows what is said, rather one without an axis of length 1."""
    return min(wrong, key=lambda a: (not shows(a), a.degenerate, a.size))


def _is_blank(answer: Any) -> bool:
    if isinstance(answer, Crash):
        return answer.blank
    return answer is None or answer is Ellipsis


def _kind_differs(attempt: Attempt) -> bool:
    numbers = is_number(attempt.answer) and is_number(attempt.right)
    in_words = isinstance(attempt.answer, str)  # what was seen; a learner's own text is unusable
    return not numbers and not in_words and not fits_kind(attempt.answer, attempt.right)


def _reshaped(attempt: Attempt) -> bool:
    return attempt.answered and all(reshaped(a, r) for _, a, r in pairs(attempt))


def _shape_differs(attempt: Attempt) -> bool:
    both = [(a, r) for _, a, r in pairs(attempt) if isinstance(a, Tensor) and isinstance(r, Tensor)]
    return any(answer.shape != right.shape for answer, right in both)
