"""Exercise of lesson 03: a convolution of many channels."""

from torch import Generator
from torch.nn import functional as F

from cnnlab.exercises.kit import Arguments, Exercise, grid, misconceptions_from, whole_numbers
from cnnlab.exercises.kit.drawing import TO_FOUR, TURNED, windows

ASKED = {"conv2d_multichannel": ("Lesson 03.1", "02 channels-intro", 0, "sliding")}


def _multichannel_inputs(generator: Generator) -> list[Arguments]:
    drawn = windows(generator, 42, TO_FOUR, TO_FOUR, TURNED, strides=(1,))
    return [  # a quarter of the answers is as wide as channels come out
        (
            whole_numbers(generator, channels, *image, turned=turned),
            whole_numbers(generator, filters, channels, *kernel),
            whole_numbers(generator, filters),
        )
        for image, kernel, _, channels, filters, turned in drawn
    ]


def _window(arguments: Arguments, cell: tuple[int, ...]) -> str:
    image, weight, _ = arguments
    top, left = cell[-2:]
    windows = image[:, top : top + weight.shape[2], left : left + weight.shape[3]]
    return "\n".join(
        f"channel {channel} of the window =\n{grid(window)}"
        for channel, window in enumerate(windows)
    )


CONV2D_MULTICHANNEL = Exercise(
    name="conv2d_multichannel",
    task="Convolve an image of several channels with several filters, and add the bias.",
    returns="a tensor (out_channels, height, width)",
    oracle=lambda image, weight, bias: F.conv2d(image[None], weight, bias)[0],
    inputs=_multichannel_inputs,
    window=_window,
    misconceptions=misconceptions_from("""
    first channel only
        only the first input channel is read
        Which channels does one filter see?
        edit: (window * weight[o]).sum() -> (window * weight[o])[0].sum()
    last channel only
        each channel overwrites the one before it
        Do you add to the response or replace it, as the channels go by?
        edit: (window * weight[o]).sum() -> (window * weight[o])[-1].sum()
    channels not summed
        the responses of the channels stay apart
        How many numbers does one filter give at one position?
        edit: (out_channels, rows -> (out_channels, in_channels, rows
        edit: out[o, i, j] -> out[o, :, i, j]
        edit: .sum() -> .sum((1, 2))
    mean over channels
        the responses of the channels are averaged
        What would torch return for the same image given twice, as two channels?
        edit: .sum() -> .sum((1, 2)).mean()
    depthwise
        each filter reads one channel only, as a depthwise convolution does
        Which channels does one filter see?
        edit: (window * weight[o]).sum() -> (window * weight[o])[o % in_channels].sum()
    one kernel for all channels
        a filter's first kernel serves every channel
        What are the other kernels of weight[0] for?
        edit: weight[o] -> weight[o, 0]
    one filter for all outputs
        the first filter makes every output channel
        Which filter makes output channel 1?
        edit: weight[o] -> weight[0]
    kernel flipped
        the kernels are rotated by 180 degrees
        Which pixel of the window does weight[0, 0, 0, 0] meet?
        edit: weight[o]) -> weight[o].flip(-2, -1))
    bias forgotten
        the bias is not added
        What is the response to a black image?
        edit: .sum() + bias[o] -> .sum()
    bias once per channel
        the bias is added once for each input channel
        Is the line that adds the bias inside the loop over the channels?
        edit: + bias[o] -> + in_channels * bias[o]
    bias along the width
        the bias is laid along the width, not along the output channels
        Which axis of the result has as many entries as bias, whatever the image?
        edit: + bias[o] ->
        edit: return out -> return out + bias
    one bias for all
        the first bias serves every output channel
        Which bias belongs to output channel 1?
        edit: + bias[o] -> + bias[0]
    last row and column missing
        the last row and the last column of positions are left out
        How often does a kernel of 3 fit into 3 pixels, and what does your range give there?
        edit: kernel_height + 1 -> kernel_height
        edit: kernel_width + 1 -> kernel_width
    height and width swapped
        rows and columns of the result are exchanged
        Does out[o, i, j] move the window i pixels down, or i pixels right?
        edit: return out -> return out.mT
    negative cut off
        negative responses become 0
        Is there a ReLU inside a convolution?
        edit: return out -> return F.relu(out)
    all zeros
        the result stays at zero
        Where does a sum get stored in the result?
        edit: out[o, i, j] = (window -> out[o, i, j] == (window
    """),
    hints=(
        "Begin with one filter: one kernel for each input channel, all their responses added up.",
        "Each filter makes one output channel. Its bias is added once, at the end.",
        "correlate2d(image[c], weight[o, c]), summed over c, plus bias[o].",
    ),
    solution="""\
def conv2d_multichannel(image, weight, bias):
    out_channels, in_channels, kernel_height, kernel_width = weight.shape
    rows = image.shape[1] - kernel_height + 1
    columns = image.shape[2] - kernel_width + 1
    out = image.new_zeros(out_channels, rows, columns)
    for o in range(out_channels):
        for i in range(rows):
            for j in range(columns):
                window = image[:, i : i + kernel_height, j : j + kernel_width]
                out[o, i, j] = (window * weight[o]).sum() + bias[o]
    return out
""",
)
