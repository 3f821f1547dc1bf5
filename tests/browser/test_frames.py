"""Frames in Chromium, with no kernel and no network."""

import pytest

from .examples import frames
from .helpers import take_clock

pytestmark = pytest.mark.slow


def test_frames_slide_and_play(offline):
    watched = offline(frames())
    page = watched.page
    picture, count = page.locator("img"), page.locator(".cnnlab-count")
    first = picture.get_attribute("src")
    assert picture.get_attribute("alt") == "Noise number 0."
    assert page.locator(".cnnlab-best").inner_text().split() == ["cat", "80%"]
    page.get_by_label("frame", exact=True).focus()
    for key, place in {"ArrowRight": 2, "End": 4, "ArrowLeft": 3, "Home": 1}.items():
        page.keyboard.press(key)
        assert count.inner_text() == f"{place} of 4"
    take_clock(page)
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()
    page.evaluate("tick()")
    page.wait_for_function("document.querySelector('.cnnlab-count').innerText == '2 of 4'")
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play").wait_for()
    assert picture.get_attribute("src") != first
    assert page.locator(".cnnlab-best").inner_text().split() == ["dog", "80%"]
    assert watched.complaints == []
