"""Every lesson's deck in Chromium, with no kernel and no network.

To fix slides quickly, keep a built site: `CNNLAB_SITE=site pytest tests/browser -k "slide and 03"`
runs no notebook whose outputs are there.
"""

import pytest

from .helpers import interact, show, violations

pytestmark = pytest.mark.slow


def test_no_slide_overflows(deck):
    too_large = []
    for index in range(deck.page.evaluate("Reveal.getTotalSlides()")):
        show(deck.page, index)
        name, height, width = deck.page.evaluate(
            """(({ id, scrollHeight, scrollWidth }) => [id, scrollHeight, scrollWidth])(
              Reveal.getCurrentSlide())"""
        )
        if height > 720 or width > 1280:
            too_large.append(f"{name} is {width} x {height}")
    assert too_large == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_deck(deck, axe, scheme):
    """On its first slide: what the others show is on the page, where axe looks at it."""
    show(deck.page, 0)
    deck.page.emulate_media(color_scheme=scheme)
    assert violations(deck.page, axe) == []


def test_keys_turn_the_slides_but_step_inside_a_widget(deck):
    page, here = deck.page, "Reveal.getIndices().h"
    show(page, 0)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(here) == 1
    page.keyboard.press("PageUp")
    assert page.evaluate(here) == 0
    owners = page.evaluate(
        """Reveal.getSlides().flatMap((slide, index) =>
          slide.querySelector(".cnnlab-widget") ? [index] : [])"""
    )
    for index in owners:
        show(page, index)
        widget = page.locator("section.present .cnnlab-widget").filter(visible=True).first
        page.keyboard.press("w")
        assert widget.evaluate("widget => widget.contains(document.activeElement)")
        for key in ("ArrowRight", "ArrowDown", " "):
            page.keyboard.press(key)
        assert page.evaluate(here) == index
        assert interact(widget)
        page.keyboard.press("Escape")
        assert not page.evaluate("Reveal.isOverview()")
        shown = page.evaluate("JSON.stringify(Reveal.getState())")
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("JSON.stringify(Reveal.getState())") != shown


def test_deck_asks_and_complains_of_nothing(deck):
    assert deck.requests == []
    assert deck.complaints == []


def test_the_check_of_slides_sees_one_that_is_too_high(deck):
    show(deck.page, 0)
    before = "Reveal.getCurrentSlide().insertAdjacentHTML('beforeend', '<p id=high></p>')"
    deck.page.evaluate(before)
    deck.page.evaluate(
        "document.getElementById('high').style.cssText = 'flex: none; height: 900px'"
    )
    assert deck.page.evaluate("Reveal.getCurrentSlide().scrollHeight") > 720
    deck.page.evaluate("document.getElementById('high').remove()")
