"""Judge a learner's function: call it, compare with torch, and name what went wrong."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from cnnlab.check import report
from cnnlab.check.attempt import Attempt, pairs
from cnnlab.check.call import Caller, Crash, TooSlow, single_thread, suppress_output
from cnnlab.check.comparison import fits_kind, same
from cnnlab.check.verdict import Verdict
from cnnlab.exercises.exercise import IN_PLACE, Arguments, Exercise, Misconception


def judge(exercise: Exercise, function: Any, *, seed: int = 0) -> Verdict:
    """Check a learner's function and say what is wrong with it, by name where possible.

    Args:
        function: the learner's.
        seed: of the inputs; any seed gives the same verdict on a right function.
    """
    if not callable(function):
        return report.not_callable(exercise, function)
    alone = torch.random.fork_rng(devices=[])  # a network drawn here changes no later number
    with suppress_output() as noise, single_thread(), torch.enable_grad(), alone:
        cases = exercise.inputs(torch.Generator().manual_seed(seed))
        call = _way_to_call(exercise, function, cases)
        if call is None:
            return report.wrong_signature(exercise, function)
        attempts = list(_attempts(exercise, call, cases))
        verdict = _decide(exercise, attempts, function)
    if any(attempt.changed for attempt in attempts) and IN_PLACE.name not in verdict.misconceptions:
        verdict = report.adding(verdict, f"Besides, {IN_PLACE.idea}.")
    return report.adding(verdict, report.noise(noise.lines)) if noise.lines else verdict


def _way_to_call(
    exercise: Exercise, function: Callable, cases: list[Arguments]
) -> Callable[[Arguments], Any] | None:
    """Pass arguments by position, else those with a default by name; None if neither fits."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return lambda arguments: function(*arguments)
    names = [each.name for each in exercise.parameters]
    required = sum(each.default is each.empty for each in exercise.parameters)

    def by_name(arguments: Arguments) -> tuple[Arguments, dict[str, Any]]:
        named = zip(names[required:], arguments[required:], strict=False)
        return arguments[:required], dict(named)

    for split in (lambda arguments: (arguments, {}), by_name):
        try:
            for case in cases:
                args, kwargs = split(case)
                signature.bind(*args, **kwargs)
        except TypeError:
            continue
        return lambda arguments, split=split: function(*split(arguments)[0], **split(arguments)[1])
    return None


def _attempts(
    exercise: Exercise, call: Callable[[Arguments], Any], cases: list[Arguments]
) -> Iterator[Attempt]:
    """Make every call, and stop after the first that takes too long."""
    rights = [exercise.right(case) for case in cases]  # also warms torch up outside the time limit
    with Caller() as caller:
        for case, right in zip(cases, rights, strict=True):
            prepared = exercise.prepare_arguments(case)
            before = [tensor.clone() for tensor in _tensors(prepared)]
            result = caller.call(partial(_call_and_extract, exercise, call, prepared))
            if isinstance(result, Crash | TooSlow):
                yield Attempt(case, right, result)
                if isinstance(result, TooSlow):
                    return
                continue
            after = _tensors(prepared)
            changed = not all(torch.equal(*pair) for pair in zip(before, after, strict=True))
            yield Attempt(case, right, *result, changed)


def _call_and_extract(
    exercise: Exercise, call: Callable[[Arguments], Any], prepared: Arguments
) -> tuple[Any, str]:
    """Return what is seen of a result, and its type's name. Extracting may crash, too."""
    returned = call(prepared)
    return exercise.extract_answer(returned, prepared), type(returned).__name__


def _decide(exercise: Exercise, attempts: list[Attempt], function: Callable) -> Verdict:
    answers = [attempt.answer for attempt in attempts]
    wrong = [attempt for attempt in attempts if attempt.wrong]
    changed = [attempt for attempt in attempts if attempt.changed]
    if isinstance(answers[-1], TooSlow):
        return report.too_slow(exercise, attempts[-1])
    if all(map(_is_blank, answers)):
        return report.blank(exercise, stub=_is_stub(function) or answers[0] is not None)
    if not wrong:
        if any(not fits_kind(attempt.answer, attempt.right) for attempt in attempts):
            return report.right_value_wrong_type(exercise, attempts)
        if changed:
            return report.misconceptions(exercise, (IN_PLACE,), attempts, changed[0])
        return report.passed(exercise, len(attempts))
    if exercise.hide_diagnosis and not any(isinstance(answer, Crash) for answer in answers):
        return report.not_right(exercise, len(wrong), len(attempts))
    found = explain(exercise, attempts)
    if found:
        named = (*found, IN_PLACE) if changed else found
        return report.misconceptions(exercise, named, attempts, _smallest(wrong))
    for kind, applies in (
        (report.crash, lambda each: isinstance(each.answer, Crash)),
        (report.returned_nothing, lambda each: _is_blank(each.answer)),
        (report.wrong_type, lambda each: not fits_kind(each.answer, each.right)),
        (report.wrong_shape, _shape_differs),
    ):
        if any(map(applies, wrong)):
            return kind(exercise, attempts, _smallest(list(filter(applies, wrong))))
    return report.unknown(exercise, attempts, _smallest(wrong))


def explain(exercise: Exercise, attempts: list[Attempt]) -> tuple[Misconception, ...]:
    """Return the fewest misconceptions, at most two, whose model gives every answer.

    Calls that ended in an exception gave no answer and are left out. The small inputs with a wrong
    answer come first: most ideas fail there, after one short call.
    """
    answered = sorted((a for a in attempts if a.answered), key=lambda a: (not a.wrong, a.size))
    if len(answered) < 2 < len(attempts) or not answered or not answered[0].wrong:
        return ()
    for count in (1, 2):
        for found in combinations(exercise.misconceptions, count):
            switches = frozenset(each.name for each in found)
            if all(_gives(exercise, switches, attempt) for attempt in answered):
                return found
    return ()


def _gives(exercise: Exercise, switches: frozenset[str], attempt: Attempt) -> bool:
    try:
        given = exercise.answer(switches, attempt.arguments)
    except Exception:  # a misconception may make some inputs impossible, as it does for the learner
        return False
    return same(attempt.answer, given)


def _smallest(attempts: list[Attempt]) -> Attempt:
    return min(attempts, key=lambda attempt: attempt.size)


def _is_blank(answer: Any) -> bool:
    if isinstance(answer, Crash):
        return isinstance(answer.error, NotImplementedError)
    return answer is None or answer is Ellipsis


def _is_stub(function: Callable) -> bool:
    """Tell whether the body is only `...` or `pass`, perhaps under a docstring."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and code.co_code[::2] == _stub.__code__.co_code[::2]


def _stub() -> None: ...


def _shape_differs(attempt: Attempt) -> bool:
    return any(isinstance(r, Tensor) and a.shape != r.shape for _, a, r in pairs(attempt))


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [tensor for element in value for tensor in _tensors(element)]
    return []
