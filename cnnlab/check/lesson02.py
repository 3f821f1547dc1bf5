"""Exercises of lesson 02: the window slides, and how often it fits."""

from typing import Any

import torch
from torch import Generator
from torch.nn import functional as F

from cnnlab.check.exercise import Arguments, Exercise, Slips, integer, slips_from

FORMULA_SLIPS = slips_from("""
    ceil for floor
        the quotient is rounded up
        Does a window that hangs over the edge count as a position?
    rounded to nearest
        the quotient is rounded to the nearest whole number
        Does half a step make room for one more window?
    rounded at the end
        the quotient plus 1 is rounded to the nearest whole number
        Does half a step make room for one more window?
    not rounded
        the quotient keeps its fraction
        Can there be half a position?
    plus one forgotten
        the first position is not counted
        A kernel as wide as the input fits once. What does your formula give there?
    one too many
        the window is counted one pixel too short
        A kernel as wide as the input fits once. What does your formula give for stride 1?
    padding once
        padding is added on one side only
        padding=1 puts a pixel on the left. And on the right?
    padding ignored
        padding is not used
        How wide is the picture once padding=1 is around it?
    padding subtracted
        padding is subtracted
        Does padding make the picture larger or smaller?
    dilation ignored
        dilation is not used
        How many pixels does a kernel of 3 cover, from first to last, when dilation is 2?
    dilation counted from 0
        dilation 1 is taken to leave a gap of one pixel
        With dilation 1, torch's kernel reads neighbouring pixels. What is 1 then the distance of?
    span of kernel times dilation
        the kernel is taken to span kernel_size * dilation pixels
        Draw a kernel of 3 with dilation 2. How many pixels from the first dot to the last?
    kernel ignored
        kernel_size is not used
        How many positions has a window that is as wide as the picture?
    stride ignored
        stride is not used
        With stride 2, how many of the positions of stride 1 are left?
    divided by stride plus one
        the free pixels are divided by stride + 1
        From one position to the next, how many pixels does the window move?
    only the one divided
        only the last term is divided by stride, for want of brackets
        Python divides before it adds and subtracts. What must be computed first?
    input over stride
        the answer is input_size // stride
        7 pixels, kernel 1, stride 2: mark the positions. How many are there?
""")


def _output_size(
    slips: Slips,
    input_size: int,
    kernel_size: int,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Any:
    if "input over stride" in slips:
        return input_size // stride
    gap = 1 if "dilation ignored" in slips else dilation + ("dilation counted from 0" in slips)
    span = gap * (kernel_size - 1) + 1
    if "span of kernel times dilation" in slips:
        span = gap * kernel_size
    if "one too many" in slips:
        span -= 1
    if "kernel ignored" in slips:
        span = 1
    sides = {"padding once": 1, "padding ignored": 0, "padding subtracted": -2}
    free = input_size + padding * next((n for name, n in sides.items() if name in slips), 2) - span
    step = 1 if "stride ignored" in slips else stride + ("divided by stride plus one" in slips)
    plus = 0 if "plus one forgotten" in slips else 1
    if "only the one divided" in slips:
        return free + 1 - 1 // step + plus
    if "rounded at the end" in slips:
        return round(free / step + plus)
    return _divide(slips, free, step) + plus


def _divide(slips: Slips, free: int, step: int) -> int | float:
    if "ceil for floor" in slips:
        return -(-free // step)
    if "rounded to nearest" in slips:
        return round(free / step)
    return free / step if "not rounded" in slips else free // step


def _output_size_inputs(generator: Generator) -> list[Arguments]:
    """Two settings tell the common wrong formulas apart; the others find the smallest example."""
    cases = [(26, 7, 2, 2, 2), (14, 5, 1, 3, 3), (32, 3, 2), (5, 5), (7, 1, 2), (28, 5), (4, 3)]
    cases += [(20, 5, 2), (22, 5, 2), (8, 3, 1, 0, 2), (9, 2, 3, 1), (6, 3, 1, 1)]
    while len(cases) < 60:
        kernel_size, dilation = integer(generator, 1, 7), integer(generator, 1, 3)
        input_size = integer(generator, dilation * (kernel_size - 1) + 1, 40)
        stride, padding = integer(generator, 1, 4), integer(generator, 0, 3)
        cases.append((input_size, kernel_size, stride, padding, dilation))
    return cases


def _torch_size(input_size: int, kernel_size: int, *settings: int) -> int:
    signal, kernel = torch.empty(1, 1, input_size), torch.empty(1, 1, kernel_size)
    names = ("stride", "padding", "dilation")
    return F.conv1d(signal, kernel, **dict(zip(names, settings, strict=False))).shape[-1]


def _remainder(input_size: int, kernel_size: int, stride: int, padding: int, dilation: int) -> bool:
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) % stride != 0


OUTPUT_SIZE = Exercise(
    name="output_size",
    task="Return how many positions a window has along one axis.",
    returns="one whole number",
    model=_output_size,
    oracle=_torch_size,
    inputs=_output_size_inputs,
    slips=FORMULA_SLIPS,
    facts={"the last step of the stride does not fit": _remainder},
    hints=(
        "Start with stride 1, no padding, no dilation: how far can a window of 3 move in 5 pixels?",
        "Padding makes the input larger on both sides; dilation makes the kernel span more pixels.",
        "The free pixels, divided by stride and rounded down, are the moves. Add the first place.",
    ),
    solution="""\
def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    span = dilation * (kernel_size - 1) + 1
    return (input_size + 2 * padding - span) // stride + 1
""",
)

Pair = tuple[int, int]
PAIR_NAMES = ("input_size", "kernel_size", "stride", "padding", "dilation")


def _output_shape(
    slips: Slips,
    input_size: Pair,
    kernel_size: Pair,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
) -> Any:
    settings = dict(
        zip(PAIR_NAMES, (input_size, kernel_size, stride, padding, dilation), strict=True)
    )
    for name, value in settings.items():
        if f"{name} axes swapped" in slips:
            settings[name] = value[::-1]
        if f"{name} of the height only" in slips:
            settings[name] = (value[0], value[0])
    height, width = (_output_size(slips, *(v[axis] for v in settings.values())) for axis in (0, 1))
    if "width copied from height" in slips:
        width = height
    return (width, height) if "height and width swapped" in slips else (height, width)


AXIS_SLIPS = slips_from("""
    height and width swapped
        the width is returned before the height
        Which comes first in tensor.shape, rows or columns?
    width copied from height
        the width is a copy of the height
        What changes when the picture is wider than high?
""") + tuple(
    slip
    for name in PAIR_NAMES
    for slip in slips_from(f"""
    {name} axes swapped
        height and width of {name} are exchanged
        Which of the two numbers of {name} belongs to the height?
    {name} of the height only
        the first number of {name} serves both axes
        What is the second number of {name} for?
    """)
)


def _output_shape_inputs(generator: Generator) -> list[Arguments]:
    heights, widths = _output_size_inputs(generator)[-24:], _output_size_inputs(generator)[-24:]
    drawn = [tuple(zip(h, w, strict=True)) for h, w in zip(heights, widths, strict=True)]
    fixed = [((26, 14), (7, 5), (2, 1), (2, 3), (2, 3)), ((14, 26), (5, 7), (1, 2), (3, 2), (3, 2))]
    return [*fixed, ((5, 8), (3, 3)), ((9, 6), (2, 4)), ((20, 22), (5, 5), (2, 2)), *drawn]


def _torch_shape(input_size: Pair, kernel_size: Pair, *settings: Pair) -> Pair:
    image, kernel = torch.empty(1, 1, *input_size), torch.empty(1, 1, *kernel_size)
    named = dict(zip(("stride", "padding", "dilation"), settings, strict=False))
    return tuple(F.conv2d(image, kernel, **named).shape[-2:])


OUTPUT_SHAPE = Exercise(
    name="output_shape",
    task="Return the (height, width) of a convolution's output; every argument is such a pair.",
    returns="a (height, width) pair of whole numbers",
    model=_output_shape,
    oracle=_torch_shape,
    inputs=_output_shape_inputs,
    slips=AXIS_SLIPS + FORMULA_SLIPS,
    hints=(
        "The two axes know nothing of each other. What does each need?",
        "Take the first number of every pair for the height, the second for the width.",
        "Call output_size twice and return both results, height first.",
    ),
    solution="""\
def output_shape(input_size, kernel_size, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    sizes = []
    for axis in (0, 1):
        span = dilation[axis] * (kernel_size[axis] - 1) + 1
        sizes.append((input_size[axis] + 2 * padding[axis] - span) // stride[axis] + 1)
    return tuple(sizes)
""",
)

EXERCISES = (OUTPUT_SIZE, OUTPUT_SHAPE)
