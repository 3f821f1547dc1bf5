"""What every state of every slide keeps to in Chromium, and a clicker that goes through them.

`python -m tests.browser.slide_rules SITE` counts the offences in a built site, deck by deck.
"""

import sys
from collections import Counter
from pathlib import Path

from cnnlab.site import build

SIZES = ({"width": 1280, "height": 720}, {"width": 1024, "height": 768})

# A weak projector: light falls on the screen, until black on white has half its contrast.
STRAY = 0.0553
RULES = """() => {
  const slide = Reveal.getCurrentSlide(), found = [];
  const all = what => [...slide.querySelectorAll(what)];
  const scale = Reveal.getScale(), edge = slide.getBoundingClientRect();
  const hidden = node => node.closest("aside, .fragment:not(.visible)") || !node.checkVisibility();
  const inWidget = node => node.closest(".cnnlab-widget");
  const seen = all("*").filter(node => !hidden(node)
    && !node.closest("math, .cnnlab-live, option, style, script"));
  const out = box => box.width && box.height && (box.right > edge.right + 1.5
    || box.bottom > edge.bottom + 1.5 || box.left < edge.left - 1.5 || box.top < edge.top - 1.5);
  if (!all("h1, h2, h3").some(node => node.textContent.trim())) found.push("no title");
  if (slide.scrollHeight > 720 || slide.scrollWidth > 1280
    || seen.some(node => out(node.getBoundingClientRect()))) found.push("cut off");
  const cut = node => node.scrollWidth > node.clientWidth + 1
    || node.scrollHeight > node.clientHeight + 1;
  const wide = node => node.scrollWidth > node.clientWidth + 1; // such as a formula
  if (all(".content, .shown > *, pre").some(node => !hidden(node) && cut(node))
    || all(".words > *").some(node => !hidden(node) && wide(node))) found.push("more than fits");
  const words = node => [...node.childNodes].some(child =>
    child.nodeType === 3 && child.data.trim());
  const size = node => parseFloat(getComputedStyle(node).fontSize)
    * (node.getScreenCTM ? node.getScreenCTM().a / scale : 1);
  const texts = seen.filter(node => words(node) && !node.closest("sup, sub"));
  for (const node of texts) {
    const least = inWidget(node) ? 18 : 24;
    if (size(node) < least - 0.05) found.push(`text below ${least} px`);
  }
  const cells = seen.filter(node => node.matches("td, th, button") && words(node));
  if (cells.some(node => node.scrollWidth > node.clientWidth + 1 && node.clientWidth))
    found.push("spills out of its cell");
  const lit = value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parse = color => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => 0.2126 * lit(r / 255) + 0.7152 * lit(g / 255)
    + 0.0722 * lit(b / 255);
  const behind = node => {
    const box = node.ownerSVGElement && node.getBoundingClientRect();
    const under = box ? document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
      .filter(each => each.matches("rect, circle, path")) : []; // such as the cell of a number
    for (const shape of under) {
      const fill = parse(getComputedStyle(shape).fill);
      if (fill.length === 3) return fill;
    }
    for (let box = node; box; box = box.parentElement) {
      const color = parse(getComputedStyle(box).backgroundColor);
      if (color.length === 3 || color[3] > 0.5) return color;
    }
    return [255, 255, 255];
  };
  const weak = node => {
    const pair = [parse(getComputedStyle(node)[node.ownerSVGElement ? "fill" : "color"]),
      behind(node)].map(light).sort((one, other) => other - one);
    return (pair[0] + 0.05 + STRAY) / (pair[1] + 0.05 + STRAY);
  };
  if (texts.some(node => !node.closest("[aria-disabled=true]") && weak(node) < 3))
    found.push("too pale for a weak projector");
  const blocks = [...all(".content > *, .words > *, .shown > *")].filter(node => !hidden(node))
    .map(node => [node, node.getBoundingClientRect()]);
  if (blocks.some(([one, a], index) => blocks.slice(index + 1).some(([other, b]) =>
    !one.contains(other) && !other.contains(one)
    && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 4
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4))) found.push("covered");
  for (const image of all(".figure img").filter(each => !hidden(each))) {
    const { clientWidth, naturalWidth, clientHeight, naturalHeight } = image;
    const shrunk = Math.min(clientWidth / naturalWidth, clientHeight / naturalHeight);
    // its PNG has twice as many pixels as matplotlib's 100 an inch
    if (naturalWidth && FONT * 100 / 72 * 2 * shrunk < 17.95)
      found.push("figure's text below 18 px");
    if (naturalWidth * shrunk * naturalHeight * shrunk < 0.2 * 1280 * 720)
      found.push("picture on less than a fifth");
  }
  if (!all(".content *").some(node => !hidden(node))) found.push("empty");
  return [...new Set(found)].map(kind => [slide.id, kind]);
}""".replace("FONT", str(build.FONT_SIZE)).replace("STRAY", str(STRAY))


def clicked_through(page):
    """Press Page Down from the first slide to the last; yield the slide's id after each key."""
    page.evaluate("Reveal.slide(0)")
    state = None
    while (now := page.evaluate("JSON.stringify(Reveal.getState())")) != state:
        state = now
        yield page.evaluate("Reveal.getCurrentSlide().id")
        page.keyboard.press("PageDown")


def offences(page):
    """Return (slide, rule) for each rule that a state of the deck breaks."""
    found = {}
    for _ in clicked_through(page):
        found |= {tuple(each): None for each in page.evaluate(RULES)}
    return list(found)


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
            page = browser.new_page(viewport=SIZES[0])
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
