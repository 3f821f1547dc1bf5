"""The map of lessons in Chromium."""

import re

import nbformat
import numpy as np
import pytest

from cnnlab.site import build as site
from cnnlab.site import lessons, pages
from cnnlab.widgets import ConvolutionStepper
from tests.site.small_lessons import code, lesson_of, title

from .helpers import SPACING, hear, hidden_stops, pale_borders, pass_frames, violations

pytestmark = pytest.mark.slow

SEEN = "parseInt(document.querySelector('.cnnlab-learning .cnnlab-count').textContent)"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """The index of all lessons, without their figures."""
    out = tmp_path_factory.mktemp("index")
    notebooks = [nbformat.read(path, 4) for path in site.find_lessons()]
    names = [path.stem for path in site.find_lessons()]
    described = [lessons.describe(*each) for each in zip(names, notebooks, strict=True)]
    pages.write_index(dict(zip(described, notebooks, strict=True)), out)
    return out / "index.html"


def test_the_index_leads_to_every_lesson(index, offline, axe):
    assert index.stat().st_size < 1e6  # figures come on top; 2 MB in all
    for scheme in ("light", "dark"):
        watched = offline(file=index, width=400, color_scheme=scheme)
        assert watched.page.locator(".cards h3 a").count() == len(site.find_lessons())
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 400
        assert violations(watched.page, axe) == pale_borders(watched.page) == []
        assert watched.requests == watched.complaints == []
    watched.page.set_viewport_size({"width": 320, "height": 256})
    watched.page.add_style_tag(content=SPACING)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("width", [400, 700, 900, 1280])
def test_the_keyboard_skips_the_bar_and_sees_every_stop(index, offline, width):
    page = offline(file=index, width=width).page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the text")
    assert skip.evaluate("link => link === document.activeElement && link.offsetWidth > 40")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "start"
    page.get_by_role("searchbox").fill("the")
    page.locator(".found a").first.wait_for()
    page.get_by_role("searchbox").press("Tab")
    assert page.locator(".found :focus").count() == 1
    assert hidden_stops(page) == []  # the list is closed behind who goes on
    assert not page.locator(".found").is_visible()


def test_the_search_says_how_much_it_found_and_gives_the_focus_back(index, offline):
    page = offline(file=index, width=1280).page
    field = page.get_by_role("searchbox")
    hear(page)
    field.fill("kernel")
    page.wait_for_function("heard.length")
    count = page.locator(".found a").count()
    assert re.fullmatch(
        rf"\d+ sections found, the best {count} are listed\.", page.evaluate("heard")[0]
    )
    page.evaluate("heard.length = 0")
    field.evaluate(
        """field => ["con", "conv", "convo", "no such", "no such words"].forEach(text => {
          field.value = text;
          field.dispatchEvent(new Event("input"));
        })"""
    )
    page.wait_for_function("heard.length")
    assert page.evaluate("heard") == ["Nothing found. Try a shorter word."]
    field.fill("kernel")
    page.locator(".found a").nth(3).focus()
    page.keyboard.press("Escape")
    assert field.evaluate("field => field === document.activeElement && !field.value")
    assert not page.locator(".found").is_visible()


@pytest.mark.parametrize("allowed", [True, False])
def test_what_is_copied_is_said(offline, tmp_path, allowed):
    notebook = lesson_of(title(1), code("n = 1", "n"), code("n = 1", "again"))
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, tmp_path)
    page = offline(file=tmp_path / "01_a.html").page
    page.evaluate(
        """allowed => Object.defineProperty(navigator, "clipboard", { value: { writeText: text =>
          (allowed ? Promise.resolve(window.copied = text) : Promise.reject()) } })""",
        allowed,
    )
    hear(page)
    for button in page.locator(".copy").all():
        button.click()
        page.wait_for_function("heard.length")
        assert page.evaluate("heard") == ["Copied" if allowed else "Not allowed"]
        page.wait_for_function("!document.querySelector('.status').textContent")
        page.evaluate("heard.length = 0")
    assert not allowed or page.evaluate("copied") == "n = 1"


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (400, 800)])
def test_its_first_screen_says_what_it_is_for_whom_how_long_and_where_to_start(
    index, offline, width, height
):
    page = offline(file=index, width=width).page
    said = page.locator(".lead")
    described = [lessons.describe(p.stem, nbformat.read(p, 4)) for p in site.find_lessons()]
    minutes = sum(each.minutes for each in described)
    assert min(each.minutes for each in described) >= 10
    sentence = " ".join(said.inner_text().split())
    for words in ("free course", "at your own pace", "a little Python", "convolutional neural"):
        assert words in sentence
    assert f"{len(described)} lessons, about {round(minutes / 60)} hours" in sentence
    start = page.get_by_role("link", name="Start", exact=True)
    assert start.get_attribute("href") == f"{described[0].name}.html"
    for each in (said, start):
        box = each.bounding_box()
        assert box["y"] + box["height"] < height
    assert start.bounding_box()["height"] > 44


def test_its_stepper_opens_where_the_window_lies_on_an_edge(index, offline):
    page = offline(file=index, width=1280).page
    stepper = page.locator(".cnnlab-stepper").first
    assert stepper.get_by_text("2 of 16").is_visible()
    window = ConvolutionStepper()
    row, column = window.position
    covered = np.array(window.image)[row : row + 3, column : column + 3]
    assert covered.min() < covered.max()
    assert window.output[row, column] == window.output.max() > 0
    box = stepper.bounding_box()
    assert box["y"] + box["height"] < 720


def test_its_network_learns_when_it_is_seen(index, offline, axe):
    watched = offline(file=index, width=400)
    play = watched.page.locator(".cnnlab-learning .cnnlab-main")
    pass_frames(watched.page)
    assert play.inner_text() == "Play"
    play.scroll_into_view_if_needed()
    watched.page.wait_for_function(f"{SEEN} > 0")
    assert violations(watched.page, axe) == []
    off = "[...document.querySelectorAll('.cnnlab-learning [aria-live]')].map(n => n.ariaLive)"
    assert set(watched.page.evaluate(off)) == {"off"}  # nobody asked
    hear(watched.page)
    play.click()
    watched.page.wait_for_function("heard.length")
    assert "images seen" in watched.page.evaluate("heard.at(-1)")
    assert play.inner_text() == "Play"
    watched.page.evaluate("scrollTo(0, 0)")
    pass_frames(watched.page)
    play.scroll_into_view_if_needed()
    pass_frames(watched.page)
    assert play.inner_text() == "Play"  # who paused it is not asked again
    assert watched.complaints == []


def test_its_network_waits_for_who_prefers_little_motion(index, offline):
    page = offline(file=index, reduced_motion="reduce").page
    page.locator(".cnnlab-learning").scroll_into_view_if_needed()
    pass_frames(page)
    assert page.evaluate(SEEN) == 0


def test_the_glossary_reads_well_on_a_phone(offline, axe, tmp_path):
    pages.write_glossary([(p.stem, nbformat.read(p, 4)) for p in site.find_lessons()], tmp_path)
    for scheme in ("light", "dark"):
        watched = offline(file=tmp_path / "glossary.html", width=400, color_scheme=scheme)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 400
        assert violations(watched.page, axe) == []
        assert watched.requests == watched.complaints == []
