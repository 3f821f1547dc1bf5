"""dot_kernel: a kernel that finds one bright pixel."""

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import Exercise, Numbers, Varied, integer, misconceptions_from
from cnnlab.exercises.kit.patches import COLUMN, DOT, EVEN, RISING, describe_kernel, shown

ASKED = {"dot_kernel": ("Homework 1.1", "01 edge-intro", 2)}

GIVEN = {"row": 1, "column": 1, "bright": True}


def _dot(row: int, column: int) -> Tensor:
    return DOT.roll((row - 1, column - 1), (0, 1))


def _dot_patches(n: Numbers) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return what the kernel must respond to as it should, and what more weakly."""
    shade, row, column = "bright" if n["bright"] else "dark", n["row"], n["column"]
    patches = {
        f"a {shade} dot": shown(_dot(row, column), n["bright"]),
        "a patch of one brightness": EVEN,
        "brightness that rises to the right": RISING,
        "brightness that rises downwards": RISING.T,
    }
    lines = COLUMN.roll(column - 1, 1), COLUMN.T.roll(row - 1, 0)
    names = f"a {shade} line from top to bottom", f"a {shade} line from left to right"
    rivals = {name: shown(line, n["bright"]) for name, line in zip(names, lines, strict=True)}
    if n != GIVEN:
        places = [(i, j) for i in range(3) for j in range(3) if (i, j) != (row, column)]
        others = torch.stack([shown(_dot(*place), n["bright"]) for place in places])
        rivals[f"a {shade} dot elsewhere in the window"] = others
    return patches, rivals


MISCONCEPTIONS = """
    responds to brightness
        the kernel responds to any bright patch, dot or not
        What do its nine numbers add up to, and what does that do to an even patch?
        edit: {brightness}
    finds lines
        the kernel responds to a line more strongly than to a dot
        Which of the eight neighbors does a line make {shade}, and what should they count?
        edit: [{row}, {column}] -> [:, {column}]
        edit: {lines}
    finds edges
        the kernel responds to brightness that rises, not to a dot
        Which pixel of the patch has no counterpart on the other side of the dot?
        edit: {edges}
    sign reversed
        the kernel finds a {opposite} dot on a {shade} ground
        Which number of the kernel meets the {shade} pixel?
        edit: return kernel -> return -kernel
    all zeros
        the kernel responds to nothing
        What is the response of a kernel of zeros?
        edit: return kernel -> return 0 * kernel
"""
DOT_HINTS = (
    "Draw the patch you want to find: which pixel is bright, and what are the others?",
    "The response to an even patch should be 0, so the nine numbers add up to 0.",
    "All eight neighbors are alike: give them the same negative number.",
)
PLACED_HINTS = (
    DOT_HINTS[0],
    "The response to an even patch is 0 if the nine numbers add up to 0. And to a rising one?",
    "Start from the patch, and take away the plane a + b * column + c * row that fits it best.",
)
DOT_SOLUTION = """\
def dot_kernel():
    kernel = torch.full((3, 3), -1.0)
    kernel[1, 1] = 8.0
    return kernel
"""
DOT_EDITS = {
    "brightness": "-1.0 -> 0.0",
    "lines": "8.0 -> 2.0",
    "edges": "kernel[1, 1] = 8.0 -> kernel[:] = torch.tensor([-1.0, 0.0, 1.0])",
}
PLACED_SOLUTION = """\
def dot_kernel():
    patch = torch.{ground}(3, 3)
    patch[{row}, {column}] = {pixel}
    steps = torch.tensor([-1.0, 0.0, 1.0])
    across, down = steps.expand(3, 3), steps[:, None].expand(3, 3)
    plane = patch.mean() + (patch * across).sum() / 6 * across + (patch * down).sum() / 6 * down
    kernel = patch - plane
    return kernel
"""
PLACED_EDITS = {"brightness": "patch - plane -> patch", "lines": "- plane -> - patch.mean()"}


def _exercise(n: Numbers) -> Exercise:
    given, bright = n == GIVEN, n["bright"]
    shade, opposite = ("bright", "dark") if bright else ("dark", "bright")
    ground, pixel = ("zeros", 1.0) if bright else ("ones", 0.0)
    step = "across" if n["column"] == 1 else "down"
    edits = DOT_EDITS if given else PLACED_EDITS | {"edges": f"patch - plane -> {step}"}
    known = MISCONCEPTIONS.format(**n, **edits, shade=shade, opposite=opposite)
    where = "" if given else f" at row {n['row']}, column {n['column']} of the window"
    return Exercise(
        name="dot_kernel",
        task=f"Return a 3x3 kernel that responds most strongly where one pixel{where} is {shade}er "
        "than all around it, and not at all to even or evenly rising brightness.",
        returns="a tensor of 3 rows and 3 columns",
        inputs=lambda _: [()],
        extract_answer=lambda returned, _: describe_kernel(returned, *_dot_patches(n)),
        misconceptions=misconceptions_from(known),
        hints=DOT_HINTS if given else PLACED_HINTS,
        solution=DOT_SOLUTION if given else PLACED_SOLUTION.format(**n, ground=ground, pixel=pixel),
    )


def _draw(generator: Generator) -> Numbers:
    places = {name: integer(generator, 0, 2) for name in ("row", "column")}
    return places | {"bright": bool(integer(generator, 0, 1))}


VARIED = {"dot_kernel": Varied(GIVEN, _draw, _exercise)}
