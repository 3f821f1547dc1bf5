"""Clean what a learner wrote before a person sees it: it runs, loads and covers nothing."""

import re
from base64 import b64decode, b64encode
from contextlib import suppress
from html import escape
from time import monotonic
from typing import Any

import nh3
from mistune import import_plugin
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from pygments.token import STANDARD_TYPES

from cnnlab.homework.grading.marks import GRADED

SECONDS = 10  # for a notebook; what has not been read by then is shown as it was written
LONGEST, MOST_TAGS = 20_000, 5_000  # characters of markdown: two seconds for the slowest found
PLUGINS = [import_plugin(x) for x in MarkdownWithMath.DEFAULT_PLUGINS if x != "task_lists"]
TAGS = """a b blockquote br caption code dd del details div dl dt em figcaption figure h1 h2 h3 h4
h5 h6 hr i img kbd li ol p pre s samp small span strong sub summary sup table tbody td tfoot th
thead tr u ul var"""
STYLES = "background-color border-left color font-style font-weight margin padding text-align"
VALUES = dict.fromkeys(("border", "colspan", "height", "rowspan", "start", "width"), r"\d{1,4}")
VALUES |= {"alt": "(?s:.*)", "class": "(?s:.*)", "rel": ".*", "href": "(?is:(https?://|mailto:).*)"}
VALUES["style"] = r"(?:(?:[a-z-]+|#\w+|\d{1,2}(?:px|em)?)(?:[:; ]+|$))*"  # nothing negative
VALUES["src"] = r"[\w-][\w.-]*\.(?:png|jpe?g|gif)"  # a file handed in beside the notebook
KEPT = ("kernelspec", *GRADED)  # of a notebook's metadata
PICTURE = re.compile("(?s:(data:image/(?:png|jpeg|gif);base64,)(.*))")
# MathJax's macros that make links or attributes, load code, or paint outside of their place. With a
# space of no width behind its backslash such a macro is unknown, and the rest of a formula shows.
MACRO = re.compile(
    r"\\(?=(?:bbox|class|cssId|csname|data|href|[hm]skip|[hm]space|Space|m?kern|[lr]lap|lower"
    r"|mathtip|mmlToken|move(?:left|right)|raise(?:box)?|require|[rR]ule|smash|style|texttip|toggle"
    r"|unicode|url)(?![A-Za-z]))"
)


class Clean(NbGraderPreprocessor):
    """Keep of a notebook what is known to be harmless; to clean it again changes nothing."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        kept = {key: value for key, value in nb.metadata.items() if key in KEPT}
        language = NotebookNode(name="python", pygments_lexer="ipython3")
        nb.metadata = NotebookNode(kept, language_info=language)
        end = monotonic() + SECONDS
        nb.cells = [cleaned(cell, end) for cell in nb.cells]
        return nb, resources


def cleaned(cell: NotebookNode, end: float = float("inf")) -> NotebookNode:
    """Return a cell without what could do harm; what is neither code nor markdown becomes text."""
    kept = NotebookNode({key: cell[key] for key in ("id", "cell_type") if key in cell})
    kept.source = _text(cell.source)
    kept.metadata = NotebookNode({k: v for k, v in cell.metadata.items() if k == "nbgrader"})
    if cell.cell_type == "code":
        count = cell.get("execution_count")
        kept.execution_count = count if isinstance(count, int) else None
        kept.outputs = list(filter(None, (_output(each, end) for each in cell.outputs)))
        return kept
    kind = "text/markdown" if cell.cell_type == "markdown" else "text/plain"
    if kind == "text/markdown" and re.fullmatch("<div>.*", kept.source):
        kind = "text/html"  # markdown leaves such a line alone, and as such a line it is written
    html = to_html(kind, kept.source, end, cell.get("attachments"))
    html = html if html.startswith("<div>") else f"<div>{html}</div>"
    return NotebookNode(kept, cell_type="markdown", source=html.replace("\n", "&#10;"))


def _output(output: NotebookNode, end: float) -> NotebookNode | None:
    kind, data = output.output_type, output.get("data", {})
    if kind == "stream":
        return new_output(kind, name=output.name, text=_text(output.text))
    if kind == "error":
        said = {key: _text(output[key]) for key in ("ename", "evalue")}
        return new_output(kind, **said, traceback=[_text(line) for line in output.traceback])
    if kind not in ("display_data", "execute_result"):
        return None
    kept = {each: data[each] for each in data if each.startswith("application/vnd.cnnlab.")}
    for each in ("text/html", "text/markdown", "text/latex"):
        if each in data and "text/html" not in kept:  # the first of them is what a page shows
            kept["text/html"] = to_html(each, _text(data[each]), end)
    for each, known in {"text/plain": _text, "image/png": _base64, "image/jpeg": _base64}.items():
        if value := known(data.get(each, "")):
            kept[each] = value
    return new_output(kind, data=kept) if kept else None


def to_html(kind: str, text: str, end: float, attachments: dict[str, Any] | None = None) -> str:
    """Return clean HTML that shows a text of some MIME type, as it was written if need be."""
    as_written = escape(text) if kind == "text/latex" else f"<pre>{escape(text)}</pre>"
    html = text if kind == "text/html" else as_written
    if kind == "text/markdown" and len(text) < LONGEST and monotonic() < end:
        with suppress(Exception):  # such as lists in lists, a thousand deep
            figures = {name: {"": ""} for name in re.findall(r"attachment:([^\s)]*)", text)}
            figures |= attachments or {}  # those that are not lost
            renderer = IPythonRenderer(escape=False, attachments=figures, exclude_anchor_links=True)
            html = MarkdownWithMath(renderer, plugins=PLUGINS).render(text)
    readable = len(re.findall(r"<\w", html)) < MOST_TAGS and monotonic() < end
    html = CLEANER.clean(html if readable else as_written)
    html = CLEANER.clean(html.replace("\r", "\n"))  # again: what is left may nest otherwise
    html = MACRO.sub("\\\\\u200b", html.strip())
    return re.sub(r"(<pre[^>]*>)\n+", r"\1", html)  # each reader drops the first of these


def _attribute(tag: str, name: str, value: str) -> str | None:
    picture = PICTURE.fullmatch(value) if name == "src" else None
    if picture and (data := _base64(picture[2])):
        return picture[1] + data
    return value if re.fullmatch(VALUES.get(name, "(?!)"), value) else None


def _base64(text: str | list[str]) -> str:
    with suppress(ValueError):
        return b64encode(b64decode("".join(_text(text).split()), validate=True)).decode()
    return ""


def _text(text: str | list[str]) -> str:
    return "".join(text).encode("utf-8", "replace").decode()  # half a character: no file holds it


CLEANER = nh3.Cleaner(
    tags=set(TAGS.split()),
    clean_content_tags={"script", "style", "svg", "template"},
    attributes={"*": {*VALUES} - {"class", "href", "rel", "src"}, "a": {"href"}, "img": {"src"}},
    attribute_filter=_attribute,
    allowed_classes={"div": {"highlight", "cnnlab-check"}, "span": set(STANDARD_TYPES.values())},
    filter_style_properties=set(STYLES.split()),
    url_schemes={"http", "https", "mailto", "data"},
)
