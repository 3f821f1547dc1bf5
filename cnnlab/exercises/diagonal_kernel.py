"""diagonal_kernel: a kernel that finds a stroke along a diagonal."""

from dataclasses import replace

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit.exercise import Exercise, Switches, integer, misconceptions_from
from cnnlab.exercises.kit.patches import COLUMN, DIAGONAL, EVEN, describe_kernel, seen_dark, shown
from cnnlab.exercises.kit.sheets import Numbers, Varied

ASKED = {"diagonal_kernel": ("Homework 1.2", "01 edge-intro", 2)}

GIVEN = {"rising": False, "bright": True}
RISING_WAY, FALLING_WAY = "the top right to the bottom left", "the top left to the bottom right"


def _diagonal_kernel(n: Numbers, switches: Switches) -> Tensor:
    stroke = DIAGONAL.flip(1) if n["rising"] else DIAGONAL
    sign = 1 if n["bright"] else -1
    kernel = sign * (3 * stroke - 1)
    if "answers to brightness" in switches:
        kernel = shown(stroke, n["bright"])
    if "finds upright lines" in switches:
        kernel = sign * (3 * COLUMN - 1)
    if "the other diagonal" in switches:
        kernel = kernel.flip(1)
    if "sign reversed" in switches:
        kernel = -kernel
    return torch.zeros_like(kernel) if "all zeros" in switches else kernel


MISCONCEPTIONS = misconceptions_from("""
    answers to brightness
        the kernel answers to any bright patch, line or not
        What do its nine numbers add up to, and what does that do to an even patch?
    finds upright lines
        the kernel answers most strongly to a line from top to bottom
        Which three pixels does the line make bright?
    the other diagonal
        the kernel finds the line from the top right to the bottom left
        Which column does the line reach in the first row, and which in the last?
    sign reversed
        the kernel finds a dark line on a bright ground
        Which numbers of the kernel meet the bright pixels?
    all zeros
        the kernel answers to nothing
        What does a kernel of zeros answer?
""")


def _exercise(n: Numbers) -> Exercise:
    stroke = DIAGONAL.flip(1) if n["rising"] else DIAGONAL
    patches = {"its own diagonal": stroke, "a patch of one brightness": EVEN}
    rivals = {
        "the other diagonal": stroke.flip(1),
        "a line from top to bottom": COLUMN,
        "a line from left to right": COLUMN.T,
    }
    patches, rivals = (
        {name: shown(patch, n["bright"]) for name, patch in each.items()}
        for each in (patches, rivals)
    )
    known = MISCONCEPTIONS if n["bright"] else seen_dark(MISCONCEPTIONS)
    start, end = ("bottom left", "top right") if n["rising"] else ("top left", "bottom right")
    if n["rising"]:
        known = tuple(replace(m, idea=m.idea.replace(RISING_WAY, FALLING_WAY)) for m in known)
    eye = "torch.eye(3)" + ".flip(1)" * n["rising"]
    right = f"3 * {eye} - 1" if n["bright"] else f"1 - 3 * {eye}"
    return Exercise(
        name="diagonal_kernel",
        task="Return a 3x3 kernel that answers most strongly to a "
        f"{'bright' if n['bright'] else 'dark'} line from the {start} to the {end}, and not at "
        "all to even brightness.",
        returns="a tensor of 3 rows and 3 columns",
        model=lambda switches: _diagonal_kernel(n, switches),
        inputs=lambda _: [()],
        extract_answer=lambda returned, _: describe_kernel(returned, patches, rivals),
        misconceptions=known,
        hints=(
            "Mark the three pixels of the line in a 3x3 grid.",
            "Numbers of one sign on the line, of the other beside it, and a sum of 0.",
            "torch.eye(3) has ones on the diagonal from the top left. What must you take away "
            "from it?",
        ),
        solution=f"def diagonal_kernel():\n    return {right}\n",
    )


def _draw(generator: Generator) -> Numbers:
    return {name: bool(integer(generator, 0, 1)) for name in ("rising", "bright")}


VARIED = {"diagonal_kernel": Varied(GIVEN, _draw, _exercise)}
EXERCISES = (_exercise(GIVEN),)
