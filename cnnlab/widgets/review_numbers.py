"""Fresh numbers for exercises that can be asked in a line, small enough for a head or for paper.

The answers are not here: `review_computed.py` takes them from the exercises.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch
from torch import Tensor

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Asking:
    """How an exercise is asked with other numbers.

    Attributes:
        draw: draws the arguments of a call.
        words: the question, from the arguments.
        working: how the answer comes about, from the arguments.
        kind: "number" or "shape", what a learner types; "choice" where that would be tedious.
    """

    draw: Callable[[Random], Arguments]
    words: Callable[..., str]
    working: Callable[..., str]
    kind: str = "number"


def by(*sizes: int) -> str:
    """Return sizes as they are written: `by(3, 5)` is "3x5"."""
    return "x".join(map(str, sizes))


def row(numbers: Sequence[Any] | Tensor) -> str:
    """Return numbers or a table of them as code, whole ones without a decimal point."""
    listed = numbers.tolist() if isinstance(numbers, Tensor) else list(numbers)
    return f"`{listed}`".replace(".0,", ",").replace(".0]", "]")


def _axis(random: Random) -> tuple[int, int, int, int, int]:
    """Draw (input size, kernel size, stride, padding, dilation) with room for the kernel."""
    kernel, stride = random.randint(2, 7), random.choice((1, 2, 2, 3, 4))
    padding, dilation = random.randint(0, 3), random.choice((1, 1, 1, 2, 3))
    span = dilation * (kernel - 1) + 1
    return random.randint(span + 1, span + 20), kernel, stride, padding, dilation


def _settings(stride: Any, padding: Any, dilation: Any = 1) -> str:
    """Return what a layer has beside its kernel, without what it would have anyway."""
    named = ("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)
    return "".join(f", {name} {value}" for name, value, usual in named if value != usual)


def _ask_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> str:
    told = _settings(stride, padding, dilation)
    return f"Along one axis: {size} pixels, kernel {kernel}{told}. At how many places does it fit?"


def _work_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> str:
    span = dilation * (kernel - 1) + 1
    padded = f"{size} + 2 · {padding}" if padding else f"{size}"
    moves = f"({padded} - {span}) / {stride}" if stride > 1 else f"{padded} - {span}"
    return f"{moves}{', rounded down,' if stride > 1 else ''} moves, and the first place."


def _draw_shape(random: Random) -> Arguments:
    return tuple(zip(_axis(random), _axis(random), strict=True))


def _ask_shape(size: Any, kernel: Any, *settings: Any) -> str:
    stride, padding, dilation = settings
    pairs = ("stride", stride, (1, 1)), ("padding", padding, (0, 0)), ("dilation", dilation, (1, 1))
    told = "".join(f", {name} {by(*pair)}" for name, pair, usual in pairs if pair != usual)
    return (
        f"Image {by(*size)}, kernel {by(*kernel)}{told}, each height x width. "
        "How high and wide is the output?"
    )


def _draw_parameters(random: Random) -> Arguments:
    groups = random.choice((1, 1, 2, 3))
    channels = groups * random.randint(2, 6), groups * random.randint(2, 6)
    kernel = random.choice((1, 2, 3, 5)), random.choice((1, 3, 4, 5))
    return *channels, kernel, groups, random.random() < 0.7


def _ask_parameters(
    inputs: int, outputs: int, kernel: tuple[int, int], groups: int = 1, bias: bool = True
) -> str:
    more = (f", groups={groups}" if groups > 1 else "") + ("" if bias else ", bias=False")
    return (
        f"`Conv2d({inputs}, {outputs}, kernel_size={kernel}{more})`: "
        "how many parameters does it have?"
    )


def _work_parameters(
    inputs: int, outputs: int, kernel: tuple[int, int], groups: int = 1, bias: bool = True
) -> str:
    kernels = f"{inputs} / {groups}" if groups > 1 else f"{inputs}"
    biases = f", and {outputs} biases" if bias else ", and no biases"
    return f"{outputs} filters of {kernels} kernels of {by(*kernel)}{biases}."


def _draw_macs(random: Random) -> Arguments:
    kernel = random.choice((1, 2, 3)), random.choice((1, 2, 3))
    image = random.randint(4, 10), random.randint(4, 10)
    images = random.choice((1, 2, 8)), random.randint(1, 4), *image
    weight = random.randint(2, 6), images[1], *kernel
    return images, weight, random.choice((1, 1, 2)), random.choice((0, 0, 1))


def _work_macs(images: Any, weight: Any, stride: int, padding: int) -> str:
    places = [
        (size + 2 * padding - kernel) // stride + 1
        for size, kernel in zip(images[2:], weight[2:], strict=True)
    ]
    return f"The weights, {by(*weight)}, at {by(*places)} places."


def _draw_bytes(random: Random) -> Arguments:
    shape = random.choice((2, 4, 8, 16, 32)), random.randint(2, 12), random.randint(2, 12)
    return shape, random.choice((1, 2, 4))


def _draw_table(random: Random) -> Arguments:
    maps = [tuple(sorted(random.sample(range(4), random.randint(1, 3)))) for _ in range(3)]
    return tuple(maps), random.choice((2, 3, 5))


def _ask_table(table: Sequence[tuple[int, ...]], size: int) -> str:
    read = ", ".join("{" + ", ".join(map(str, maps)) + "}" for maps in table)
    return (
        f"Three output maps read the input maps {read}, by kernels of {by(size, size)}. "
        "How many numbers does the layer learn, biases included?"
    )


def _work_table(table: Sequence[tuple[int, ...]], size: int) -> str:
    kernels = sum(map(len, table))
    return f"{kernels} kernels of {by(size, size)}, and {len(table)} biases."


def _draw_field(random: Random) -> Arguments:
    layers = []
    for _ in range(random.randint(2, 4)):
        pooling, kernel = random.random() < 0.3, random.choice((3, 3, 5))
        wide = kernel, random.choice((1, 1, 2)), random.choice((1, 1, 1, 2))
        layers.append((2, 2, 1) if pooling else wide)
    return (layers,)


def _ask_field(layers: Sequence[tuple[int, int, int]]) -> str:
    told = [f"kernel {size}{_settings(stride, 0, apart)}" for size, stride, apart in layers]
    return f"Layers, first to last: {'; '.join(told)}. How many pixels wide is the receptive field?"


def _work_field(layers: Sequence[tuple[int, int, int]]) -> str:
    step, added = 1, []
    for size, stride, apart in layers:
        added.append(f"{apart * (size - 1)} · {step}")
        step *= stride
    return f"1 + {' + '.join(added)}: each kernel's reach, times the strides before it."


def _draw_roofline(random: Random) -> Arguments:
    batch = random.choice((1, 2, 4, 5, 10))
    weights, inputs, outputs = (10 * random.randint(1, 9) for _ in range(3))
    macs = random.randint(2, 9) * 4 * (weights + inputs + outputs)
    return macs, batch * weights, inputs, outputs, batch


def _ask_roofline(macs: int, weights: int, *numbers: int) -> str:
    inputs, outputs, batch = numbers
    return (
        f"For an image, a layer does {macs:,} MACs, reads {inputs:,} numbers and writes "
        f"{outputs:,}; it has {weights:,} weights. float32, a batch of {batch}: "
        "how many MACs for each byte that it moves?"
    )


def _work_roofline(macs: int, weights: int, *numbers: int) -> str:
    inputs, outputs, batch = numbers
    return f"{batch} · {macs:,} / (4 · ({weights:,} + {batch} · ({inputs:,} + {outputs:,})))."


def _draw_dilated(random: Random) -> Arguments:
    dilations = tuple(random.choice((1, 2, 3, 4, 8)) for _ in range(random.randint(2, 4)))
    return random.choice((2, 3, 3, 4, 5)), dilations


def _ask_dilated(size: int, dilations: Sequence[int]) -> str:
    listed = ", ".join(map(str, dilations))
    return (
        f"Causal convolutions of kernel size {size}, dilations {listed}: "
        "on how many samples does a response depend?"
    )


def _work_dilated(size: int, dilations: Sequence[int]) -> str:
    return f"1 + {size - 1} · ({' + '.join(map(str, dilations))})."


def _table(random: Random, height: int, width: int, low: int = -3, high: int = 5) -> Tensor:
    rows = [[float(random.randint(low, high)) for _ in range(width)] for _ in range(height)]
    return torch.tensor(rows, dtype=torch.float64)


def _draw_respond(random: Random) -> Arguments:
    size = random.choice(((2, 2), (2, 2), (1, 3), (2, 3)))
    return _table(random, *size, low=0), _table(random, *size, low=-2, high=2)


def _draw_correlate(random: Random) -> Arguments:
    stride, padding = random.choice(((1, 0), (2, 0), (2, 1)))
    size = (2, 2) if padding else random.choice(((3, 3), (3, 2), (2, 4)))
    return _table(random, *size, low=0), _table(random, 2, 2, low=-1, high=2), stride, padding


def _draw_dilated_window(random: Random) -> Arguments:
    fitting = (
        ((3, 3), (1, 0)),
        ((3, 4), (1, 0)),
        ((4, 3), (1, 0)),
        ((3, 5), (2, 0)),
        ((3, 3), (2, 1)),
    )
    size, settings = random.choice(fitting)
    image, kernel = _table(random, *size, low=0), _table(random, 2, 2, low=-1, high=2)
    return image, kernel, *settings, 2


def _ask_window(image: Tensor, kernel: Tensor, *settings: int) -> str:
    return (
        f"The kernel {row(kernel)} slides over {row(image)}{_settings(*settings)}. What comes out?"
    )


def _draw_causal(random: Random) -> Arguments:
    signal, kernel = _table(random, 1, 4, low=1)[0], _table(random, 1, random.choice((2, 3)))[0]
    return signal, kernel, random.choice((1, 1, 2))


def _draw_accuracy(random: Random) -> Arguments:
    classes = random.choice((3, 4))
    scores = [random.sample(range(10), classes) for _ in range(4)]
    likely = [each.index(max(each)) for each in scores]
    labels = [random.choice((right, random.randrange(classes))) for right in likely]
    return torch.tensor(scores, dtype=torch.float64), torch.tensor(labels)


def _draw_balanced(random: Random) -> Arguments:
    classes = random.choice(((0, 1, 2), (0, 2, 3), (1, 2, 4)))
    sizes = random.randint(2, 5), random.randint(1, 3), random.randint(0, 2)
    labels = [each for each, size in zip(classes, sizes, strict=True) for _ in range(size)]
    predicted = [random.choice((each, each, each, *classes)) for each in labels]
    return torch.tensor(predicted), torch.tensor(labels)


def _draw_cycle(random: Random) -> Arguments:
    steps = random.choice((4, 9, 14, 19))
    return random.randrange(steps), steps


def _draw_pgd(random: Random) -> Arguments:
    epsilon, step = random.choice((0.02, 0.04, 0.06)), random.choice((0.01, 0.02, 0.04))
    original = random.choice((0.01, 0.3, 0.5, 0.7, 0.98))
    image = min(1.0, max(0.0, original + random.choice((-epsilon, 0, epsilon / 2, epsilon))))
    gradient = random.choice((-2.0, -0.3, 0.5, 3.0))
    return (
        *(torch.tensor([n], dtype=torch.float64) for n in (image, original, gradient)),
        step,
        epsilon,
    )


ASKED_AGAIN = {
    "output_size": Asking(_axis, _ask_size, _work_size),
    "output_shape": Asking(
        _draw_shape,
        _ask_shape,
        lambda *pairs: " ".join(
            f"{name}: {_work_size(*axis)}"
            for name, axis in zip(("Height", "Width"), zip(*pairs, strict=True), strict=True)
        ),
        kind="shape",
    ),
    "conv_parameters": Asking(_draw_parameters, _ask_parameters, _work_parameters),
    "layer_macs": Asking(
        _draw_macs,
        lambda images, weight, stride, padding: (
            f"Images of shape {images}, weights of shape {weight}{_settings(stride, padding)}: "
            "how many MACs for one image?"
        ),
        _work_macs,
    ),
    "activation_bytes": Asking(
        _draw_bytes,
        lambda shape, size: (
            f"A layer returns {by(*shape)} numbers (channels x height x width), {size} "
            f"byte{'s' * (size > 1)} each. How many bytes?"
        ),
        lambda shape, size: f"{' · '.join(map(str, shape))} numbers, times {size}.",
    ),
    "table_parameters": Asking(_draw_table, _ask_table, _work_table),
    "receptive_field": Asking(_draw_field, _ask_field, _work_field),
    "macs_per_byte": Asking(_draw_roofline, _ask_roofline, _work_roofline),
    "dilated_field": Asking(_draw_dilated, _ask_dilated, _work_dilated),
    "respond": Asking(
        _draw_respond,
        lambda patch, kernel: f"Patch {row(patch)}, kernel {row(kernel)}: what is the response?",
        lambda patch, kernel: "Each pixel times the weight on it, all added up.",
    ),
    "flip": Asking(
        lambda random: (_table(random, 2, random.choice((2, 3)), low=-4),),
        lambda kernel: (
            f"The kernel {row(kernel)} of a convolution in the strict sense: with which "
            "kernel is it a cross-correlation?"
        ),
        lambda kernel: "Rows and columns, both in reverse order.",
        kind="choice",
    ),
    "correlate2d": Asking(
        _draw_correlate,
        _ask_window,
        lambda *_: "At each place: each pixel times the weight on it, all added up.",
        kind="choice",
    ),
    "correlate2d_dilated": Asking(
        _draw_dilated_window,
        _ask_window,
        lambda *_: "The weights lie dilation pixels apart; the rest is as without.",
        kind="choice",
    ),
    "causal_conv1d": Asking(
        _draw_causal,
        lambda signal, kernel, dilation: (
            f"A causal convolution: signal {row(signal)}, kernel {row(kernel)}"
            f"{_settings(1, 0, dilation)}. What comes out?"
        ),
        lambda *_: "Zeros stand before the signal only, and the last weight lies on the present.",
        kind="choice",
    ),
    "accuracy": Asking(
        _draw_accuracy,
        lambda logits, labels: (
            f"Scores of four images, a row each, for the classes from 0: {row(logits)}. Labels: "
            f"{row(labels)}. What is the accuracy, as a fraction?"
        ),
        lambda *_: "The share of images whose largest score is at their label.",
    ),
    "balanced_accuracy": Asking(
        _draw_balanced,
        lambda predicted, labels: (
            f"Labels {row(labels)}, predicted {row(predicted)}: what is the balanced accuracy?"
        ),
        lambda *_: "For each class that occurs, the share that is right; then the mean.",
        kind="choice",
    ),
    "one_cycle": Asking(
        lambda random: (
            (steps := random.choice((4, 9, 14, 19))) and random.randrange(steps),
            steps,
        ),
        lambda step, steps: (
            f"One cycle, up in the first fifth, of {steps} steps. Which share of the highest rate "
            f"does step {step} get, counted from 0?"
        ),
        lambda step, steps: (
            f"{step + 1} of {steps + 1} parts are done; the lower of the two lines counts."
        ),
        kind="choice",
    ),
    "pgd_step": Asking(
        _draw_pgd,
        lambda image, original, gradient, step, epsilon: (
            f"PGD, epsilon {epsilon}, step {step}: a number was {original.item():g}, is "
            f"{image.item():g} now, and its gradient is {gradient.item():g}. What is it next?"
        ),
        lambda *_: "One step by the sign, back to within epsilon of the original, and to 0 to 1.",
        kind="choice",
    ),
}
