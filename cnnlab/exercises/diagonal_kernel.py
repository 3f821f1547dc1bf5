"""diagonal_kernel: a kernel that finds a stroke along a diagonal."""

from torch import Generator, Tensor

from cnnlab.exercises.kit import Exercise, Numbers, Varied, integer, misconceptions_from
from cnnlab.exercises.kit.patches import COLUMN, DIAGONAL, EVEN, describe_kernel, shown

ASKED = {"diagonal_kernel": ("Homework 1.2", "01 edge-intro", 2)}

GIVEN = {"rising": False, "bright": True}


def _patches(n: Numbers) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return what the kernel must respond to as it should, and what more weakly."""
    stroke = DIAGONAL.flip(1) if n["rising"] else DIAGONAL
    patches = {"its own diagonal": shown(stroke, n["bright"]), "a patch of one brightness": EVEN}
    rivals = {
        "the other diagonal": stroke.flip(1),
        "a line from top to bottom": COLUMN,
        "a line from left to right": COLUMN.T,
    }
    return patches, {name: shown(patch, n["bright"]) for name, patch in rivals.items()}


MISCONCEPTIONS = """
    responds to brightness
        the kernel responds to any bright patch, line or not
        What do its nine numbers add up to, and what does that do to an even patch?
        edit: 3 * patch - {bright_pixels} -> patch
    finds upright lines
        the kernel responds most strongly to a line from top to bottom
        Which three pixels does the line make {shade}?
        edit: torch.eye(3) -> torch.tensor([0.0, 1.0, 0.0]).expand(3, 3)
    the other diagonal
        the kernel finds the line from the top {right} to the bottom {left}
        Which column does the line reach in the first row, and which in the last?
        edit: return kernel -> return kernel.flip(1)
    sign reversed
        the kernel finds a {opposite} line on a {shade} ground
        Which numbers of the kernel meet the {shade} pixels?
        edit: return kernel -> return -kernel
    all zeros
        its response to its own diagonal is 0
        Which numbers does the kernel add up there?
        edit: return kernel -> return 0 * kernel
"""
SOLUTION = """\
def diagonal_kernel():
    patch = {patch}
    kernel = 3 * patch - {bright_pixels}
    return kernel
"""


def _exercise(n: Numbers) -> Exercise:
    shade, opposite = ("bright", "dark") if n["bright"] else ("dark", "bright")
    left, right = ("right", "left") if n["rising"] else ("left", "right")
    start, end = ("bottom left", "top right") if n["rising"] else ("top left", "bottom right")
    line = "torch.eye(3).flip(1)" if n["rising"] else "torch.eye(3)"
    patch, bright_pixels = (line, 1) if n["bright"] else (f"1 - {line}", 2)  # in each row
    words = {"shade": shade, "opposite": opposite, "left": left, "right": right}
    known = MISCONCEPTIONS.format(**words, bright_pixels=bright_pixels)
    return Exercise(
        name="diagonal_kernel",
        task=f"Return a 3x3 kernel that responds most strongly to a {shade} line from the {start} "
        f"to the {end}, and not at all to even brightness.",
        returns="a tensor of 3 rows and 3 columns",
        inputs=lambda _: [()],
        extract_answer=lambda returned, _: describe_kernel(returned, *_patches(n)),
        misconceptions=misconceptions_from(known),
        hints=(
            "Mark the three pixels of the line in a 3x3 grid.",
            "Numbers of one sign on the line, of the other beside it, and a sum of 0.",
            "torch.eye(3) has ones on the diagonal from the top left. What must you take away "
            "from it?",
        ),
        solution=SOLUTION.format(patch=patch, bright_pixels=bright_pixels),
    )


def _draw(generator: Generator) -> Numbers:
    return {name: bool(integer(generator, 0, 1)) for name in ("rising", "bright")}


VARIED = {"diagonal_kernel": Varied(GIVEN, _draw, _exercise)}
