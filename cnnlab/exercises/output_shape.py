"""output_shape: the output size along both axes."""

import torch
from torch import Generator
from torch.nn import functional as F

from cnnlab.exercises.kit import Arguments, Exercise, misconceptions_from
from cnnlab.exercises.kit.drawing import Pair
from cnnlab.exercises.output_size import FORMULA_MISCONCEPTIONS, OUTPUT_SIZE, axes

ASKED = {"output_shape": ("Lesson 02.3", "02 stops-intro", 0, "sliding")}

AXIS_MISCONCEPTIONS = misconceptions_from("""
    height and width swapped
        the width is returned before the height
        Which comes first in tensor.shape, rows or columns?
        edit: return height, width -> return width, height
    width copied from height
        the width is a copy of the height
        What changes when the image is wider than high?
        edit: return height, width -> return height, height
""") + tuple(
    misconception
    for name in ("input_size", "kernel_size", "stride", "padding", "dilation")
    for misconception in misconceptions_from(f"""
    {name} axes swapped
        height and width of {name} are exchanged
        Which of the two numbers of {name} belongs to the height?
        edit: {name}[0] -> {name}[1]
        edit: {name}[1] -> {name}[0]
    {name} of the height only
        the first number of {name} serves both axes
        What is the second number of {name} for?
        edit: {name}[1] -> {name}[0]
    """)
)


def _output_shape_inputs(generator: Generator) -> list[Arguments]:
    heights, widths = axes(generator, 40), axes(generator, 40)
    drawn = [tuple(zip(h, w, strict=True)) for h, w in zip(heights, widths, strict=True)]
    fixed = [((26, 14), (7, 5), (2, 1), (2, 3), (2, 3)), ((14, 26), (5, 7), (1, 2), (3, 2), (3, 2))]
    return [*fixed, ((5, 8), (3, 3)), ((9, 6), (2, 4)), ((20, 22), (5, 5), (2, 2)), *drawn]


def _torch_shape(
    input_size: Pair,
    kernel_size: Pair,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
) -> Pair:
    image, kernel = torch.empty(1, 1, *input_size), torch.empty(1, 1, *kernel_size)
    height, width = F.conv2d(image, kernel, None, stride, padding, dilation).shape[-2:]
    return height, width


OUTPUT_SHAPE = Exercise(
    name="output_shape",
    task="Return the (height, width) of a convolution's output; every argument is such a pair.",
    returns="a (height, width) pair of whole numbers",
    oracle=_torch_shape,
    inputs=_output_shape_inputs,
    misconceptions=AXIS_MISCONCEPTIONS + FORMULA_MISCONCEPTIONS,
    hints=(
        "The two axes know nothing of each other. What does each need?",
        "Take the first number of every pair for the height, the second for the width.",
        "Call output_size twice and return both results, height first.",
    ),
    solution=OUTPUT_SIZE.solution
    + """

def output_shape(input_size, kernel_size, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    height = output_size(input_size[0], kernel_size[0], stride[0], padding[0], dilation[0])
    width = output_size(input_size[1], kernel_size[1], stride[1], padding[1], dilation[1])
    return height, width
""",
)
