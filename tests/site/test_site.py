"""The site's pages and decks as text. What a browser makes of them is tests/browser's part."""

import re

import nbformat
import pytest
from nbformat import v4

from cnnlab.site import build as site
from cnnlab.site import pages

LESSONS = site.find_lessons()
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)


def lesson_of(*cells):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


def text(source, ident, slide="-"):
    return v4.new_markdown_cell(source, id=ident, metadata={"slideshow": {"slide_type": slide}})


def code(source, ident, *outputs, tags=(), slide="-"):
    metadata = {"tags": list(tags), "slideshow": {"slide_type": slide}}
    return v4.new_code_cell(source, id=ident, outputs=list(outputs), metadata=metadata)


def title(number):
    question = "**The question:** what is `1 + 1`?"
    return text(f"# 0{number} Title\n\nIt begins.\n\n{question}", "title", slide="slide")


@pytest.fixture
def written(tmp_path):
    """Return a function that writes one lesson, and returns its page and its deck as text."""

    def write(*cells):
        notebook = lesson_of(title(1), *cells)
        pages.write_lesson(notebook, [pages.describe("01_a", notebook)], 0, tmp_path)
        endings = (".html", ".slides.html")
        page, deck = (tmp_path / f"01_a{ending}" for ending in endings)
        return page.read_text("utf-8"), deck.read_text("utf-8")

    return write


def test_solutions_are_behind_a_click_on_the_page_and_not_in_the_deck(written):
    page, deck = written(code("def answer(): return 42", "solved", tags=["solution"]))
    assert re.search(r"<details class=\"solution\">.*42.*</details>", page, re.DOTALL)
    assert "42</span>" not in deck


def test_speaker_notes_are_in_the_deck_only(written):
    note = text("*For the lecturer.* Ask the room.", "ask", slide="notes")
    page, deck = written(note, text("Said, not shown.", "said", slide="notes"))
    assert "Ask the room" not in page
    assert "Said, not shown" in page
    assert re.search(r'<aside class="notes">\s*<p><em>For the lecturer.</em> Ask the room', deck)
    assert re.search(r'<aside class="notes">\s*<p>Said, not shown', deck)


def test_hidden_code_is_folded_on_the_page_and_left_out_of_the_deck(written):
    shown = v4.new_output("stream", text="seen\n")
    page, deck = written(code("plumbing = 1", "hidden", shown, tags=["hide-input"]))
    assert re.search(
        r"<details class=\"hidden-code\">.*plumbing.*</details>.*seen", page, re.DOTALL
    )
    assert "plumbing" not in deck
    assert "seen" in deck


def test_a_figure_is_shown_on_a_slide_without_the_code_that_draws_it(written):
    picture = v4.new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"})
    page, deck = written(code("drawing = 1", "draws", picture), text("*A figure.*", "caption"))
    assert "drawing" in page
    assert "drawing" not in deck
    assert "<img" in deck


def test_a_slide_shows_code_without_the_asserts_at_its_end(written):
    page, deck = written(code("total = 2\n\nassert total == 2\nassert total", "sum"))
    assert page.count("assert") == 2
    assert ">assert<" not in deck
    assert ">total<" in deck
    loop = "for n in range(3):\n    assert n < 3"
    assert pages.without_asserts(loop) == loop


def test_cells_marked_skip_are_on_the_page_only(written):
    page, deck = written(text("For at home.", "home", slide="skip"))
    assert "For at home" in page
    assert "For at home" not in deck


def test_a_slide_is_named_by_its_first_cell_and_fragments_lie_in_it(written):
    _, deck = written(
        text("## Two", "two", slide="subslide"), text("Then.", "then", slide="fragment")
    )
    assert re.findall(r'<section id="([^"]*)"', deck) == ["title", "two"]
    assert re.search(r'<div class="fragment">\s*<div class="cell text" data-cell="then">', deck)
    assert deck.count("<section") == deck.count("</section>")


def test_a_picture_gets_its_caption_as_alternative_text(written):
    picture = v4.new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"})
    page, _ = written(code("draw()", "draw", picture), text('*A "plot" of `x`.*\n\nMore.', "says"))
    assert 'alt="A &quot;plot&quot; of x."' in page or "alt='A \"plot\" of x.'" in page


def test_a_widget_is_shown_by_its_twin(written):
    view = {"model_id": "1", "version_major": 2, "version_minor": 0}
    data = {
        "application/vnd.jupyter.widget-view+json": view,
        "text/html": "<b>the twin</b>",
        "text/plain": "Quiz()",
    }
    bar = {"application/vnd.jupyter.widget-view+json": view, "text/plain": "0% of a bar"}
    shown, result = (v4.new_output(kind, data) for kind in ("display_data", "execute_result"))
    for document in written(
        code("quiz", "quiz", shown, v4.new_output("display_data", bar)),
        code("quiz", "again", result),
    ):
        assert document.count("<b>the twin</b>") == 2
        assert "0% of a bar" not in document
        assert "Quiz()" not in document


def test_formulas_become_mathml():
    html = pages.mathml(r"\mathrm{out} = \left\lfloor \frac{a_{i,j}}{2} \right\rfloor", "block")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in html
    assert "<mtext>out</mtext>" in html
    assert '<mrow class="floor"><mo' in html  # its brackets are drawn by the style sheet
    assert 'class="round"' in pages.mathml(r"\begin{pmatrix} 1 & 2 \end{pmatrix}")
    assert "class=" not in pages.mathml(r"L(w + h)")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_formula_of_the_lessons_is_understood(path):
    for cell in nbformat.read(path, 4).cells:
        prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
        for block, inline in FORMULA.findall(prose) if cell.cell_type == "markdown" else ():
            html = pages.mathml(block or inline)
            assert "\\" not in html, (cell.id, block or inline)
            assert "<merror" not in html, (cell.id, block or inline)


def test_scripts_cannot_end_their_element():
    assert pages.inline("a = '</script><!--'") == "a = '<\\/script><\\!--'"


def test_nothing_is_asked_of_the_network(written):
    for document in written(text("[A link](https://example.org) and $x^2$.", "link")):
        document = re.sub(r"<script>.*?</script>|<a [^>]*>", "", document, flags=re.DOTALL)
        asked = re.findall(r"(?:src|href)=[\"']([^\"']*)|url\([\"']?([^\"')]*)|(@import)", document)
        places = {"".join(place).partition("/")[0] for place in asked}
        assert places == {"data:image"}


# The lessons as lectures


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def cells(request):
    return nbformat.read(request.param, 4).cells


def slide_type(cell):
    return cell.metadata.get("slideshow", {}).get("slide_type", "-")


def test_a_lecture_has_15_to_25_slides(cells):
    slides = [cell.id for cell in cells if slide_type(cell) in ("slide", "subslide")]
    least = 7 if cells[0].source.startswith("# 00") else 15
    assert least <= len(slides) <= 25, slides


def test_a_lecture_has_notes_with_times_and_a_question_to_the_room(cells):
    notes = [cell for cell in cells if cell.source.startswith(pages.FOR_THE_LECTURER)]
    assert [cell.id for cell in notes if slide_type(cell) != "notes"] == []
    assert len(notes) >= 2
    assert re.search(r"\d+ minutes", notes[0].source)
    assert "?" in "".join(cell.source for cell in notes)


def test_after_a_skipped_cell_the_next_says_where_it_belongs(cells):
    """A cell without a slide type belongs to the last slide, whatever was skipped since."""
    ids, skipped = [], False
    for cell in cells:
        if slide_type(cell) == "-" and skipped:
            ids.append(cell.id)
        elif slide_type(cell) != "notes":
            skipped = slide_type(cell) == "skip"
    assert ids == []


def test_a_lecture_shows_no_solution(cells):
    tagged = [cell for cell in cells if "solution" in cell.metadata.get("tags", [])]
    assert [cell.id for cell in tagged if slide_type(cell) != "skip"] == []


def test_every_lesson_says_what_it_asks():
    for path in LESSONS:
        lesson = pages.describe(path.stem, nbformat.read(path, 4))
        assert lesson.title.startswith(path.stem[:2])
        assert len(lesson.question) > 20
        assert lesson.question[0].isupper()
        assert "*" not in lesson.question


# Building


@pytest.fixture
def course(tmp_path):
    """Return a folder with two lessons that run and one that does not."""
    folder = tmp_path / "course"
    folder.mkdir()
    for number, source in enumerate(("print(1 + 1)", "fine = 1", "print(2 + 2)")):
        cells = [title(number), code(source, "first"), code("last = 1", "last")]
        if number == 1:
            cells.insert(2, code("raise ValueError('no good')", "broken"))
        nbformat.write(lesson_of(*cells), folder / f"0{number}_x.ipynb")
    return folder


def built(out, course, *names):
    """Build, and return what was said and the error at the end."""
    news = []
    try:
        for line in site.build_site(out, names, course=course):
            news.append(line)
    except site.LessonError as error:
        return news, str(error)
    return news, ""


@pytest.mark.slow
def test_a_lesson_that_fails_is_named_and_the_others_are_built(course, tmp_path):
    out = tmp_path / "site"
    news, error = built(out, course)
    assert error == "1 of 3 lessons failed: 01_x."
    assert ("01_x", "FAILED in cell broken: ValueError: no good") in news
    made = sorted(path.name for path in out.glob("*.html"))
    assert made == ["00_x.html", "00_x.slides.html", "02_x.html", "02_x.slides.html", "index.html"]
    page = (out / "00_x.html").read_text("utf-8")
    assert "<pre>2\n</pre>" in page
    assert re.search(r'<a href="02_x.html" rel="next">', page)  # past the one that is missing
    assert "01_x" not in (out / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_only_changed_code_runs_again(course, tmp_path):
    out, lesson = tmp_path / "site", course / "00_x.ipynb"
    ran = ("00_x", "runs ...")
    assert ran in built(out, course, "00")[0]
    assert ran not in built(out, course, "00")[0]
    notebook = nbformat.read(lesson, 4)
    notebook.cells[0].source += "\n\nNew words."
    nbformat.write(notebook, lesson)
    assert ran not in built(out, course, "00")[0]
    page = (out / "00_x.html").read_text("utf-8")
    assert "New words." in page
    assert "<pre>2\n</pre>" in page
    notebook.cells[1].source = "print(1 + 2)"
    nbformat.write(notebook, lesson)
    assert ran in built(out, course, "00")[0]
    assert "<pre>3\n</pre>" in (out / "00_x.html").read_text("utf-8")
    assert sorted(path.name for path in course.iterdir()) == [f"0{n}_x.ipynb" for n in range(3)]


def test_the_fingerprint_follows_code_and_package_not_words(course, tmp_path, monkeypatch):
    package = tmp_path / "package"
    (package / "site").mkdir(parents=True)
    (package / "models.py").write_text("a = 1")
    (package / "site" / "build.py").write_text("b = 1")
    monkeypatch.setattr(site, "PACKAGE", package)
    lesson = course / "00_x.ipynb"
    before = site.fingerprint(lesson)
    (package / "site" / "deck.css").write_text("changed")
    (package / "site" / "build.py").write_text("b = 2")
    assert site.fingerprint(lesson) == before
    (package / "models.py").write_text("a = 2")
    assert site.fingerprint(lesson) != before


def test_what_was_kept_half_written_is_no_output(course, tmp_path):
    folder = tmp_path / site.KEPT
    folder.mkdir()
    (folder / "00_x.ipynb").write_text('{"cells": [')
    assert site.kept(course / "00_x.ipynb", tmp_path) is None


def test_a_lesson_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"There are no lessons in .*They come with the source"):
        site.find_lessons(course=tmp_path)
    with pytest.raises(ValueError, match=r"There is no lesson '77'. There are: 00_start_here, 01_"):
        site.find_lessons(["77"])
    assert [path.stem for path in site.find_lessons(["05", "00"])] == [
        "00_start_here",
        "05_first_cnn",
    ]
