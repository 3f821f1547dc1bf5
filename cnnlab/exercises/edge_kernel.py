"""edge_kernel: a kernel that responds to one edge and not to the other."""

import torch

from cnnlab.exercises.kit import Exercise, misconceptions_from
from cnnlab.exercises.kit.patches import EVEN, describe_kernel

ASKED = {"edge_kernel": ("Lesson 01.2", "01 edge-intro")}

BRIGHT_LEFT = torch.tensor([[5.0, 3.0, 1.0]], dtype=torch.float64).repeat(3, 1)
PATCHES = {
    "bright on the left, dark on the right": BRIGHT_LEFT,
    "dark on the left, bright on the right": BRIGHT_LEFT.flip(1),
    "bright at the top, dark at the bottom": BRIGHT_LEFT.T,
    "a patch of one brightness": EVEN,
}

EDGE_KERNEL = Exercise(
    name="edge_kernel",
    task="Return a 3x3 kernel whose response is positive where left is bright and right is dark.",
    returns="a tensor of 3 rows and 3 columns",
    inputs=lambda _: [()],
    extract_answer=lambda returned, _: describe_kernel(returned, PATCHES),
    misconceptions=misconceptions_from("""
    sign reversed
        the kernel finds the opposite edge, dark on the left
        Which column must have the positive numbers?
        edit: return torch -> return -torch
    edge turned
        the kernel finds edges between top and bottom
        Along which axis must the numbers change?
        edit: [row, row, row]) -> [row, row, row]).T
    responds to brightness
        the kernel responds to any bright patch, edge or not
        What do its nine numbers add up to, and what does that do to an even patch?
        edit: 0.0, -1.0 -> 0.0, 1.0
    all zeros
        the kernel responds to nothing
        What is the response of a kernel of zeros?
        edit: [1.0, 0.0, -1.0] -> [0.0, 0.0, 0.0]
    """),
    hints=(
        "Draw the patch first: 3x3, bright on the left. Where do you want large products?",
        "The response to an even patch should be 0, so the nine numbers add up to 0.",
        "Positive numbers in the left column, the same numbers negative in the right one.",
    ),
    solution="""\
def edge_kernel():
    row = [1.0, 0.0, -1.0]
    return torch.tensor([row, row, row])
""",
)
