"""Exercise of lesson 07: the size of a receptive field."""

import torch
from torch import Generator

from cnnlab import arithmetic
from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from

ASKED = {"receptive_field": ("Lesson 07.1", "07 field-intro")}

Layer = tuple[int, int, int]  # kernel size, stride, dilation


def _inputs(generator: Generator) -> list[Arguments]:
    known = [[(3, 1, 1), (3, 1, 1)], [(5, 2, 1), (3, 1, 1)], [(3, 1, 1), (2, 2, 1), (3, 1, 1)]]
    # For each stack: its length, the largest stride, kernel and dilation of its layers, poolings.
    choices = (range(1, 7), (1, 1, 2, 4), (1, 3, 5, 7), (1, 1, 2, 4), (0, 0, 1, 2))
    drawn = []
    for count, stride, size, apart, poolings in crossed(generator, 40, *choices):
        largest = [(size, stride, apart)] * count
        layers = [tuple(integer(generator, 1, each) for each in layer) for layer in largest]
        for at in torch.randperm(count, generator=generator, device="cpu").tolist()[:poolings]:
            window = integer(generator, 2, 3)
            layers[at] = window, window, 1
        drawn.append(layers)
    return [(layers,) for layers in known + drawn]


def _oracle(layers: list[Layer]) -> int:
    windows = [arithmetic.Window(size, stride, dilation=apart) for size, stride, apart in layers]
    return arithmetic.receptive_field(windows).size


RECEPTIVE_FIELD = Exercise(
    name="receptive_field",
    task="Return the side of the receptive field; a layer is (kernel_size, stride, dilation).",
    returns="one whole number",
    oracle=_oracle,
    inputs=_inputs,
    columns={"layers": ("kernel_size", "stride", "dilation")},
    facts={
        "a layer before the last has a stride above 1": lambda layers: any(
            stride > 1 for _, stride, _ in layers[:-1]
        ),
        "a layer has a stride above 1": lambda layers: any(stride > 1 for _, stride, _ in layers),
        "a layer has a dilation above 1": lambda layers: any(apart > 1 for *_, apart in layers),
    },
    misconceptions=misconceptions_from("""
    stride before the kernel
        a layer's stride already counts for its own kernel
        How many pixels lie between two inputs of the first layer's kernel, whatever its stride?
        edit: - 1) + 1 -> - 1) + 1; step *= stride
        edit: step *= stride -> step *= 1
    strides ignored
        the strides are not used
        Behind a layer of stride 2, how many pixels lie between two neighboring units?
        edit: (span - 1) * step -> (span - 1)
    only the stride before
        only the stride of the layer just before counts
        Behind two layers of stride 2, how many pixels lie between two neighboring units?
        edit: step *= stride -> step = stride
    strides added
        the strides are added, not multiplied
        Behind three layers of stride 2, how many pixels lie between two neighboring units?
        edit: step *= stride -> step = stride + step
    overlap forgotten
        each layer adds its whole kernel to the field
        The first of a kernel's inputs is in the field already. How many are new?
        edit: (span - 1) * step -> span * step
    starts at 0
        the field before the first layer is counted as 0 pixels
        How many pixels does a pixel see?
        edit: size, step = 1, 1 -> size, step = 0, 1
    last kernel only
        only the last layer's kernel is counted
        What does one input of that kernel see of the image?
        edit: in layers: -> in layers[-1:]:
    first layer only
        only the first layer is counted
        What does a unit behind the second layer see of the image?
        edit: in layers: -> in layers[:1]:
    kernel sizes multiplied
        the kernel sizes are multiplied
        Do the fields of two neighboring units overlap?
        edit: size += (span - 1) * step -> size = max(size, 1) * span
    pooling skipped
        layers whose stride is their kernel size, the poolings, are left out
        Does a unit behind a pooling see more than one unit before it?
        edit: span = -> if kernel_size == stride > 1: continue\\n        span =
    window of pooling skipped
        a pooling's stride is used, its window is not
        How many units before a 2x2 pooling does one unit behind it see, from left to right?
        edit: size += -> if kernel_size != stride or stride == 1: size +=
    dilation ignored
        dilation is not used
        How far apart are the first and the last input of a kernel of 3 with dilation 2?
        edit: dilation * (kernel_size - 1) -> (kernel_size - 1)
    dilation times kernel
        a kernel is taken to span its size times its dilation
        How far apart are the first and the last input of a kernel of 3 with dilation 2?
        edit: (kernel_size - 1) + 1 -> kernel_size
    layers read from the end
        the layers are read from the last to the first
        Which strides set the distance between the inputs of a layer: those before or behind it?
        edit: in layers: -> in list(reversed(layers)):
    area for side
        the answer is the number of pixels in the square, not its side
        How many numbers of pixels does "7x7" name, and which of them is asked for?
        edit: return size -> return size**2
    """),
    hints=(
        "Keep two numbers: the size of the field so far, and the step: how many pixels lie "
        "between two neighboring units. Both start at 1.",
        "A kernel adds its distance from first to last input, dilation * (kernel_size - 1), "
        "measured in steps of the units it reads.",
        "For each layer: size += dilation * (kernel_size - 1) * step, and then step *= stride.",
    ),
    solution="""\
def receptive_field(layers):
    size, step = 1, 1
    for kernel_size, stride, dilation in layers:
        span = dilation * (kernel_size - 1) + 1
        size += (span - 1) * step
        step *= stride
    return size
""",
)
