"""What CI asserts stands in cells of its own, which a learner does without."""

import ast
import symtable

import nbformat
import pytest

from cnnlab.course import is_claim
from cnnlab.site import build
from tests.notebooks.numbers import numbers
from tests.notebooks.test_minutes import global_names
from tests.site.small_lessons import code, lesson_of, text

LESSONS = build.find_lessons()
# JupyterLab folds such a cell by the first, Colab by the second.
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}


def offences(cells):
    """Return (cell, what is wrong with it) for the code cells of a lesson."""
    found, claimed = [], set()  # names that a learner does without
    for cell in (each for each in cells if each.cell_type == "code"):
        body = ast.parse(cell.source)
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(body))
        made, used = global_names(symtable.symtable(cell.source, cell.id, "exec"))
        if not is_claim(cell):
            found += [(cell.id, "asserts")] * asserts
            found += [(cell.id, f"uses {name}") for name in sorted((used - made) & claimed)]
            claimed -= made
            continue
        claimed |= made
        found += [(cell.id, "asserts nothing")] * (not asserts)
        shows = isinstance(body.body[-1], ast.Expr) or {"print", "display"} & used
        found += [(cell.id, "shows something")] * bool(shows)
        folded = all(cell.metadata.get(key) == value for key, value in FOLDED.items())
        named = cell.id.endswith("-claim")
        found += [(cell.id, f"is not folded by {FOLDED}")] * (not folded)
        found += [(cell.id, "has an id that does not end in -claim")] * (not named)
    return found


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_claims_stand_in_cells_of_their_own(path):
    assert offences(nbformat.read(path, 4).cells) == []


def claim(source, ident="n-claim", **changed):
    cell = code(source, ident, tags=["claim"])
    cell.metadata.update(FOLDED | changed)
    return cell


def test_a_claim_as_it_should_be():
    cells = [code("n = 2", "n"), claim("bound = 1\nassert n > bound"), code("bound = n", "m")]
    assert offences([*cells, code("print(bound)", "last")]) == []


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ([code("n = 2\nassert n == 2", "n")], [("n", "asserts")]),
        ([code("for n in (1, 2):\n    assert n", "n")], [("n", "asserts")]),
        ([claim("n = 2\nassert n"), code("print(n)", "n")], [("n", "uses n")]),
        ([claim("import math\nassert 1"), code("def f(): math.pi", "f")], [("f", "uses math")]),
        ([claim("n = 2")], [("n-claim", "asserts nothing")]),
        ([claim("assert 1\nprint(1)")], [("n-claim", "shows something")]),
        ([claim("for n in [1]:\n    print(n)\n    assert n")], [("n-claim", "shows something")]),
        ([claim("n = 1\nassert n\nn")], [("n-claim", "shows something")]),
        ([claim("assert 1", cellView="")], [("n-claim", f"is not folded by {FOLDED}")]),
        ([claim("assert 1", jupyter={})], [("n-claim", f"is not folded by {FOLDED}")]),
        ([claim("assert 1", "sum")], [("sum", "has an id that does not end in -claim")]),
    ],
)
def test_what_a_claim_must_not_be_is_seen(cells, wrong):
    assert offences(cells) == wrong


# Not what an experiment found: the size of a data set and of a file, the number of a lesson, and
# numbers that an example or a task gives.
GIVEN = {
    "00": {"60,000", "170", "12"},
    "03": {"40", "18"},
    "06": {"60,000"},
    "07": {"50,000", "10,000"},
}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_number_in_the_text_is_asserted_or_given(path):
    unasserted = {n for n, _, by in numbers(nbformat.read(path, 4)) if not by}
    assert unasserted == GIVEN.get(path.name[:2], set())


def test_a_number_is_asserted_as_it_stands_rounded_or_by_close_bounds():
    said = "It gives 4.32, 86 %, 66.6, 1,234 and \u22120.25 at 32x32; 31 and 77 nobody asserts."
    held = "assert 4.31 < a < 4.33\nassert b == 0.86\nassert c == 2 * 33.3\n"
    held += "for d in (1234, -0.25):\n    assert d"
    claim = code(held, "held-claim", tags=["claim"])
    notebook = lesson_of(code("x = 1", "first-one"), text(said, "said"), claim)
    found = {number: bool(by) for number, _, by in numbers(notebook)}
    assert [number for number, asserted in found.items() if not asserted] == ["31", "77"]
    assert len(found) == 7
