"""What the page and the deck show of each cell of a lesson: its code, its figures, its slide."""

import ast
import re
from collections.abc import Iterable

from nbformat import NotebookNode

from cnnlab.site.lessons import further, plain, unwrapped

WIDGET = "application/vnd.jupyter.widget-view+json"
LONG = 7  # lines of code below whose result, a figure or a comparison, the code is folded
NO_CAPTION = "The figure that this cell draws"
COMPARES = r"\w+\.compare\("


def mark_figures(notebook: NotebookNode) -> None:
    """Mark for the templates which cells show something, and the text that describes each figure.

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
        results = [output for output in cell.outputs if not is_comparison(output)]
        shown = {kind for output in results for kind in output.get("data", ())}
        cell.metadata["shows"] = bool(shown & {"image/png", WIDGET})
        cell.metadata["compares"] = len(results) < len(cell.outputs)
        if cell.metadata.compares and waits:
            text = NO_CAPTION
        draws = "image/png" in shown and len(cell.source.splitlines()) >= LONG
        cell.metadata["plumbing"] = draws or only_imports(cell.source)


def mark_further(notebook: NotebookNode) -> None:
    """Mark for the page where a section to fold begins, under which title, and where it ends."""
    for cells in further(notebook):
        title, _, text = cells[0].source.partition("\n")
        cells[0].metadata["folds"] = {"title": title, "source": text}
        cells[-1].metadata["unfolds"] = True


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


def mark_slides(notebook: NotebookNode) -> None:
    """Put into each cell's metadata the tags that come before it in the deck.

    A cell of type slide or subslide begins a slide, a fragment appears on the next key; any other
    goes with the cell before it, and those of type skip are left out.
    """
    in_slide = in_fragment = False
    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        begins = kind in ("slide", "subslide") or (not in_slide and kind not in ("skip", "notes"))
        tags = "</div>" if in_fragment and (begins or kind == "fragment") else ""
        in_fragment = in_fragment and not tags
        if begins:
            tags += "</section>" * in_slide + f'<section id="{cell.id}">'
            in_slide = True
        elif kind == "fragment":
            tags += '<div class="fragment">'
            in_fragment = True
        cell.metadata["slide"] = {
            "before": tags,
            "type": kind,
            "code": slide_code(cell) if cell.cell_type == "code" else "",
            "text": unwrapped(cell.source).partition("**References.**")[0],
        }
    notebook.metadata["end_of_slides"] = "</div>" * in_fragment + "</section>" * in_slide


def slide_code(cell: NotebookNode) -> str:
    """Return a cell's code as its slide shows it; "" if the room looks at the result alone.

    That is a figure or a widget, what long code gave to compare with a prediction, or what the
    cell is tagged for.
    """
    if cell.metadata.shows or {"hide-input", "result-only"} & set(cell.metadata.get("tags", ())):
        return ""
    code = on_slide(cell.source)
    return "" if cell.metadata.compares and len(code.splitlines()) >= LONG else code


def only_imports(source: str) -> bool:
    """Return whether a cell's code is imports and nothing else.

    Example:
        >>> only_imports("import torch"), only_imports("import torch\\ntorch.ones(2)")
        (True, False)
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:  # such as a magic
        return False
    return bool(body) and all(isinstance(each, ast.Import | ast.ImportFrom) for each in body)


def on_slide(source: str) -> str:
    """Return a cell's code as a slide shows it: what a room reads, and no more.

    The imports on top go, and so does a line that hands a result to a prediction. One empty line is
    enough between two parts.

    Example:
        >>> on_slide("import math\\ntotal = 1 + 1\\nprint(total)\\nguess.compare(total)")
        'total = 1 + 1\\nprint(total)'
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:  # such as a magic
        return source
    imports = next((n for n, each in enumerate(body) if not _is_import(each)), len(body))
    compared = [each for each in body if re.match(COMPARES, ast.unparse(each))]
    hidden = {
        row
        for each in (*body[:imports], *compared)
        for row in range(each.lineno, (each.end_lineno or 0) + 1)
    }
    lines = [line for row, line in enumerate(source.splitlines(), 1) if row not in hidden]
    return re.sub(r"\n(\s*\n)+", "\n\n", "\n".join(lines).strip("\n")).rstrip()


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)
