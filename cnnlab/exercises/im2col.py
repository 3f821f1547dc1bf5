"""Exercise of lesson 04: the matrix that turns convolution into one product."""

from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)

ASKED = {"im2col": ("Lesson 04.1", "04 im2col-intro")}

Pair = tuple[int, int]


def _im2col(switches: Switches, image: Tensor, kernel_size: Pair, stride: int = 1) -> Tensor:
    image = image[:1] if "first channel only" in switches else image
    height, width = kernel_size[::-1] if "kernel axes swapped" in switches else kernel_size
    step = 1 if {"stride ignored", "stride ignored in indexing"} & switches else stride
    # (channels, rows, columns, kernel_height, kernel_width)
    windows = image.unfold(1, height, step).unfold(2, width, step)
    if "stride ignored in indexing" in switches:
        rows, columns = (size - 1 for size in windows.shape[1:3])
        windows = windows[:, : rows // stride + 1, : columns // stride + 1]
    if "last row and column missing" in switches:
        windows = windows[:, :-1, :-1]
    if "kernel flipped" in switches:
        windows = windows.flip(3, 4)
    if "reshaped without permuting" in switches:
        return windows.reshape(windows.shape[0] * height * width, -1)
    matrix = windows.permute(*_order(switches)).flatten(3).flatten(0, 2)
    return matrix.T if "matrix transposed" in switches else matrix


def _order(switches: Switches) -> tuple[int, ...]:
    rows = (0, 3, 4)
    if "channels last" in switches:
        rows = (3, 4, 0)
    elif "patch column by column" in switches:
        rows = (0, 4, 3)
    return rows + ((2, 1) if "positions column by column" in switches else (1, 2))


def _im2col_inputs(generator: Generator) -> list[Arguments]:
    settings = [((2, 3, 4), (2, 2)), ((2, 4, 6), (2, 3)), ((3, 7, 8), (3, 2), 2)]
    settings += [((2, 8, 10), (3, 3), 3)]
    cases = [(whole_numbers(generator, *shape), *rest) for shape, *rest in settings]
    return [*cases, (whole_numbers(generator, 3, 7, 5).transpose(1, 2), (2, 3), 2)]


IM2COL = Exercise(
    name="im2col",
    task="Write each window of (channels, height, width) as a column, in torch's order.",
    returns="a tensor (channels * kernel_height * kernel_width, positions)",
    model=_im2col,
    oracle=lambda image, kernel_size, stride=1: F.unfold(image[None], kernel_size, stride=stride)[
        0
    ],
    inputs=_im2col_inputs,
    axes={"": ("matrix row", "position")},
    misconceptions=misconceptions_from("""
    channels last
        the channel changes fastest down a column
        In weight[o].flatten(), which comes first: a channel's whole kernel, or one number of each?
    patch column by column
        each patch is read down its columns, not along its rows
        Which number follows weight[o, 0, 0, 0] in weight[o].flatten()?
    positions column by column
        the windows are taken down the image first
        Which window makes the second column: the one to the right or the one below?
    matrix transposed
        each window is a row, not a column
        Which shape lets weight.reshape(out_channels, -1) @ columns work?
    reshaped without permuting
        the axes are reshaped before they stand in the right order
        reshape keeps the order of the numbers. Which axes must stand together before it?
    kernel flipped
        each patch is read from its last number to its first
        Which pixel of the window comes first?
    kernel axes swapped
        height and width of the kernel are exchanged
        Is kernel_size[0] the number of rows or of columns?
    stride ignored
        stride is not used
        With stride 2, which of the windows of stride 1 remain?
    stride ignored in indexing
        there are as many windows as stride allows, but they lie one pixel apart
        At which column does the second window start when stride is 2?
    first channel only
        only the first channel is written
        How many numbers does one filter read at one position?
    last row and column missing
        the last row and the last column of positions are left out
        How often does a kernel of 3 fit into 3 pixels, and what does your range give there?
    """),
    hints=(
        "One column is one window, flattened: how many numbers is that?",
        "Loop over the positions, left to right and then down, and flatten each window.",
        "image[:, top : top + height, left : left + width].flatten() is one column.",
    ),
    solution="""\
def im2col(image, kernel_size, stride=1):
    height, width = kernel_size
    columns = []
    for top in range(0, image.shape[1] - height + 1, stride):
        for left in range(0, image.shape[2] - width + 1, stride):
            columns.append(image[:, top : top + height, left : left + width].flatten())
    return torch.stack(columns, dim=1)
""",
)

EXERCISES = (IM2COL,)
