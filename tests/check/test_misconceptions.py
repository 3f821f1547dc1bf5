"""Hand in every known wrong answer: each must be refused and named as itself."""

import random
from importlib import import_module
from itertools import combinations
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from cnnlab import check, exercises
from cnnlab.check.comparison import same
from cnnlab.errors import ShapeError
from cnnlab.exercises.kit.exercise import RIGHT, Exercise

NAMES = [n for n in exercises.names() if isinstance(exercises.load(n), Exercise)]
MISCONCEPTIONS = [
    (name, each.name) for name in NAMES for each in exercises.load(name).misconceptions
]
SEEDS = (0, 1, 2)


def every_pair(name: str) -> list[tuple[str, str]]:
    return list(combinations([each.name for each in exercises.load(name).misconceptions], 2))


def some_pairs(name: str) -> list[tuple[str, str]]:
    """Return as many pairs as there are misconceptions: each is in two, in an order by chance."""
    pairs = every_pair(name)
    ring = sorted({each for pair in pairs for each in pair})
    random.Random(name).shuffle(ring)
    neighbors = [{ring[at - 1], ring[at]} for at in range(len(ring))]
    return [pair for pair in pairs if set(pair) in neighbors]


def answers(name: str, switches: frozenset[str], seed: int = 0) -> list:
    exercise = exercises.load(name)
    cases = exercise.inputs(torch.Generator().manual_seed(seed))
    return [_answer(exercise, switches, case) for case in cases]


def _answer(exercise: Exercise, switches: frozenset[str], case: tuple) -> object:
    try:
        return exercise.answer(switches, case)
    except (RuntimeError, IndexError, ArithmeticError, UserWarning, ShapeError) as error:
        return type(error)


@pytest.mark.parametrize("name", NAMES)
def test_model_without_switches_equals_torch(name: str) -> None:
    exercise = exercises.load(name)
    for seed in range(5):
        cases = exercise.inputs(torch.Generator().manual_seed(seed))
        given = answers(name, RIGHT, seed)
        assert len(given) == len(cases)
        assert all(same(a, exercise.right(case)) for a, case in zip(given, cases, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_right_answer_passes_with_every_seed(name: str) -> None:
    solution = exercises.load(name).variant(RIGHT)
    for seed in range(5):
        verdict = getattr(check, name)(lambda *given: solution(*given), seed=seed)
        assert verdict, verdict
        assert verdict.points(3) == 3


@pytest.mark.parametrize(("name", "misconception"), MISCONCEPTIONS)
def test_misconception_is_named_as_itself(name: str, misconception: str) -> None:
    learners = exercises.load(name).variant(frozenset((misconception,)))
    for seed in SEEDS:
        verdict = getattr(check, name)(learners, seed=seed)
        assert not verdict
        assert verdict.misconception == misconception, verdict
        assert verdict.misconceptions == (misconception,)
        assert 1.5 <= verdict.points(3) < 3  # a table's right columns earn more


@pytest.mark.parametrize("name", NAMES)
def test_inputs_separate_all_known_answers(name: str) -> None:
    exercise = exercises.load(name)
    known = [RIGHT, *(frozenset((each.name,)) for each in exercise.misconceptions)]
    for seed in SEEDS:
        given = [answers(name, switches, seed) for switches in known]
        for (first, a), (second, b) in combinations(zip(known, given, strict=True), 2):
            assert not all(map(same, a, b)), f"{set(first)} answers like {set(second)}"


def composes(exercise: Exercise, both: frozenset[str]) -> bool:
    """Tell whether two misconceptions can be one answer: two edits of the same piece cannot."""
    try:
        exercise.variant(both)
    except ValueError:
        return False
    return True


def check_pair(name: str, pair: tuple[str, str]) -> None:
    exercise = exercises.load(name)
    both = frozenset(pair)
    if not composes(exercise, both):
        return
    verdict = getattr(check, name)(exercise.variant(both))
    found = frozenset(verdict.misconceptions)
    if found == both:
        assert not verdict
        return
    given = answers(name, both)
    if verdict.outcome == "crash":
        assert all(isinstance(answer, type) for answer in given)
        return
    # Either the two undo each other, or another explanation is as good.
    assert bool(verdict) == (not found)
    others = zip(given, answers(name, found), strict=True)
    assert all(same(a, b) for a, b in others if not isinstance(a, type))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_pairs_of_misconceptions_are_named(name: str) -> None:
    for pair in some_pairs(name):
        check_pair(name, pair)


def test_each_misconception_is_in_a_pair() -> None:
    for name in NAMES:
        known = [each.name for each in exercises.load(name).misconceptions]
        paired = [each for pair in some_pairs(name) for each in pair]
        assert all(paired.count(each) == min(2, len(known) - 1) for each in known)


def test_most_pairs_are_named_as_the_pair() -> None:
    for name in ("output_size", "im2col"):
        pairs = every_pair(name)
        checker, exercise = getattr(check, name), exercises.load(name)
        named = sum(
            composes(exercise, frozenset(p))
            and checker(exercise.variant(frozenset(p))).misconceptions == p
            for p in pairs
        )
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
    exercise = exercises.load(name)
    assert exercise.name == name
    assert f"def {name}(" in exercise.solution
    assert len({each.name for each in exercise.misconceptions}) == len(exercise.misconceptions)
    for each in exercise.misconceptions:
        assert each.question.endswith("?"), each
        assert not each.idea.endswith("."), each
        assert each.idea[0].islower(), each


COMPUTED = {"count_lenet5", "count_plain", "count_modern"}  # their solution is data


@pytest.mark.parametrize("name", NAMES)
def test_a_misconception_is_declared_in_one_way(name: str) -> None:
    """By edits of the solution; where that is data, by a model, which then is the oracle, too."""
    exercise = exercises.load(name)
    assert (exercise.model is not None) == (name in COMPUTED)
    assert exercise.model is None or exercise.oracle is None
    assert all(bool(each.edits) != (name in COMPUTED) for each in exercise.misconceptions)


@pytest.mark.parametrize("name", NAMES)
def test_stub_is_not_written_yet(name: str) -> None:
    namespace: dict = {}
    exec(f"def {exercises.load(name).signature}:\n    ...", namespace)
    verdict = getattr(check, name)(namespace[name])
    assert not verdict
    assert verdict.outcome == "not written"
    assert verdict.points(2) == 0


def test_each_exercise_is_where_it_says() -> None:
    held = set()
    for name in exercises.names():
        assert exercises.load(name).name == name
        module = import_module(f"cnnlab.exercises.{exercises.asked()[name].module}")
        held |= {each.name for each in vars(module).values() if isinstance(each, Exercise)}
        held |= set(getattr(module, "VARIED", ()))
    assert held == set(NAMES)


@pytest.mark.parametrize("entry", ["Lesson 02.1", ("Lesson 02", "a"), ("Lesson 02.1",), (2.1, "a")])
def test_an_exercise_that_does_not_say_where_is_told(entry: object) -> None:
    with pytest.raises(ValueError, match=r"new\.py: .* in ASKED should read like"):
        exercises._asked(Path("new.py"), entry)


def test_exercises_of_a_lesson_are_numbered_from_one() -> None:
    for lesson, names in exercises.by_lesson().items():
        places = [exercises.asked()[name].place for name in names]
        assert places == list(range(1, len(names) + 1)), lesson


def test_every_exercise_is_asked_in_a_notebook() -> None:
    folder = Path(__file__).parents[2] / "notebooks"
    text = "".join(path.read_text("utf-8") for path in folder.rglob("*.ipynb"))
    assert [name for name in NAMES if f"check.{name}(" not in text] == []
