"""Exercises of lesson 10 on series: causal convolution, and the field of a dilated stack."""

from collections.abc import Sequence

from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.arithmetic import Window, receptive_field
from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    grid,
    integer,
    misconceptions_from,
    whole_numbers,
)

ASKED = {
    "causal_conv1d": ("Lesson 10.1", "10 causal-intro"),
    "dilated_field": ("Lesson 10.2", "10 dilated-intro"),
}


def _torch_causal(signal: Tensor, kernel: Tensor, dilation: int = 1) -> Tensor:
    padded = F.pad(signal, ((len(kernel) - 1) * dilation, 0))
    return F.conv1d(padded[None, None], kernel[None, None], dilation=dilation)[0, 0]


def _causal_inputs(generator: Generator) -> list[Arguments]:
    cases = []
    for length, size, *dilation in crossed(generator, 40, range(1, 13), range(1, 6), range(1, 6)):
        if dilation == [1] and length % 2:  # the default
            dilation = []
        cases.append((whole_numbers(generator, length), whole_numbers(generator, size), *dilation))
    return cases


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
    oracle=_torch_causal,
    inputs=_causal_inputs,
    window=_causal_window,
    axes={"": ("sample",)},
    facts={
        "the kernel reaches back to before the whole signal": lambda signal, kernel, dilation: (
            (len(kernel) - 1) * dilation >= len(signal)
        )
    },
    misconceptions=misconceptions_from("""
    looks into the future
        the first weight lies on the present, and the others on later samples
        May out[0] depend on signal[1]? On which side of the signal do the zeros stand?
        edit: [zeros, signal] -> [signal, zeros]
    padding on both sides
        half of the zeros stand before the signal and half after it
        Which samples does out[t] see if the window is centered on t?
        edit: [zeros, signal] -> [zeros[: reach // 2], signal, zeros[reach // 2 :]]
    longer than the signal
        zeros stand before and after the signal, and every position is kept
        A signal of 5 samples: how many answers, and which of them are causal?
        edit: [zeros, signal] -> [zeros, signal, zeros]
        edit: zeros_like(signal) -> zeros_like(padded[reach:])
    no padding
        only the positions are kept where the whole kernel fits
        How many answers should a signal of 5 samples give, and what lies before its first sample?
        edit: [zeros, signal] -> [signal]
        edit: zeros_like(signal) -> zeros_like(padded[reach:])
    kernel flipped
        the kernel is turned round: its first weight lies on the present
        Which weight meets signal[t], and which one signal[t - dilation]?
        edit: kernel[i] -> kernel[-1 - i]
    dilation ignored
        dilation is not used
        With dilation 3, how far apart are the samples that two neighboring weights meet?
        edit: (len(kernel) - 1) * dilation -> len(kernel) - 1
        edit: i * dilation -> i
    dilation of the padding only
        dilation decides the number of zeros, but neighboring weights meet neighboring samples
        With dilation 3, which samples do the last two weights meet?
        edit: i * dilation -> i
    dilation counted from 0
        the weights lie dilation + 1 samples apart
        What does torch call the kernel whose weights lie side by side: dilation 0 or 1?
        edit: reach = -> dilation += 1\\n    reach =
    present left out
        out[t] ends with signal[t - 1]
        Which sample does the last weight meet?
        edit: new_zeros(reach) -> new_zeros(reach + 1)
    first value for zeros
        the first value stands before the signal, not zeros
        Which number does torch's padding put before a signal?
        edit: signal.new_zeros(reach) -> signal[0].expand(reach)
    wraps around
        before the first sample stands the end of the signal
        What does roll put where samples have moved away, and is that known at time 0?
        edit: [zeros, signal] -> [signal[-reach:], signal]
    zeros where the window sticks out
        as long as the kernel sticks out at the beginning, the answer is 0
        out[0] knows one sample. Which weight does it meet?
        edit: return out -> out[:reach] = 0\\n    return out
    running total
        the sum goes on from one sample to the next
        Where in your loops does a new sum begin at 0?
        edit: return out -> return out.cumsum(0)
    reads its own answers
        each answer is written into the signal, where the later ones read it
        Which numbers does out[t] read: those of the signal, or answers?
        edit: i in range(len(kernel)) -> t in range(len(out))
        edit: start = i * dilation -> window = padded[t : t + reach + 1 : dilation]
        edit: out += kernel[i] * -> padded[t + reach] = kernel @
        edit: padded[start : start + len(out)] -> window
        edit: return out -> return padded[reach:]
    mean for sum
        the products are averaged, not added up
        What would torch do with a kernel that is twice as large?
        edit: * padded -> / len(kernel) * padded
    cut by a negative index
        the answer is cut by [:-reach], which is empty where the reach is 0
        How far back does a kernel of one weight reach, and what is signal[:-0]?
        edit: return out -> return out if reach else out[:0]
    all zeros
        the answer stays at zero
        Where does a sum get stored in the answer?
        edit: out += -> out +
    """),
    hints=(
        "How far back does the first weight reach? Put as many zeros before the signal.",
        "The first weight reaches back (kernel_size - 1) * dilation samples.",
        "out[t] is the sum over i of kernel[i] * padded[t + i * dilation].",
    ),
    solution="""\
def causal_conv1d(signal, kernel, dilation=1):
    reach = (len(kernel) - 1) * dilation
    zeros = signal.new_zeros(reach)
    padded = torch.cat([zeros, signal])
    out = torch.zeros_like(signal)
    for i in range(len(kernel)):
        start = i * dilation
        out += kernel[i] * padded[start : start + len(out)]
    return out
""",
)


def _field_oracle(kernel_size: int, dilations: Sequence[int]) -> int:
    return receptive_field([Window(kernel_size, dilation=each) for each in dilations]).size


def _field_inputs(generator: Generator) -> list[Arguments]:
    known: list[Arguments] = [(2, (1, 2, 4, 8)), (3, (1, 2, 4)), (2, (1, 2, 4, 1, 2, 4))]
    for size, count, largest in crossed(generator, 36, range(1, 8), range(1, 6), (1, 2, 4, 8)):
        known.append((size, tuple(integer(generator, 1, largest) for _ in range(count))))
    return known


DILATED_FIELD = Exercise(
    name="dilated_field",
    task="Count the samples that one answer of a stack of causal convolutions depends on.",
    returns="one whole number",
    oracle=_field_oracle,
    inputs=_field_inputs,
    misconceptions=misconceptions_from("""
    dilation ignored
        the dilations are not used
        How far back does a kernel of 2 reach when its dilation is 8?
        edit: sum(dilations) -> len(dilations)
    present left out
        the present sample is not counted
        What is the field of a stack with no layer at all?
        edit: return 1 + -> return
    kernel size for its steps
        a kernel of size k is taken to reach back k * dilation samples
        A kernel of 2 with dilation 8: how many samples does it add to the field?
        edit: kernel_size - 1) -> kernel_size)
    kernel of 2 taken for granted
        each layer adds its dilation, whatever the kernel's size
        How many steps are there between the first weight and the last one of a kernel of 3?
        edit: kernel_size - 1) -> 1)
    dilation counted from 0
        the weights are taken to lie dilation + 1 samples apart
        What is the field of one kernel of 5 with dilation 1?
        edit: * sum(dilations) -> * (sum(dilations) + len(dilations))
    dilations multiplied
        the dilations are multiplied
        Does a second layer multiply the reach of the first, or add to it?
        edit: 1 + (kernel_size - 1) -> kernel_size
        edit: sum(dilations) -> int(torch.tensor(dilations).prod())
    last layer only
        only the last layer is counted
        Each sample that the last layer meets is itself an answer. Of what?
        edit: sum(dilations) -> dilations[-1]
    spans added
        the spans of the layers are added up
        Two layers of kernel 1: how many samples does an answer depend on?
        edit: return 1 + -> return len(dilations) +
    doubling taken for granted
        the field is the kernel size to the power of the number of layers
        What if the dilations do not double?
        edit: 1 + (kernel_size - 1) * sum(dilations) -> kernel_size ** len(dilations)
    both directions
        samples after the present are counted as well
        Which side does a causal kernel reach to?
        edit: return 1 + ( -> return 1 + 2 * (
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
