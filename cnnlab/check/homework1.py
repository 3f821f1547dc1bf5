"""Exercises of homework 1: kernels that find what a picture shows."""

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.check.answers import plain
from cnnlab.check.exercise import Arguments, Exercise, Slips, slips_from, whole_numbers

Pair = tuple[int, int]
EVEN = torch.full((3, 3), 4.0, dtype=torch.float64)
DOT = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=torch.float64)
COLUMN = torch.tensor([[0.0, 1, 0]], dtype=torch.float64).repeat(3, 1)
RISING = torch.tensor([[1.0, 2, 3]], dtype=torch.float64).repeat(3, 1)
DIAGONAL = torch.eye(3, dtype=torch.float64)
COMPARED = {"negative": "weaker", "0": "as strong", "positive": "stronger"}


def _answers(returned: Any, patches: dict[str, Tensor], rivals: dict[str, Tensor]) -> Any:
    """Describe a kernel by the signs of its answers: many kernels are right."""
    kernel = plain(returned)
    if not isinstance(kernel, Tensor) or kernel.shape != (3, 3):
        return kernel
    strength = {name: float((patch * kernel).sum()) for name, patch in patches.items()}
    signs = {f"answer to {name}": _sign(answer) for name, answer in strength.items()}
    wanted = next(iter(strength.values()))
    for name, patch in rivals.items():
        sign = _sign(float((patch * kernel).sum()) - wanted)
        signs[f"answer to {name}"] = COMPARED[sign]
    return signs


def _sign(number: float) -> str:
    if abs(number) < 1e-6:
        return "0"
    return "positive" if number > 0 else "negative"


def _dot_kernel(slips: Slips) -> Tensor:
    kernel = 9 * DOT - 1
    if "answers to brightness" in slips:
        kernel = DOT
    if "finds lines" in slips:
        kernel = 3 * COLUMN - 1
    if "finds edges" in slips:
        kernel = RISING - 2
    if "sign reversed" in slips:
        kernel = -kernel
    return torch.zeros_like(kernel) if "all zeros" in slips else kernel


DOT_KERNEL = Exercise(
    name="dot_kernel",
    task="Return a 3x3 kernel that answers most strongly where one pixel is brighter than all "
    "around it, and not at all to even or evenly rising brightness.",
    returns="a tensor of 3 rows and 3 columns",
    model=_dot_kernel,
    inputs=lambda _: [()],
    observe=lambda returned, _: _answers(
        returned,
        {
            "a bright dot": DOT,
            "a patch of one brightness": EVEN,
            "brightness that rises to the right": RISING,
            "brightness that rises downwards": RISING.T,
        },
        {"a bright line from top to bottom": COLUMN, "a bright line from left to right": COLUMN.T},
    ),
    slips=slips_from("""
        answers to brightness
            the kernel answers to any bright patch, dot or not
            What do its nine numbers add up to, and what does that do to an even patch?
        finds lines
            the kernel answers to a line more strongly than to a dot
            Which of the eight neighbours does a line make bright, and what should they count?
        finds edges
            the kernel answers to brightness that rises, not to a dot
            Which pixel of the patch has no counterpart on the other side of the dot?
        sign reversed
            the kernel finds a dark dot on a bright ground
            Which number of the kernel meets the bright pixel?
        all zeros
            the kernel answers to nothing
            What does a kernel of zeros answer?
    """),
    hints=(
        "Draw the patch you want to find: which pixel is bright, and what are the others?",
        "An even patch should answer 0, so the nine numbers add up to 0.",
        "All eight neighbours are alike: give them the same negative number.",
    ),
    solution="""\
def dot_kernel():
    kernel = torch.full((3, 3), -1.0)
    kernel[1, 1] = 8.0
    return kernel
""",
)


def _diagonal_kernel(slips: Slips) -> Tensor:
    kernel = 3 * DIAGONAL - 1
    if "answers to brightness" in slips:
        kernel = DIAGONAL
    if "finds upright lines" in slips:
        kernel = 3 * COLUMN - 1
    if "the other diagonal" in slips:
        kernel = kernel.flip(1)
    if "sign reversed" in slips:
        kernel = -kernel
    return torch.zeros_like(kernel) if "all zeros" in slips else kernel


DIAGONAL_KERNEL = Exercise(
    name="diagonal_kernel",
    task="Return a 3x3 kernel that answers most strongly to a bright line from the top left to "
    "the bottom right, and not at all to even brightness.",
    returns="a tensor of 3 rows and 3 columns",
    model=_diagonal_kernel,
    inputs=lambda _: [()],
    observe=lambda returned, _: _answers(
        returned,
        {"its own diagonal": DIAGONAL, "a patch of one brightness": EVEN},
        {
            "the other diagonal": DIAGONAL.flip(1),
            "a line from top to bottom": COLUMN,
            "a line from left to right": COLUMN.T,
        },
    ),
    slips=slips_from("""
        answers to brightness
            the kernel answers to any bright patch, line or not
            What do its nine numbers add up to, and what does that do to an even patch?
        finds upright lines
            the kernel answers most strongly to a line from top to bottom
            Which three pixels does the line make bright?
        the other diagonal
            the kernel finds the line from the top right to the bottom left
            Which column does the line reach in the first row, and which in the last?
        sign reversed
            the kernel finds a dark line on a bright ground
            Which numbers of the kernel meet the bright pixels?
        all zeros
            the kernel answers to nothing
            What does a kernel of zeros answer?
    """),
    hints=(
        "Mark the three pixels of the line in a 3x3 grid.",
        "Positive numbers on the line, negative ones beside it, and a sum of 0.",
        "torch.eye(3) has ones on this diagonal. What must you take away from it?",
    ),
    solution="""\
def diagonal_kernel():
    return 3 * torch.eye(3) - 1
""",
)


def _find_template(slips: Slips, image: Tensor, template: Tensor) -> Any:
    kernel = template if "mean not subtracted" in slips else template - template.mean()
    kernel = kernel.flip(0, 1) if "kernel flipped" in slips else kernel
    answers = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    if "weakest answer" in slips:
        answers = -answers
    if "sign lost" in slips:
        answers = answers.abs()
    index = int(answers.argmax())
    if "flat index" in slips:
        return index
    row, column = divmod(index, answers.shape[1])
    if "width of the picture" in slips:
        row, column = divmod(index, image.shape[1])
    if "middle for corner" in slips:
        row, column = row + template.shape[0] // 2, column + template.shape[1] // 2
    return (column, row) if "column first" in slips else (row, column)


def _find_template_inputs(generator: Generator) -> list[Arguments]:
    settings = [((9, 12), (3, 2)), ((12, 9), (2, 3)), ((14, 17), (3, 4)), ((15, 13), (4, 3))]
    return [_hide(generator, *setting, negative) for setting in settings for negative in (0, -4)]


def _hide(generator: Generator, image: Pair, template: Pair, negative: int) -> Arguments:
    """Hide a pattern among others that mislead: until the right kernel alone finds it."""
    while True:
        pattern = whole_numbers(generator, *template).abs()
        places = [
            tuple(int(torch.randint(n - m + 1, (), generator=generator)) for n, m in sizes)
            for sizes in [tuple(zip(image, template, strict=True))] * 3
        ]
        picture = whole_numbers(generator, *image) / 4
        picture += 5 * torch.arange(image[1]).double()  # brighter to the right
        for (row, column), drawn in zip(places, (3, negative, 2), strict=True):
            part = pattern if drawn != 2 else pattern.flip(0, 1)
            picture[row : row + template[0], column : column + template[1]] += drawn * part
        if _find_template(frozenset(), picture, pattern) == places[0] and places[0][0] > 0:
            return picture, pattern


FIND_TEMPLATE = Exercise(
    name="find_template",
    task="Return (row, column) of the upper left corner of the window that shows the template best,"
    " however bright the picture is there.",
    returns="a (row, column) pair of whole numbers",
    model=_find_template,
    inputs=_find_template_inputs,
    slips=slips_from("""
        mean not subtracted
            the template is used as it is, so that a bright place answers like a fitting one
            What does a kernel of positive numbers answer to a bright patch without any pattern?
        kernel flipped
            the template is turned upside down and left to right
            Which pixel of the window should template[0, 0] meet?
        weakest answer
            the window with the weakest answer is taken
            What does a window answer that shows the template's negative?
        sign lost
            the template's negative is taken for the template
            Which sign does the answer have where bright and dark have changed places?
        column first
            the column is returned before the row
            Which comes first in image[?, ?]?
        middle for corner
            the place is the window's middle, not its upper left corner
            Which pixel of the window does answers[row, column] start from?
        flat index
            the place is counted in one row of all answers
            argmax counts along all rows. How many whole rows come before that place?
        width of the picture
            the flat index is divided by the picture's width, not by that of the answers
            How many answers are there in one row?
    """),
    hints=(
        "Take away the template's mean: then an even patch answers 0, however bright.",
        "Slide it over the picture as in lesson 02 and look for the largest answer.",
        "answers.argmax() counts row after row; divmod by the answers' width gives (row, column).",
    ),
    solution="""\
def find_template(image, template):
    kernel = template - template.mean()
    answers = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    row, column = divmod(answers.argmax().item(), answers.shape[1])
    return row, column
""",
)

EXERCISES = (DOT_KERNEL, DIAGONAL_KERNEL, FIND_TEMPLATE)
