"""Pages and decks on paper, in Chromium: all of a widget is there, and no button."""

import pytest

from cnnlab.site import lessons, pages
from cnnlab.widgets import Prediction
from tests.site.small_lessons import code, lesson_of, shown, slide, text, title

from .examples import explorer

pytestmark = pytest.mark.slow


@pytest.fixture
def written(tmp_path):
    """A lesson with an explorer and with a result that waits for its prediction."""
    asked = Prediction("two", "What is 1 + 1?")
    notebook = lesson_of(
        title(1),
        text("## Explore\n\nLook around.", "explore"),
        code("explorer", "explorer", shown(explorer()), tags=["hide-input"]),
        text("## Predict", "predict"),
        code("asked", "asked", shown(asked)),
        code("asked.compare(2)", "compare", shown(asked.compare(2))),
        slide("## Explore it\n\n![a network](#explorer)", "slide-explore"),
    )
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)
    return tmp_path


def test_the_explorer_is_whole_in_the_deck(written, offline):
    """A screen scrolls it; paper has one page for the network, and one for the open map."""
    page = offline(width=1280, file=written / "01_a.slides.html").page
    page.wait_for_function("window.Reveal?.isReady()")
    scrolls = """[...document.querySelectorAll(".cnnlab-explorer")].map((box) =>
      box.scrollHeight > box.clientHeight + 1)"""
    page.evaluate("Reveal.slide(0)")
    assert page.evaluate(scrolls) == [True]
    page.goto(page.url.partition("#")[0] + "?print-pdf")
    page.wait_for_function("document.querySelector('.paper .cnnlab-explorer')")
    assert page.evaluate(scrolls) == [False, False]
    slides = """[...document.querySelectorAll(".slides > section")].map((slide) =>
      [slide.id, slide.scrollHeight <= slide.clientHeight])"""
    fits = dict(page.evaluate(slides))
    assert list(fits) == ["slide-explore", "slide-explore-map", "the-end"]
    assert all(fits.values())
    assert page.locator("#slide-explore .cnnlab-fill").first.is_visible()
    assert page.locator("#slide-explore-map .cnnlab-products").is_visible()
    assert page.locator("#slide-explore-map .cnnlab-pager button").first.is_hidden()


def test_a_printed_page_shows_results_and_no_buttons(written, offline):
    watched = offline(width=720, file=written / "01_a.html")
    page, result = watched.page, watched.page.get_by_text("The experiment says 2")
    assert result.is_hidden()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert result.is_visible()
    assert page.locator("button:visible").count() <= page.locator(".cnnlab-explorer button").count()
    assert page.locator(".cnnlab-prediction button:visible, .top").first.is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert result.is_hidden()  # the reader has not predicted yet
    assert watched.requests == watched.complaints == []
