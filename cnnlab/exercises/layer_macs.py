"""layer_macs: the work of a convolution, from shapes alone."""

from math import prod

import torch
from torch.nn import functional as F

from cnnlab.exercises.conv_parameters import WEIGHT_MISCONCEPTIONS
from cnnlab.exercises.kit import Exercise, misconceptions_from
from cnnlab.exercises.kit.drawing import windows

ASKED = {"layer_macs": ("Lesson 03.2", "03 work-intro")}

LAYER_MACS = Exercise(
    name="layer_macs",
    task="Count a convolution's MACs for one image from the shapes of its input and weight.",
    returns="one whole number",
    oracle=lambda images_shape, weight_shape, stride=1, padding=0: (
        prod(weight_shape)
        * F.conv2d(
            torch.empty(images_shape), torch.empty(weight_shape), stride=stride, padding=padding
        )[0, 0].numel()
    ),
    inputs=lambda generator: [
        ((batch, channels, *image), (filters, channels, *kernel), *settings[:2])
        for image, kernel, settings, batch, channels, filters in windows(
            generator, 42, *[range(1, 6)] * 3, paddings=range(6)
        )
    ],
    facts={
        "the kernel is square": lambda weight_shape, **_: weight_shape[2] == weight_shape[3],
        "the image is square": lambda images_shape, **_: images_shape[2] == images_shape[3],
        "the batch has one image": lambda images_shape, **_: images_shape[0] == 1,
        "there is one input channel": lambda images_shape, **_: images_shape[1] == 1,
        "there is one output channel": lambda weight_shape, **_: weight_shape[0] == 1,
    },
    misconceptions=misconceptions_from("""
    batch counted
        every image of the batch is counted
        Which axis of the input's shape says nothing about one image?
        edit: return weights -> return batch * weights
    stride ignored
        stride is not used
        With stride 2, at how many of the positions does the window still stand?
        edit: - kernel_height) // stride -> - kernel_height)
        edit: - kernel_width) // stride -> - kernel_width)
    padding ignored
        padding is not used
        How many positions does the padding add along each axis?
        edit: height + 2 * padding -> height
        edit: width + 2 * padding -> width
    padding once
        padding is added on one side only
        padding=1 puts a pixel on the left. And on the right?
        edit: height + 2 * padding -> height + padding
        edit: width + 2 * padding -> width + padding
    padding squared
        padding is squared, not doubled
        padding=1 adds two pixels. How many does padding=3 add?
        edit: height + 2 * padding -> height + padding**2
        edit: width + 2 * padding -> width + padding**2
    operations for MACs
        a multiply and its add are counted as two
        What does one MAC consist of?
        edit: * columns -> * columns * 2
    bias counted
        adding the bias is counted
        Does adding a bias multiply anything?
        edit: * kernel_width -> * kernel_width + out_channels
    positions forgotten
        the weights are counted once, not once for each output pixel
        How often is one weight used while the window slides?
        edit: return weights * rows * columns -> return weights
    input size for output size
        the window is counted at every input pixel
        At how many positions does the window stand: one for each input or each output pixel?
        edit: return -> rows, columns = height, width; return
    square output
        the output is taken to be as wide as it is high
        How many pixels has an output of 4 rows and 7 columns?
        edit: * rows * columns -> * rows * rows
    """)
    + WEIGHT_MISCONCEPTIONS,
    hints=(
        "The weight's shape tells the work at one position. Which shape tells the positions?",
        "The output's height and width follow from output_size, once for each axis.",
        "All numbers of weight_shape multiplied, times output height, times output width.",
    ),
    solution="""\
def layer_macs(images_shape, weight_shape, stride=1, padding=0):
    batch, in_channels, height, width = images_shape
    out_channels, kernels, kernel_height, kernel_width = weight_shape
    rows = (height + 2 * padding - kernel_height) // stride + 1
    columns = (width + 2 * padding - kernel_width) // stride + 1
    weights = out_channels * kernels * kernel_height * kernel_width
    return weights * rows * columns
""",
)
