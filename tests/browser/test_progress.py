"""What a reader did on the pages is said on the cards of the index, and kept by the browser."""

import pytest
from nbformat import v4

from cnnlab.site import lessons, pages
from cnnlab.widgets import Prediction, Quiz
from tests.site.small_lessons import code, lesson_of, text, title

from .examples import QUESTIONS
from .helpers import press, violations

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    """A site of two lessons; the first asks for two predictions and two answers."""
    shown = [Prediction("two", "1 + 1?"), Prediction("three", "1 + 2?"), Quiz(QUESTIONS)]
    outputs = [v4.new_output("display_data", {"text/html": each._twin()}) for each in shown]
    asks = lesson_of(title(0), *(code("ask", f"ask-{i}", each) for i, each in enumerate(outputs)))
    notebooks = {"00_asks": asks, "01_tells": lesson_of(title(1), text("Read.", "read"))}
    described = [lessons.describe(*each) for each in notebooks.items()]
    for here, notebook in enumerate(notebooks.values()):
        pages.write_lesson(notebook, described, here, tmp_path)
    pages.write_index(dict(zip(described, notebooks.values(), strict=True)), tmp_path)
    return tmp_path


def said(page):
    """Return what the cards of the index say of the two lessons, from the page of the first."""
    page.goto(page.url.replace("00_asks", "index"))
    lines = page.locator(".cards .done").all()
    words = [line.inner_text() if line.is_visible() else None for line in lines]
    page.go_back()
    return words


def answer(page, question, option):
    form = page.locator(".cnnlab-quiz form").nth(question)
    form.get_by_label(option).check()
    form.get_by_role("button", name="Check").click()


def test_the_cards_say_what_was_done(folder, offline, axe):
    watched = offline(file=folder / "00_asks.html")
    page = watched.page
    assert said(page) == ["Opened", None]
    page.get_by_label("1 + 1?").fill("2")
    page.get_by_role("button", name="Commit").first.click()
    assert said(page) == ["1 of 2 predictions", None]
    page.reload()
    answer(page, 0, "It shrinks")
    assert said(page) == ["1 of 2 predictions, 1 of 2 quiz questions", None]
    page.reload()
    answer(page, 1, "A dense layer")
    press(page.locator(".cnnlab-prediction").nth(1), "Commit")  # nothing is written yet
    assert said(page) == ["1 of 2 predictions, quiz done", None]
    page.goto((folder / "index.html").as_uri())
    assert violations(page, axe) == []
    assert watched.requests == watched.complaints == []


def test_without_a_storage_nothing_is_said_and_nothing_breaks(folder, offline):
    watched = offline(file=folder / "00_asks.html")
    page = watched.page
    page.add_init_script(
        """Object.defineProperty(window, "localStorage", {
          get() { throw new DOMException("not allowed", "SecurityError"); } });"""
    )
    page.reload()
    answer(page, 0, "It shrinks")
    page.locator(".cnnlab-feedback[data-right]").wait_for()
    assert said(page) == [None, None]
    assert watched.complaints == []
