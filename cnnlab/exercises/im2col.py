"""Exercise of lesson 04: the matrix that turns convolution into one product."""

from torch import Generator
from torch.nn import functional as F

from cnnlab.exercises.kit import Arguments, Exercise, misconceptions_from, whole_numbers
from cnnlab.exercises.kit.drawing import TO_FOUR, TURNED, windows

ASKED = {"im2col": ("Lesson 04.1", "04 im2col-intro")}


def _im2col_inputs(generator: Generator) -> list[Arguments]:
    one_row = whole_numbers(generator, 1, 2, 3), (1, 1)
    return [one_row] + [
        (whole_numbers(generator, channels, *image, turned=turned), kernel, *settings[:1])
        for image, kernel, settings, channels, turned in windows(generator, 41, TO_FOUR, TURNED)
    ]


IM2COL = Exercise(
    name="im2col",
    task="Write each window of (channels, height, width) as a column, in torch's order.",
    returns="a tensor (channels * kernel_height * kernel_width, positions)",
    oracle=lambda image, kernel_size, stride=1: F.unfold(image[None], kernel_size, stride=stride)[
        0
    ],
    inputs=_im2col_inputs,
    axes={"": ("matrix row", "position")},
    misconceptions=misconceptions_from("""
    channels last
        the channel changes fastest down a column
        In weight[o].flatten(), which comes first: a channel's whole kernel, or one number of each?
        edit: window.flatten() -> window.permute(1, 2, 0).flatten()
    patch column by column
        each patch is read down its columns, not along its rows
        Which number follows weight[o, 0, 0, 0] in weight[o].flatten()?
        edit: window.flatten() -> window.mT.flatten()
    positions column by column
        the windows are taken down the image first
        Which window makes the second column: the one to the right or the one below?
        edit: for top in -> for left in
        edit: image.shape[1] - height -> image.shape[2] - width
        edit: for left in -> for top in
        edit: image.shape[2] - width -> image.shape[1] - height
    matrix transposed
        each window is a row, not a column
        Which shape lets weight.reshape(out_channels, -1) @ columns work?
        edit: dim=1 -> dim=0
    reshaped without permuting
        the axes are reshaped before they stand in the right order
        reshape keeps the order of the numbers. Which axes must stand together before it?
        edit: window.flatten() -> window
        edit: dim=1) -> dim=1).reshape(-1, len(columns))
    kernel flipped
        each patch is read from its last number to its first
        Which pixel of the window comes first?
        edit: left + width] -> left + width].flip(1, 2)
    kernel axes swapped
        height and width of the kernel are exchanged
        Is kernel_size[0] the number of rows or of columns?
        edit: height, width = kernel_size -> width, height = kernel_size
    stride ignored
        stride is not used
        With stride 2, which of the windows of stride 1 remain?
        edit: columns = [] -> stride = 1; columns = []
    stride ignored in indexing
        there are as many windows as stride allows, but they lie one pixel apart
        At which column does the second window start when stride is 2?
        edit: top : top + height -> top // stride : top // stride + height
        edit: left : left + width -> left // stride : left // stride + width
    first channel only
        only the first channel is written
        How many numbers does one filter read at one position?
        edit: image[:, top -> image[:1, top
    last row and column missing
        the last row and the last column of positions are left out
        How often does a kernel of 3 fit into 3 pixels, and what does your range give there?
        edit: height + 1, stride) -> height + 1, stride)[:-1]
        edit: width + 1, stride) -> width + 1, stride)[:-1]
    last fitting window missing
        a window that ends exactly at the image's edge is left out
        How often does a kernel of 3 fit into 3 pixels, and what does your range give there?
        edit: height + 1, stride) -> height, stride)
        edit: width + 1, stride) -> width, stride)
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
            window = image[:, top : top + height, left : left + width]
            columns.append(window.flatten())
    return torch.stack(columns, dim=1)
""",
)
