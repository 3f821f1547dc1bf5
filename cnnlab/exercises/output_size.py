"""output_size: how many positions a window has along one axis."""

import torch
from torch import Generator
from torch.nn import functional as F

from cnnlab.exercises.kit import Arguments, Exercise, crossed, misconceptions_from
from cnnlab.exercises.kit.drawing import TO_FOUR, image_size

ASKED = {"output_size": ("Lesson 02.2", "02 stops-intro", 2, "sliding")}

FORMULA_MISCONCEPTIONS = misconceptions_from("""
    ceil for floor
        the quotient is rounded up
        Does a window that hangs over the border count as a position?
        edit: moves = free -> moves = -(-free
        edit: // stride -> // stride)
    rounded to nearest
        the quotient is rounded to the nearest whole number
        Does half a step make room for one more window?
        edit: free // stride -> free / stride
        edit: return moves -> return round(moves)
    rounded at the end
        the quotient plus 1 is rounded to the nearest whole number
        Does half a step make room for one more window?
        edit: free // stride -> free / stride
        edit: return moves + 1 -> return round(moves + 1)
    not rounded
        the quotient keeps its fraction
        Can there be half a position?
        edit: free // stride -> free / stride
    plus one forgotten
        the first position is not counted
        A kernel as wide as the input fits once. What does your formula give there?
        edit: return moves + 1 -> return moves
    last position forgotten
        a window that ends exactly at the border is not counted
        A kernel as wide as the input fits once. What does your formula give there?
        edit: return moves + 1 -> return -(-free // stride)
    one too many
        the window is counted one pixel too short
        A kernel as wide as the input fits once. What does your formula give for stride 1?
        edit: - span -> - (span - 1)
    padding once
        padding is added on one side only
        padding=1 puts a pixel on the left. And on the right?
        edit: 2 * padding -> padding
    padding squared
        padding is squared, not doubled
        padding=1 adds two pixels. How many does padding=3 add?
        edit: 2 * padding -> padding * padding
    padding ignored
        padding is not used
        How wide is the image once padding=1 is around it?
        edit: + 2 * padding - span -> - span
    padding subtracted
        padding is subtracted
        Does padding make the image larger or smaller?
        edit: input_size + 2 -> input_size - 2
    dilation ignored
        dilation is not used
        How many pixels does a kernel of 3 cover, from first to last, when dilation is 2?
        edit: dilation * (kernel_size - 1) -> (kernel_size - 1)
    dilation counted from 0
        dilation 1 is taken to leave a gap of one pixel
        With dilation 1, torch's kernel reads neighboring pixels. What is 1 then the distance of?
        edit: dilation * (kernel_size -> (dilation + 1) * (kernel_size
    span of kernel times dilation
        the kernel is taken to span kernel_size * dilation pixels
        Draw a kernel of 3 with dilation 2. How many pixels from the first dot to the last?
        edit: (kernel_size - 1) + 1 -> kernel_size
    kernel ignored
        kernel_size is not used
        How many positions has a window that is as wide as the image?
        edit: span = dilation * (kernel_size - 1) + 1 -> span = 1
    stride ignored
        stride is not used
        With stride 2, how many of the positions of stride 1 are left?
        edit: free // stride -> free
    divided by stride plus one
        the free pixels are divided by stride + 1
        From one position to the next, how many pixels does the window move?
        edit: // stride -> // (stride + 1)
    only the one divided
        only the last term is divided by stride, for want of brackets
        Python divides before it adds and subtracts. What must be computed first?
        edit: free // stride -> (free + 1) - 1 // stride
    input over stride
        the answer is input_size // stride
        7 pixels, kernel 1, stride 2: mark the positions. How many are there?
        edit: return moves + 1 -> return input_size // stride
""")


def output_size_inputs(generator: Generator) -> list[Arguments]:
    """Two settings tell the common wrong formulas apart; the next find the smallest example."""
    cases = [(26, 7, 2, 2, 2), (14, 5, 1, 3, 3), (5, 5), (7, 1, 2), (4, 3)]
    return [*cases, (8, 3, 1, 0, 2), (6, 3, 1, 1), (8, 3, 2), *axes(generator, 40)]


def axes(generator: Generator, count: int) -> list[tuple[int, ...]]:
    """Draw (input size, kernel size, stride, padding, dilation) along one axis."""
    sizes = range(1, 8), range(1, 13), TO_FOUR  # of the kernel, of the output, and what is left
    drawn = crossed(generator, count, *sizes, TO_FOUR, range(6), TO_FOUR)
    return [(image_size(*each), each[0], *each[3:]) for each in drawn]


def _torch_size(input_size: int, kernel_size: int, *settings: int) -> int:
    signal, kernel = torch.empty(1, 1, input_size), torch.empty(1, 1, kernel_size)
    return F.conv1d(signal, kernel, None, *settings).shape[-1]  # stride, padding, dilation


def _remainder(input_size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> bool:
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) % stride != 0


OUTPUT_SIZE = Exercise(
    name="output_size",
    task="Return how many positions a window has along one axis.",
    returns="one whole number",
    oracle=_torch_size,
    inputs=output_size_inputs,
    misconceptions=FORMULA_MISCONCEPTIONS,
    facts={"the last step of the stride does not fit": _remainder},
    hints=(
        "Start with stride 1, no padding, no dilation: how far can a window of 3 move in 5 pixels?",
        "Padding makes the input larger on both sides; dilation makes the kernel span more pixels.",
        "The free pixels, divided by stride and rounded down, are the moves. Add the first place.",
    ),
    solution="""\
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    free = input_size + 2 * padding - span
    moves = free // stride
    return moves + 1
""",
)
