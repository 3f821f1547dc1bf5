"""Hand in every known wrong answer: each must be refused and named as itself."""

from functools import partial
from itertools import combinations

import pytest
import torch
from torch.nn import functional as F

from cnnlab import check
from cnnlab.check.answers import same
from cnnlab.check.exercise import RIGHT, Exercise

NAMES = [name for names in check.LESSONS.values() for name in names]
SLIPS = [(name, slip.name) for name in NAMES for slip in check.load(name).slips]
PAIRS = [
    (name, (first.name, second.name))
    for name in NAMES
    for first, second in combinations(check.load(name).slips, 2)
]
SEEDS = (0, 1, 2)


def answers(exercise: Exercise, slips: frozenset[str], seed: int = 0) -> list:
    cases = exercise.inputs(torch.Generator().manual_seed(seed))
    return [_answer(exercise, slips, case) for case in cases]


def _answer(exercise: Exercise, slips: frozenset[str], case: tuple) -> object:
    try:
        return exercise.answer(slips, case)
    except (RuntimeError, IndexError) as error:
        return type(error)


@pytest.mark.parametrize("name", NAMES)
def test_model_without_slips_equals_torch(name: str) -> None:
    exercise = check.load(name)
    for seed in range(5):
        cases = exercise.inputs(torch.Generator().manual_seed(seed))
        given = answers(exercise, RIGHT, seed)
        assert len(given) == len(cases)
        assert all(same(a, exercise.right(case)) for a, case in zip(given, cases, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_right_answer_passes_with_every_seed(name: str) -> None:
    exercise = check.load(name)
    for seed in range(5):
        verdict = getattr(check, name)(partial(exercise.model, RIGHT), seed=seed)
        assert verdict, verdict
        assert verdict.points(3) == 3


@pytest.mark.parametrize(("name", "slip"), SLIPS)
def test_misconception_is_named_as_itself(name: str, slip: str) -> None:
    learners = partial(check.load(name).model, frozenset((slip,)))
    for seed in SEEDS:
        verdict = getattr(check, name)(learners, seed=seed)
        assert not verdict
        assert verdict.misconception == slip, verdict
        assert verdict.misconceptions == (slip,)
        assert verdict.points(3) == 1.5


@pytest.mark.parametrize("name", NAMES)
def test_inputs_separate_all_known_answers(name: str) -> None:
    exercise = check.load(name)
    known = [RIGHT, *(frozenset((slip.name,)) for slip in exercise.slips)]
    for seed in SEEDS:
        given = [answers(exercise, slips, seed) for slips in known]
        for (first, a), (second, b) in combinations(zip(known, given, strict=True), 2):
            assert not all(map(same, a, b)), f"{set(first)} answers like {set(second)}"


def check_pair(name: str, pair: tuple[str, str]) -> None:
    exercise = check.load(name)
    both = frozenset(pair)
    verdict = getattr(check, name)(partial(exercise.model, both))
    found = frozenset(verdict.misconceptions)
    if found == both:
        assert not verdict
        return
    given = answers(exercise, both)
    if verdict.outcome == "crash":
        assert all(isinstance(answer, type) for answer in given)
        return
    # Either the two undo each other, or another explanation is as good.
    assert bool(verdict) == (not found)
    others = zip(given, answers(exercise, found), strict=True)
    assert all(same(a, b) for a, b in others if not isinstance(a, type))


@pytest.mark.parametrize(("name", "pair"), PAIRS[::9])
def test_two_slips_at_once_are_named(name: str, pair: tuple[str, str]) -> None:
    check_pair(name, pair)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_pair_of_slips_is_named(name: str) -> None:
    for pair in (pair for other, pair in PAIRS if other == name):
        check_pair(name, pair)


def test_most_pairs_are_named_as_the_pair() -> None:
    for name in ("output_size", "im2col"):
        pairs = [pair for other, pair in PAIRS if other == name]
        checker, model = getattr(check, name), check.load(name).model
        named = sum(checker(partial(model, frozenset(p))).misconceptions == p for p in pairs)
        assert named >= 0.65 * len(pairs)


@pytest.mark.parametrize("name", NAMES)
def test_shown_solution_passes(name: str) -> None:
    namespace = {"torch": torch, "F": F}
    (source,) = check.solution(name, show=True).details
    exec(source, namespace)
    for seed in SEEDS:
        verdict = getattr(check, name)(namespace[name], seed=seed)
        assert verdict, verdict


@pytest.mark.parametrize("name", NAMES)
def test_exercise_is_written_out(name: str) -> None:
    exercise = check.load(name)
    assert exercise.name == name
    assert f"def {name}(" in exercise.solution
    assert len({slip.name for slip in exercise.slips}) == len(exercise.slips)
    for slip in exercise.slips:
        assert slip.question.endswith("?"), slip
        assert not slip.idea.endswith("."), slip
        assert slip.idea[0].islower(), slip


@pytest.mark.parametrize("name", NAMES)
def test_stub_is_not_written_yet(name: str) -> None:
    namespace: dict = {}
    exec(f"def {check.load(name).signature}:\n    ...", namespace)
    verdict = getattr(check, name)(namespace[name])
    assert not verdict
    assert verdict.outcome == "not written"
    assert verdict.points(2) == 0


def test_table_of_lessons_is_the_lessons() -> None:
    from importlib import import_module

    for module, names in check.LESSONS.items():
        known = import_module(f"cnnlab.check.{module}").EXERCISES
        assert tuple(exercise.name for exercise in known) == names
