"""Exercises of lesson 10 on series: causal convolution, and the field of a dilated stack."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.arithmetic import Window, receptive_field
from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)
from cnnlab.exercises.kit.values import grid

ASKED = {
    "causal_conv1d": ("Lesson 10.1", "10 causal-intro"),
    "dilated_field": ("Lesson 10.2", "10 dilated-intro"),
}


def _causal_conv1d(switches: Switches, signal: Tensor, kernel: Tensor, dilation: int = 1) -> Tensor:
    kernel = kernel.flip(0) if "kernel flipped" in switches else kernel
    kernel = kernel / len(kernel) if "mean for sum" in switches else kernel
    gap = 1 if {"dilation ignored", "dilation of the padding only"} & switches else dilation
    gap = gap + 1 if "dilation counted from 0" in switches else gap
    reach = gap * (len(kernel) - 1)
    padded = _padded(switches, signal, (len(kernel) - 1) * dilation, reach)
    windows = padded.unfold(0, reach + 1, 1)[:, ::gap]  # (positions, kernel_size)
    answer = (windows * kernel).sum(1)
    if {"present left out", "dilation of the padding only"} & switches:
        answer = answer[: len(signal)]
    if "zeros where the window sticks out" in switches:
        answer = torch.where(torch.arange(len(answer), device="cpu") < reach, 0.0, answer)
    if "running total" in switches:
        answer = answer.cumsum(0)
    return torch.zeros_like(answer) if "all zeros" in switches else answer


def _padded(switches: Switches, signal: Tensor, dilated: int, reach: int) -> Tensor:
    """Put zeros before the signal, as many as the kernel reaches back."""
    if "no padding" in switches:
        return signal
    if "wraps around" in switches:
        return torch.cat([signal[len(signal) - reach :], signal])
    before, after = reach, 0
    if "dilation of the padding only" in switches:
        before = dilated
    if "present left out" in switches:
        before = reach + 1
    if "looks into the future" in switches:
        before, after = 0, reach
    if "padding on both sides" in switches:
        before, after = reach // 2, reach - reach // 2
    if "longer than the signal" in switches:
        before, after = reach, reach
    mode = "replicate" if "first value for zeros" in switches else "constant"
    return F.pad(signal[None], (before, after), mode=mode)[0]


def _torch_causal(signal: Tensor, kernel: Tensor, dilation: int = 1) -> Tensor:
    padded = F.pad(signal, ((len(kernel) - 1) * dilation, 0))
    return F.conv1d(padded[None, None], kernel[None, None], dilation=dilation)[0, 0]


def _causal_inputs(generator: Generator) -> list[Arguments]:
    settings = [(5, 2), (9, 3), (8, 4), (7, 1, 2), (11, 3, 2), (12, 2, 3), (14, 4, 3)]
    cases = [
        (whole_numbers(generator, length), whole_numbers(generator, size), *dilation)
        for length, size, *dilation in settings
    ]
    every_second = whole_numbers(generator, 20)[::2]  # not contiguous
    return [*cases, (every_second, whole_numbers(generator, 3), 4)]


def _causal_window(arguments: Arguments, cell: tuple[int, ...]) -> str:
    signal, kernel, *_ = arguments
    if cell[0] >= len(signal):
        return "The signal has no such sample."
    known = grid(signal[: cell[0] + 1])
    return f"The signal up to this sample =\n{known}\nkernel =\n{grid(kernel)}"


CAUSAL_CONV1D = Exercise(
    name="causal_conv1d",
    task="Slide a kernel along a signal; its last weight lies on the present, the others earlier.",
    returns="a tensor as long as the signal",
    model=_causal_conv1d,
    oracle=_torch_causal,
    inputs=_causal_inputs,
    window=_causal_window,
    axes={"": ("sample",)},
    misconceptions=misconceptions_from("""
    looks into the future
        the first weight lies on the present, and the others on later samples
        May out[0] depend on signal[1]? On which side of the signal do the zeros stand?
    padding on both sides
        half of the zeros stand before the signal and half after it
        Which samples does out[t] see if the window is centered on t?
    longer than the signal
        zeros stand before and after the signal, and every position is kept
        A signal of 5 samples: how many answers, and which of them are causal?
    no padding
        only the positions are kept where the whole kernel fits
        How many answers should a signal of 5 samples give, and what lies before its first sample?
    kernel flipped
        the kernel is turned round: its first weight lies on the present
        Which weight meets signal[t], and which one signal[t - dilation]?
    dilation ignored
        dilation is not used
        With dilation 3, how far apart are the samples that two neighboring weights meet?
    dilation of the padding only
        dilation decides the number of zeros, but neighboring weights meet neighboring samples
        With dilation 3, which samples do the last two weights meet?
    dilation counted from 0
        the weights lie dilation + 1 samples apart
        What does torch call the kernel whose weights lie side by side: dilation 0 or 1?
    present left out
        out[t] ends with signal[t - 1]
        Which sample does the last weight meet?
    first value for zeros
        the first value stands before the signal, not zeros
        Which number does torch's padding put before a signal?
    wraps around
        before the first sample stands the end of the signal
        What does roll put where samples have moved away, and is that known at time 0?
    zeros where the window sticks out
        as long as the kernel sticks out at the beginning, the answer is 0
        out[0] knows one sample. Which weight does it meet?
    running total
        the sum goes on from one sample to the next
        Where in your loops does a new sum begin at 0?
    mean for sum
        the products are averaged, not added up
        What would torch do with a kernel that is twice as large?
    all zeros
        the answer stays at zero
        Where does a sum get stored in the answer?
    """),
    hints=(
        "How far back does the first weight reach? Put as many zeros before the signal.",
        "The first weight reaches back (kernel_size - 1) * dilation samples.",
        "out[t] is the sum over i of kernel[i] * padded[t + i * dilation].",
    ),
    solution="""\
def causal_conv1d(signal, kernel, dilation=1):
    reach = (len(kernel) - 1) * dilation
    padded = torch.cat([signal.new_zeros(reach), signal])
    out = torch.zeros_like(signal)
    for i in range(len(kernel)):
        start = i * dilation
        out += kernel[i] * padded[start : start + len(signal)]
    return out
""",
)


def _dilated_field(switches: Switches, kernel_size: int, dilations: Sequence[int]) -> int:
    if "dilations multiplied" in switches:
        return int(torch.tensor(dilations, device="cpu").prod()) * kernel_size
    if "last layer only" in switches:
        return 1 + (kernel_size - 1) * dilations[-1]
    if "spans added" in switches:
        return sum((kernel_size - 1) * dilation + 1 for dilation in dilations)
    if "doubling taken for granted" in switches:
        return kernel_size ** len(dilations)
    steps = [dilation + ("dilation counted from 0" in switches) for dilation in dilations]
    steps = [1 for _ in dilations] if "dilation ignored" in switches else steps
    reach = 1 if "kernel of 2 taken for granted" in switches else kernel_size - 1
    reach = kernel_size if "kernel size for its steps" in switches else reach
    field = reach * sum(steps) + ("present left out" not in switches)
    return 2 * field - 1 if "both directions" in switches else field


def _field_oracle(kernel_size: int, dilations: Sequence[int]) -> int:
    return receptive_field([Window(kernel_size, dilation=each) for each in dilations]).size


def _field_inputs(_: Generator) -> list[Arguments]:
    stacks = [(2, (1, 2, 4, 8)), (3, (1, 2, 4)), (2, (1, 2, 4, 1, 2, 4)), (5, (3,))]
    return [*stacks, (4, (1, 1, 1)), (3, (5, 1, 2)), (7, (2, 6))]


DILATED_FIELD = Exercise(
    name="dilated_field",
    task="Count the samples that one answer of a stack of causal convolutions depends on.",
    returns="one whole number",
    model=_dilated_field,
    oracle=_field_oracle,
    inputs=_field_inputs,
    misconceptions=misconceptions_from("""
    dilation ignored
        the dilations are not used
        How far back does a kernel of 2 reach when its dilation is 8?
    present left out
        the present sample is not counted
        What is the field of a stack with no layer at all?
    kernel size for its steps
        a kernel of size k is taken to reach back k * dilation samples
        A kernel of 2 with dilation 8: how many samples does it add to the field?
    kernel of 2 taken for granted
        each layer adds its dilation, whatever the kernel's size
        How many steps are there between the first weight and the last one of a kernel of 3?
    dilation counted from 0
        the weights are taken to lie dilation + 1 samples apart
        What is the field of one kernel of 5 with dilation 1?
    dilations multiplied
        the dilations are multiplied
        Does a second layer multiply the reach of the first, or add to it?
    last layer only
        only the last layer is counted
        Each sample that the last layer meets is itself an answer. Of what?
    spans added
        the spans of the layers are added up
        Two layers of kernel 1: how many samples does an answer depend on?
    doubling taken for granted
        the field is the kernel size to the power of the number of layers
        What if the dilations do not double?
    both directions
        samples after the present are counted as well
        Which side does a causal kernel reach to?
    """),
    hints=(
        "Begin with one sample, the present. What does the first layer add?",
        "A kernel of size k has k - 1 steps, and each step is one dilation long.",
        "Add (kernel_size - 1) * dilation for every layer, and 1 for the present.",
    ),
    solution="""\
def dilated_field(kernel_size, dilations):
    return 1 + (kernel_size - 1) * sum(dilations)
""",
)

EXERCISES = (CAUSAL_CONV1D, DILATED_FIELD)
