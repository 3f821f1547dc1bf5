"""What a learner wrote is cleaned before a person sees it, and what is honest stays."""

import re
from copy import deepcopy

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode, validate
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from nbgrader.server_extensions.formgrader import handlers

from cnnlab.check.verdict import MIMETYPE, Verdict
from cnnlab.homework.grading import cleaning, judging, restore
from cnnlab.homework.grading.marks import GRADED

from . import hostile

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TAGS = (
    "script style svg math iframe object embed link meta base form template noscript select video "
    "audio marquee xmp plaintext title"
)
ADDRESS = re.compile(r"https?:|mailto:|data:image/(png|jpeg|gif);base64,[\w+/=]*$|[\w.-]+\.png$")
STYLE = re.compile(r"position|inset|index|url|expression|:\s*-|\d{3}px")


def page(notebook):
    """Return what Formgrader shows of a notebook's cells."""
    exporter = HTMLExporter(
        template_name="formgrade", extra_template_basedirs=[handlers.template_path]
    )
    html, _ = exporter.from_notebook_node(notebook, {"base_url": "", "index": 0, "total": 1})
    return BeautifulSoup(html, "html.parser").find(id="notebook-container")


def clean(notebook):
    return cleaning.Clean().preprocess(deepcopy(notebook), {})[0]


def dangers(html):
    """Return what in a page could run, load or cover something."""
    found = [str(tag)[:200] for tag in html.find_all(TAGS.split())]
    for tag in html.find_all(True):
        for name, value in tag.attrs.items():
            bad = re.match("on|data-|src(doc|set)|xlink|auto|background|http-|action", name)
            bad = bad or (name in ("href", "src", "data") and not ADDRESS.match(value))
            if bad or (name == "style" and STYLE.search(value)):
                found.append(f"{name}={value}"[:200])
    return found


def learners_html(cell):
    if cell.cell_type == "markdown":
        return cell.source
    return "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)


@pytest.mark.parametrize("place", hostile.PLACES)
def test_nothing_runs_loads_or_covers(place):
    cells = [hostile.PLACES[place](payload) for payload in hostile.PAYLOADS]
    cleaned = clean(hostile.notebook(cells))
    validate(cleaned)
    assert dangers(page(cleaned)) == []
    html = BeautifulSoup("".join(map(learners_html, cleaned.cells)), "html.parser")
    assert html.select("[id], [name], [class]:not([class=''], .highlight, .highlight *)") == []
    assert clean(cleaned) == cleaned


@pytest.mark.filterwarnings("ignore:No lexer found")
@pytest.mark.parametrize(
    "place", ["answer", "added text", "html", "isolated html", "markdown output", "javascript"]
)
def test_without_cleaning_a_page_is_full_of_dangers(place):
    cells = [hostile.PLACES[place](payload) for payload in hostile.HTML]
    assert dangers(page(hostile.notebook(cells)))


@pytest.mark.parametrize("place", ["unknown cell", "count", "attachments"])
def test_without_cleaning_some_cells_would_leave_no_page_at_all(place):
    with pytest.raises(Exception, match=r"not valid under|is not of type|StopIteration"):
        page(hostile.notebook([new_markdown_cell("x"), hostile.PLACES[place](hostile.IMG)]))


ANSWER = r"""
## Why

The sum $\sum_{i<n} w_i x_i$ is **largest** where

$$
\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} < 5
$$

| size | share |
|-----:|-------|
| $3^2$ | 0.5 |

- [x] done

```python
def answer(x):

    return "<div>" + x
```

![a figure](attachment:figure.png) ![a file](plot.png) [torch](https://pytorch.org)
"""
FRAME = (
    '<style scoped>.dataframe tbody tr th { vertical-align: top; }</style><table border="1" '
    'class="dataframe"><thead><tr style="text-align: right;"><th></th><th>loss</th></tr></thead>'
    '<tbody><tr><th>0</th><td colspan="2">0.25</td></tr></tbody></table>'
)


def honest():
    answer = ANSWER + "![lost](attachment:lost.png)"
    answer = new_markdown_cell(answer, attachments={"figure.png": {"image/png": PNG}})
    verdict = Verdict("Passed <b>", ("one", "two\n  lines"), "dot_kernel", "passed")
    figure = {"image/png": f"{PNG}\n", "text/plain": "<Figure size 640x480>"}
    outputs = [
        *judging.outputs_of(verdict, 4),
        new_output("display_data", figure, metadata={"needs_background": "light"}),
        new_output("display_data", {"text/html": FRAME, "text/plain": "   loss\n0  0.25"}),
        new_output("display_data", {"text/latex": r"$\displaystyle x < y$", "text/plain": "x < y"}),
        new_output("display_data", {"text/markdown": "*so* $a_b$", "text/plain": "<Markdown>"}),
        new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m <div> &lt;"),
        new_output("error", ename="E", evalue="no", traceback=["\x1b[31mE\x1b[0m: <no>"]),
    ]
    code = new_code_cell('print("<div>")', outputs=outputs, execution_count=3)
    return hostile.notebook([answer, code, new_raw_cell("raw <text>")])


def test_what_is_honest_is_shown_as_before():
    cleaned = clean(honest())
    assert clean(cleaned) == cleaned
    shown = page(cleaned)
    for words in (
        r"The sum $\sum_{i<n} w_i x_i$ is largest where",
        "$$\n\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix} < 5\n$$",
        "[x] done",
        'def answer(x):\n\n    return "<div>" + x',
        r"$\displaystyle x < y$",
        "so $a_b$",
        "red <div> &lt;",
        "E: <no>",
        'print("<div>")',
        "raw <text>",
        "In\xa0[3]:",
    ):
        assert words in shown.get_text(), words
    assert [img.get("src") for img in shown.find_all("img")] == [
        f"data:image/png;base64,{PNG}",
        "plot.png",
        None,
        f"data:image/png;base64,{PNG}",
    ]
    assert shown.find("a", string="torch")["rel"] == ["noopener", "noreferrer"]
    assert [cell.get_text() for cell in shown.find_all("td")] == ["$3^2$", "0.5", "0.25"]
    assert shown.select("td[style='text-align:right'], td[colspan='2'], tr[style]")
    assert shown.select(".highlight .k, .ansi-red-fg")


def test_verdicts_look_as_they_do_and_the_report_can_read_them():
    before = honest().cells[1].outputs[0].data
    after = clean(honest()).cells[1].outputs[0].data
    assert after[MIMETYPE] == before[MIMETYPE]
    assert after["text/plain"] == before["text/plain"]
    looks = [BeautifulSoup(data["text/html"], "html.parser") for data in (before, after)]
    for tag in (each for soup in looks for each in soup.find_all(style=True)):
        tag["style"] = re.sub(r"\s*([:;])\s*", r"\1", tag["style"])
    assert looks[0] == looks[1]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text/html", "<ul><li>" * 50_000),
        ("text/html", "<div>" * 100_000),
        ("text/markdown", r"\\(" * 100_000),
        ("text/markdown", "> - " * 5000),
        ("text/markdown", "![" * 9000),
        ("text/html", "\ud800"),
    ],
)
def test_what_would_hold_up_the_grader_is_shown_as_written(kind, text):
    cell = clean(hostile.notebook([hostile.shown(kind)(text)])).cells[0]
    html = BeautifulSoup(cell.outputs[0].data["text/html"], "html.parser")
    assert html.get_text() in (text, "?")


def test_a_notebook_of_many_slow_texts_ends(monkeypatch):
    monkeypatch.setattr(cleaning, "SECONDS", 0)
    cleaned = clean(hostile.notebook([new_markdown_cell("*late* <b>"), hostile.printed("late")]))
    assert cleaned.cells[0].source == "<div><pre>*late* &lt;b&gt;</pre></div>"


def test_the_sign_of_a_finished_grading_stays():
    graded = hostile.notebook([])
    graded.metadata.update(GRADED)
    assert GRADED.items() <= clean(graded).metadata.items()


def test_a_figure_pasted_into_an_answer_comes_back_with_it():
    answer = NotebookNode(hostile.written("![](attachment:a.png)"), id="written")
    source = hostile.notebook([NotebookNode(hostile.written("*Your answer*"), id="written")])
    answer.attachments = {"a.png": {"image/png": PNG}}
    graded = clean(restore.restored(hostile.notebook([answer]), source))
    assert f'<img src="data:image/png;base64,{PNG}"' in graded.cells[0].source
