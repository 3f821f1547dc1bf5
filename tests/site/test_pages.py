"""Pages and decks as text. What a browser makes of them is tests/browser's part."""

import re

import pytest
from nbformat import v4

from cnnlab import course
from cnnlab.site import lessons, pages
from cnnlab.widgets import Prediction

from .small_lessons import PNG, code, figure, lesson_of, shown, slide, text, title


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
        text("## Going further\n\nMore.", "more"),
        code("n = 2", "n"),
        code("assert claimed", "n-claim", tags=["claim"]),
    ):
        assert "claimed" not in document
        assert document.count("<details") == document.count("</details>")


def test_what_came_out_is_folded_on_the_page(written):
    page, _ = written(text(CAME_OUT, "out"))
    assert page.count("<summary>What came out</summary>") == 1


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
    links = "Next: [02 B](02_b.ipynb), [a file](b.ipynb)."
    page, deck = written(text(links, "link"), slide(f"## Links\n\n{links}", "slide-links"))
    assert '<a href="02_b.html">02 B</a>' in page
    assert '<a href="02_b.slides.html">02 B</a>' in deck
    assert '<a href="b.ipynb">a file</a>' in page


def test_page_and_deck_say_once_under_which_license_they_are(written):
    for document in written(text("Seen.", "seen")):
        line = document.partition('<p class="license">')[2].partition("</p>")[0]
        assert 'href="https://creativecommons.org/licenses/by/4.0/"' in line
        assert 'rel="license"' in line
        assert document.count('<p class="license">') == 1


def test_a_slide_and_its_notes_are_in_the_deck_only(written):
    page, deck = written(slide("## Seen\n\nRead.", "slide-seen", "minutes-15", notes="Ask *them*."))
    for words in ("Seen", "Read.", "Ask"):
        assert words not in page
        assert words in deck
    assert re.search(r'<aside class="notes">\s*<p>Ask <em>them</em>', deck)
    assert '<section id="slide-seen" class="wide" data-length="15" data-timing="120">' in deck
    assert deck.count("<section") == deck.count("</section>") == 2


def test_a_slide_shows_a_figure_with_its_words_and_a_pause(written):
    source = "## Seen\n\n![white, all of it](#draws)\n\n. . .\n\nThen."
    _, deck = written(code("draw()", "draws", figure()), slide(source, "slide-seen"))
    assert (
        f'<img src="data:image/png;base64,{PNG}" alt="white, all of it. One white pixel.">' in deck
    )
    assert re.search(r'<div class="text fragment" data-fragment-index="1">\s*<p>Then', deck)
    assert 'class="beside"' in deck  # one pixel is not wide


def test_a_question_to_the_room_and_its_result(written):
    asked = Prediction("two", "What is `1 + 1`?", choices=["1", "`2`"], common={"1": "Too few."})
    _, deck = written(
        code("asked", "asked", shown(asked)),
        code("asked.compare(2)", "gives", figure(), shown(asked.compare("`2`"))),
        slide("![the question](#asked)", "slide-asks"),
        slide("## It is two\n\n![white](#gives)", "slide-gives"),
        slide("## Again\n\n![white](#gives)", "slide-again"),
    )
    assert "<h2>What is <code>1 + 1</code>?</h2>" in deck
    assert deck.count("<p>What is <code>") == 0  # the heading asks
    assert "<b>2</b> <span><code>2</code></span>" in deck
    assert deck.count('class="verdict"') == 1  # right after the question alone
    assert re.search(r"The experiment says\s*<strong><code>2</code></strong>", deck)
    notes = deck.partition('id="slide-gives"')[2].partition("</aside>")[0]
    assert "1: Too few." in notes


def test_hidden_code_is_folded_on_the_page(written):
    printed = v4.new_output("stream", text="seen\n")
    page, _ = written(code("plumbing = 1", "hidden", printed, tags=["hide-input"]))
    assert re.search(
        r"seen.*<details class=\"hidden-code\">.*plumbing.*</details>", page, re.DOTALL
    )


def test_what_a_cell_prints_stands_in_one_piece(written):
    printed = [v4.new_output("stream", text=f"epoch {n}\n") for n in (1, 2)]
    page, _ = written(code("train()", "train", *printed))
    assert "<pre>epoch 1\nepoch 2\n</pre>" in page


def test_a_picture_is_described_by_what_drew_it_and_not_by_its_caption(written):
    drawn = code("draw()", "draw", figure(alt='A "plot" of 2 < 3.'))
    page, _ = written(drawn, text("*A caption.*\n\nMore.", "says"))
    assert "alt='A \"plot\" of 2 &lt; 3.'" in page
    assert "<img>" not in page  # what JupyterLab shows


def test_a_widget_is_shown_by_its_twin(written):
    view = {"model_id": "1", "version_major": 2, "version_minor": 0}
    data = {
        "application/vnd.jupyter.widget-view+json": view,
        "text/html": "<b>the twin</b>",
        "text/plain": "Quiz()",
    }
    bar = {"application/vnd.jupyter.widget-view+json": view, "text/plain": "0% of a bar"}
    displayed, result = (v4.new_output(kind, data) for kind in ("display_data", "execute_result"))
    page, deck = written(
        code("quiz", "quiz", displayed, v4.new_output("display_data", bar)),
        code("quiz", "again", result),
        slide("## Q\n\n![a quiz](#quiz)", "slide-quiz"),
        slide("## R\n\n![a quiz](#again)", "slide-again"),
    )
    for document in (page, deck):
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
