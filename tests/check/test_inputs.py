"""The inputs of a check separate what may be said of them: no two settings go together."""

import random
from collections import defaultdict

import pytest
import torch
from torch import Tensor

from cnnlab import check, exercises
from cnnlab.check.behavior.conditions import facts_of, separating_condition, sufficient_condition
from cnnlab.check.judge import cases_of
from cnnlab.exercises.kit.exercise import RIGHT, Exercise

ALL = [each for n in exercises.names() if isinstance(each := exercises.load(n), Exercise)]
ASKED = [each for each in ALL if each.parameters and not each.hide_diagnosis]
PATTERNS, SEEDS, LEAST = 300, 30, 30
EVERY_SETTING = {"compare": 5, "compare_pairs": 5}  # 2 to 6 runs: each seed draws them all
LONGER = ("spectrogram", 0)  # of a window of one sample: torch's is 1, by the formula it is 0


def by_name(exercise: Exercise) -> str:
    return exercise.name


def named(exercise: Exercise, seed: int) -> list[dict]:
    return [exercise.named(case) for case in cases_of(exercise, seed)]


@pytest.mark.parametrize("exercise", ASKED, ids=by_name)
def test_chance_gets_no_condition(exercise):
    table = facts_of(named(exercise, 0), exercise.facts)
    choose = random.Random(exercise.name)
    found = 0
    for _ in range(PATTERNS):
        share = choose.choice((0.1, 0.3, 0.5, 0.7, 0.9))
        wrong = [choose.random() < share for _ in table]
        found += bool(separating_condition(table, wrong) or sufficient_condition(table, wrong))
    assert found <= 0.02 * PATTERNS


@pytest.mark.parametrize("exercise", ASKED, ids=by_name)
def test_a_condition_that_is_there_is_found(exercise):
    """Tens of settings, of which every whole number and every size takes several values."""
    calls = named(exercise, 0)
    table = facts_of(calls, exercise.facts)
    assert len(calls) >= LEAST
    for name, value in calls[0].items():
        if isinstance(value, bool | int | Tensor):
            assert any(name in text for text in table[0]), name
    for text in table[0]:
        wrong = [facts[text] for facts in table]
        if LEAST / 3 <= sum(wrong) <= len(wrong) - LEAST / 3:
            assert separating_condition(table, wrong), text


@pytest.mark.parametrize("exercise", ASKED, ids=by_name)
def test_facts_of_one_pattern_mean_the_same(exercise):
    """Facts that the judged calls cannot tell apart are never apart, in hundreds of others."""
    together = defaultdict(list)
    table = facts_of(named(exercise, 0), exercise.facts)
    for text in table[0]:
        together[tuple(facts[text] for facts in table)].append(text)
    many = facts_of([n for s in range(1, SEEDS) for n in named(exercise, s)], exercise.facts)
    for texts in together.values():
        for other in texts[1:]:
            apart = sum(f.get(texts[0]) != f.get(other) for f in many)
            assert not apart, f"{texts[0]} = {other}, but for {apart} of {len(many)} others"


def _sizes(value: object) -> object:
    if isinstance(value, Tensor):
        return tuple(value.shape)
    if isinstance(value, list | tuple):
        return tuple(map(_sizes, value))
    return value if isinstance(value, int | bool) else None


@pytest.mark.parametrize("exercise", ASKED, ids=by_name)
def test_another_seed_draws_other_settings(exercise):
    """A reason is confirmed on calls with other sizes and options, not only with other numbers."""
    first, other = ({_sizes(c) for c in cases_of(exercise, seed)} for seed in (0, 1_001))
    if exercise.name in EVERY_SETTING:
        assert len(first) == len(other) == EVERY_SETTING[exercise.name]
        return
    assert len(other - first) >= min(20, len(other) / 2)


def returns_tensor(exercise: Exercise) -> bool:
    """Tell whether the answer, and what is returned for it, is a tensor with axes."""
    case, solution = cases_of(exercise, 0)[0], exercise.variant(RIGHT)
    both = exercise.right(case), solution(*exercise.prepare_arguments(case))
    return all(isinstance(each, Tensor) and each.dim() > 0 for each in both)


TENSORS = list(filter(returns_tensor, ALL))


def test_many_exercises_return_a_tensor():
    assert len(TENSORS) >= 16


@pytest.mark.parametrize("exercise", TENSORS, ids=by_name)
def test_a_lost_axis_of_length_1_is_refused(exercise):
    answers = [exercise.right(case) for case in cases_of(exercise, 0)]
    for axis in range(max(each.dim() for each in answers)):
        if (exercise.name, axis) == LONGER:
            continue
        assert any(each.shape[axis : axis + 1] == (1,) for each in answers), (
            f"axis {axis} is never 1 long"
        )
    solution = exercise.variant(RIGHT)
    verdict = getattr(check, exercise.name)(lambda *given: solution(*given).squeeze())
    assert not verdict
    assert "axis of length 1" in verdict.message


def test_settings_are_crossed():
    from cnnlab.exercises.kit import crossed

    drawn = crossed(torch.Generator().manual_seed(0), 36, (1, 2, 3), (0, 1, 2), "abcd")
    assert len(drawn) == 36
    assert all(sum(row[0] == value for row in drawn) == 12 for value in (1, 2, 3))
    assert len({row[:2] for row in drawn}) == 9
