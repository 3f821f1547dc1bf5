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


def test_the_explorer_is_whole_in_the_deck_and_on_paper(written, offline):
    page = offline(width=1280, file=written / "01_a.slides.html").page
    page.wait_for_function("window.Reveal?.isReady()")
    fits = """() => {
      const slide = document.getElementById("slide-explore").getBoundingClientRect();
      const parts = document.querySelectorAll("#slide-explore :is(.cnnlab-products, .cnnlab-says)");
      return [...parts].map(part => part.getBoundingClientRect())
        .map(({ bottom, height }) => height > 0 && bottom <= slide.bottom);
    }"""
    assert page.evaluate(fits) == [True, True]
    page.goto(page.url.partition("#")[0] + "?print-pdf")
    page.wait_for_function("document.querySelector('.paper .cnnlab-explorer')")
    assert page.evaluate(fits) == [True, True]
    ids = page.evaluate("[...document.querySelectorAll('.slides > section')].map(each => each.id)")
    assert ids == ["slide-explore", "the-end"]


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
