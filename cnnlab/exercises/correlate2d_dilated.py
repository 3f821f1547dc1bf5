"""Exercise of homework 1: cross-correlation with everything torch's layer can do to the window."""

from dataclasses import replace
from functools import partial

from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.correlate2d import (
    SETTING_MISCONCEPTIONS,
    WINDOW_MISCONCEPTIONS,
    bordered_correlate2d,
)
from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Misconception,
    Switches,
    integer,
    misconceptions_from,
    whole_numbers,
)
from cnnlab.exercises.kit.sheets import Numbers, Varied

ASKED = {"correlate2d_dilated": ("Homework 1.4", "02 loops-intro", 6, "sliding")}


def _correlate2d_dilated(
    border: float,
    switches: Switches,
    image: Tensor,
    kernel: Tensor,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
) -> Tensor:
    gap = (
        1 if "dilation ignored" in switches else dilation + ("dilation counted from 0" in switches)
    )
    across = 1 if "dilation of the rows only" in switches else gap
    height, width = ((n - 1) * d + 1 for n, d in zip(kernel.shape, (gap, across), strict=True))
    spread = kernel.new_zeros(height, width)
    spread[::gap, ::across] = kernel
    border = 0.0 if ZEROS.name in switches else border
    rest = switches - {"mean for sum"}
    answer = bordered_correlate2d(rest, image, spread, stride, padding, border=border)
    return answer / kernel.numel() if "mean for sum" in switches else answer


def _inputs(generator: Generator) -> list[Arguments]:
    settings = [
        ((3, 4), (2, 2)),
        ((6, 8), (2, 3), 1, 0, 2),
        ((7, 9), (3, 2), 2),
        ((6, 7), (2, 3), 1, 1),
        ((9, 10), (3, 2), 1, 0, 3),
        ((8, 12), (3, 3), 3, 2, 2),
        ((11, 9), (2, 3), 2, 2, 2),
    ]
    cases = [
        (whole_numbers(generator, *image), whole_numbers(generator, *kernel), *rest)
        for image, kernel, *rest in settings
    ]
    turned = whole_numbers(generator, 10, 7).T  # (7, 10), not contiguous
    return [*cases, (turned, whole_numbers(generator, 3, 4), 1, 1, 2)]


def _by_torch(
    border: float, image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0, *rest: int
) -> Tensor:
    padded = F.pad(image, (padding,) * 4, value=border)
    return F.conv2d(padded[None, None], kernel[None, None], None, stride, 0, *rest)[0, 0]


(ZEROS,) = misconceptions_from("""
    zeros for the surroundings
        the padding is 0, as torch's is
        Which brightness lies around the image on your sheet?
""")
DILATION_MISCONCEPTIONS = misconceptions_from("""
    dilation ignored
        dilation is not used
        With dilation 2, which pixels of the image does out[0, 0] read?
    dilation counted from 0
        dilation 1 is taken to leave a gap of one pixel
        With dilation 1 the kernel reads neighboring pixels. What is 1 the distance of?
    dilation of the rows only
        dilation spreads the kernel's rows, not its columns
        Which column of the image does kernel[0, 1] meet in the first window?
""")
OF_TORCH = "Which number does torch's padding put outside the image?"


def _on_sheet(misconception: Misconception) -> Misconception:
    """Say what is wrong where the padding is not torch's."""
    question = misconception.question.replace(OF_TORCH, ZEROS.question)
    return replace(
        misconception, idea=misconception.idea.replace("zeros", "pixels"), question=question
    )


def _exercise(n: Numbers) -> Exercise:
    border = n["border"]
    known = DILATION_MISCONCEPTIONS + WINDOW_MISCONCEPTIONS + SETTING_MISCONCEPTIONS
    if border:
        known = (*map(_on_sheet, known), ZEROS)
    value = f", value={border}" if border else ""
    around = f"padding of brightness {border}" if border else "zero padding"
    return Exercise(
        name="correlate2d_dilated",
        task=f"Slide a kernel over an image, with stride, {around} and dilation.",
        returns="a tensor (height, width)",
        model=partial(_correlate2d_dilated, border),
        oracle=partial(_by_torch, border),
        inputs=_inputs,
        misconceptions=known,
        hints=(
            "Dilation spreads the kernel: how many pixels does it span, from first to last?",
            "Start from correlate2d of lesson 02. Only the slice that cuts out the window changes.",
            "padded[top : top + span : dilation, ...] takes every dilation-th pixel.",
        ),
        solution=f"""\
def correlate2d_dilated(image, kernel, stride=1, padding=0, dilation=1):
    padded = F.pad(image, (padding, padding, padding, padding){value})
    spans = [dilation * (size - 1) + 1 for size in kernel.shape]
    rows = (padded.shape[0] - spans[0]) // stride + 1
    columns = (padded.shape[1] - spans[1]) // stride + 1
    out = image.new_zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = padded[
                top : top + spans[0] : dilation,
                left : left + spans[1] : dilation,
            ]
            out[i, j] = (window * kernel).sum()
    return out
""",
    )


GIVEN = {"border": 0}
VARIED = {"correlate2d_dilated": Varied(GIVEN, lambda g: {"border": integer(g, 1, 20)}, _exercise)}
EXERCISES = (_exercise(GIVEN),)
