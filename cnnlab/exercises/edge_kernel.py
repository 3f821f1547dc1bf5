"""edge_kernel: a kernel that answers to one edge and not to the other."""

from typing import Any

import torch
from torch import Tensor

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
)
from cnnlab.exercises.kit.values import plain

ASKED = {"edge_kernel": ("Lesson 01.2", "01 edge-intro")}


def _edge_kernel(switches: Switches) -> Tensor:
    kernel = torch.tensor([[1.0, 0.0, -1.0]]).repeat(3, 1).double()
    if "answers to brightness" in switches:
        kernel = kernel.abs()
    if "edge turned" in switches:
        kernel = kernel.T.contiguous()
    if "sign reversed" in switches:
        kernel = -kernel
    if "all zeros" in switches:
        kernel = torch.zeros_like(kernel)
    return kernel


def _edge_answers(returned: Any, _: Arguments) -> Any:
    """Describe a kernel by the signs of its answers: many kernels are right."""
    kernel = plain(returned)
    if not isinstance(kernel, Tensor) or kernel.shape != (3, 3):
        return kernel
    bright_left = torch.tensor([[5.0, 3.0, 1.0]]).repeat(3, 1).double()
    patches = {
        "answer to bright on the left, dark on the right": bright_left,
        "answer to dark on the left, bright on the right": bright_left.flip(1),
        "answer to bright at the top, dark at the bottom": bright_left.T,
        "answer to a patch of one brightness": torch.full_like(bright_left, 4.0),
    }
    answers = {name: float((patch * kernel).sum()) for name, patch in patches.items()}
    return {name: _sign(answer) for name, answer in answers.items()}


def _sign(number: float) -> str:
    if abs(number) < 1e-6:
        return "0"
    return "positive" if number > 0 else "negative"


EDGE_KERNEL = Exercise(
    name="edge_kernel",
    task="Return a 3x3 kernel that answers positively where left is bright and right is dark.",
    returns="a tensor of 3 rows and 3 columns",
    model=_edge_kernel,
    inputs=lambda _: [()],
    extract_answer=_edge_answers,
    misconceptions=misconceptions_from("""
        sign reversed
            the kernel finds the opposite edge, dark on the left
            Which column must have the positive numbers?
        edge turned
            the kernel finds edges between top and bottom
            Along which axis must the numbers change?
        answers to brightness
            the kernel answers to any bright patch, edge or not
            What do its nine numbers add up to, and what does that do to an even patch?
        all zeros
            the kernel answers to nothing
            What does a kernel of zeros answer?
    """),
    hints=(
        "Draw the patch first: 3x3, bright on the left. Where do you want large products?",
        "An even patch should answer 0, so the nine numbers add up to 0.",
        "Positive numbers in the left column, the same numbers negative in the right one.",
    ),
    solution="""\
def edge_kernel():
    return torch.tensor([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]])
""",
)


EXERCISES = (EDGE_KERNEL,)
