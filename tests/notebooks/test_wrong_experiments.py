"""Each claim refuses wrong implementations of what it asserts: they were tried."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.lessons import ROOT
from tests.notebooks import wrong_experiments
from tests.notebooks.wrong_experiments import ACCEPTED, REFUSED, edited, needed, outcomes

TABLES = sorted(Path(wrong_experiments.__file__).parent.glob("lesson_*.py"))
NUMBERS = [path.stem.removeprefix("lesson_") for path in TABLES]


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_wrong_experiments_are_refused(number):
    run = subprocess.run(
        [sys.executable, "-m", "tests.notebooks.wrong_experiments", number],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    lines = run.stdout.splitlines()
    assert [each for each in lines if not each.startswith(REFUSED)] == [], run.stderr
    assert run.returncode == 0, run.stderr
    assert len(lines) == len(wrong_experiments.rows_of(number)[0])


@pytest.mark.parametrize("number", NUMBERS)
def test_each_claim_is_tried_with_three_wrong_implementations(number):
    rows, _ = wrong_experiments.rows_of(number)
    assert len(set(rows)) == len(rows)
    tried = Counter(claim for _, _, claim in rows)
    assert {claim: count for claim, count in tried.items() if count < 3} == {}


LESSON = {
    "imports": "import random",
    "unused": "1 / 0",
    "load": "numbers = [3, 1, 2]",
    "sorting": "numbers.sort()",
    "sum": "total = sum(numbers)\nprint(total)",
    "sum-claim": "assert total == 6\nassert numbers == [1, 2, 3]",
}


def told(cell, edit, **changed):
    return [said for _, said in outcomes(LESSON | changed, [(cell, edit, "sum-claim")])]


@pytest.mark.parametrize(
    ("cell", "edit", "said"),
    [
        ("sum", "sum(numbers) -> sum(numbers[1:])", REFUSED),
        ("load", "3, 1 -> 3, 4", REFUSED),
        ("load", ("3, 1 -> 1, 4", "4, 2 -> 3, 2"), ACCEPTED),
        ("sorting", ".sort() -> .reverse()", REFUSED),
        ("sum", "sum(numbers) -> sum(reversed(numbers))", ACCEPTED),
        ("sum", "sum(numbers) -> sum(number)", "crashes in sum: NameError"),
        ("sum", "print(total) -> assert total == 7", "fails in sum"),
    ],
)
def test_what_becomes_of_an_edit(cell, edit, said):
    [found] = told(cell, edit)
    assert found.startswith(said)


def test_a_child_changes_nothing_for_the_next():
    rows = [
        ("sorting", f".sort() -> .{way}", "sum-claim") for way in ("clear()", "pop()", "sort()")
    ]
    assert [said for _, said in outcomes(LESSON, rows)] == [REFUSED, REFUSED, ACCEPTED]


def test_a_lesson_whose_own_claim_fails_is_told():
    found = told("sum", "sum -> max", load="numbers = [4, 1, 2]")
    assert found == [REFUSED, "refused, though nothing was changed"]


def test_an_edit_has_to_fit_its_cell():
    with pytest.raises(ValueError, match="'x' stands 2 times in"):
        edited("x = x", "x -> y")
    assert edited("a\nb\n", "a\n ->") == "b\n"
    with pytest.raises(ValueError, match=r"no such cells: \['summ'\]"):
        told("summ", "a -> b")


def test_a_cell_whose_work_is_made_anew_does_not_run():
    code = {
        "early": "for n in [1]:\n    model = [n]\nmodel.append(1 / 0)",
        "later": "model = []\nfor n in range(3):\n    model.append(n)",
        "model-claim": "assert len(model) == 3",
    }
    assert needed(code, {"model-claim"}) == ["later", "model-claim"]
