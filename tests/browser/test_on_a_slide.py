"""Every widget on a slide: it fits, it can be read, and its numbers and maps can be seen."""

import pytest

from cnnlab.site import pages

from .examples import ON_SLIDES
from .helpers import take_clock

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 1152, 480  # pixels that a slide has for a widget, at the least
SMALLEST = 18  # pixels of its text
PRESSES = 4  # of each button

# What is wrong with the widget as it stands: beyond its room, or with text that nobody reads.
FAULTS = """([width, height, smallest]) => {
  const widget = document.querySelector(".cnnlab-widget"), edge = widget.getBoundingClientRect();
  const found = new Set();
  const shown = [...widget.querySelectorAll("*")].filter(node => node.checkVisibility()
    && !node.closest(".cnnlab-live, defs, option, thead:not(.cnnlab-costs *)"));
  const called = node => node.className.baseVal ?? (node.className || node.localName);
  if (widget.scrollHeight > height) found.add(`${widget.scrollHeight} pixels high`);
  if (widget.scrollWidth > width) found.add(`${widget.scrollWidth} pixels wide`);
  for (const node of shown) {
    const box = node.getBoundingClientRect();
    if (node.closest(".cnnlab-mark, .cnnlab-frame, .cnnlab-crop") || !box.width) continue;
    if (box.bottom > edge.top + height + 1 || box.right > edge.left + width + 1)
      found.add(`${called(node)} is outside`);
    const scrolls = /auto|scroll|hidden/.test(getComputedStyle(node).overflowY);
    if (scrolls && node.scrollHeight > node.clientHeight + 1 && node.clientHeight)
      found.add(`${called(node)} is cut`);
    const words = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
    const size = parseFloat(getComputedStyle(node).fontSize) * (node.getScreenCTM?.().a ?? 1);
    if (words && size < smallest - 0.05) found.add(`${called(node)}: ${size.toFixed(1)} px`);
  }
  return [...found];
}"""


@pytest.fixture
def slide(offline, tmp_path):
    """Open a widget as the deck shows it; returns the page."""

    def show(widget, size=SMALLEST, **context):
        css = pages.shared()["deck_css"].partition("/* Room for the widgets")[0]
        file = tmp_path / "slide.html"
        file.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Slide</title>'
            f"<style>{pages.shared()['reveal_css']}{css}</style>"
            '<body><main><div class="reveal ready"><div class="slides"><section class="present" '
            f'style="display: flex; --widget: {size}px; width: {WIDTH}px; padding: 0; border: 0">'
            '<div class="cell code"><div class="output"><div class="html">'
            f"{widget._twin()}</div></div></div></section></div></div></main></body></html>",
            "utf-8",
        )
        return offline(file=file, width=1280, **context).page

    return show


def faults(page):
    return page.evaluate(FAULTS, [WIDTH, HEIGHT, SMALLEST])


def states(page):
    """Bring the widget into the states that its controls reach; yields what was done."""
    yield "first"
    controls = page.locator(".cnnlab-widget :is(button, select, input)")
    for index in range(controls.count()):
        control = controls.nth(index)
        if not control.is_visible():
            continue
        kind = control.evaluate("n => n.localName === 'input' ? n.type : n.localName")
        name = control.evaluate("n => n.ariaLabel || n.textContent.slice(0, 20) || n.id")
        if kind == "select":
            for option in control.locator("option").all():
                control.select_option(option.get_attribute("value"))
                yield f"{name} {option.inner_text()}"
        elif kind == "range":
            for key in ("End", "Home"):
                control.press(key)
                yield f"{name} {key}"
        elif kind in ("button", "checkbox", "radio", "submit"):
            for _ in range(PRESSES if kind == "button" else 1):
                if control.is_visible() and control.get_attribute("aria-disabled") != "true":
                    control.click()
                    page.evaluate("window.tick?.()")
                    yield f"{kind} {name}"
                controls = page.locator(".cnnlab-widget :is(button, select, input)")


@pytest.mark.parametrize("name", ON_SLIDES)
def test_it_fits_in_every_state_with_text_that_is_read(slide, name):
    page = slide(ON_SLIDES[name]())
    take_clock(page)
    found = {}
    for state in states(page):
        for fault in faults(page):
            found.setdefault(fault, state)
    assert found == {}
