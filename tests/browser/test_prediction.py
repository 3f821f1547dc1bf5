"""Predictions in Chromium, with no kernel: commit, compare, what stays folded, the summary."""

import pytest

from cnnlab import widgets

from .examples import choice, prediction
from .helpers import press

pytestmark = pytest.mark.slow


def commit(page, text):
    page.get_by_label("How many times fewer?").fill(text)
    page.keyboard.press("Enter")


def lesson():
    asked, picked = prediction(), choice()
    summary = widgets.PredictionSummary(asked, picked)
    return asked, asked.compare(112_384), picked, picked.compare("Yes"), summary


@pytest.mark.parametrize(
    ("guess", "says"),
    [
        ("112,384", "You said 112,384 times, the experiment says 112,384 times. Right."),
        ("10^5", "Close, a little low."),
        ("1024", "Too low. That is sharing alone."),
        ("1e9", "Too high."),
    ],
)
def test_what_was_said_is_compared(offline, guess, says):
    watched = offline(*lesson())
    page = watched.page
    first = page.locator(".cnnlab-verdict").first
    assert page.get_by_text("The result waits").first.is_visible()
    commit(page, "many")
    assert page.get_by_text("Write a number first.").first.is_visible()
    assert first.count() == 0
    commit(page, guess)
    assert says in first.inner_text()
    assert watched.complaints == []


def test_taken_back_it_is_folded_again(offline):
    page = offline(*lesson()).page
    commit(page, "5")
    press(page, "Take back")
    assert page.get_by_text("The result waits").first.is_visible()


@pytest.mark.parametrize("share", ["500", "\u22125"])
def test_a_share_of_no_whole_is_refused_and_another_taken(offline, share):
    asked = widgets.Prediction("n", "How many times fewer?", unit="%")
    page = offline(asked, asked.compare(40)).page
    commit(page, share)
    assert page.get_by_text("A share lies between 0 and 100 %.").first.is_visible()
    assert page.get_by_text("The result waits").is_visible()
    commit(page, "40")
    assert "You said 40 %" in page.locator(".cnnlab-verdict").inner_text()


def test_a_reader_may_ask_to_see_it(offline):
    page = offline(*lesson()).page
    page.get_by_role("button", name="Show the result").first.click()
    assert page.get_by_text("The experiment says 112,384 times.").first.is_visible()
    assert page.get_by_text("What common answers mix up").first.is_visible()


def test_a_choice_by_keyboard_and_the_summary(offline):
    page = offline(*lesson()).page
    page.get_by_role("radio", name="Yes").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "You said No, the experiment says Yes." in page.locator(".cnnlab-verdict").inner_text()
    assert page.get_by_text("You made 1 of 2 predictions: 0 right, 0 close, 1 surprise.").count()
    press(page, "Show each")
    assert page.get_by_text("You said No; it was Yes.").is_visible()


def test_the_words_of_an_option_belong_to_its_own_widget(offline):
    options = ["Less", "As much"]
    asked = [widgets.Prediction(name, f"{name}?", choices=options) for name in ("One", "Two")]
    page = offline(*asked).page
    page.get_by_text("As much", exact=True).filter(visible=True).nth(1).click()
    checked = [radio.is_checked() for radio in page.get_by_role("radio").all()]
    assert checked == [False, False, False, True]
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))


def test_other_outputs_of_the_cell_wait_too(offline, tmp_path):
    asked = prediction()
    area = (
        '<div class="jp-OutputArea"><div class="jp-OutputArea-child"><pre>112,384</pre></div>'
        f'<div class="jp-OutputArea-child">{asked.compare(112_384)._twin()}</div></div>'
    )
    file = tmp_path / "cell.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{asked._twin()}{area}", "utf-8")
    page = offline(file=file).page
    assert not page.locator("pre").is_visible()
    commit(page, "7")
    assert page.locator("pre").is_visible()


def test_400_pixels_wide(offline):
    page = offline(*lesson(), width=400).page
    commit(page, "1024")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
