"""What a page shows to a reader alone: a picture first, the code that is the subject, no machine.

A page can't be run. Code that draws is folded beside what it draws, an exercise is its task and its
signature, checks are left out, and a report about the machine becomes a sentence.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode, v4

from cnnlab.site import figures
from cnnlab.site.cells import is_comparison
from cnnlab.site.lectures import Part
from cnnlab.site.lessons import question_of
from cnnlab.site.twins import PATTERN

DRAWS = {"plt", "plots", "ax", "axes", "figure"}  # names by which a lesson draws
# What a call says of the machine or the copy that it runs in, and what a reader gets instead.
SAID_INSTEAD = {
    r"\bdoctor\.": "On your machine, this lists the versions of Python and its packages, the "
    "device that will compute, and where the images are; each is "
    "<em>ok</em>, or it says what to do.",
    r"\bcheck\.progress\(": "In your copy, this counts the exercises that you solved, your "
    "predictions and your quizzes, and says what is next.",
}
NOTE = re.compile(r'<div role="note".*?</div>', re.DOTALL)  # above images: why it is these
# Lines that are left out: what is missing there, whose function goes on, an address on its disk.
OF_THE_MACHINE = re.compile(
    r"CIFAR-10 is not |CNNLAB_OFFLINE|: the course's, until yours passes"
    r"|(?<![\w/.:])/\w[\w.-]*/\w|\b[A-Z]:\\"
)


def for_a_reader(notebook: NotebookNode, lead: Part | None) -> NotebookNode:
    """Return the lesson as its page shows it, with `lead` right after its title and question.

    The cells are marked by `cells.mark_captions` before.

    Raises:
        ValueError: if the lead waits for a prediction, whose result it would tell.
    """
    every = [cell for cell in notebook.cells if not tagged(cell, "check")]
    # A page has a form for each section instead.
    kept = [_shown(cell) for cell in every if not cell.source.startswith("widgets.Feedback(")]
    if lead is not None:
        begins, ends = _opening(kept[0]), _lead(kept, _output_of(lead, notebook))
        kept[:1] = [begins[0], *ends, *begins[1:]]
    return NotebookNode(notebook | {"cells": kept})


def tagged(cell: NotebookNode, tag: str) -> bool:
    """Return whether a cell has a tag."""
    return tag in cell.metadata.get("tags", ())


def _output_of(lead: Part, notebook: NotebookNode) -> NotebookNode:
    """Return the output that a lead shows, with the lead's text for its figure."""
    every = [each for cell in notebook.cells for each in cell.get("outputs", ())]
    kind = "image/png" if lead.kind == "figure" else "text/html"
    found = [each for each in every if each.get("data", {}).get(kind, "").strip() == lead.content]
    if any(each in waiting(notebook.cells) for each in found):
        raise ValueError(
            "The lecture begins with what waits for a prediction, and the page would tell its "
            "result. Show another picture on the first slide."
        )
    metadata = found[0].get("metadata", NotebookNode())
    described = NotebookNode(metadata.get(kind, {}) | {"alt": lead.alt})
    return _in_parts(NotebookNode(found[0] | {"metadata": metadata | {kind: described}}))


def _lead(cells: list[NotebookNode], lead: NotebookNode) -> list[NotebookNode]:
    """Return the cells that show the lead: if no text stands before its own, these are taken."""
    texts = [n for n, cell in enumerate(cells) if cell.cell_type == "markdown"]
    shows = next(n for n, cell in enumerate(cells) if lead.data in _data(cell))
    if texts[1:] and texts[1] < shows:
        return [v4.new_code_cell(id="begins-with", outputs=[lead], metadata={"code": ""})]
    cells[shows].outputs = [lead if each.get("data") == lead.data else each
                            for each in cells[shows].outputs]  # fmt: skip
    captioned = any(cell.metadata.get("caption") for cell in cells[shows + 1 : shows + 2])
    taken = cells[shows : shows + 1 + captioned]
    del cells[shows : shows + 1 + captioned]
    return taken


def _data(cell: NotebookNode) -> list[NotebookNode | None]:
    return [output.get("data") for output in cell.get("outputs", ())]


def _opening(first: NotebookNode) -> list[NotebookNode]:
    """Return title and question, and the rest of a lesson's first cell."""
    title, *rest = first.source.split("\n\n")
    asked = question_of(first.source)
    head = NotebookNode(first | {"source": f"{title}\n\n{asked}"})
    more = "\n\n".join(each for each in rest if each.strip() != asked)
    return [head, v4.new_markdown_cell(more, id=f"{first.id}-more")]


def waiting(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    """Return the outputs that wait for a prediction, as the widgets hide them on a page.

    They stand in a comparison's cell and below it, up to the next heading, prediction or exercise.
    """
    held: list[NotebookNode] = []
    waits = False
    for cell in cells:
        outputs = cell.get("outputs", [])
        if any(is_comparison(output) for output in outputs):
            waits = True
        elif _begins(cell):
            waits = False
        held += outputs if waits else []
    return held


def _begins(cell: NotebookNode) -> bool:
    asks = ("Prediction(" in output.get("data", {}).get("text/plain", "")
            for output in cell.get("outputs", ()))  # fmt: skip
    heading = cell.cell_type == "markdown" and re.search(r"^#{1,6} ", cell.source, re.MULTILINE)
    return bool(heading) or tagged(cell, "exercise") or any(asks)


def _shown(cell: NotebookNode) -> NotebookNode:
    """Return a cell with the code to show, the label under which it is folded, and its outputs."""
    if cell.cell_type != "code":
        return cell
    exercise = tagged(cell, "exercise")
    code = signature(cell.source) if exercise else cell.source
    folded = "" if exercise or tagged(cell, "solution") else label(cell)
    if folded == UNREAD:
        code = folded = ""
    metadata = NotebookNode(cell.metadata | {"code": code, "folded": folded})
    return NotebookNode(cell | {"metadata": metadata, "outputs": [*map(_in_parts, _told(cell))]})


LONG = 7  # lines of a measurement from which it is folded
OFFER = "widgets.Review.offer("  # which a page makes by itself
UNREAD = "-"  # the label of code that nobody reads: the text of a question


def label(cell: NotebookNode) -> str:
    """Return the line under which a cell's code is folded; "" if it is the subject, or `UNREAD`."""
    data = [each.get("data", {}) for each in cell.outputs if not is_comparison(each)]
    hidden = tagged(cell, "hide-input")
    name = re.sub(" (figure|picture|drawn)$", "", cell.id.replace("-", " "))
    if any("image/png" in each for each in data):
        return f"Code of this figure: {name}"
    if any(PATTERN.search(each.get("text/html", "")) for each in data):
        return UNREAD if hidden else f"Code of this widget: {name}"
    if only_imports(cell.source):
        return "Imports"
    if any(map(is_comparison, cell.outputs)) and measures(cell.source):
        return f"Code of this measurement: {name}"
    if (
        hidden
        or only_draws(cell.source)
        or any(re.search(call, cell.source) for call in SAID_INSTEAD)
    ):
        return f"Code: {name}"
    return ""


def only_imports(source: str) -> bool:
    """Return whether a cell's code is imports, and what they offer, and nothing else.

    Example:
        >>> only_imports("import torch"), only_imports("import torch\\ntorch.ones(2)")
        (True, False)
    """
    body = [each for each in _statements(source) if OFFER not in ast.unparse(each)]
    return bool(body) and all(isinstance(each, ast.Import | ast.ImportFrom) for each in body)


def only_draws(source: str) -> bool:
    """Return whether all that a cell does is to define functions that draw.

    Example:
        >>> only_draws("def show(ax, image):\\n    ax.imshow(image)"), only_draws("x = 1")
        (True, False)
    """
    body = _statements(source)
    defined = [each for each in body if isinstance(each, ast.FunctionDef)]
    return len(defined) == len(body) > 0 and all(map(_draws, defined))


def measures(source: str) -> bool:
    """Return whether code is a long run whose number matters: it defines nothing that is taught."""
    body = _statements(source)
    defines = any(isinstance(each, ast.FunctionDef | ast.ClassDef) for each in body)
    return len(source.splitlines()) >= LONG and not defines


def _statements(source: str) -> list[ast.stmt]:
    """Return the statements of a cell's code; none of what is not Python, such as a magic."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _draws(node: ast.AST) -> bool:
    return any(
        isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id in DRAWS
        for each in ast.walk(node)
    )


def signature(source: str) -> str:
    """Return what an unsolved exercise gives: its code without the body that is to be written.

    Example:
        >>> signature('def half(n):\\n    "Return n / 2."\\n    ...')
        'def half(n):\\n    "Return n / 2."'
    """
    return re.sub(r"\n\s*\.\.\.\s*\Z", "", source)


def _told(cell: NotebookNode) -> Iterator[NotebookNode]:
    """Yield a cell's outputs; what is said of the machine, in words or not at all."""
    for call, sentence in SAID_INSTEAD.items():
        if re.search(call, cell.source):
            yield v4.new_output("display_data", {"text/html": f"<p>{sentence}</p>"})
            return
    for output in map(_without_notes, cell.outputs):
        text = output.get("text", output.get("data", {}).get("text/plain", ""))
        if not OF_THE_MACHINE.search(text):
            yield output
        elif output.output_type == "stream":
            lines = [line for line in text.splitlines(True) if not OF_THE_MACHINE.search(line)]
            if "".join(lines).strip():
                yield NotebookNode(output | {"text": "".join(lines)})


def _without_notes(output: NotebookNode) -> NotebookNode:
    """Return an output without what its note says of the machine."""
    html = output.get("data", {}).get("text/html", "")
    if PATTERN.search(html) or not any(map(OF_THE_MACHINE.search, NOTE.findall(html))):
        return output
    return NotebookNode(output | {"data": output.data | {"text/html": NOTE.sub("", html)}})


def _in_parts(output: NotebookNode) -> NotebookNode:
    """Return an output; one that is a wide figure with the parts that a phone shows."""
    png = output.get("data", {}).get("image/png")
    found = figures.parts(png) if png else []
    texts = [" ".join(f"{number:.4f}" for number in part) for part in found]
    metadata = NotebookNode(output.get("metadata", {}) | {"parts": ", ".join(texts)})
    return NotebookNode(output | {"metadata": metadata}) if found else output
