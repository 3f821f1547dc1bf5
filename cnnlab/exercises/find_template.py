"""find_template: where an image shows a template."""

import torch
from torch import Generator
from torch.nn import functional as F

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    Misconception,
    Numbers,
    Varied,
    crossed,
    integer,
    misconceptions_from,
    one_of,
    whole_numbers,
)
from cnnlab.exercises.kit.drawing import PAIRS, TURNED, Pair

ASKED = {"find_template": ("Homework 1.3", "01 bright-intro", 4, "sliding")}


def _find_template_inputs(generator: Generator) -> list[Arguments]:
    templates = PAIRS[1:]  # of a single number nothing is left without its mean
    settings = templates, range(1, 10), range(2, 12), (0, -4), TURNED, TURNED, TURNED
    readable = [((2, 2), 3, 4, 0, False, False, False), ((2, 3), 4, 3, 0, False, False, False)]
    return [_hide(generator, *each) for each in [*readable, *crossed(generator, 38, *settings)]]


def _hide(generator: Generator, template: Pair, rows: int, columns: int, *looks: int) -> Arguments:
    """Hide a pattern among others that mislead: until the right kernel alone finds it.

    Args:
        rows: how often the template fits down the image.
        columns: how often it fits along the image.
        looks: the factor of the pattern's negative, whether the pattern has negative numbers,
            whether it is turned in memory, and whether the image is.
    """
    negative, signed, turned, image_turned = looks
    image = rows + template[0] - 1, columns + template[1] - 1
    while True:
        pattern = whole_numbers(generator, *template, turned=bool(turned))
        pattern = pattern if signed else pattern.abs()
        picture = whole_numbers(generator, *image, turned=bool(image_turned)) / 4
        picture += 5 * torch.arange(image[1]).double()  # brighter to the right
        places = []
        for part in 3 * pattern, negative * pattern, 2 * pattern.flip(0, 1):
            row, column = integer(generator, 0, rows - 1), integer(generator, 0, columns - 1)
            picture[row : row + template[0], column : column + template[1]] += part
            places.append(row * columns + column)
        kernel = pattern - pattern.mean()
        responses = F.conv2d(picture[None, None], kernel[None, None]).flatten()
        best, second = responses.topk(2).values
        if best > second + 1 and responses.argmax() == places[0]:
            return picture, pattern


UPPER, LOWER = "upper left", "lower right"
ROW_FIRST, COLUMN_FIRST = "(row, column)", "(column, row)"
GIVEN = {"corner": UPPER, "first": 0, "order": ROW_FIRST, "row": 3, "column": 2}


KNOWN_EVERYWHERE = """
    mean not subtracted
        the template is used as it is, so that a bright place responds like a fitting one
        What does a kernel of positive numbers answer to a bright patch without any pattern?
        edit: template - template.mean() -> template
    kernel flipped
        the template is rotated by 180 degrees
        Which pixel of the window should template[0, 0] meet?
        edit: kernel[None, None] -> kernel.flip(0, 1)[None, None]
    weakest answer
        the window with the weakest answer is taken
        What does a window answer that shows the template's negative?
        edit: argmax -> argmin
    sign lost
        the template's negative is taken for the template
        Which sign does the answer have where bright and dark have changed places?
        edit: responses.argmax -> responses.abs().argmax
    flat index
        the place is counted in one row of all responses
        argmax counts along all rows. How many whole rows come before that place?
        edit: row, column = divmod(index, responses.shape[1]) -> return index
    width of the image
        the flat index is divided by the image's width, not by that of the responses
        How many responses are there in one row?
        edit: responses.shape[1] -> image.shape[1]
"""
KNOWN_FOR_ORDER = {
    ROW_FIRST: """
    column first
        the column is returned before the row
        Which comes first in image[?, ?]?
        edit: return row, column -> return column, row
""",
    COLUMN_FIRST: """
    column first
        the row is returned before the column
        What does your sheet ask for?
        edit: return column, row -> return row, column
""",
}
KNOWN_FOR_CORNER = {
    UPPER: """
    middle for corner
        the place is the window's middle, not its upper left corner
        Which pixel of the window does responses[row, column] start from?
        edit: responses.shape[1]) -> responses.shape[1]); row += template.shape[0] // 2
        edit: return -> column += template.shape[1] // 2; return
""",
    LOWER: """
    middle for corner
        the place is the window's middle, not its lower right corner
        Which pixel of the window does responses[row, column] start from?
        edit: template.shape[0] - 1 -> template.shape[0] // 2
        edit: template.shape[1] - 1 -> template.shape[1] // 2
    upper corner
        the place is the window's upper left corner, not its lower right one
        How far is it from the window's first pixel to its last?
        edit: row + template.shape[0] - 1, column + template.shape[1] - 1 -> row, column
""",
}
KNOWN_FOR_FIRST = {
    0: "",
    1: """
    counted from 0
        rows and columns are counted from 0
        Which number has the first row on your sheet?
        edit: row + 1, column + 1 -> row, column
""",
}
TO_LOWER = "\n    row, column = row + template.shape[0] - 1, column + template.shape[1] - 1"
FROM_ONE = "\n    row, column = row + 1, column + 1"


def _misconceptions(n: Numbers) -> tuple[Misconception, ...]:
    """Return those that are possible on a sheet, as they read there."""
    text = KNOWN_EVERYWHERE + KNOWN_FOR_ORDER[n["order"]] + KNOWN_FOR_CORNER[n["corner"]]
    return misconceptions_from(text + KNOWN_FOR_FIRST[n["first"]])


def _solution(n: Numbers) -> str:
    convention = (TO_LOWER if n["corner"] == LOWER else "") + (FROM_ONE if n["first"] else "")
    return f"""\
def find_template(image, template):
    kernel = template - template.mean()
    responses = F.conv2d(image[None, None], kernel[None, None])[0, 0]
    index = responses.argmax().item()
    row, column = divmod(index, responses.shape[1]){convention}
    return {n["order"].strip("()")}
"""


def _exercise(n: Numbers) -> Exercise:
    counted = ", both counted from 1," if n["first"] else ""
    return Exercise(
        name="find_template",
        task=f"Return {n['order']}{counted} of the {n['corner']} corner of the window that shows "
        "the template best, however bright the image is there.",
        returns=f"a {n['order']} pair of whole numbers",
        inputs=_find_template_inputs,
        misconceptions=_misconceptions(n),
        hints=(
            "Take away the template's mean: then an even patch gives 0, however bright.",
            "Slide it over the image as in lesson 02 and look for the largest answer.",
            "responses.argmax() counts row after row; divmod by their width gives (row, "
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
