"""find_template: where an image shows a template."""

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)

Pair = tuple[int, int]


def _find_template(switches: Switches, image: Tensor, template: Tensor) -> Any:
    kernel = template if "mean not subtracted" in switches else template - template.mean()
    kernel = kernel.flip(0, 1) if "kernel flipped" in switches else kernel
    answers = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    if "weakest answer" in switches:
        answers = -answers
    if "sign lost" in switches:
        answers = answers.abs()
    index = int(answers.argmax())
    if "flat index" in switches:
        return index
    row, column = divmod(index, answers.shape[1])
    if "width of the picture" in switches:
        row, column = divmod(index, image.shape[1])
    if "middle for corner" in switches:
        row, column = row + template.shape[0] // 2, column + template.shape[1] // 2
    return (column, row) if "column first" in switches else (row, column)


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
    misconceptions=misconceptions_from("""
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


EXERCISES = (FIND_TEMPLATE,)
