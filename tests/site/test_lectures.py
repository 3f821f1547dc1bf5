"""The lessons' lectures: slides of one idea, predictions before results, times that add up."""

import re
import textwrap
from itertools import pairwise

import nbformat
import pytest

from cnnlab.course import is_lecture
from cnnlab.site import build as site
from cnnlab.site import lectures, lessons, pages
from tests.lessons import tagged

from .small_lessons import PNG, code, figure, lesson_of, slide, text

LESSONS = site.find_lessons()
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)
CODE = re.compile(r"```.*?\n(.*?)```", re.DOTALL)
MOST_WORDS, MOST_LINES, MOST_ROWS = 20, 8, 7
SUMS = {5: (3, 6), 15: (12, 17), 30: (25, 33), 45: (40, 48)}  # minutes of each lecture
NOT_SAID = (
    r"scroll|Shift\+Enter|(table|figure|cell|code)s? (above|below)|(above|next) cell|"
    r"the cells?\b|not written yet|notebook|CIFAR-10 is not"
)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, 4)


def deck(notebook):
    return [cell for cell in notebook.cells if is_lecture(cell)]


def visible(cell):
    """Return what a slide shows of its text: neither notes, nor its title, nor alternative text."""
    body = lectures.PICTURE.sub("", lectures.NOTES.split(cell.source)[0])
    return re.sub(r"^#+ .*", "", body.strip()).replace(lectures.PAUSE, "")


def title(cell):
    return cell.source.splitlines()[0].lstrip("# ") if cell.source.startswith("#") else ""


def references(cell):
    """Return for each picture of a slide the lesson's cell and the text for it."""
    return [(found["cell"], found["alt"]) for found in lectures.PICTURE.finditer(cell.source)]


def shown(cell):
    return [ident for ident, _ in references(cell)]


def minutes(cell):
    return float(lectures.NOTES.search(cell.source)[1])


def predictions(cells):
    """Return for each cell that asks the cell that compares, by their ids."""
    found = {}
    for cell in (each for each in cells if each.cell_type == "code" and not tagged(each, "claim")):
        for name in re.findall(r"(\w+) = widgets\.Prediction\(", cell.source):
            compares = [each.id for each in cells if f"{name}.compare(" in each.get("source", "")]
            found[cell.id] = compares[0] if compares else None
    return found


def waiting(cells, compares):
    """Return the cells that wait with a result: up to the next heading, prediction or exercise."""
    ids = [cell.id for cell in cells]
    found = [compares]
    for cell in cells[ids.index(compares) + 1 :]:
        heading = cell.cell_type == "markdown" and re.search(r"^#+ ", cell.source, re.MULTILINE)
        if heading or "widgets.Prediction(" in cell.source or tagged(cell, "exercise"):
            break
        found.append(cell.id)
    return found


def offences(notebook):
    """Return (slide, what is wrong with it) for the slides of a lesson."""
    cells = [cell for cell in notebook.cells if not is_lecture(cell)]
    sources = {cell.id: cell.source for cell in cells if cell.cell_type == "code"}
    lines = {line.strip() for source in sources.values() for line in source.splitlines()}
    found = []
    for cell in deck(notebook):
        said = visible(cell)
        blocks = [textwrap.dedent(block).rstrip() for block in CODE.findall(said)]
        words = re.sub(r"^\|.*", "", FORMULA.sub("", CODE.sub("", said)), flags=re.MULTILINE)
        number = len(re.findall(r"[\w`][^\s]*", words))
        written = [line for block in blocks for line in block.splitlines()]
        wrong = {
            f"{number} words": number > MOST_WORDS,
            f"{len(written)} lines of code": len(written) > MOST_LINES,
            "rows": len(re.findall(r"^\|", said, re.MULTILINE)) > MOST_ROWS,
            "code that is not in the lesson": {line.strip() for line in written} - lines - {""},
            "says what a room cannot see": re.search(NOT_SAID, title(cell) + words),
            "shows what is not there": set(shown(cell)) - set(sources),
            "a picture without words for it": [
                alt for _, alt in references(cell) if len(alt.split()) < 2
            ],
        }
        found += [(cell.id, what) for what, is_so in wrong.items() if is_so]
    return found + out_of_order(deck(notebook), cells)


def out_of_order(slides, cells):
    """Return (slide, what) where a result comes before its question or not right after it."""
    found = []
    for asks, compares in predictions(cells).items():
        at = [n for n, cell in enumerate(slides) if asks in shown(cell)]
        results = [n for n, cell in enumerate(slides) if compares in shown(cell)]
        if at and results != [at[0] + 1]:
            found.append((slides[at[0]].id, "is not followed by its result alone"))
        waits = waiting(cells, compares)
        early = [
            cell.id for cell in slides[: at[0] + 1 if at else 0] if set(waits) & {*shown(cell)}
        ]
        found += [(ident, "shows a result before its prediction") for ident in early]
    return found


def test_every_slide_keeps_to_the_rules(notebook):
    assert offences(notebook) == []


def test_a_lecture_has_20_to_28_slides_with_one_message_each(notebook):
    slides = deck(notebook)
    first = notebook.cells[0].source.startswith("# 00")
    least, most = (8, 13) if first else (20, 28)
    assert least <= len(slides) + 1 <= most, len(slides) + 1  # the last is the template's
    titles = [title(cell) for cell in slides if title(cell)]
    assert sorted({each for each in titles if titles.count(each) > 1}) == []
    with_pictures = sum(bool(shown(cell)) for cell in slides)
    assert with_pictures / (len(slides) + 1) >= 0.7


def test_the_times_add_up_also_of_shorter_lectures(notebook):
    slides = deck(notebook)
    if notebook.cells[0].source.startswith("# 00"):
        assert 9 <= sum(map(minutes, slides)) <= 15
        return
    for length, (least, most) in SUMS.items():
        taken = [
            cell
            for cell in slides
            if length == 45
            or any(f"minutes-{each}" in cell.metadata.tags for each in SUMS if each <= length)
        ]
        assert least <= sum(map(minutes, taken)) <= most, (length, sum(map(minutes, taken)))
        assert taken[0] is slides[0]
        asked = predictions([each for each in notebook.cells if not is_lecture(each)])
        for before, after in pairwise(slides):  # a question has its result
            if set(shown(before)) & set(asked):
                assert (before in taken) == (after in taken), before.id


def test_a_lecture_begins_with_a_picture_and_asks_the_room(notebook):
    slides = deck(notebook)
    assert slides[0].source.startswith("# ")
    assert shown(slides[0])
    notes = [lectures.NOTES.split(cell.source, maxsplit=1)[2] for cell in slides]
    assert [
        cell.id for cell, said in zip(slides, notes, strict=True) if len(said.split()) < 8
    ] == []
    assert sum("?" in said for said in notes) >= 3


def test_the_lecture_stands_at_the_end_and_nothing_else_is_for_the_lecturer(notebook):
    marks = [is_lecture(cell) for cell in notebook.cells]
    assert marks == sorted(marks)
    assert any(marks)
    rest = [cell for cell in notebook.cells if not is_lecture(cell)]
    assert [
        cell.id for cell in rest if re.search("For the lecturer|In a lecture", cell.source)
    ] == []


def test_slides_are_folded_where_the_notebook_is_opened_as_it_is(notebook):
    """The first is a heading above them, which JupyterLab folds by its mark, Colab by its id."""
    first, *others = deck(notebook)
    assert first.metadata.get("jp-MarkdownHeadingCollapsed") is True
    assert notebook.metadata.colab == {"collapsed_sections": [first.metadata.id]}
    assert [cell.id for cell in others if re.search("^# ", cell.source, re.MULTILINE)] == []


ASKS = code('guess = widgets.Prediction("n", "How many?")\nguess', "asks")
GIVES = code("guess.compare(measure())", "gives")
DRAWS = code("plt.show()", "draws")
RED = {
    "21 words": (slide("## A title\n\n" + "word " * 21, "slide-a"), []),
    "9 lines of code": (slide("## T\n\n```python\n" + "plt.show()\n" * 9 + "```", "slide-a"), []),
    "code that is not in the lesson": (slide("## T\n\n```python\nplt.hide()\n```", "slide-a"), []),
    "says what a room cannot see": (slide("## T\n\nSee the table above.", "slide-a"), []),
    "shows what is not there": (slide("## T\n\n![a white square](#nothing)", "slide-a"), []),
    "a picture without words for it": (slide("## T\n\n![](#draws)", "slide-a"), []),
    "shows a result before its prediction": (
        slide("## T\n\n![a white square](#draws)", "slide-a"),
        [
            slide("![the question](#asks)", "slide-b"),
            slide("## R\n\n![the result](#gives)", "slide-c"),
        ],
    ),
    "is not followed by its result alone": (slide("![the question](#asks)", "slide-a"), []),
}


@pytest.mark.parametrize("rule", RED)
def test_a_broken_rule_is_seen(rule):
    first, others = RED[rule]
    broken = lesson_of(ASKS, GIVES, DRAWS, text("## Next", "next"), first, *others)
    assert ("slide-a", rule) in offences(broken)


def test_a_slide_shows_the_output_that_it_names():
    drawn, second = figure(PNG), figure(PNG)
    source = '## T\n\nBefore.\n\n![white](#draws/2 "wide")\n\n. . .\n\nAfter.'
    made = lectures.slides(lesson_of(code("", "draws", drawn, second), slide(source, "slide-a")))[0]
    assert [(part.kind, part.content, part.step) for part in made.parts] == [
        ("text", "Before.", 0),
        ("figure", PNG, 0),
        ("text", "After.", 1),
    ]
    assert (made.layout, made.minutes, made.length) == ("wide", 2, 45)
    assert lectures.lead(lesson_of(code("", "draws", drawn), slide("## T", "slide-a"))) is None


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("## T\n\n![white](#other)", "slide-a shows #other, but no such cell has code"),
        ("## T\n\n![white](#draws/2)", "slide-a shows #draws, which shows 1 things"),
        ("## T\n\n![white](#prints)", "slide-a shows #prints, which shows 0 things"),
        ("No title.", "slide-a has neither a title nor a question"),
    ],
)
def test_a_slide_that_shows_what_is_not_there_is_refused_by_name(source, said):
    cells = code("", "draws", figure(PNG)), code("", "prints")
    with pytest.raises(ValueError, match=said):
        lectures.slides(lesson_of(*cells, slide(source, "slide-a")))
    bare = text("## T", "slide-b")
    bare.metadata["tags"] = ["lecture"]
    with pytest.raises(ValueError, match="slide-b has no notes"):
        lectures.slides(lesson_of(bare))


def test_every_lesson_says_what_it_asks():
    for path in LESSONS:
        lesson = lessons.describe(path.stem, nbformat.read(path, 4))
        assert lesson.title.startswith(path.stem[:2])
        assert len(lesson.question) > 20
        assert lesson.question[0].isupper()
        assert "*" not in lesson.question


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_formula_of_the_lessons_is_understood(path):
    for cell in nbformat.read(path, 4).cells:
        prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
        for block, inline in FORMULA.findall(prose) if cell.cell_type == "markdown" else ():
            html = pages.mathml(block or inline)
            assert "\\" not in html, (cell.id, block or inline)
            assert "<merror" not in html, (cell.id, block or inline)
