"""Exercises of lesson 03 on whole layers: work and memory from shapes, and LeNet-5's odd two."""

from math import prod
from typing import Any

import torch
from torch.nn import functional as F

from cnnlab.check.exercise import Exercise, Slips, integer, slips_from
from cnnlab.check.lesson03 import MAC_SLIPS, WEIGHT_SLIPS, model_conv_macs


def _layer_macs(
    slips: Slips, images_shape: tuple, weight_shape: tuple, stride: int = 1, padding: int = 0
) -> int:
    batch, _, *input_size = images_shape
    out_channels, in_channels, *kernel_size = weight_shape
    step = 1 if "stride ignored" in slips else stride
    around = 0 if "padding ignored" in slips else 2 * padding
    sizes = zip(input_size, kernel_size, strict=True)
    output = [(size + around - kernel) // step + 1 for size, kernel in sizes]
    if "input size for output size" in slips:
        output, slips = input_size, slips - {"input size for output size"}
    total = model_conv_macs(slips, in_channels, out_channels, tuple(kernel_size), tuple(output))
    return total * batch if "batch counted" in slips else total


LAYER_MACS = Exercise(
    name="layer_macs",
    task="Count a convolution's MACs for one picture from the shapes of its input and weight.",
    returns="one whole number",
    model=_layer_macs,
    oracle=lambda images_shape, weight_shape, stride=1, padding=0: (
        prod(weight_shape)
        * F.conv2d(
            torch.empty(images_shape), torch.empty(weight_shape), stride=stride, padding=padding
        )[0, 0].numel()
    ),
    inputs=lambda generator: [
        ((2, 3, 5, 7), (4, 3, 2, 3)),
        ((4, 3, 9, 12), (5, 3, 3, 2), 2),
        ((3, 2, 8, 11), (4, 2, 3, 5), 3, 2),
        ((5, 1, 6, 9), (2, 1, 3, 3), 1, 1),
        ((integer(generator, 2, 6), 6, 7, 10), (7, 6, 3, 4), 2, integer(generator, 1, 2)),
    ],
    slips=slips_from("""
    batch counted
        every picture of the batch is counted
        Which axis of the input's shape says nothing about one picture?
    stride ignored
        stride is not used
        With stride 2, at how many of the positions does the window still stand?
    padding ignored
        padding is not used
        How many positions does the padding add along each axis?
    """)
    + MAC_SLIPS
    + WEIGHT_SLIPS[:2]
    + WEIGHT_SLIPS[4:],
    hints=(
        "The weight's shape tells the work at one position. Which shape tells the positions?",
        "The output's height and width follow from output_size, once for each axis.",
        "All numbers of weight_shape multiplied, times output height, times output width.",
    ),
    solution="""\
def layer_macs(images_shape, weight_shape, stride=1, padding=0):
    batch, in_channels, height, width = images_shape
    out_channels, in_channels, kernel_height, kernel_width = weight_shape
    rows = (height + 2 * padding - kernel_height) // stride + 1
    columns = (width + 2 * padding - kernel_width) // stride + 1
    return out_channels * in_channels * kernel_height * kernel_width * rows * columns
""",
)


def _activation_bytes(slips: Slips, shape: tuple, bytes_per_number: int = 4) -> Any:
    numbers = sum(shape) if "sizes added" in slips else prod(shape)
    if "channels forgotten" in slips:
        numbers = prod(shape[1:])
    if "square picture" in slips:
        numbers = shape[0] * shape[1] ** 2
    size = 4 if "always float32" in slips else bytes_per_number
    total = numbers if "numbers for bytes" in slips else numbers * size
    if "bits for bytes" in slips:
        total *= 8
    return total / 1024 if "kilobytes" in slips else total


ACTIVATION_BYTES = Exercise(
    name="activation_bytes",
    task="Return the bytes of a layer's output; shape is (channels, height, width).",
    returns="one whole number",
    model=_activation_bytes,
    oracle=lambda shape, bytes_per_number=4: (
        torch.empty(shape, dtype=torch.uint8).numel() * bytes_per_number
    ),
    inputs=lambda generator: (
        [((3, 4, 5),), ((32, 32, 32), 2), ((16, 8, 12), 1)]
        + [(tuple(integer(generator, 2, 9) for _ in range(3)), 8) for _ in range(6)]
        + [((2, 5, 7), 4), ((5, 3, 4), 2)]
    ),
    slips=slips_from("""
    numbers for bytes
        the numbers are counted, not their bytes
        How many bytes does one float32 take?
    always float32
        bytes_per_number is not used
        How many bytes does one bfloat16 take?
    bits for bytes
        bits are counted
        How many bits are in a byte?
    kilobytes
        the answer is in kilobytes
        Which unit does the exercise ask for?
    channels forgotten
        one map is counted, whatever the number of channels
        How many maps does a layer with 32 channels return?
    sizes added
        the sizes are added, not multiplied
        How many pixels have 4 rows of 5?
    square picture
        the width is taken to be the height
        How many pixels have 4 rows of 5?
    """),
    hints=(
        "How many numbers does the layer return for one picture?",
        "channels times height times width, and each of them takes bytes_per_number.",
        "math.prod(shape) multiplies all numbers of a shape.",
    ),
    solution="""\
def activation_bytes(shape, bytes_per_number=4):
    channels, height, width = shape
    return channels * height * width * bytes_per_number
""",
)


def _table_parameters(slips: Slips, table: tuple, kernel_size: int) -> int:
    maps = len({i for seen in table for i in seen})
    counts = [maps if "full table" in slips else len(seen) for seen in table]
    if "one kernel per output" in slips:
        counts = [1 for _ in table]
    numbers = kernel_size if "kernel not squared" in slips else kernel_size**2
    weights = sum(counts) * numbers
    biases = sum(counts) if "bias per kernel" in slips else len(table)
    return weights if "bias forgotten" in slips else weights + biases


# The table of LeNet-5's layer C3: for each of its 16 maps, the maps of S2 that it reads.
C3 = (
    *(tuple(sorted((i + k) % 6 for k in range(3))) for i in range(6)),
    *(tuple(sorted((i + k) % 6 for k in range(4))) for i in range(6)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    (0, 1, 2, 3, 4, 5),
)

TABLE_PARAMETERS = Exercise(
    name="table_parameters",
    task="Count what a layer like C3 learns; table[o] lists the input maps that output o reads.",
    returns="one whole number",
    model=_table_parameters,
    inputs=lambda generator: [
        (((0,), (0, 1), (1, 2, 3)), 3),
        (C3, 5),
        (((0, 1), (2, 3), (0, 2, 4)), integer(generator, 2, 6)),
    ],
    slips=slips_from("""
    full table
        every output map is taken to read every input map
        How many kernels does an output map need that reads three maps?
    one kernel per output
        one kernel is counted for each output map
        Do two input maps share a kernel?
    kernel not squared
        a kernel is counted with one row
        How many numbers has a kernel of 5 x 5?
    bias forgotten
        the biases are not counted
        What else does each output map learn, beside its kernels?
    bias per kernel
        one bias is counted for each kernel
        How many numbers are added to one output map?
    """),
    hints=(
        "Each entry of the table is a connection between two maps. What does a connection learn?",
        "Add up the lengths of the rows: so many kernels are learned.",
        "Kernels times kernel_size squared, and one bias for each row.",
    ),
    solution="""\
def table_parameters(table, kernel_size):
    kernels = sum(len(maps) for maps in table)
    return kernels * kernel_size**2 + len(table)
""",
)


def _subsampling_parameters(slips: Slips, channels: int) -> int:
    if "no parameters" in slips:
        return 0
    if "window of weights" in slips:
        return channels * (2 * 2 + 1)
    if "shared by all maps" in slips:
        return 2
    return channels if "bias forgotten" in slips else 2 * channels


SUBSAMPLING_PARAMETERS = Exercise(
    name="subsampling_parameters",
    task="Count what LeNet-5's 2x2 subsampling learns: a factor and a bias for each map.",
    returns="one whole number",
    model=_subsampling_parameters,
    inputs=lambda generator: [(6,), (16,), (integer(generator, 2, 40),)],
    slips=slips_from("""
    no parameters
        the layer is taken to learn nothing, as today's pooling does
        What did the layer of 1998 do with the sum of its four pixels?
    window of weights
        a weight is counted for each of the four pixels
        Are the four pixels weighted one by one, or is their sum?
    shared by all maps
        one factor and one bias are counted for the whole layer
        Does every map have its own factor?
    bias forgotten
        the biases are not counted
        What is added after the multiplication?
    """),
    hints=(
        "The four pixels are added up first. What happens to the sum?",
        "It is multiplied by one learned number, and another is added.",
        "Two numbers for each map.",
    ),
    solution="""\
def subsampling_parameters(channels):
    return 2 * channels
""",
)

EXERCISES = (LAYER_MACS, ACTIVATION_BYTES, TABLE_PARAMETERS, SUBSAMPLING_PARAMETERS)
