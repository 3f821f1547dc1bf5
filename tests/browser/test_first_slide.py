"""The first slide of a deck is seen while the others are still being arranged."""

import pytest

from cnnlab.site import lessons, pages
from tests.site.small_lessons import lesson_of, slide, title

pytestmark = pytest.mark.slow

NEVER_READY = "Object.defineProperty(window, 'Reveal', { value: {}, writable: false });"


@pytest.mark.parametrize(
    ("address", "seen"), [("", [True, False, False]), ("#/2", [False, False, False])]
)
def test_the_first_slide_is_there_before_reveal_is_ready(address, seen, offline, tmp_path):
    notebook = lesson_of(title(1), slide("# First", "slide-1"), slide("## Second", "slide-2"))
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)
    page = offline(width=1280).page
    page.add_init_script(NEVER_READY)
    page.goto((tmp_path / "01_a.slides.html").as_uri() + address)
    assert [slide.is_visible() for slide in page.locator(".slides > section").all()] == seen
    if any(seen):
        box = page.locator(".slides > section").first.bounding_box()
        assert (round(box["x"]), round(box["width"])) == (18, 1244)  # 700 of 720 pixels high
