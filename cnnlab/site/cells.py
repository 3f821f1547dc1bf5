"""What a page shows of each cell of a lesson: its code and its figures."""

import re
from collections.abc import Iterable

from nbformat import NotebookNode

from cnnlab.site.lessons import further, plain, unwrapped
from cnnlab.widgets import Feedback

WIDGET = "application/vnd.jupyter.widget-view+json"
NO_CAPTION = "The figure that this cell draws"


def mark_figures(notebook: NotebookNode) -> None:
    """Mark for the page the text that describes each figure.

    A figure's alternative text is the caption that begins the next text cell; if that waits for a
    prediction, only for figures that wait too. A view of a widget without a twin, such as a
    progress bar, is left out.
    """
    text, waits = NO_CAPTION, False
    for cell in reversed(notebook.cells):
        if cell.cell_type == "markdown":
            source = unwrapped(cell.source)
            caption = re.match(r"\*([^*].*?)\*(\s|$)", source, re.DOTALL)
            text = plain(caption.group(1)) if caption else NO_CAPTION
            waits = source != cell.source
            cell.metadata["caption"] = bool(caption)
            continue
        cell.outputs = joined(cell.outputs)
        data = [output.get("data", {}) for output in cell.outputs]
        seen = ["text/html" in each if WIDGET in each else True for each in data]
        cell.outputs = [output for output, keep in zip(cell.outputs, seen, strict=True) if keep]
        for output in cell.outputs:
            output.setdefault("metadata", {})["alt"] = text
        if waits and any(map(is_comparison, cell.outputs)):
            text = NO_CAPTION


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
