"""Sheets of one's own: every sheet's exercise is right, and each of its mistakes is named."""

import pytest
import torch
from torch.nn import functional as F

from cnnlab import check, exercises
from cnnlab.check.comparison import same
from cnnlab.check.judge import judge
from cnnlab.exercises.fixed_bugs import BUGS, GIVEN, NUMBERS
from cnnlab.exercises.kit.exercise import RIGHT

VARIED = [name for name in exercises.names() if exercises.varied_by(name)]
FIXED = [f"fixed_{number}" for number in NUMBERS]
SHEETS = range(4)


def solution_of(name, sheet):
    namespace = {"torch": torch, "F": F}
    exec(exercises.load(name, sheet).solution, namespace)
    return namespace[name]


def test_what_varies_is_what_the_page_says():
    homework = [name for name in VARIED if name not in FIXED]
    assert homework == [
        "dot_kernel",
        "diagonal_kernel",
        "find_template",
        "correlate2d_dilated",
        "count_lenet5",
        "count_plain",
        "count_modern",
        "budget_network",
        "diagnoses",
    ]
    assert set(FIXED) < set(VARIED)


@pytest.mark.parametrize("name", VARIED)
def test_without_a_sheet_nothing_changes(name):
    given = exercises.load(name)
    assert exercises.varied_by(name).build(exercises.numbers(name, None)).solution == given.solution
    assert exercises.load("output_size", 5) is exercises.load("output_size")


@pytest.mark.parametrize("name", VARIED)
def test_a_sheet_draws_the_same_each_time(name):
    assert exercises.numbers(name, 17) == exercises.numbers(name, 17)
    drawn = [exercises.numbers(name, sheet) for sheet in range(20)]
    assert any(numbers != drawn[0] for numbers in drawn)


@pytest.mark.parametrize("name", VARIED)
def test_the_solution_of_a_sheet_passes_and_agrees_with_torch(name):
    for sheet in SHEETS:
        exercise = exercises.load(name, sheet)
        for case in exercise.inputs(torch.Generator().manual_seed(sheet)):
            assert same(exercise.answer(RIGHT, case), exercise.right(case)), (sheet, case)
        verdict = judge(exercise, solution_of(name, sheet))
        assert verdict, (sheet, verdict)


@pytest.mark.parametrize("name", VARIED)
def test_the_misconceptions_of_a_sheet_are_named_as_themselves(name):
    for sheet in (3, 5):
        exercise = exercises.load(name, sheet)
        for each in exercise.misconceptions:
            verdict = judge(exercise, exercise.variant(frozenset((each.name,))))
            assert verdict.misconceptions == (each.name,), (sheet, each.name, verdict)


def test_no_two_convolutions_of_a_budget_are_alike():
    """Sheet 16 would draw the widths 8, 28, 28, and an edit would mean two layers."""
    assert len(set(exercises.numbers("budget_network", 16)["widths"])) == 3


@pytest.mark.parametrize("name", [name for name in VARIED if name not in FIXED])
def test_the_solution_of_other_numbers_is_wrong(name):
    for sheet in SHEETS:
        exercise, numbers = exercises.load(name, sheet), exercises.numbers(name, sheet)
        others = [s for s in (None, *SHEETS) if differs(name, exercises.numbers(name, s), numbers)]
        assert others
        assert not [s for s in others if judge(exercise, solution_of(name, s))]


def differs(name, a, b):
    """Tell whether two sheets ask for different answers, not only in another budget or place."""
    if name == "budget_network":
        return a["classes"] != b["classes"]
    keys = ("corner", "first", "order") if name == "find_template" else a
    return any(a[key] != b[key] for key in keys)


@pytest.mark.parametrize("name", BUGS)
def test_each_bug_is_the_misconception_of_its_name(name):
    namespace = {"torch": torch, "F": F}
    bug = BUGS[name]
    exec(bug.code("broken"), namespace)
    assert judge(bug.lesson, namespace["broken"]).misconceptions == (name,)


def test_a_sheet_has_eight_different_bugs_four_of_each_kind():
    for sheet in range(50):
        bugs = exercises.numbers("diagnoses", sheet)["bugs"]
        assert len(set(bugs)) == len(GIVEN["bugs"]) == 8
        lessons = [BUGS[bug].lesson.name for bug in bugs]
        assert lessons.count("evaluate") == 3
        assert exercises.numbers("fixed_3", sheet)["bugs"] == bugs


@pytest.fixture
def on_sheet_five():
    assert "sheet 5" in check.sheet(5).headline
    yield
    check.sheet(None)


def test_the_check_follows_the_sheet_and_keeps_its_solution(on_sheet_five):
    assert check.count_plain(solution_of("count_plain", 5))
    assert not check.count_plain(solution_of("count_plain", None))
    assert "not shown" in check.solution("count_plain", show=True).headline
    assert not check.solution("count_plain", show=True).details
    assert check.solution("output_size", show=True).details
    assert check.hint("dot_kernel").headline


def test_a_sheet_is_a_number():
    with pytest.raises(ValueError, match="number='five' is str, not an integer"):
        check.sheet("five")
