"""correlate2d: slide a kernel over an image, with stride and zero padding."""

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

ASKED = {"correlate2d": ("Lesson 02.3", "02 loops-intro", 0, "sliding")}

WINDOW_MISCONCEPTIONS = misconceptions_from("""
    kernel flipped
        the kernel is turned upside down and left to right: convolution, not cross-correlation
        Which pixel of the window does kernel[0, 0] meet?
    kernel transposed
        the kernel is transposed
        Which pixel of the window does kernel[0, 1] meet: the one beside or the one below?
    mean for sum
        the products are averaged, not added up
        What would torch do with a kernel that is twice as large?
    running total
        the sum goes on from one position to the next
        Where in your loops does a new sum begin at 0?
    last row and column missing
        the last row and the last column of positions are left out
        How often does a kernel of 3 fit into 3 pixels, and what does your range give there?
    last row missing
        the last row of positions is left out
        Which range runs over the rows, and which is the last start that still fits?
    last column missing
        the last column of positions is left out
        Which range runs over the columns, and which is the last start that still fits?
    width copied from height
        the answer is as wide as it is high
        Which size of the image decides how often the window moves right?
    height and width swapped
        rows and columns of the answer are exchanged
        Does out[i, j] move the window i pixels down, or i pixels right?
    all zeros
        the answer stays at zero
        Where does a sum get stored in the answer?
""")
SETTING_MISCONCEPTIONS = misconceptions_from("""
    stride ignored
        stride is not used
        With stride 2, which of the positions of stride 1 remain?
    stride ignored in indexing
        the answer has the size for its stride, but the window still moves by one pixel
        At which column of the image does the window of out[0, 1] start when stride is 2?
    stride of the rows only
        stride is used down the rows, not along the columns
        At which column does the window of out[0, 1] start when stride is 2?
    padding ignored
        padding is not used
        How large is the image once padding=1 is around it?
    padding before only
        zeros are added at the top and on the left only
        padding=1 puts a pixel on the left. And on the right?
    padding after only
        zeros are added at the bottom and on the right only
        padding=1 puts a pixel on the right. And on the left?
    edge values for zeros
        the padding repeats the image's edge
        Which number does torch's padding put outside the image?
    mirrored values for zeros
        the padding mirrors the image
        Which number does torch's padding put outside the image?
    padding after the sum
        the zeros are put around the answer, not around the image
        Which windows can see the padding if it comes last?
""")


def _pad(switches: Switches, image: Tensor, padding: int, border: float) -> Tensor:
    if {"padding ignored", "padding after the sum"} & switches:
        return image
    before = 0 if "padding after only" in switches else padding
    after = 0 if "padding before only" in switches else padding
    modes = {"edge values for zeros": "replicate", "mirrored values for zeros": "reflect"}
    mode = next((mode for name, mode in modes.items() if name in switches), "constant")
    value = border if mode == "constant" else None
    return F.pad(image[None, None], (before, after, before, after), mode=mode, value=value)[0, 0]


def model_correlate2d(
    switches: Switches, image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return bordered_correlate2d(switches, image, kernel, stride, padding, border=0.0)


def bordered_correlate2d(
    switches: Switches, image: Tensor, kernel: Tensor, stride: int, padding: int, *, border: float
) -> Tensor:
    kernel = kernel.flip(0, 1) if "kernel flipped" in switches else kernel
    kernel = kernel.T if "kernel transposed" in switches else kernel
    windows = _pad(switches, image, padding, border)
    for axis, size in enumerate(kernel.shape):
        windows = windows.unfold(axis, size, 1)  # (rows, columns, kernel_height, kernel_width)
    products = windows * kernel
    answer = products.mean((2, 3)) if "mean for sum" in switches else products.sum((2, 3))
    answer = _strided(switches, answer, stride)
    if "running total" in switches:
        answer = answer.flatten().cumsum(0).reshape(answer.shape)
    answer = _cut(switches, answer)
    if "padding after the sum" in switches:
        answer = F.pad(answer, (padding,) * 4, value=border)
    answer = answer.T if "height and width swapped" in switches else answer
    return torch.zeros_like(answer) if "all zeros" in switches else answer


def _strided(switches: Switches, answer: Tensor, stride: int) -> Tensor:
    if "stride ignored" in switches:
        return answer
    if "stride of the rows only" in switches:
        return answer[::stride]
    strided = answer[::stride, ::stride]
    if "stride ignored in indexing" in switches:
        return answer[: strided.shape[0], : strided.shape[1]]
    return strided


def _cut(switches: Switches, answer: Tensor) -> Tensor:
    height, width = answer.shape
    if {"last row missing", "last row and column missing"} & switches:
        answer = answer[:-1]
    if {"last column missing", "last row and column missing"} & switches:
        answer = answer[:, :-1]
    if "width copied from height" in switches:
        if width < height:
            raise IndexError("the window leaves the image")
        answer = answer[:, :height]
    return answer


def _correlate2d_inputs(generator: Generator) -> list[Arguments]:
    settings = [
        ((3, 4), (2, 2)),
        ((5, 7), (2, 3)),
        ((6, 5), (3, 3)),
        ((7, 9), (3, 2), 2),
        ((6, 7), (2, 3), 1, 1),
        ((5, 6), (3, 3), 1, 2),
        ((9, 8), (3, 3), 2, 1),
        ((8, 12), (4, 3), 3, 2),
    ]
    cases = [_draw(generator, *setting) for setting in settings]
    turned = whole_numbers(generator, 7, 5).T  # (5, 7), not contiguous
    return [*cases, (turned, whole_numbers(generator, 3, 4), 1, 1)]


def _draw(generator: Generator, image: tuple, kernel: tuple, *settings: int) -> Arguments:
    return whole_numbers(generator, *image), whole_numbers(generator, *kernel), *settings


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
    task="Slide a kernel over an image, with stride and zero padding, and return every answer.",
    returns="a tensor (height, width)",
    model=model_correlate2d,
    oracle=_torch_correlate2d,
    inputs=_correlate2d_inputs,
    misconceptions=WINDOW_MISCONCEPTIONS + SETTING_MISCONCEPTIONS,
    window=_window,
    hints=(
        "Make a larger image of zeros first and lay the image into its middle.",
        "Count the positions along each axis with output_size; the answer has that shape.",
        "The window of out[i, j] starts at row i * stride and column j * stride.",
    ),
    solution="""\
def correlate2d(image, kernel, stride=1, padding=0):
    height, width = image.shape
    kernel_height, kernel_width = kernel.shape
    padded = image.new_zeros(height + 2 * padding, width + 2 * padding)
    padded[padding : padding + height, padding : padding + width] = image
    rows = (height + 2 * padding - kernel_height) // stride + 1
    columns = (width + 2 * padding - kernel_width) // stride + 1
    out = image.new_zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = padded[top : top + kernel_height, left : left + kernel_width]
            out[i, j] = (window * kernel).sum()
    return out
""",
)


EXERCISES = (CORRELATE2D,)
