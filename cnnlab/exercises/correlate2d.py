"""correlate2d: slide a kernel over an image, with stride and zero padding."""

from collections.abc import Sequence

from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    Misconception,
    grid,
    misconceptions_from,
    whole_numbers,
)
from cnnlab.exercises.kit.drawing import TURNED, windows

ASKED = {"correlate2d": ("Lesson 02.4", "02 loops-intro", 0, "sliding")}

OF_TORCH = "Which number does torch's padding put outside the image?"
SLIDING = """
    kernel flipped
        the kernel is rotated by 180 degrees: convolution, not cross-correlation
        Which pixel of the window does kernel[0, 0] meet?
        edit: * kernel) -> * kernel.flip(0, 1))
    kernel transposed
        the kernel is transposed
        Which pixel of the window does kernel[0, 1] meet: the one beside or the one below?
        edit: padded = F.pad( -> kernel = kernel.T; padded = F.pad(
    mean for sum
        the products are averaged, not added up
        What would torch do with a kernel that is twice as large?
        edit: .sum() -> .mean()
    running total
        the sum goes on from one position to the next
        Where in your loops does a new sum begin at 0?
        edit: out = image.new_zeros -> total = 0; out = image.new_zeros
        edit: out[i, j] = (window -> out[i, j] = total = total + (window
    last row and column missing
        the last row and the last column of positions are left out
        How often does a kernel of 3 fit into 3 pixels, and what does your range give there?
        edit: height) // stride + 1 -> height) // stride
        edit: width) // stride + 1 -> width) // stride
    last row missing
        the last row of positions is left out
        Which range runs over the rows, and which is the last start that still fits?
        edit: height) // stride + 1 -> height) // stride
    last column missing
        the last column of positions is left out
        Which range runs over the columns, and which is the last start that still fits?
        edit: width) // stride + 1 -> width) // stride
    last fitting window missing
        a window that ends exactly at the border of the padded image is left out
        How often does a kernel of 3 fit into 3 pixels, and what does your range give there?
        edit: height) // stride + 1 -> height - 1) // stride + 1
        edit: width) // stride + 1 -> width - 1) // stride + 1
    width copied from height
        the answer is as wide as it is high
        Which size of the image decides how often the window moves right?
        edit: padded.shape[1] - width -> padded.shape[0] - height
    height and width swapped
        rows and columns of the answer are exchanged
        Does out[i, j] move the window i pixels down, or i pixels right?
        edit: return out -> return out.T
    all zeros
        the answer stays at zero
        Where does a sum get stored in the answer?
        edit: out[i, j] = (window -> out[i, j] == (window
    stride ignored
        stride is not used
        With stride 2, which of the positions of stride 1 remain?
        edit: height) // stride -> height)
        edit: width) // stride -> width)
        edit: i * stride, j * stride -> i, j
    stride ignored in indexing
        the answer has the size for its stride, but the window still moves by one pixel
        At which column of the image does the window of out[0, 1] start when stride is 2?
        edit: i * stride, j * stride -> i, j
    stride over the answer
        only every stride-th row and column of the answer is filled
        Do your loops count pixels of the image, or cells of the answer?
        edit: range(rows) -> range(0, rows, stride)
        edit: range(columns) -> range(0, columns, stride)
    stride of the rows only
        stride is used down the rows, not along the columns
        At which column does the window of out[0, 1] start when stride is 2?
        edit: width) // stride -> width)
        edit: j * stride -> j
    padding ignored
        padding is not used
        How large is the image once padding=1 is around it?
        edit: (padding, padding, padding, padding) -> (0, 0, 0, 0)
    padding of the columns only
        {zeros} are added on the left and on the right only
        On which sides does F.pad(image, (1, 1)) put a pixel, and how many sides are there?
        edit: (padding, padding, padding, padding) -> (padding, padding, 0, 0)
    padding before only
        {zeros} are added at the top and on the left only
        padding=1 puts a pixel on the left. And on the right?
        edit: (padding, padding, padding, padding) -> (padding, 0, padding, 0)
    padding after only
        {zeros} are added at the bottom and on the right only
        padding=1 puts a pixel on the right. And on the left?
        edit: (padding, padding, padding, padding) -> (0, padding, 0, padding)
    border values for zeros
        the padding repeats the image's border
        {outside}
        edit: F.pad(image -> F.pad(image[None]
        edit: padding){value}) -> padding), mode="replicate")[0]
    mirrored values for zeros
        the padding mirrors the image
        {outside}
        edit: F.pad(image -> F.pad(image[None]
        edit: padding){value}) -> padding), mode="reflect")[0]
    padding after the sum
        the {zeros} are put around the answer, not around the image
        Which windows can see the padding if it comes last?
        edit: (padding, padding, padding, padding) -> (0, 0, 0, 0)
        edit: return out -> return F.pad(out, (padding, padding, padding, padding){value})
"""


def sliding_misconceptions(
    value: str = "", zeros: str = "zeros", outside: str = OF_TORCH
) -> tuple[Misconception, ...]:
    """Return what can go wrong where a window slides over a padded image.

    Args:
        value: what the solution's call of F.pad says of the padding's value.
        zeros: what the padding consists of.
        outside: asks what lies outside the image.
    """
    return misconceptions_from(SLIDING.format(value=value, zeros=zeros, outside=outside))


def _correlate2d_inputs(generator: Generator) -> list[Arguments]:
    return [each[:4] for each in sliding_cases(generator)]


def sliding_cases(generator: Generator, dilations: Sequence[int] = (1,)) -> list[Arguments]:
    """Draw (image, kernel, stride, padding, dilation)."""
    drawn = windows(generator, 42, TURNED, paddings=range(5), dilations=dilations)
    return [
        (
            whole_numbers(generator, *image, turned=turned),
            whole_numbers(generator, *kernel),
            *settings,
        )
        for image, kernel, settings, turned in drawn
    ]


def _window(arguments: Arguments, cell: tuple[int, ...]) -> str:
    image, kernel, stride, padding = (*arguments, *(1, 0)[len(arguments) - 2 :])
    top, left = (index * stride for index in cell)
    height, width = kernel.shape
    window = F.pad(image, (padding,) * 4)[top : top + height, left : left + width]
    if window.numel() == 0:
        return "No window of the image belongs to this cell."
    where = "padded image" if padding else "image"
    return f"The window of the {where} =\n{grid(window)}\nkernel =\n{grid(kernel)}"


def _torch_correlate2d(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


CORRELATE2D = Exercise(
    name="correlate2d",
    task="Slide a kernel over an image, with stride and zero padding, and return every response.",
    returns="a tensor (height, width)",
    oracle=_torch_correlate2d,
    inputs=_correlate2d_inputs,
    misconceptions=sliding_misconceptions(),
    window=_window,
    hints=(
        "Make a larger image of zeros first and lay the image into its middle.",
        "Count the positions along each axis with output_size; the answer has that shape.",
        "The window of out[i, j] starts at row i * stride and column j * stride.",
    ),
    solution="""\
def correlate2d(image, kernel, stride=1, padding=0):
    padded = F.pad(image, (padding, padding, padding, padding))
    height, width = kernel.shape
    rows = (padded.shape[0] - height) // stride + 1
    columns = (padded.shape[1] - width) // stride + 1
    out = image.new_zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = padded[top : top + height, left : left + width]
            out[i, j] = (window * kernel).sum()
    return out
""",
)
