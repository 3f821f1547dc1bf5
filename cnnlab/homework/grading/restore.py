"""Put a submission back into the shape in which it was handed out, before it is graded."""

import ast
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_solution
from traitlets import Unicode

from cnnlab.homework.classroom import sheets

NO_ANSWER = "*There was no answer cell here in the submission.*"


class RestoreCells(NbGraderPreprocessor):
    """Take the answers from the submission, and everything else from the source, or the sheet.

    Cells that were deleted, renamed, copied or moved, and metadata that an editor dropped, are
    then as they were handed out. Cells that the learner added stay behind the cell they followed.
    """

    source = Unicode("source", help="folder of the sources, in the course's folder").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names = resources["nbgrader"]
        path = Path(self.source) / names["assignment"] / f"{names['notebook']}.ipynb"
        source = nbformat.read(path, 4)
        sheet = sheets.sheet_of(Path.cwd(), names["assignment"], names["student"])
        if sheet is not None:
            source = sheets.on_sheet(source, sheet)
        return restored(nb, source), resources


def restored(submission: NotebookNode, source: NotebookNode) -> NotebookNode:
    """Return the source with the submission's answers and additions in it."""
    source = deepcopy(source)
    answers: dict[str, NotebookNode] = {}
    added: dict[str | None, list[NotebookNode]] = {}
    place = None
    for cell in submission.cells:
        known = next((each for each in _matches(cell, source) if each.id not in answers), None)
        if known is None:
            added.setdefault(place, []).append(_plain(cell, len(answers) + len(added)))
        else:
            place = known.id
            answers[place] = cell
    _adopt_unmarked_answers(source, answers, added)
    cells = added.get(None, [])
    for cell in source.cells:
        if is_solution(cell):
            empty = NO_ANSWER if cell.cell_type == "markdown" else ""
            cell.source = answers[cell.id].source if cell.id in answers else empty
            if cell.cell_type == "markdown" and "attachments" in answers.get(cell.id, {}):
                cell.attachments = answers[cell.id].attachments  # the figures pasted into it
        cells += [cell, *added.get(cell.id, [])]
    for number, cell in enumerate(each for group in added.values() for each in group):
        cell.id = f"added-{number}"
    source.cells = cells
    return source


def _matches(cell: NotebookNode, source: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the source's cells that a submitted cell may be, the surest first."""
    grade_id = _grade_id(cell)
    if grade_id:
        yield from (each for each in source.cells if _grade_id(each) == grade_id)
    yield from (each for each in source.cells if each.id == cell.get("id"))
    if cell.cell_type == "code":
        defined = _defines(cell.source)
        answers = filter(is_solution, source.cells)
        yield from (each for each in answers if defined & _defines(each.source))
    yield from (each for each in source.cells if _visible(each) == cell.source.strip())


def _adopt_unmarked_answers(
    source: NotebookNode,
    answers: dict[str, NotebookNode],
    added: dict[str | None, list[NotebookNode]],
) -> None:
    """Take the first text behind a question as its written answer, if that has lost its marks."""
    before = None
    for cell in source.cells:
        if is_solution(cell) and cell.id not in answers and cell.cell_type == "markdown":
            texts = [each for each in added.get(before, []) if each.cell_type == "markdown"]
            if texts:
                answers[cell.id] = texts[0]
                added[before].remove(texts[0])
                added[cell.id] = added.pop(before)
        before = cell.id if cell.id in answers else before


def _plain(cell: NotebookNode, number: int) -> NotebookNode:
    """Return a cell's text and pictures, without anything else that could be malformed."""
    new = {"code": new_code_cell, "raw": new_raw_cell}.get(cell.cell_type, new_markdown_cell)
    plain = new(cell.source, id=f"added-{number}")
    if cell.get("attachments"):
        plain.attachments = cell.attachments
    return plain


def _grade_id(cell: NotebookNode) -> str | None:
    marks = cell.metadata.get("nbgrader")
    return marks.get("grade_id") if isinstance(marks, dict) else None


def _visible(cell: NotebookNode) -> str:
    """Return what the release shows of a locked cell."""
    return cell.source.partition("### BEGIN HIDDEN TESTS")[0].strip()


def _defines(code: str) -> set[str]:
    """Return the functions and classes that a cell defines at its top level."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested too deep
        lines = [line for line in code.splitlines() if line.startswith(("def ", "class "))]
        return {line.split()[1].partition("(")[0].rstrip(":") for line in lines if "(" in line}
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in body if isinstance(node, kinds)}
