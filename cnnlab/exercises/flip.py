"""Exercise of lesson 02: the flip that makes cross-correlation a convolution."""

import torch
from torch.nn import functional as F

from cnnlab.exercises.kit import Exercise, misconceptions_from, whole_numbers
from cnnlab.exercises.kit.drawing import TURNED, shapes

ASKED = {"flip": ("Lesson 02.1", "02 flip-intro")}

FLIP = Exercise(
    name="flip",
    task="Return the kernel whose cross-correlation is the convolution with the given kernel.",
    returns="a tensor (kernel_height, kernel_width)",
    oracle=lambda kernel: F.conv_transpose2d(  # writes the kernel; a flip of a flip
        torch.ones(1, 1, 1, 1).double(), kernel.flip(0, 1)[None, None]
    )[0, 0],
    inputs=lambda generator: [
        (whole_numbers(generator, *shape, turned=turned),)
        for shape, turned in shapes(generator, 42, TURNED)
    ],
    misconceptions=misconceptions_from("""
        rows only
            only the order of the rows is reversed
            Where does the number in the upper left corner have to go?
            edit: flip(0, 1) -> flip(0)
        columns only
            only the order of the columns is reversed
            Where does the number in the upper left corner have to go?
            edit: flip(0, 1) -> flip(1)
        transposed
            the kernel is transposed
            Which numbers does a transpose leave in their place?
            edit: .flip(0, 1) -> .T
        quarter turn
            the kernel is turned by a quarter
            After how many quarter turns is the upper left number at the lower right?
            edit: .flip(0, 1) -> .rot90()
        unchanged
            the kernel comes back as it was
            Is convolution the same as cross-correlation when the kernel is not symmetric?
            edit: return kernel.flip(0, 1) -> return kernel
        sign for order
            the signs are reversed, not the order
            Which numbers change their place?
            edit: return kernel.flip(0, 1) -> return -kernel
    """),
    hints=(
        "Convolution with [1, 2, 3] is cross-correlation with [3, 2, 1]. What about two axes?",
        "The number in the upper left corner goes to the lower right.",
        "kernel.flip takes the axes whose order it reverses.",
    ),
    solution="""\
def flip(kernel):
    return kernel.flip(0, 1)
""",
)
