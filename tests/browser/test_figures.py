"""Figures in the dark: dimmed where page and deck are dark, by the system or by choice."""

import pytest

from cnnlab.site import lessons, pages
from tests.site.small_lessons import code, figure, lesson_of, slide, title

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("ending", [".html", ".slides.html"])
def test_a_figure_is_dimmed_in_the_dark_only(ending, offline, tmp_path):
    first = slide("# One\n\n![A picture](#draws)", "slide-first")
    notebook = lesson_of(title(1), code("draw()", "draws", figure()), first)
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)
    shown = "getComputedStyle(document.querySelector('.figure img')).filter"
    choose = "theme => { document.documentElement.dataset.theme = theme; }"
    for scheme in ("light", "dark"):
        page = offline(file=tmp_path / f"01_a{ending}", color_scheme=scheme).page
        for theme, dark in (("", scheme == "dark"), ("light", False), ("dark", True)):
            page.evaluate(choose, theme)
            assert page.evaluate(shown) == ("brightness(0.88)" if dark else "none")
