"""A section marked "Going further" is folded: on a screen until it is asked for, never on paper."""

import pytest

from cnnlab.site import lessons, pages
from tests.site.small_lessons import code, lesson_of, text, title

pytestmark = pytest.mark.slow


@pytest.fixture
def page(tmp_path, offline):
    notebook = lesson_of(
        title(1),
        text("### Going further: more\n\nMore of it.", "more"),
        code("1 + 1", "sum"),
        text("#### Deeper\n\nStill more.", "deeper"),
        text("### After\n\nThe lesson goes on.", "after"),
    )
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)
    return offline(file=tmp_path / "01_a.html").page


def test_it_opens_at_its_title_and_at_a_link_into_it(page):
    summary, inside = page.locator(".further > summary"), page.get_by_text("Still more.")
    assert summary.text_content().strip() == "Going further: more"
    assert inside.is_hidden()
    assert page.get_by_text("The lesson goes on.").is_visible()
    summary.click()
    assert inside.is_visible()
    summary.click()
    page.evaluate("location.hash = 'at-deeper'")
    inside.wait_for()


def test_paper_shows_it(page):
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.get_by_text("Still more.").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.get_by_text("Still more.").is_hidden()
