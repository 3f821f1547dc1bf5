"""layer_macs: the work of a convolution, from shapes alone."""

from math import prod

import torch
from torch.nn import functional as F

from cnnlab.exercises.conv_parameters import WEIGHT_MISCONCEPTIONS, Pair, model_conv_parameters
from cnnlab.exercises.kit.exercise import Exercise, Switches, integer, misconceptions_from

ASKED = {"layer_macs": ("Lesson 03.2", "03 work-intro")}


def _conv_macs(
    switches: Switches,
    in_channels: int,
    out_channels: int,
    kernel_size: Pair,
    output_shape: Pair,
    groups: int = 1,
) -> int:
    height, width = output_shape
    if "input size for output size" in switches:
        height, width = height + kernel_size[0] - 1, width + kernel_size[1] - 1
    if "square output" in switches:
        width = height
    pixels = 1 if "positions forgotten" in switches else height * width
    weight_switches = switches | {"bias forgotten"}
    weights = model_conv_parameters(weight_switches, in_channels, out_channels, kernel_size, groups)
    total = weights * pixels
    if "bias counted" in switches:
        total += out_channels * pixels
    return 2 * total if "operations for MACs" in switches else total


MAC_MISCONCEPTIONS = misconceptions_from("""
    operations for MACs
        a multiply and its add are counted as two
        What does one MAC consist of?
    bias counted
        adding the bias is counted
        Does adding a bias multiply anything?
    positions forgotten
        the weights are counted once, not once for each output pixel
        How often is one weight used while the window slides?
    input size for output size
        the window is counted at every input pixel
        At how many positions does the window stand: one for each input or each output pixel?
    square output
        the output is taken to be as wide as it is high
        How many pixels has an output of 4 rows and 7 columns?
""")


def _layer_macs(
    switches: Switches, images_shape: tuple, weight_shape: tuple, stride: int = 1, padding: int = 0
) -> int:
    batch, _, *input_size = images_shape
    out_channels, in_channels, *kernel_size = weight_shape
    step = 1 if "stride ignored" in switches else stride
    around = 0 if "padding ignored" in switches else 2 * padding
    sizes = zip(input_size, kernel_size, strict=True)
    output = [(size + around - kernel) // step + 1 for size, kernel in sizes]
    if "input size for output size" in switches:
        output, switches = input_size, switches - {"input size for output size"}
    total = _conv_macs(switches, in_channels, out_channels, tuple(kernel_size), tuple(output))
    return total * batch if "batch counted" in switches else total


LAYER_MACS = Exercise(
    name="layer_macs",
    task="Count a convolution's MACs for one image from the shapes of its input and weight.",
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
    misconceptions=misconceptions_from("""
    batch counted
        every image of the batch is counted
        Which axis of the input's shape says nothing about one image?
    stride ignored
        stride is not used
        With stride 2, at how many of the positions does the window still stand?
    padding ignored
        padding is not used
        How many positions does the padding add along each axis?
    """)
    + MAC_MISCONCEPTIONS
    + WEIGHT_MISCONCEPTIONS[:2]
    + WEIGHT_MISCONCEPTIONS[4:],
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


EXERCISES = (LAYER_MACS,)
