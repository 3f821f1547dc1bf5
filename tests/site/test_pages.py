"""Pages and decks as text. What a browser makes of them is tests/browser's part."""

import re

import pytest
from nbformat import v4

from cnnlab import course
from cnnlab.site import cells, lessons, pages
from cnnlab.widgets import Prediction

from .small_lessons import PNG, code, lesson_of, text, title


@pytest.fixture
def written(tmp_path):
    """Return a function that writes one lesson, and returns its page and its deck as text."""

    def write(*cells):
        notebook = lesson_of(title(1), *cells)
        pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)
        endings = (".html", ".slides.html")
        page, deck = (tmp_path / f"01_a{ending}" for ending in endings)
        return page.read_text("utf-8"), deck.read_text("utf-8")

    return write


CAME_OUT = "<details>\n<summary>What came out</summary>\n\n*All 86.* So.\n\n</details>"


def test_claims_are_on_neither_page_nor_slide(written):
    for document in written(
        text("## Going further\n\nMore.", "more", slide="skip"),
        code("n = 2", "n", slide="skip"),
        code("assert claimed", "n-claim", tags=["claim"], slide="skip"),
    ):
        assert "claimed" not in document
        assert document.count("<details") == document.count("</details>")


def test_what_came_out_is_folded_on_the_page_and_said_on_a_slide(written):
    page, deck = written(text(CAME_OUT, "out"), text(CAME_OUT, "said", slide="notes"))
    assert page.count("<summary>What came out</summary>") == 2
    assert "What came out" not in deck
    assert deck.count("<em>All 86.</em> So.") == 2


def test_a_caption_that_waits_describes_only_figures_that_wait(written):
    def picture():
        return v4.new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"})

    compared = v4.new_output("execute_result", {"text/plain": "Comparison('n', 86)"})
    page, _ = written(
        code("before()", "before", picture()),
        code("n.compare(86)", "compared", picture(), compared),
        code("after()", "after", picture()),
        text(CAME_OUT, "out"),
    )
    described = [cells.NO_CAPTION, "All 86.", "All 86."]
    assert re.findall(r'<img[^>]*alt="([^"]+)"', page) == described


def test_the_search_finds_what_waits_and_shows_it_nowhere():
    waits = CAME_OUT.replace("So.", "**Aliasing.**")
    notebook = lesson_of(title(1), text(f"## Two\n\nSeen.\n\n{waits}\n\nMore.", "two"))
    notebook.cells.append(text(waits, "three"))
    found = lessons.sections(notebook)[-1]
    assert (found.text, found.waits) == ("Seen. More.", "All 86. Aliasing. All 86. Aliasing.")


def test_solutions_are_behind_a_click_on_the_page_and_not_in_the_deck(written):
    page, deck = written(code("def answer(): return 42", "solved", tags=["solution"]))
    assert re.search(r"<details class=\"solution\">.*42.*</details>", page, re.DOTALL)
    assert "42</span>" not in deck


def test_a_link_to_a_lesson_leads_to_its_page_from_a_page_and_to_its_deck_from_a_deck(written):
    page, deck = written(text("Next: [02 B](02_b.ipynb), [a file](b.ipynb).", "link"))
    assert '<a href="02_b.html">02 B</a>' in page
    assert '<a href="02_b.slides.html">02 B</a>' in deck
    assert '<a href="b.ipynb">a file</a>' in page


def test_page_and_deck_say_once_under_which_license_they_are(written):
    for document in written(text("Seen.", "seen")):
        line = document.partition('<p class="license">')[2].partition("</p>")[0]
        assert 'href="https://creativecommons.org/licenses/by/4.0/" rel="license"' in line
        assert document.count('<p class="license">') == 1


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


def test_a_slide_shows_a_result_without_the_code_that_measures_it(written):
    shown = v4.new_output("stream", text="seen\n")
    page, deck = written(code("measured = 1", "measured", shown, tags=["result-only"]))
    assert ">measured</span>" in page
    assert ">measured</span>" not in deck
    assert "seen" in deck


@pytest.mark.parametrize(("lines", "on_slide"), [(cells.LONG, False), (cells.LONG - 1, True)])
def test_a_slide_shows_no_long_code_beside_a_prediction_and_its_result(written, lines, on_slide):
    twin = Prediction("two", "What is 1 + 1?").compare(2)._twin()
    data = {"text/html": twin, "text/plain": "Comparison(2)"}
    source = "measured = 1" + "\nagain = 1" * (lines - 1)
    page, deck = written(code(source, "compared", v4.new_output("display_data", data)))
    assert ">measured</span>" in page
    assert (">measured</span>" in deck) == on_slide


def test_a_figure_is_shown_on_a_slide_without_the_code_that_draws_it(written):
    picture = v4.new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"})
    page, deck = written(code("drawing = 1", "draws", picture), text("*A figure.*", "caption"))
    assert "drawing" in page
    assert "drawing" not in deck
    assert "<img" in deck


def test_a_slide_shows_code_without_its_imports_and_its_comparison():
    compared = "import math\n\ntotal = math.pi\nprint(total)\n\n\nguess.compare(total)"
    assert cells.on_slide(compared) == "total = math.pi\nprint(total)"
    assert cells.on_slide("print(n)\n\n\nguess.compare(n)\nn") == "print(n)\n\nn"
    assert cells.on_slide("guess.compare(total)") == ""
    assert cells.on_slide("%pip list") == "%pip list"


def test_what_a_cell_prints_stands_in_one_piece(written):
    printed = [v4.new_output("stream", text=f"epoch {n}\n") for n in (1, 2)]
    for document in written(code("train()", "train", *printed)):
        assert "<pre>epoch 1\nepoch 2\n</pre>" in document


def test_references_are_on_the_page_only(written):
    summary = "It is 2.\n\n**References.** Peano 1889."
    page, deck = written(text(summary, "summary", slide="slide"))
    assert "Peano 1889" in page
    assert "Peano 1889" not in deck
    assert "It is 2." in deck


def test_cells_marked_skip_are_on_the_page_only(written):
    page, deck = written(text("For at home.", "home", slide="skip"))
    assert "For at home" in page
    assert "For at home" not in deck


def test_a_slide_is_named_by_its_first_cell_and_fragments_lie_in_it(written):
    _, deck = written(
        text("## Two", "two", slide="subslide"), text("Then.", "then", slide="fragment")
    )
    assert re.findall(r'<section id="([^"]*)"', deck) == ["title", "two", "the-end"]
    assert re.search(r'<div class="fragment">\s*<div class="cell text" data-cell="then">', deck)
    assert deck.count("<section") == deck.count("</section>")


def test_a_picture_gets_its_caption_as_alternative_text(written):
    picture = v4.new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"})
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


def test_scripts_cannot_end_their_element():
    assert pages.inline("a = '</script><!--'") == "a = '<\\/script><\\!--'"


@pytest.mark.parametrize("address", [None, "https://github.com/someone/a-course"])
def test_a_lesson_is_opened_elsewhere_where_the_address_is_known(
    written, tmp_path, monkeypatch, address
):
    monkeypatch.setattr(course, "address", lambda: address)
    page, deck = written(code("install()", "install", tags=["install"]))
    notebook = lesson_of(title(1))
    pages.write_index({lessons.describe("01_a", notebook): notebook}, tmp_path)
    for document in (page, (tmp_path / "index.html").read_text("utf-8")):
        links = re.findall(r'href="([^"]*/01_a\.ipynb)"', document)
        assert links == list(course.opened_elsewhere("01_a").values())
        assert len(links) == (2 if address else 0)
    assert "install()" not in page + deck  # what a host runs first is not for a reader


def test_nothing_is_asked_of_the_network(written):
    for document in written(text("[A link](https://example.org) and $x^2$.", "link")):
        document = re.sub(r"<script>.*?</script>|<a [^>]*>", "", document, flags=re.DOTALL)
        asked = re.findall(r"(?:src|href)=[\"']([^\"']*)|url\([\"']?([^\"')]*)|(@import)", document)
        places = {"".join(place).partition("/")[0] for place in asked}
        assert places == {"data:image"}
