"""What every slide of every deck keeps to, measured in Chromium at 1280x720.

`python -m tests.browser.test_slide_rules SITE` counts the offences in a built site.
"""

import sys
from collections import Counter
from pathlib import Path

import pytest

from cnnlab.site import build

from .helpers import show

pytestmark = pytest.mark.slow

RULES = """() => {
  const slide = Reveal.getCurrentSlide(), found = [];
  const all = what => [...slide.querySelectorAll(what)];
  const seen = all(".cell, .cell *").filter(node => !node.closest("aside, math, .cnnlab-widget")
    && node.checkVisibility() && !node.closest(".stderr"));
  if (!all("h1, h2, h3").some(node => node.textContent.trim())) found.push("no title");
  const code = all(".source pre").map(node => node.textContent.trimEnd());
  const lines = code.flatMap(text => text.split("\\n"));
  if (lines.length > 12) found.push("more than 12 lines of code");
  if (code.some(text => text.split("\\n").every(line => /^(import|from) |^$/.test(line))))
    found.push("imports only");
  if (all("pre").some(node => node.scrollWidth > node.clientWidth + 1)) found.push("code too wide");
  const edge = slide.getBoundingClientRect(), slack = 1.5;
  const out = box => box.width && box.height && (box.right > edge.right + slack
    || box.bottom > edge.bottom + slack
    || box.left < edge.left - slack || box.top < edge.top - slack);
  if (slide.scrollHeight > 720 || slide.scrollWidth > 1280
    || seen.some(node => out(node.getBoundingClientRect()))) found.push("cut off");
  const words = node => [...node.childNodes].some(child =>
    child.nodeType === 3 && child.data.trim());
  if (seen.some(node => words(node) && !node.closest("sup, sub")
    && parseFloat(getComputedStyle(node).fontSize) < 23.95)) found.push("text below 24 px");
  const inWidgets = all(".cnnlab-widget, .cnnlab-widget *").filter(node => words(node)
    && !node.closest(".cnnlab-live, option, style, sup, sub") && node.checkVisibility());
  const scale = node => node.getScreenCTM?.().a ?? 1;
  if (inWidgets.some(node => parseFloat(getComputedStyle(node).fontSize) * scale(node) < 15.95))
    found.push("widget's text below 16 px");
  const blocks = all(".cell > *, .output > *").filter(node => !node.closest("aside, .cnnlab-widget")
    && !node.matches(".output, script, style") && node.checkVisibility())
    .map(node => [node, node.getBoundingClientRect()]);
  if (blocks.some(([one, a], index) => blocks.slice(index + 1).some(([other, b]) =>
    !one.contains(other) && !other.contains(one) && a.width && b.width
    && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 4
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4))) found.push("covered");
  const images = all(".figure img").filter(image => image.checkVisibility()); // others wait
  const small = image => { const box = image.getBoundingClientRect(); return box.height < 300; };
  if (images.some(small)) found.push("small figure");
  const tiny = image => { // its PNG has twice as many pixels as matplotlib's 100 an inch
    const { clientWidth, naturalWidth, clientHeight, naturalHeight } = image;
    const scale = 2 * Math.min(clientWidth / naturalWidth, clientHeight / naturalHeight);
    return FONT * 100 / 72 * scale < 15.95; };
  if (images.some(tiny)) found.push("figure's text below 16 px");
  if (!all(".cell, h2").some(node => node.textContent.trim().length > 0)) found.push("empty");
  return found.map(kind => [slide.id, kind]);
}""".replace("FONT", str(build.FONT_SIZE))


def offences(page):
    """Return (slide, rule) for each rule that a slide of the deck breaks."""
    found = []
    for index in range(page.evaluate("Reveal.getTotalSlides()")):
        show(page, index)
        found += page.evaluate(RULES)
    return [tuple(each) for each in found]


def test_every_slide_keeps_to_the_rules(deck):
    assert offences(deck.page) == []


BROKEN = {
    "more than 12 lines of code": "<div class=source><pre>" + "a = 1\n" * 13 + "</pre></div>",
    "imports only": "<div class=source><pre>import torch</pre></div>",
    "cut off": "<p style='position: absolute; left: 1300px'>beside</p>",
    "text below 24 px": "<p style='font-size: 20px'>small</p>",
    "widget's text below 16 px": "<p class=cnnlab-widget style='font-size: 15px'>small</p>",
    "figure's text below 16 px": "<div class=figure><img src='data:image/svg+xml,<svg xmlns="
    "%22http://www.w3.org/2000/svg%22 width=%223000%22 height=%22800%22/>'></div>",
    "code too wide": "<pre style='white-space: pre; overflow: hidden'>" + "wide " * 60 + "</pre>",
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_seen(deck, rule):
    show(deck.page, 0)
    add = """html => Reveal.getCurrentSlide().querySelector(".cell").insertAdjacentHTML(
      "beforeend", `<div id=extra>${html}</div>`)"""
    deck.page.evaluate(add, BROKEN[rule])
    try:
        assert rule in [kind for _, kind in deck.page.evaluate(RULES)]
    finally:
        deck.page.evaluate("document.getElementById('extra').remove()")


def main(folder):
    """Print how often each rule is broken in the decks of a built site."""
    import shutil

    from playwright.sync_api import sync_playwright

    from .conftest import FLAGS

    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        total, slides = Counter(), 0
        for file in sorted(Path(folder).resolve().glob("*.slides.html")):
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(file.as_uri())
            page.wait_for_function("window.Reveal?.isReady()")
            found = offences(page)
            slides += page.evaluate("Reveal.getTotalSlides()")
            total.update(kind for _, kind in found)
            print(file.name, page.evaluate("Reveal.getTotalSlides()"), found)
            page.close()
        print(f"{slides} slides:", dict(total))


if __name__ == "__main__":
    main(sys.argv[1])
