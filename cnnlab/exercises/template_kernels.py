"""dot_kernel and diagonal_kernel: kernels that find what a patch shows."""

from typing import Any

import torch
from torch import Tensor

from cnnlab.exercises.exercise import (
    Exercise,
    Switches,
    misconceptions_from,
)
from cnnlab.exercises.values import plain

EVEN = torch.full((3, 3), 4.0, dtype=torch.float64)


DOT = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=torch.float64)


COLUMN = torch.tensor([[0.0, 1, 0]], dtype=torch.float64).repeat(3, 1)


RISING = torch.tensor([[1.0, 2, 3]], dtype=torch.float64).repeat(3, 1)


DIAGONAL = torch.eye(3, dtype=torch.float64)


COMPARED = {"negative": "weaker", "0": "as strong", "positive": "stronger"}


def _answers(returned: Any, patches: dict[str, Tensor], rivals: dict[str, Tensor]) -> Any:
    """Describe a kernel by the signs of its answers: many kernels are right."""
    kernel = plain(returned)
    if not isinstance(kernel, Tensor) or kernel.shape != (3, 3):
        return kernel
    strength = {name: float((patch * kernel).sum()) for name, patch in patches.items()}
    signs = {f"answer to {name}": _sign(answer) for name, answer in strength.items()}
    wanted = next(iter(strength.values()))
    for name, patch in rivals.items():
        sign = _sign(float((patch * kernel).sum()) - wanted)
        signs[f"answer to {name}"] = COMPARED[sign]
    return signs


def _sign(number: float) -> str:
    if abs(number) < 1e-6:
        return "0"
    return "positive" if number > 0 else "negative"


def _dot_kernel(switches: Switches) -> Tensor:
    kernel = 9 * DOT - 1
    if "answers to brightness" in switches:
        kernel = DOT
    if "finds lines" in switches:
        kernel = 3 * COLUMN - 1
    if "finds edges" in switches:
        kernel = RISING - 2
    if "sign reversed" in switches:
        kernel = -kernel
    return torch.zeros_like(kernel) if "all zeros" in switches else kernel


DOT_KERNEL = Exercise(
    name="dot_kernel",
    task="Return a 3x3 kernel that answers most strongly where one pixel is brighter than all "
    "around it, and not at all to even or evenly rising brightness.",
    returns="a tensor of 3 rows and 3 columns",
    model=_dot_kernel,
    inputs=lambda _: [()],
    extract_answer=lambda returned, _: _answers(
        returned,
        {
            "a bright dot": DOT,
            "a patch of one brightness": EVEN,
            "brightness that rises to the right": RISING,
            "brightness that rises downwards": RISING.T,
        },
        {"a bright line from top to bottom": COLUMN, "a bright line from left to right": COLUMN.T},
    ),
    misconceptions=misconceptions_from("""
        answers to brightness
            the kernel answers to any bright patch, dot or not
            What do its nine numbers add up to, and what does that do to an even patch?
        finds lines
            the kernel answers to a line more strongly than to a dot
            Which of the eight neighbours does a line make bright, and what should they count?
        finds edges
            the kernel answers to brightness that rises, not to a dot
            Which pixel of the patch has no counterpart on the other side of the dot?
        sign reversed
            the kernel finds a dark dot on a bright ground
            Which number of the kernel meets the bright pixel?
        all zeros
            the kernel answers to nothing
            What does a kernel of zeros answer?
    """),
    hints=(
        "Draw the patch you want to find: which pixel is bright, and what are the others?",
        "An even patch should answer 0, so the nine numbers add up to 0.",
        "All eight neighbours are alike: give them the same negative number.",
    ),
    solution="""\
def dot_kernel():
    kernel = torch.full((3, 3), -1.0)
    kernel[1, 1] = 8.0
    return kernel
""",
)


def _diagonal_kernel(switches: Switches) -> Tensor:
    kernel = 3 * DIAGONAL - 1
    if "answers to brightness" in switches:
        kernel = DIAGONAL
    if "finds upright lines" in switches:
        kernel = 3 * COLUMN - 1
    if "the other diagonal" in switches:
        kernel = kernel.flip(1)
    if "sign reversed" in switches:
        kernel = -kernel
    return torch.zeros_like(kernel) if "all zeros" in switches else kernel


DIAGONAL_KERNEL = Exercise(
    name="diagonal_kernel",
    task="Return a 3x3 kernel that answers most strongly to a bright line from the top left to "
    "the bottom right, and not at all to even brightness.",
    returns="a tensor of 3 rows and 3 columns",
    model=_diagonal_kernel,
    inputs=lambda _: [()],
    extract_answer=lambda returned, _: _answers(
        returned,
        {"its own diagonal": DIAGONAL, "a patch of one brightness": EVEN},
        {
            "the other diagonal": DIAGONAL.flip(1),
            "a line from top to bottom": COLUMN,
            "a line from left to right": COLUMN.T,
        },
    ),
    misconceptions=misconceptions_from("""
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
    """),
    hints=(
        "Mark the three pixels of the line in a 3x3 grid.",
        "Positive numbers on the line, negative ones beside it, and a sum of 0.",
        "torch.eye(3) has ones on this diagonal. What must you take away from it?",
    ),
    solution="""\
def diagonal_kernel():
    return 3 * torch.eye(3) - 1
""",
)


EXERCISES = (
    DOT_KERNEL,
    DIAGONAL_KERNEL,
)
