"""Quiz in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

from .examples import QUESTIONS

pytestmark = pytest.mark.slow


def test_quiz_answers_each_option_and_counts(offline):
    watched = offline(widgets.Quiz(QUESTIONS))
    page = watched.page
    feedback = page.locator(".cnnlab-feedback")
    check = page.get_by_role("button", name="Check")
    check.first.click()
    assert feedback.first.inner_text() == "Pick an option first."
    page.get_by_label("It shrinks").check()
    assert feedback.first.inner_text() == "Pick an option first."
    check.first.click()
    assert feedback.first.inner_text() == "Not quite. That is without padding."
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert feedback.first.inner_text() == "Right. As many as it takes."
    assert page.locator(".cnnlab-score").inner_text() == "1 of 2 right"
    assert watched.complaints == []
