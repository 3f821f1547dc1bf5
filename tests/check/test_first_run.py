"""A check before its exercise's cell: a name that is not there yet, or is another's."""

import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab import arithmetic, check

CELLS = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in {cells!r}:
    result = shell.run_cell(cell)
    print("said:", repr(result.result), "raised:", type(result.error_in_exec).__name__)
"""


def said(*cells: str) -> list[str]:
    """Return what each cell of a notebook gave, and what it raised."""
    run = subprocess.run(
        [sys.executable, "-c", CELLS.format(cells=cells)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in run.stdout.splitlines() if "said:" in line or "raised:" in line]


def test_a_name_that_no_cell_has_defined_yet_is_asked_for() -> None:
    first, undefined, still, other, passed = said(
        "from cnnlab import check",
        "check.flip(flip)",
        "flip",
        "len(no_check)",
        "def flip(kernel):\n    return kernel.flip(0, 1)\ncheck.flip(flip)",
    )
    assert first == "said: None raised: NoneType"
    assert undefined == (
        "said: Run the cell with your flip first: there is no flip yet. raised: NoneType"
    )
    assert "raised: NameError" in still  # nothing of it is left
    assert "raised: NameError" in other
    assert "Passed" in passed


@pytest.mark.parametrize(
    ("given", "whose"),
    [
        (torch.flip, "torch's"),
        (F.conv2d, "torch's"),
        (nn.Linear(2, 2), "torch's"),
        (torch.Tensor.flip, "torch's"),
        (torch.zeros(2).flip, "torch's"),
        (reversed, "Python's"),
        (max, "Python's"),
        (arithmetic.conv_output_size, "the course's"),
    ],
    ids=range(8),
)
def test_what_is_not_the_learners_is_not_judged(given: object, whose: str) -> None:
    verdict = check.flip(given)
    assert verdict.headline == f"Run the cell with your flip first: this one is {whose} own."
    assert verdict.outcome == "not written"


def test_a_leftover_that_is_no_function_is_told() -> None:
    verdict = check.flip(torch.zeros(3, 3))
    assert verdict.headline == "Not yet: the check needs the function itself, not a Tensor."
    assert "Run the cell with your flip, then write check.flip(flip)" in verdict.message


def test_a_learners_function_is_judged_whatever_its_name() -> None:
    def turned(kernel: torch.Tensor) -> torch.Tensor:
        return kernel.flip(0, 1)

    def helper(kernel: torch.Tensor) -> torch.Tensor:
        return kernel.sum()

    assert check.flip(turned).passed
    assert check.flip(lambda kernel: kernel.flip(0, 1)).passed
    assert check.flip(helper).message.count("The function that was checked is helper.") == 1
    assert "that was checked" not in check.flip(lambda kernel: kernel.sum()).message
    assert "that was checked" not in check.flip(turned).message
