"""Exercise of homework 1: cross-correlation with everything torch's layer can do to the window."""

from functools import partial

from torch import Tensor
from torch.nn import functional as F

from cnnlab.exercises.correlate2d import sliding_cases, sliding_misconceptions
from cnnlab.exercises.kit import (
    CONVOLUTION,
    Exercise,
    Numbers,
    Varied,
    integer,
    misconceptions_from,
)

ASKED = {"correlate2d_dilated": ("Homework 1.4", "02 loops-intro", 6, "sliding")}


def _by_torch(
    border: float, image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0, *rest: int
) -> Tensor:
    padded = F.pad(image, (padding,) * 4, value=border)
    return F.conv2d(padded[None, None], kernel[None, None], None, stride, 0, *rest)[0, 0]


DILATION_MISCONCEPTIONS = misconceptions_from("""
    dilation ignored
        dilation is not used
        With dilation 2, which pixels of the image does out[0, 0] read?
        edit: height, width = ( -> dilation = 1; height, width = (
    dilation counted from 0
        dilation 1 is taken to leave a gap of one pixel
        With dilation 1 the kernel reads neighboring pixels. What is 1 the distance of?
        edit: height, width = ( -> dilation += 1; height, width = (
    dilation of the rows only
        dilation spreads the kernel's rows, not its columns
        Which column of the image does kernel[0, 1] meet in the first window?
        edit: rows = ( -> width = kernel.shape[1]; rows = (
        edit: left + width : dilation -> left + width
""")
OUTSIDE = "Which brightness lies around the image on your sheet?"


def _exercise(n: Numbers) -> Exercise:
    border = n["border"]
    value = f", value={border}" if border else ""
    known = sliding_misconceptions()
    if border:
        known = sliding_misconceptions(value, "pixels", OUTSIDE) + misconceptions_from(f"""
            zeros for the surroundings
                the padding is 0, as torch's is
                {OUTSIDE}
                edit: {value} ->
        """)
    around = f"padding of brightness {border}" if border else "zero padding"
    return Exercise(
        name="correlate2d_dilated",
        task=f"Slide a kernel over an image, with stride, {around} and dilation.",
        returns="a tensor (height, width)",
        oracle=partial(_by_torch, border),
        inputs=partial(sliding_cases, dilations=range(1, 5)),
        without=(CONVOLUTION,),
        misconceptions=DILATION_MISCONCEPTIONS + known,
        hints=(
            "Dilation spreads the kernel: how many pixels does it span, from first to last?",
            "Start from correlate2d of lesson 02. Only the slice that cuts out the window changes.",
            "padded[top : top + span : dilation, ...] takes every dilation-th pixel.",
        ),
        solution=f"""\
def correlate2d_dilated(image, kernel, stride=1, padding=0, dilation=1):
    padded = F.pad(image, (padding, padding, padding, padding){value})
    height, width = (dilation * (size - 1) + 1 for size in kernel.shape)
    rows = (padded.shape[0] - height) // stride + 1
    columns = (padded.shape[1] - width) // stride + 1
    out = image.new_zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = padded[top : top + height : dilation, left : left + width : dilation]
            out[i, j] = (window * kernel).sum()
    return out
""",
    )


GIVEN = {"border": 0}
VARIED = {"correlate2d_dilated": Varied(GIVEN, lambda g: {"border": integer(g, 1, 20)}, _exercise)}
