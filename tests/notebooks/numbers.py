"""Every number in a lesson's text, and the claim that asserts it.

`python -m tests.notebooks.numbers 02` lists those that nothing asserts; with `--all` each number
with its claim. A number counts as asserted where a cell tagged `claim` compares something with it
(as it stands, rounded, or as a percentage), or with bounds close around it. A setting, a number
that shown code holds, needs no claim: it is what was done, not what came out.
"""

import ast
import math
import re
import sys
from collections.abc import Iterator

import nbformat
from nbformat import NotebookNode

from cnnlab.course import is_lecture
from cnnlab.site.build import find_lessons
from tests.lessons import tagged

NUMBER = re.compile(r"(?<![\w.])([-\u2212]?\d[\d,]*(?:\.\d+)?)(?:\s?(%))?(?!\w)")
SMALL = 10  # smaller whole numbers count things that stand beside them
CLOSE = 0.35  # how far bounds may lie apart, as a share of the number
NOT_RESULTS = re.compile(
    r"\(\w[^()]*\d{4}[^()]*\)|arXiv:\S+|\b(?:19|20)\d\d\b|[Ll]essons? [\d, and]+|\]\([^)]*\)"
    r"|`[^`]*`|https?:\S+|\d+ minutes|\d+-\d+-\d+|CIFAR-10|Shapes-10|LeNet-5|ResNet-\d+|VGG-\d+"
    r"|Exercise \d+|^#.*$|180 degrees",
    re.MULTILINE,
)


def constants(tree: ast.AST) -> Iterator[float]:
    """Yield the numbers in a piece of code, and what sums and products of numbers alone make."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.UnaryOp | ast.BinOp):
            parts = [each for each in ast.walk(node) if isinstance(each, ast.expr)]
            if all(isinstance(each, ast.Constant | ast.UnaryOp | ast.BinOp) for each in parts):
                value = eval(ast.unparse(node))  # of numbers alone
                if type(value) in (int, float):
                    yield float(value)


def compared(source: str) -> Iterator[tuple[list[float], str]]:
    """Yield the numbers of each statement of a cell that asserts, and its text."""
    for node in ast.parse(source).body:
        if any(isinstance(each, ast.Assert) for each in ast.walk(node)):
            yield sorted(set(constants(node))), ast.unparse(node).partition("\n")[0]


def as_number(text: str) -> tuple[float, float]:
    """Return a number in a text, and half a unit of its last digit."""
    plain = text.replace(",", "").replace("\u2212", "-")
    digits = len(plain.partition(".")[2])
    return float(plain), 0.5 * 10**-digits


def asserts(value: float, half: float, stated: list[float]) -> bool:
    """Tell whether numbers in an assertion state a value: as it is, or as close bounds."""
    sizes = {abs(each) for each in stated} | {100 * abs(each) for each in stated}
    if any(abs(each - abs(value)) <= half * 1.0001 for each in sizes):
        return True
    for scale in (1, 100):
        below = [scale * abs(each) for each in stated if scale * abs(each) < abs(value)]
        above = [scale * abs(each) for each in stated if scale * abs(each) > abs(value)]
        if below and above and min(above) - max(below) <= CLOSE * abs(value):
            return True
    return False


def texts(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield the text cells that a learner reads: their ids, and what may state a result."""
    for cell in notebook.cells[1:]:
        if cell.cell_type == "markdown" and not is_lecture(cell):
            yield cell.id, NOT_RESULTS.sub(" ", cell.source)


def numbers(notebook: NotebookNode) -> Iterator[tuple[str, str, str]]:
    """Yield the number, its cell, and the assertion that states it, "setting", or ""."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    claims = [each for cell in code if tagged(cell, "claim") for each in compared(cell.source)]
    shown = {
        abs(each)
        for cell in code
        if not tagged(cell, "claim")
        for each in constants(ast.parse(cell.source))
    }
    for ident, text in texts(notebook):
        for found in NUMBER.finditer(text):
            value, half = as_number(found.group(1))
            if value == math.floor(value) and abs(value) <= SMALL and not found.group(2):
                continue
            by = next((what for stated, what in claims if asserts(value, half, stated)), "")
            by = by or ("setting" if abs(value) in shown else "")
            yield found.group(0), ident, by


def main() -> None:
    """Print the list for the lessons named."""
    names = [each for each in sys.argv[1:] if each.isdigit()]
    for path in find_lessons(names):
        for number, ident, by in numbers(nbformat.read(path, 4)):
            if "--all" in sys.argv or not by:
                print(f"{path.stem[:2]} {number:>12}  {ident:28} {by or 'NOTHING'}")


if __name__ == "__main__":
    main()
