"""An executed notebook as one page and one deck, each a single file that needs nothing else.

nbconvert does the work; the templates, the formulas and the pictures' texts are ours. Formulas
become MathML, which browsers set by themselves; reveal.js lies beside the templates.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from cnnlab.site import glossary, pdf, twins
from cnnlab.site.assets import TEMPLATES, shared
from cnnlab.site.lessons import (
    Lesson,
    further,
    on_slide,
    only_imports,
    plain,
    search_index,
    sections,
)
from cnnlab.widgets import ConvolutionStepper, Learning

TWIN_FIRST = [
    "text/html",
    "image/svg+xml",
    "image/png",
    "text/plain",
]  # a widget's twin, not its view
WIDGET = "application/vnd.jupyter.widget-view+json"
LONG = 7  # lines of code below whose result, a figure or a comparison, the code is folded
NO_CAPTION = "The figure that this cell draws"


class MathRenderer(IPythonRenderer):
    """Markdown whose formulas become MathML."""

    def inline_math(self, body: str) -> str:
        """Return a formula within a line."""
        return mathml(body)

    def block_math(self, body: str) -> str:
        """Return a formula on lines of its own."""
        return mathml(body, display="block")


def mathml(formula: str, display: str = "inline") -> str:
    r"""Return a TeX formula as MathML. A word in `\mathrm` stays one word for a screen reader.

    Few machines have a font with tall brackets, so the style sheet draws those around a table or a
    fraction: the row that holds them gets a class.
    """
    math = convert(re.sub(r"\\mathrm\{(\w{2,})\}", r"\\text{\1}", formula), display=display)
    for kind, bracket, tall in (("round", "&#x00028;", "mtable"), ("floor", "&#x0230A;", "mfrac")):
        opening = rf"<mrow>(<mo[^>]*>{bracket}</mo><{tall}>)"
        math = re.sub(opening, rf'<mrow class="{kind}">\1', math)
    return math


class Exporter(HTMLExporter):
    """nbconvert's exporter with our template, formulas, and a widget's twin for its view."""

    def __init__(self, template_file: str) -> None:
        super().__init__(
            config=Config({"NbConvertBase": {"display_data_priority": TWIN_FIRST}}),
            template_name="lesson",
            template_file=template_file,
            extra_template_basedirs=[str(TEMPLATES)],
        )
        self.exclude_input_prompt = self.exclude_output_prompt = True
        self.link_terms: Callable[[str], str] = str  # of a page: `glossary.Linker()`

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return Markdown as HTML, with formulas, without anchors beside the headings."""
        renderer = MathRenderer(escape=False, exclude_anchor_links=True)
        return self.link_terms(MarkdownWithMath(renderer=renderer).render(source))


def write_lesson(
    notebook: NotebookNode,
    lessons: Sequence[Lesson],
    here: int,
    out: Path,
    *,
    chromium: str | None = None,
) -> list[Path]:
    """Write `lessons[here]` to NAME.html and NAME.slides.html in the folder `out`.

    With `chromium` the deck is printed too. The page links to the PDFs that are there; those of an
    earlier deck are deleted.

    Returns:
        The files: page, deck, PDFs.
    """
    mark_figures(notebook)
    mark_further(notebook)
    mark_slides(notebook)
    name = lessons[here].name
    resources = shared() | {
        "lesson": lessons[here],
        "previous": lessons[here - 1] if here else None,
        "contents": [each for each in sections(notebook) if each.level in (2, 3)],
        "next": lessons[here + 1] if here + 1 < len(lessons) else None,
    }
    page, deck = out / f"{name}.html", out / f"{name}.slides.html"
    slides = _render("deck.html.j2", notebook, resources)
    if not deck.exists() or deck.read_text("utf-8") != slides:
        for old in pdf.printed(deck).values():
            old.unlink()
    deck.write_text(slides, "utf-8")
    if chromium:
        pdf.write_pdfs(deck, chromium)
    printed = pdf.printed(deck)
    page.write_text(_render("page.html.j2", notebook, resources | {"printed": printed}), "utf-8")
    return [page, deck, *printed.values()]


def _render(template: str, notebook: NotebookNode, resources: dict[str, Any]) -> str:
    exporter = Exporter(template)
    if template == "page.html.j2":
        exporter.link_terms = glossary.Linker()
    html, _ = exporter.from_notebook_node(notebook, resources=dict(resources))
    return twins.share_code(html)


def write_index(notebooks: Mapping[Lesson, NotebookNode], out: Path) -> None:
    """Write the map of lessons, index.html, and what is searched, search.js, into `out`.

    A card links to the PDFs of its lesson that lie in `out`.
    """
    template = Exporter("page.html.j2").environment.get_template("index.html.j2")
    index = template.render(
        resources=shared(),
        lessons=list(notebooks),
        printed={each.name: pdf.printed(out / f"{each.name}.slides.html") for each in notebooks},
        stepper=ConvolutionStepper()._twin(),
        learning=Learning()._twin(),
    )
    (out / "index.html").write_text(index, "utf-8")
    (out / "search.js").write_text(search_index(notebooks), "utf-8")


def write_glossary(lessons: Iterable[tuple[str, NotebookNode]], out: Path) -> None:
    """Write the terms that the lessons define to glossary.html in the folder `out`."""
    template = Exporter("page.html.j2").environment.get_template("glossary.html.j2")
    html = template.render(resources=shared(), entries=glossary.collect(lessons))
    (out / "glossary.html").write_text(html, "utf-8")


def mark_figures(notebook: NotebookNode) -> None:
    """Tell the templates which cells show something, and what stands for a picture.

    A picture's alternative text is the caption that begins the next text cell. A view of a widget
    without a twin, such as a progress bar, is left out.
    """
    text = NO_CAPTION
    for cell in reversed(notebook.cells):
        if cell.cell_type == "markdown":
            caption = re.match(r"\*([^*].*?)\*(\s|$)", cell.source, re.DOTALL)
            text = plain(caption.group(1)) if caption else NO_CAPTION
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
        draws = "image/png" in shown and len(cell.source.splitlines()) >= LONG
        cell.metadata["plumbing"] = draws or only_imports(cell.source)


def mark_further(notebook: NotebookNode) -> None:
    """Tell the page where a section to fold begins, under which title, and where it ends."""
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
    """Say whether an output is a prediction beside its result, which explains the cell's code."""
    return output.get("data", {}).get("text/plain", "").startswith("Comparison(")


def mark_slides(notebook: NotebookNode) -> None:
    """Put into each cell's metadata the tags that stand before it in the deck.

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
