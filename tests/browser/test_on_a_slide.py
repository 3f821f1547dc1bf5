"""Every widget on a slide: it fits, it can be read, and its numbers and maps can be seen."""

import pytest

from cnnlab import widgets
from cnnlab.site import pages

from .examples import ON_SLIDES, pretrained
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
            '<body><main><div class="reveal ready"><div class="slides">'
            '<section class="present wide" '
            f'style="display: flex; --widget: {size}px; padding: 0; border: 0; width: {WIDTH}px">'
            '<div class="content"><div class="shown" style="align-items: start"><div class="html">'
            f"{widget._twin()}</div></div></div></section></div></div></main>"
            f"<script>{pages.shared()['address_js']}</script></body></html>",
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


NUMBERS = [[-12, 0.33, 1024, -0.125], [0.33, -0.125, -12, 1024], [-12, -12, 5, -0.125]]
WITH_NUMBERS = {
    "ConvolutionStepper": lambda: widgets.ConvolutionStepper(NUMBERS, [[1024, -0.125]], padding=1),
    "ConvolutionStepper, many": lambda: widgets.ConvolutionStepper([[-12] * 10] * 10),
    "KernelPainter": lambda: widgets.KernelPainter(kernel=[row[:3] for row in NUMBERS]),
    "GradientStamps": lambda: widgets.GradientStamps(NUMBERS, NUMBERS),
    "NetworkExplorer": lambda: pretrained(),
    "CostTable": lambda: widgets.CostTable(input_shape=(3, 1024, 1024)),
}
SPILLS = """() => [...document.querySelectorAll(".cnnlab-widget td")].filter(cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return cell.checkVisibility() && (cell.scrollWidth > cell.offsetWidth
    || range.getBoundingClientRect().width > cell.clientWidth + 0.5);
}).map(cell => cell.textContent)"""


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_numbers_stay_in_their_cells(slide, offline, name):
    widget = WITH_NUMBERS[name]()
    for size in (18, 22, 27):
        assert slide(widget, size).evaluate(SPILLS) == [], size
    for width in (480, 900, 1400):
        assert offline(widget, width=width).page.evaluate(SPILLS) == [], width


FRAMES = """() => {
  const weak = text => text.match(/[\\d.]+/g).slice(0, 3).map(value => (Number(value) + 255) / 2);
  const light = color => weak(color).map(value => value / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const framed = node => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(node);
    if (outlineStyle !== "solid" || parseFloat(outlineWidth) < 1.5) return false;
    const [high, low] = [light(outlineColor), paper].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05) >= 3;
  };
  const maps = [...document.querySelectorAll(".cnnlab-widget :is(canvas, img)")]
    .filter(node => node.checkVisibility());
  return [maps.length, maps.filter(node => !framed(node) && !framed(node.parentElement))
    .map(node => node.parentElement.className)];
}"""
MAPS = [name for name in ON_SLIDES if name.startswith(("Fr", "K", "Learn", "Net", "Ph", "Rec"))]
SIGNED = [name for name in MAPS if name.startswith(("K", "Learn", "Net"))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", MAPS)
def test_no_map_vanishes_on_a_weak_projector(slide, name, scheme):
    count, vanish = slide(ON_SLIDES[name](), color_scheme=scheme).evaluate(FRAMES)
    assert count > 0
    assert vanish == []


@pytest.mark.parametrize("name", SIGNED)
def test_a_scale_says_that_white_is_zero(slide, name):
    scale = slide(ON_SLIDES[name]()).locator(".cnnlab-colors")
    assert scale.is_visible()
    assert scale.locator("span").nth(2).inner_text() == "0"


@pytest.mark.parametrize("name", ON_SLIDES)
def test_one_button_is_the_main_one(slide, offline, name):
    widget = ON_SLIDES[name]()
    for page in (slide(widget), offline(widget).page):
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
        if page.locator(".cnnlab-widget button").count():
            main = page.locator(".cnnlab-widget button.cnnlab-main:visible")
            assert main.count() == 1
            main.focus()
            assert main.get_attribute("aria-disabled") != "true"


@pytest.mark.parametrize("name", ON_SLIDES)
def test_the_first_frame_shows_something(slide, name):
    """No canvas of one color, no empty curve where a number is awaited, a sum that is not zero."""
    page = slide(ON_SLIDES[name]())
    flat = page.evaluate("""() => {
      const colors = node => new Set(new Uint32Array(
        node.getContext("2d").getImageData(0, 0, node.width, node.height).data.buffer)).size;
      const large = [...document.querySelectorAll(".cnnlab-widget figure canvas")]
        .filter(node => node.checkVisibility());
      return large.length > 0 && large.every(node => colors(node) < 3);
    }""")
    assert not flat
    target = page.locator(".cnnlab-output .cnnlab-target")
    if target.count():
        assert target.inner_text() != "0"
