"""What holds for every widget as the page that `nbconvert` exports: no kernel, no network."""

import pytest

from cnnlab import widgets

from .examples import EVERY
from .helpers import violations

pytestmark = pytest.mark.slow

DARK = (
    "background: #111; color: #fff; --jp-content-font-color1: #fff; --jp-layout-color0: #111; "
    "--jp-border-color1: #555"
)
THEMES = {"light": "", "dark": DARK, "slides": "--jp-content-font-size1: 20px"}


@pytest.fixture(scope="module")
def every():
    return [make() for make in EVERY.values()]


@pytest.mark.parametrize("name", EVERY)
def test_opens_alone_without_a_request_or_a_complaint(offline, name):
    watched = offline(EVERY[name]())
    assert watched.page.locator(".cnnlab-widget").count() == 1
    assert watched.requests == []
    assert watched.complaints == []


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(offline, axe, every, theme):
    watched = offline(*every, body=THEMES[theme])
    assert watched.page.locator(".cnnlab-widget").count() == len(EVERY)
    assert violations(watched.page, axe, rules={"target-size": {"enabled": True}}) == []
    assert watched.complaints == []


def test_axe_sees_a_fault_when_there_is_one(offline, axe):
    watched = offline(widgets.ConvolutionStepper())
    watched.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [name for name, _ in violations(watched.page, axe)] == ["button-name"]


@pytest.mark.parametrize("theme", THEMES)
def test_480_pixels_wide_without_sideways_scroll(offline, every, theme):
    page = offline(*every, width=480, body=THEMES[theme]).page
    wide = """[...document.querySelectorAll(".cnnlab-widget")]
      .filter(widget => widget.scrollWidth > 480).map(widget => widget.className)"""
    assert page.evaluate("document.documentElement.scrollWidth") <= 480, page.evaluate(wide)


@pytest.mark.parametrize("width", [320, 400, 900, 1280])
def test_no_caption_of_a_table_covers_another(offline, every, width):
    """Also where the style of a later widget comes after that of an earlier one."""
    covered = """() => {
      const boxes = [...document.querySelectorAll(".cnnlab-widget caption")].map(caption => {
        const range = document.createRange();
        range.selectNodeContents(caption);
        return [caption.textContent, range.getBoundingClientRect()];
      });
      return boxes.filter(([, a], index) => boxes.slice(index + 1).some(([, b]) =>
        Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)).map(([text]) => text);
    }"""
    assert offline(*every, width=width).page.evaluate(covered) == []


def test_plain_keys_stay_inside_and_others_pass(offline, every):
    page = offline(*every).page
    page.evaluate("addEventListener('keydown', e => heard.push(e.key))")
    for widget in page.locator(".cnnlab-widget").all():
        page.evaluate("window.heard = []")
        widget.locator(":is(summary, button, td[tabindex='0'], input):visible").first.focus()
        for key in ("d", "ArrowRight", "Escape", "Control+c"):
            page.keyboard.press(key)
        heard = page.evaluate("heard")
        assert heard == ["Escape"], widget.get_attribute("class")


def test_forced_colors_and_reduced_motion(offline, axe, every):
    watched = offline(*every, forced_colors="active", reduced_motion="reduce")
    moving = "[...document.querySelectorAll('*')].filter(e => e.getAnimations().length).length"
    assert watched.page.evaluate(moving) == 0
    assert violations(watched.page, axe) == []
    assert watched.complaints == []
