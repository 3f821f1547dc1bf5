"""What a page shows of each cell of a lesson: its code and its outputs."""

import re
from collections.abc import Iterable

from nbformat import NotebookNode

from cnnlab.site.lessons import further, plain, unwrapped
from cnnlab.widgets import Feedback

WIDGET = "application/vnd.jupyter.widget-view+json"


def mark_captions(notebook: NotebookNode) -> None:
    """Mark for the page the text cells that begin with the caption of a figure.

    A view of a widget without a twin, such as a progress bar, is left out.
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            caption = re.match(r"\*[^*].*?\*(\s|$)", unwrapped(cell.source), re.DOTALL)
            cell.metadata["caption"] = bool(caption)
            continue
        every = [(output, output.get("data", {})) for output in joined(cell.outputs)]
        cell.outputs = [each for each, data in every if WIDGET not in data or "text/html" in data]


def mark_further(notebook: NotebookNode) -> None:
    """Mark for the page where a section to fold begins, under which title; its level at its end."""
    for cells in further(notebook):
        title, _, text = cells[0].source.partition("\n")
        cells[0].metadata["folds"] = {"title": title, "source": text}
        cells[-1].metadata["unfolds"] = len(title) - len(title.lstrip("#"))


def mark_sections(notebook: NotebookNode, lesson: str) -> None:
    """Mark for the page the last cell of each section, a heading of level 2, with its feedback."""
    last = None
    for cell in reversed(notebook.cells):
        last = last or cell
        found = re.match(r"## +(.+)", cell.source)
        if found and cell.cell_type == "markdown":
            last.metadata["feedback"] = Feedback(lesson, [plain(found[1])])._twin()
            last = None


def joined(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Return a cell's outputs with what it printed in one piece, however it was sent."""
    kept: list[NotebookNode] = []
    for output in outputs:
        printed = output.get("name") if output.output_type == "stream" else None
        if printed and kept and kept[-1].get("name") == printed:
            kept[-1] = NotebookNode(kept[-1] | {"text": kept[-1].text + output.text})
        else:
            kept.append(output)
    return kept


def is_comparison(output: NotebookNode) -> bool:
    """Return whether an output is a prediction beside its result, which explains the code."""
    return output.get("data", {}).get("text/plain", "").startswith("Comparison(")
