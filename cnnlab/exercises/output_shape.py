"""output_shape: the output size along both axes."""

from typing import Any

import torch
from torch import Generator
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import Arguments, Exercise, Switches, misconceptions_from
from cnnlab.exercises.output_size import (
    FORMULA_MISCONCEPTIONS,
    model_output_size,
    output_size_inputs,
)

ASKED = {"output_shape": ("Lesson 02.2", "02 stops-intro", 0, "sliding")}

Pair = tuple[int, int]


PAIR_NAMES = ("input_size", "kernel_size", "stride", "padding", "dilation")


def _output_shape(
    switches: Switches,
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
        if f"{name} axes swapped" in switches:
            settings[name] = value[::-1]
        if f"{name} of the height only" in switches:
            settings[name] = (value[0], value[0])
    height, width = (
        model_output_size(switches, *(v[axis] for v in settings.values())) for axis in (0, 1)
    )
    if "width copied from height" in switches:
        width = height
    return (width, height) if "height and width swapped" in switches else (height, width)


AXIS_MISCONCEPTIONS = misconceptions_from("""
    height and width swapped
        the width is returned before the height
        Which comes first in tensor.shape, rows or columns?
    width copied from height
        the width is a copy of the height
        What changes when the image is wider than high?
""") + tuple(
    misconception
    for name in PAIR_NAMES
    for misconception in misconceptions_from(f"""
    {name} axes swapped
        height and width of {name} are exchanged
        Which of the two numbers of {name} belongs to the height?
    {name} of the height only
        the first number of {name} serves both axes
        What is the second number of {name} for?
    """)
)


def _output_shape_inputs(generator: Generator) -> list[Arguments]:
    heights, widths = output_size_inputs(generator)[-24:], output_size_inputs(generator)[-24:]
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
    misconceptions=AXIS_MISCONCEPTIONS + FORMULA_MISCONCEPTIONS,
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


EXERCISES = (OUTPUT_SHAPE,)
