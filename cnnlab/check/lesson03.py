"""Exercises of lesson 03: what a layer learns, works and keeps."""

from math import prod

from torch import Generator, nn

from cnnlab.check.exercise import Arguments, Exercise, Slips, integer, slips_from

Pair = tuple[int, int]


def _conv_parameters(
    slips: Slips,
    in_channels: int,
    out_channels: int,
    kernel_size: Pair,
    groups: int = 1,
    bias: bool = True,
) -> int:
    if "channels exchanged" in slips:
        in_channels, out_channels = out_channels, in_channels
    slices = 1 if "in_channels forgotten" in slips else in_channels // groups
    if "groups ignored" in slips:
        slices = in_channels
    filters = 1 if "out_channels forgotten" in slips else out_channels
    if "groups divide both" in slips:
        filters //= groups
    weights = filters * slices * _kernel_numbers(slips, kernel_size)
    biases = out_channels if bias or "bias always counted" in slips else 0
    if "bias per slice" in slips:
        biases *= slices
    if "one bias for all" in slips:
        biases = min(biases, 1)
    total = weights if "bias forgotten" in slips else weights + biases
    return total * 32 * 32 if "times output pixels" in slips else total


def _kernel_numbers(slips: Slips, kernel_size: Pair) -> int:
    height, width = kernel_size
    if "square kernel" in slips:
        return height**2
    return height + width if "kernel sides added" in slips else height * width


WEIGHT_SLIPS = slips_from("""
    in_channels forgotten
        each filter is counted with one slice, whatever the number of input channels
        A filter sees every input channel. With how many kernels?
    out_channels forgotten
        one filter is counted, whatever the number of output channels
        Who makes the second output channel?
    groups ignored
        groups are not used
        With groups=2, how many input channels does a filter still see?
    groups divide both
        groups divide the output channels too
        With groups=2, does the layer return fewer channels?
    square kernel
        the kernel is taken to be as wide as it is high
        How many numbers has a kernel of 3 rows and 5 columns?
    kernel sides added
        height and width of the kernel are added
        How many numbers has a kernel of 3 rows and 5 columns?
""")


def _layers(generator: Generator, count: int) -> list[tuple[int, int, Pair, int]]:
    """Draw layers: in and out channels differ, and so do the kernel's height and width."""
    drawn = []
    while len(drawn) < count:
        groups = integer(generator, 1, 4)
        channels = [groups * integer(generator, 1, 6) for _ in range(2)]
        kernel_size = integer(generator, 1, 5), integer(generator, 1, 5)
        drawn.append((*channels, kernel_size, groups))
    return drawn


def _conv_parameters_inputs(generator: Generator) -> list[Arguments]:
    drawn = _layers(generator, 24)
    with_bias = [(*layer, index % 3 != 0) for index, layer in enumerate(drawn)]
    return [(12, 20, (3, 5), 4, True), (3, 32, (3, 3)), (2, 3, (1, 2), 1, False), *with_bias]


def _torch_parameters(
    in_channels: int, out_channels: int, kernel_size: Pair, groups: int = 1, bias: bool = True
) -> int:
    settings = {"groups": groups, "bias": bias, "device": "meta"}
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, **settings)
    return sum(parameter.numel() for parameter in layer.parameters())


CONV_PARAMETERS = Exercise(
    name="conv_parameters",
    task="Count the numbers a convolution learns; kernel_size is a (height, width) pair.",
    returns="one whole number",
    model=_conv_parameters,
    oracle=_torch_parameters,
    inputs=_conv_parameters_inputs,
    slips=slips_from("""
    bias forgotten
        the biases are not counted
        What else does each output channel learn, beside its kernels?
    bias always counted
        the biases are counted even with bias=False
        What does the argument bias say?
    bias per slice
        one bias is counted for each kernel, not for each output channel
        How many numbers are added to one output channel?
    one bias for all
        one bias is counted for the whole layer
        Does every output channel get the same number added?
    channels exchanged
        input and output channels have changed places
        How many filters does a layer with 12 input and 20 output channels have?
    times output pixels
        the weights are counted again for each of 32 x 32 pixels
        Do two positions of the window use different weights?
    """)
    + WEIGHT_SLIPS,
    hints=(
        "One filter makes one output channel. What does it consist of?",
        "A filter has a kernel for each input channel that it sees: in_channels / groups of them.",
        "Filters times kernels times kernel numbers, and one bias for each filter if bias is True.",
    ),
    solution="""\
def conv_parameters(in_channels, out_channels, kernel_size, groups=1, bias=True):
    height, width = kernel_size
    weights = out_channels * (in_channels // groups) * height * width
    return weights + out_channels if bias else weights
""",
)


def model_conv_macs(
    slips: Slips,
    in_channels: int,
    out_channels: int,
    kernel_size: Pair,
    output_shape: Pair,
    groups: int = 1,
) -> int:
    height, width = output_shape
    if "input size for output size" in slips:
        height, width = height + kernel_size[0] - 1, width + kernel_size[1] - 1
    if "square output" in slips:
        width = height
    pixels = 1 if "positions forgotten" in slips else height * width
    weight_slips = slips | {"bias forgotten"}
    weights = _conv_parameters(weight_slips, in_channels, out_channels, kernel_size, groups)
    total = weights * pixels
    if "bias counted" in slips:
        total += out_channels * pixels
    return 2 * total if "operations for MACs" in slips else total


MAC_SLIPS = slips_from("""
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


def _conv_macs_inputs(generator: Generator) -> list[Arguments]:
    def size() -> Pair:
        return integer(generator, 2, 9), integer(generator, 10, 16)

    drawn = [(*layer[:3], size(), layer[3]) for layer in _layers(generator, 24)]
    return [(12, 20, (3, 5), (14, 17), 4), (3, 2, (2, 3), (4, 5)), *drawn]


CONV_MACS = Exercise(
    name="conv_macs",
    task="Count the MACs of a convolution on one picture; sizes are (height, width) pairs.",
    returns="one whole number",
    model=model_conv_macs,
    oracle=lambda in_channels, out_channels, kernel_size, output_shape, groups=1: (
        nn.Conv2d(
            in_channels, out_channels, kernel_size, groups=groups, device="meta"
        ).weight.numel()
        * prod(output_shape)
    ),
    inputs=_conv_macs_inputs,
    slips=MAC_SLIPS + WEIGHT_SLIPS,
    hints=(
        "How many multiplications does one output pixel of one channel take?",
        "Every weight is used once at every output position.",
        "The weights without the biases, times output height, times output width.",
    ),
    solution="""\
def conv_macs(in_channels, out_channels, kernel_size, output_shape, groups=1):
    weights = out_channels * (in_channels // groups) * kernel_size[0] * kernel_size[1]
    return weights * output_shape[0] * output_shape[1]
""",
)


EXERCISES = (CONV_PARAMETERS, CONV_MACS)
