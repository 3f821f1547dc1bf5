"""find_template: where an image shows a template."""

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Misconception,
    Switches,
    integer,
    misconceptions_from,
    whole_numbers,
)
from cnnlab.exercises.kit.sheets import Numbers, Varied, one_of

ASKED = {"find_template": ("Homework 1.3", "01 bright-intro", 4, "sliding")}

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
    if "width of the image" in switches:
        row, column = divmod(index, image.shape[1])
    if "middle for corner" in switches:
        row, column = row + template.shape[0] // 2, column + template.shape[1] // 2
    return (column, row) if "column first" in switches else (row, column)


def _convention(n: Numbers, switches: Switches, image: Tensor, template: Tensor) -> Any:
    """Answer as a sheet asks for it: which corner, counted from 0 or 1, row or column first."""
    place = _find_template(switches, image, template)
    if not isinstance(place, tuple):
        return place
    middle, corner = "middle for corner" in switches, n["corner"] == LOWER
    far = corner and not middle and "upper corner" not in switches
    first = 0 if "counted from 0" in switches else n["first"]
    sizes = template.shape[:: -1 if "column first" in switches else 1]
    place = tuple(p + first + far * (size - 1) for p, size in zip(place, sizes, strict=True))
    return place[::-1] if n["order"] == COLUMN_FIRST else place


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


PLACE_MISCONCEPTIONS = misconceptions_from("""
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
    width of the image
        the flat index is divided by the image's width, not by that of the answers
        How many answers are there in one row?
""")
(UPPER_CORNER, FROM_ZERO) = misconceptions_from("""
    upper corner
        the place is the window's upper left corner, not its lower right one
        How far is it from the window's first pixel to its last?
    counted from 0
        rows and columns are counted from 0
        Which number has the first row on your sheet?
""")
UPPER, LOWER = "upper left", "lower right"
ROW_FIRST, COLUMN_FIRST = "(row, column)", "(column, row)"
GIVEN = {"corner": UPPER, "first": 0, "order": ROW_FIRST, "row": 3, "column": 2}


def _misconceptions(n: Numbers) -> tuple[Misconception, ...]:
    """Return those that are possible on a sheet, as they read there."""
    known = {each.name: each for each in PLACE_MISCONCEPTIONS}
    if n["order"] == COLUMN_FIRST:
        idea, question = "the row is returned before the column", "What does your sheet ask for?"
        known["column first"] = replace(known["column first"], idea=idea, question=question)
    if n["corner"] == LOWER:
        idea = known["middle for corner"].idea.replace(UPPER, LOWER)
        known["middle for corner"] = replace(known["middle for corner"], idea=idea)
    added = ((UPPER_CORNER, n["corner"] == LOWER), (FROM_ZERO, n["first"] == 1))
    return (*known.values(), *(each for each, possible in added if possible))


def _solution(n: Numbers) -> str:
    far = " + template.shape[{}] - 1" if n["corner"] == LOWER else ""
    first = " + 1" if n["first"] else ""
    place = [f"{axis}{far.format(i)}{first}" for i, axis in enumerate(("row", "column"))]
    place = [each.replace("- 1 + 1", "").strip() for each in place]
    return f"""\
def find_template(image, template):
    kernel = template - template.mean()
    answers = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    row, column = divmod(answers.argmax().item(), answers.shape[1])
    return {", ".join(place[:: -1 if n["order"] == COLUMN_FIRST else 1])}
"""


def _exercise(n: Numbers) -> Exercise:
    counted = ", both counted from 1," if n["first"] else ""
    return Exercise(
        name="find_template",
        task=f"Return {n['order']}{counted} of the {n['corner']} corner of the window that shows "
        "the template best, however bright the image is there.",
        returns=f"a {n['order']} pair of whole numbers",
        model=partial(_convention, n),
        inputs=_find_template_inputs,
        misconceptions=_misconceptions(n),
        hints=(
            "Take away the template's mean: then an even patch answers 0, however bright.",
            "Slide it over the image as in lesson 02 and look for the largest answer.",
            "answers.argmax() counts row after row; divmod by the answers' width gives (row, "
            "column) of the window's upper left corner, counted from 0.",
        ),
        solution=_solution(n),
    )


def place_of(n: Numbers, size: Pair) -> Pair:
    """Return what a sheet calls the place of a template of this size at its row and column."""
    far = n["corner"] == LOWER
    corner = zip((n["row"], n["column"]), size, strict=True)
    row, column = (at + n["first"] + far * (length - 1) for at, length in corner)
    return (column, row) if n["order"] == COLUMN_FIRST else (row, column)


def _draw(generator: Generator) -> Numbers:
    return {
        "corner": one_of(generator, UPPER, LOWER),
        "first": one_of(generator, 0, 1),
        "order": one_of(generator, ROW_FIRST, COLUMN_FIRST),
        "row": integer(generator, 1, 6),
        "column": integer(generator, 1, 3),
    }


VARIED = {"find_template": Varied(GIVEN, _draw, _exercise)}
EXERCISES = (_exercise(GIVEN),)
