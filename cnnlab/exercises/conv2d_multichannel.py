"""Exercise of lesson 03: a convolution of many channels."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)
from cnnlab.exercises.kit.values import grid

ASKED = {"conv2d_multichannel": ("Lesson 03.5", "02 channels-intro", 0, "sliding")}


def _conv2d_multichannel(switches: Switches, image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    weight = weight.flip(2, 3) if "kernel flipped" in switches else weight
    if "one kernel for all channels" in switches:
        weight = weight[:, :1].expand_as(weight)
    if "one filter for all outputs" in switches:
        weight = weight[:1].expand_as(weight)
    if "depthwise" in switches:
        out_channels, in_channels = weight.shape[:2]
        seen = torch.arange(out_channels).remainder(in_channels)
        image, weight = image[seen], weight[torch.arange(out_channels), seen][:, None]
        answer = F.conv2d(image[None], weight, groups=out_channels)[0]
    else:
        answer = _over_channels(switches, image, weight)
    answer = _add_bias(switches, answer, bias, image.shape[0])
    if "last row and column missing" in switches:
        answer = answer[..., :-1, :-1]
    if "negative cut off" in switches:
        answer = answer.relu()
    if "height and width swapped" in switches:
        answer = answer.transpose(-1, -2)
    return torch.zeros_like(answer) if "all zeros" in switches else answer


def _over_channels(switches: Switches, image: Tensor, weight: Tensor) -> Tensor:
    windows = image.unfold(1, weight.shape[2], 1).unfold(2, weight.shape[3], 1)
    per_channel = torch.einsum("cijhw,ochw->ocij", windows, weight)
    if "channels not summed" in switches:
        return per_channel
    if "first channel only" in switches:
        return per_channel[:, 0]
    if "last channel only" in switches:
        return per_channel[:, -1]
    return per_channel.mean(1) if "mean over channels" in switches else per_channel.sum(1)


def _add_bias(switches: Switches, answer: Tensor, bias: Tensor, in_channels: int) -> Tensor:
    if "bias forgotten" in switches:
        return answer
    if "bias along the width" in switches:
        return answer + bias
    if "bias once per channel" in switches:
        bias = bias * in_channels
    if "one bias for all" in switches:
        bias = bias[:1].expand_as(bias)
    return answer + bias.reshape(-1, *[1] * (answer.dim() - 1))


def _multichannel_inputs(generator: Generator) -> list[Arguments]:
    shapes = [((2, 3, 4), (3, 2, 2, 2)), ((3, 5, 7), (2, 3, 2, 3)), ((3, 7, 6), (4, 3, 3, 2))]
    shapes += [((2, 4, 6), (5, 2, 3, 2)), ((4, 5, 4), (3, 4, 3, 2))]  # as wide as channels come out
    return [
        (
            whole_numbers(generator, *image),
            whole_numbers(generator, *weight),
            torch.randperm(weight[0], generator=generator, device="cpu").double() + 1,
        )
        for image, weight in shapes
    ] + [
        (
            whole_numbers(generator, 3, 8, 5).transpose(1, 2),
            whole_numbers(generator, 2, 3, 3, 3),
            torch.tensor([4.0, -3.0], device="cpu").double(),
        )
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
    model=_conv2d_multichannel,
    oracle=lambda image, weight, bias: F.conv2d(image[None], weight, bias)[0],
    inputs=_multichannel_inputs,
    window=_window,
    misconceptions=misconceptions_from("""
    first channel only
        only the first input channel is read
        Which channels does one filter see?
    last channel only
        each channel overwrites the one before it
        Do you add to the answer or replace it, as the channels go by?
    channels not summed
        the answers of the channels stay apart
        How many numbers does one filter give at one position?
    mean over channels
        the answers of the channels are averaged
        What would torch answer to the same image given twice, as two channels?
    depthwise
        each filter reads one channel only, as a depthwise convolution does
        Which channels does one filter see?
    one kernel for all channels
        a filter's first kernel serves every channel
        What are the other kernels of weight[0] for?
    one filter for all outputs
        the first filter makes every output channel
        Which filter makes output channel 1?
    kernel flipped
        the kernels are turned upside down and left to right
        Which pixel of the window does weight[0, 0, 0, 0] meet?
    bias forgotten
        the bias is not added
        What is the answer on a black image?
    bias once per channel
        the bias is added once for each input channel
        Is the line that adds the bias inside the loop over the channels?
    bias along the width
        the bias is laid along the width, not along the output channels
        Which axis of the answer has as many entries as bias, whatever the image?
    one bias for all
        the first bias serves every output channel
        Which bias belongs to output channel 1?
    last row and column missing
        the last row and the last column of positions are left out
        How often does a kernel of 3 fit into 3 pixels, and what does your range give there?
    height and width swapped
        rows and columns of the answer are exchanged
        Does out[o, i, j] move the window i pixels down, or i pixels right?
    negative cut off
        negative answers become 0
        Is there a ReLU inside a convolution?
    all zeros
        the answer stays at zero
        Where does a sum get stored in the answer?
    """),
    hints=(
        "Begin with one filter: one kernel for each input channel, all their answers added up.",
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


EXERCISES = (CONV2D_MULTICHANNEL,)
