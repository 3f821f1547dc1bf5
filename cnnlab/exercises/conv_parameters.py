"""conv_parameters: the numbers that a convolution learns."""

from torch import Generator, nn

from cnnlab.exercises.kit import Arguments, Exercise, crossed, misconceptions_from
from cnnlab.exercises.kit.drawing import PAIRS, Pair

ASKED = {"conv_parameters": ("Lesson 03.4", "03 ratio-predict", 0, "counting")}

WEIGHT_MISCONCEPTIONS = misconceptions_from("""
    in_channels forgotten
        each filter is counted with one kernel, whatever the number of input channels
        A filter sees every input channel. With how many kernels?
        edit: kernels * kernel_height -> kernel_height
    out_channels forgotten
        one filter is counted, whatever the number of output channels
        Who makes the second output channel?
        edit: out_channels * kernels -> kernels
    square kernel
        the kernel is taken to be as wide as it is high
        How many numbers has a kernel of 3 rows and 5 columns?
        edit: * kernel_width -> * kernel_height
    kernel sides added
        height and width of the kernel are added
        How many numbers has a kernel of 3 rows and 5 columns?
        edit: kernel_height * kernel_width -> (kernel_height + kernel_width)
""")


def _conv_parameters_inputs(generator: Generator) -> list[Arguments]:
    few = range(1, 6)
    drawn = crossed(generator, 40, few, few, PAIRS, (1, 1, 2, 3, 4), (False, True))
    cases = [(groups * i, groups * o, size, groups, bias) for i, o, size, groups, bias in drawn]
    return [(12, 20, (3, 5), 4, True), (3, 32, (3, 3)), (2, 3, (1, 2), 1, False), *cases]


def _torch_parameters(
    in_channels: int, out_channels: int, kernel_size: Pair, groups: int = 1, bias: bool = True
) -> int:
    layer = nn.Conv2d(
        in_channels, out_channels, kernel_size, groups=groups, bias=bias, device="meta"
    )
    return sum(parameter.numel() for parameter in layer.parameters())


CONV_PARAMETERS = Exercise(
    name="conv_parameters",
    task="Count the numbers a convolution learns; kernel_size is a (height, width) pair.",
    returns="one whole number",
    oracle=_torch_parameters,
    inputs=_conv_parameters_inputs,
    misconceptions=misconceptions_from("""
    bias forgotten
        the biases are not counted
        What else does each output channel learn, beside its kernels?
        edit: return weights + biases -> return weights
    bias always counted
        the biases are counted even with bias=False
        What does the argument bias say?
        edit: out_channels if bias else 0 -> out_channels
    bias per kernel
        one bias is counted for each kernel, not for each output channel
        How many numbers are added to one output channel?
        edit: biases = out_channels -> biases = kernels * out_channels
    one bias for all
        one bias is counted for the whole layer
        Does every output channel get the same number added?
        edit: biases = out_channels -> biases = 1
    channels exchanged
        input and output channels have changed places
        How many filters does a layer with 12 input and 20 output channels have?
        edit: kernels = in -> in_channels, out_channels = out_channels, in_channels; kernels = in
    times output pixels
        the weights are counted again for each of 32 x 32 pixels
        Do two positions of the window use different weights?
        edit: return weights -> return 32 * 32 * (weights
        edit: + biases -> + biases)
    groups ignored
        groups are not used
        With groups=2, how many input channels does a filter still see?
        edit: in_channels // groups -> in_channels
    groups divide both
        groups divide the output channels too
        With groups=2, does the layer return fewer channels?
        edit: weights = out_channels -> weights = out_channels // groups
    """)
    + WEIGHT_MISCONCEPTIONS,
    hints=(
        "One filter makes one output channel. What does it consist of?",
        "A filter has a kernel for each input channel that it sees: in_channels / groups of them.",
        "Filters times kernels times kernel numbers, and one bias for each filter if bias is True.",
    ),
    solution="""\
def conv_parameters(in_channels, out_channels, kernel_size, groups=1, bias=True):
    kernel_height, kernel_width = kernel_size
    kernels = in_channels // groups
    weights = out_channels * kernels * kernel_height * kernel_width
    biases = out_channels if bias else 0
    return weights + biases
""",
)
