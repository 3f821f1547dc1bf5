"""Every lesson's deck in Chromium, by a clicker, with no kernel and no network.

To fix slides quickly, keep a built site: `CNNLAB_SITE=site pytest tests/browser -k "decks and 03"`
runs no notebook whose outputs are there.
"""

import re

import pytest

from .helpers import SPACING, interact, pale_borders, pass_frames, show, violations
from .slide_rules import RULES, SIZES, clicked_through, offences

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "{width}x{height}".format(**size))
def test_a_clicker_shows_every_slide_whole(deck, size):
    deck.page.set_viewport_size(size)
    try:
        assert offences(deck.page) == []
    finally:
        deck.page.set_viewport_size(SIZES[0])


def test_each_question_is_followed_by_its_result_and_nothing_tells_it_before(deck):
    page, asked, told = deck.page, [], []
    slides = """() => { const slide = Reveal.getCurrentSlide(); return [
      slide.querySelector(".question")?.dataset.asked ?? null,
      [...slide.querySelectorAll(".verdict")].map(({ dataset }) => [dataset.asked, dataset.right]),
      slide.innerText + [...slide.querySelectorAll(".shown img")].map(image => image.alt)]; }"""
    for ident in clicked_through(page):
        question, verdicts, text = page.evaluate(slides)
        for name, right in verdicts:
            assert asked[-1] == name, f"{ident} does not follow its question"
            # 10 and 100 stand everywhere
            number = re.fullmatch(r"\D?(?!100 )(\d[\d.,]{2,})\D*", right)
            early = [
                each
                for each, said in told
                if number and number[1] in re.findall(r"[\d.,]*\d", said)
            ]
            assert early == [], f"{early} tells {right} before {ident}"
        asked.append(question or (asked[-1] if verdicts else None))
        told += [] if question else [(ident, text)]  # its options hold the right one
    assert any(asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_deck(deck, axe, scheme):
    """On its first slide: the others are looked at where the deck is a page."""
    show(deck.page, 0)
    deck.page.emulate_media(color_scheme=scheme)
    assert violations(deck.page, axe) == pale_borders(deck.page) == []


# What is wrong with a deck that is a page.
AS_PAGE = """() => {
  const slides = [...document.querySelectorAll(".slides > section")], found = [];
  const boxes = slides.map(slide => slide.getBoundingClientRect());
  const seen = { visibilityProperty: true, opacityProperty: true };
  if (!slides.every(slide => slide.checkVisibility(seen)))
    found.push("a hidden slide");
  if (boxes.some(({ top }, index) => index && top < boxes[index - 1].bottom - 1))
    found.push("one slide over another");
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the window");
  const tables = [...document.querySelectorAll(".slides table")]
    .filter(node => node.checkVisibility()).map(node => node.getBoundingClientRect());
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
    && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  if (tables.some((a, n) => tables.slice(n + 1).some(b => over(a, b))))
    found.push("one table over another");
  const main = [...document.querySelectorAll(".slides *")].filter(node => node.checkVisibility()
    && !node.closest(".cnnlab-live, option, aside, sup, sub, math"));
  for (const node of main) {
    const { fontSize, overflow, visibility } = getComputedStyle(node);
    const words = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
    const size = parseFloat(fontSize) * (node.getScreenCTM?.().a ?? 1);
    if (words && (visibility === "hidden" || size < 11))
      found.push(`${size} px: ${node.textContent}`);
    const { clientWidth, clientHeight, scrollWidth, scrollHeight } = node;
    if (/^(hidden|clip)/.test(overflow) && clientWidth > 1
      && (scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1))
      found.push(`cut: ${node.textContent}`);
  }
  return found;
}"""


def test_a_deck_in_a_small_window_is_a_page_and_a_deck_again_at_the_same_slide(deck, axe):
    page = deck.page
    show(page, 3)
    here = page.evaluate("Reveal.getCurrentSlide().id")
    slide = page.locator(f"[id='{here}']")
    top = "slide => slide.getBoundingClientRect().top"
    try:
        for width, height in ((640, 400), (320, 256)):  # of 1280 pixels at 200 and at 400 %
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_selector(".as-page")
            assert page.evaluate(AS_PAGE) == []
            if width == 640:  # it has become a page just now
                assert abs(slide.evaluate(top)) < height / 2
        spaced = page.add_style_tag(content=SPACING)
        assert page.evaluate(AS_PAGE) == []
        spaced.evaluate("style => style.remove()")
        assert violations(page, axe) == pale_borders(page) == []
        slide.evaluate("slide => slide.scrollIntoView()")
        pass_frames(page)
    finally:
        page.set_viewport_size(SIZES[0])
        page.wait_for_function("document.querySelector('.reveal.ready')")
    assert page.evaluate("Reveal.getCurrentSlide().id") == here


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
        main = widget.locator("button.cnnlab-main:visible")
        if main.count():
            assert main.first.evaluate("button => button === document.activeElement")
        for key in ("ArrowRight", "ArrowDown", " "):
            page.keyboard.press(key)
        assert page.evaluate(here) == index
        assert interact(widget)
        pass_frames(page)
        assert page.evaluate(RULES) == []  # it keeps to the slide as it is used
        page.keyboard.press("Escape")
        assert not page.evaluate("Reveal.isOverview()")
        shown = page.evaluate("JSON.stringify(Reveal.getState())")
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("JSON.stringify(Reveal.getState())") != shown


def test_deck_asks_and_complains_of_nothing(deck):
    assert deck.requests == []
    assert deck.complaints == []


BROKEN = {
    "cut off": "<p style='position: absolute; left: 1300px'>beside</p>",
    "more than fits": "<div class=words><div style='width: 9px'><math display=block><mtext>wide"
    "</mtext></math></div></div>",
    "text below 24 px": "<p style='font-size: 20px'>small</p>",
    "text below 18 px": "<p class=cnnlab-widget style='font-size: 17px'>small</p>",
    "too pale for a weak projector": "<p style='color: #999; background: #fff'>pale</p>",
    "spills out of its cell": "<table style='table-layout: fixed; width: 9px'>"
    "<td style='white-space: nowrap; overflow: hidden'>&minus;12.5</table>",
    "figure's text below 18 px": "<div class=figure><img src='data:image/svg+xml,<svg xmlns="
    "%22http://www.w3.org/2000/svg%22 width=%223000%22 height=%22800%22/>'></div>",
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_seen(deck, rule):
    show(deck.page, 0)
    add = """html => Reveal.getCurrentSlide().querySelector(".content").insertAdjacentHTML(
      "beforeend", `<div id=extra style="flex: none">${html}</div>`)"""
    deck.page.evaluate(add, BROKEN[rule])
    deck.page.wait_for_function("[...document.images].every(image => image.complete)")
    try:
        assert rule in [kind for _, kind in deck.page.evaluate(RULES)]
    finally:
        deck.page.evaluate("document.getElementById('extra').remove()")
