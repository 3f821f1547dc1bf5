"""The mistakes of published solutions: each has a cause, is wrong, and is refused."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from cnnlab import check, exercises
from cnnlab.check.behavior import evidence
from cnnlab.check.comparison import same
from tests.check.independent import CAUSES, WRONG

ANSWERS = [(exercise, function) for exercise, _, function in WRONG if function in CAUSES]
PER_EXERCISE = Counter(exercise for exercise, _ in ANSWERS)
SEEN = [pytest.param(exercise, function, id=function.__name__) for exercise, function in ANSWERS]
SEEDS = 0, 1, 2


def test_there_are_enough_of_them():
    assert len(ANSWERS) == len(CAUSES) >= 120
    assert len(PER_EXERCISE) >= 35
    assert len({function.__name__ for _, function in ANSWERS}) == len(ANSWERS)
    assert sum(cause.startswith("Two slips: ") for cause, _ in CAUSES.values()) >= 15


def test_some_lose_an_axis_of_length_one():
    squeezed = {exercise for exercise, function in ANSWERS if "__squeezed" in function.__name__}
    assert len(squeezed) >= 8


@pytest.mark.parametrize("function", CAUSES, ids=lambda function: function.__name__)
def test_the_cause_is_one_sentence_and_has_patterns(function):
    cause, pattern = CAUSES[function]
    assert cause.endswith(".")
    assert "\n" not in cause
    assert pattern.pattern
    for nothing_said in ("", "Not yet.", "Every answer is wrong.", "It is too large."):
        assert not pattern.search(nothing_said)


@pytest.mark.parametrize(("exercise", "function"), SEEN)
def test_it_is_refused(exercise, function, monkeypatch):
    monkeypatch.setattr(evidence, "SECONDS", 0.0)  # no reason is looked for
    verdict = getattr(check, exercise)(function)
    assert not verdict.passed
    assert verdict.outcome != "forbidden"  # for its mistake, not for what it is built with


@pytest.mark.parametrize(("exercise", "function"), SEEN)
def test_it_differs_from_the_solution(exercise, function):
    loaded = exercises.load(exercise)
    cases = [case for seed in SEEDS for case in loaded.inputs(Generator().manual_seed(seed))]
    assert any(_differs(loaded, function, case) for case in cases)


def _differs(exercise: Any, function: Callable, case: tuple) -> bool:
    """Tell whether a function answers otherwise, fails, or changes what it was given."""
    prepared = exercise.prepare_arguments(case)
    try:
        answer = exercise.extract_answer(function(*prepared), prepared)
    except (RuntimeError, IndexError, ValueError):
        return True
    finally:
        torch.set_grad_enabled(True)
    tensors = [pair for pair in zip(case, prepared, strict=True) if isinstance(pair[0], Tensor)]
    unchanged = all(torch.equal(given, now) for given, now in tensors)
    return not (unchanged and same(answer, exercise.right(case)))
