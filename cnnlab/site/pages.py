"""An executed notebook as one page and one deck, each a single file that needs nothing else.

nbconvert does the work; the templates, the formulas and the figures' texts are ours. Formulas
become MathML, which browsers set by themselves; reveal.js lies beside the templates.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from cnnlab import course
from cnnlab.site import cells, glossary, lectures, pdf, reading, twins
from cnnlab.site.lessons import Lesson, hours, plain, search_index, sections
from cnnlab.widgets import ConvolutionStepper, Learning, Review, review_items
from cnnlab.widgets.base import page_files

TEMPLATES = Path(__file__).parent / "templates"
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" rx="1.5" '
    'fill="#ffe27a" stroke="#7a5a00"/><rect x="5" y="5" width="3" height="3" fill="#a8124f"/></svg>'
)
# Outputs in the order of preference: a widget's twin, not its view; a figure, not its HTML.
TWIN_FIRST = ["image/svg+xml", "image/png", "text/html", "text/plain"]


LESSON = re.compile(r"(\d\d_\w+)\.ipynb")


class Renderer(IPythonRenderer):
    """Markdown whose formulas become MathML, and whose links lead to lessons as files of a site.

    Attributes:
        ending: of such a file: ".html", or ".slides.html" for a deck.
    """

    ending = ".html"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Return a link; one to a lesson's notebook leads to its page or deck."""
        lesson = LESSON.fullmatch(url)
        return super().link(text, lesson.group(1) + self.ending if lesson else url, title)

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
            config=Config(
                {
                    "NbConvertBase": {"display_data_priority": TWIN_FIRST},
                    "TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": {"install"}},
                }
            ),
            template_name="lesson",
            template_file=template_file,
            extra_template_basedirs=[str(TEMPLATES)],
        )
        self.exclude_input_prompt = self.exclude_output_prompt = True
        self.link_terms: Callable[[str], str] = str  # of a page: `glossary.Linker()`
        self.ending = ".slides.html" if template_file == "deck.html.j2" else ".html"

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return Markdown as HTML, with formulas, without anchors beside the headings."""
        renderer = Renderer(escape=False, exclude_anchor_links=True)
        renderer.ending = self.ending
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
    slides, lead = lectures.slides(notebook), lectures.lead(notebook)
    notebook.cells = [cell for cell in notebook.cells if not course.is_left_out(cell)]
    cells.mark_captions(notebook)
    cells.mark_further(notebook)
    name = lessons[here].name
    resources = shared() | {
        "lesson": lessons[here],
        "previous": lessons[here - 1] if here else None,
        "contents": [each for each in sections(notebook) if each.level in (2, 3)],
        "next": lessons[here + 1] if here + 1 < len(lessons) else None,
        "elsewhere": course.opened_elsewhere(name),
    }
    page, deck = out / f"{name}.html", out / f"{name}.slides.html"
    html = Exporter("deck.html.j2").template.render(resources=resources, slides=slides)
    html = twins.share_code(html)
    if not deck.exists() or deck.read_text("utf-8") != html:
        for old in pdf.printed(deck).values():
            old.unlink()
    deck.write_text(html, "utf-8")
    if chromium:
        pdf.write_pdfs(deck, chromium)
    printed = pdf.printed(deck)
    exporter = Exporter("page.html.j2")
    exporter.link_terms = glossary.Linker()
    read = reading.for_a_reader(notebook, lead)
    cells.mark_sections(read, name)
    html, _ = exporter.from_notebook_node(read, resources=resources | {"printed": printed})
    page.write_text(twins.share_code(html), "utf-8")
    return [page, deck, *printed.values()]


def write_index(notebooks: Mapping[Lesson, NotebookNode], out: Path) -> None:
    """Write the map of lessons, index.html, and what is searched, search.js, into `out`.

    A card links to the PDFs of its lesson that lie in `out`.
    """
    template = Exporter("page.html.j2").environment.get_template("index.html.j2")
    index = template.render(
        resources=shared(),
        lessons=list(notebooks),
        printed={each.name: pdf.printed(out / f"{each.name}.slides.html") for each in notebooks},
        elsewhere={each.name: course.opened_elsewhere(each.name) for each in notebooks},
        hours=hours(sum(each.minutes for each in notebooks)),
        exercises=hours(sum(each.exercises for each in notebooks)),
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


def write_review(notebooks: Mapping[Lesson, NotebookNode], out: Path) -> None:
    """Write what is asked again, review.html, and what a page offers of it, review.js, into `out`.

    A question leads to the section to read again where `out` has its lesson.
    """
    items, links = review_items.for_pages(), {}
    for lesson, notebook in notebooks.items():
        links[lesson.name] = f"{lesson.name}.html"
        places = {each.title: each.cell for each in sections(notebook)}
        for item in items:
            place = places.get(plain(item["section"]))
            if item["lesson"] == lesson.name and place:
                links[f"{lesson.name}#{item['section']}"] = f"{lesson.name}.html#at-{place}"
    page = review_page(Review(items=items, links=links))
    (out / "review.html").write_text(page, "utf-8")
    given = [_entry(item) for item in items]
    (out / "review.js").write_text(f"cnnlabReview({json.dumps(given)});\n", "utf-8")


def _entry(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what says whether an item is due: no answer, and a question only of a quiz."""
    asks = item["variants"][0]["question"] if item["id"].startswith("quiz/") else ""
    enters = {kind: name if kind == "predictions" else 1 for kind, name in item["enters"].items()}
    return {"id": item["id"], "lesson": item["lesson"], "enters": enters, "asks": asks}


def review_page(widget: Review, *, served: bool = False) -> str:
    """Return the page of a review: of a site, or, `served`, alone and of one learner."""
    template = Exporter("page.html.j2").environment.get_template("review.html.j2")
    return template.render(resources=shared(), twin=widget._twin(), served=served)


@cache
def shared() -> dict[str, str]:
    """Return the style sheets and scripts that are written into every file."""

    def read(name: str) -> str:
        return (TEMPLATES / name).read_text("utf-8")

    cell_css = read("lesson/cells.css")
    due = page_files("review_due")["review_due"].replace("\nexport ", "\n")
    icon = base64.b64encode(ICON.encode()).decode()
    return {
        "icon": f"data:image/svg+xml;base64,{icon}",
        "theme_js": inline(read("lesson/theme.js")),
        "first_js": inline(read("lesson/first.js")),
        "address_js": inline(read("lesson/address.js")),
        "reach_js": inline(read("lesson/reach.js")),
        "page_js": inline(read("lesson/page.js")),
        "index_js": inline(read("lesson/index.js")),
        "progress_js": inline(read("lesson/progress.js")),
        "offer_js": inline(f"(() => {{\n{due}{read('lesson/offer.js')}}})();"),
        "page_css": cell_css + read("lesson/page.css"),
        "deck_css": cell_css + read("lesson/deck.css") + read("lesson/paper.css"),
        "reveal_css": read("reveal/reveal.css"),
        "reveal_js": inline(read("reveal/reveal.js")),
        "notes_js": inline(read("reveal/notes.js")),
        "paper_js": inline(read("lesson/paper.js")),
        "deck_js": inline(read("lesson/deck.js")),
    }


def inline(script: str) -> str:
    """Return a script so that it may stand inside a script element, whatever its strings hold."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
