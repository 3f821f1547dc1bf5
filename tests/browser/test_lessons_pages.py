"""Every lesson's page in Chromium, with no kernel and no network.

It is opened once, and its widgets are stepped last: before, it is as a reader finds it. A second
copy, on a wide screen, is there for what a reader does to the page.
"""

import re

import pytest

from cnnlab.site import build as site
from cnnlab.site import cells

from .helpers import Watched, idle_widgets, reload_until, violations, widgets_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def opened(lesson, built, chromium):
    """The lesson's page, Watched from its first byte to its last test."""
    watched = Watched(chromium, viewport={"width": 900, "height": 700})
    watched.page.goto((built / f"{lesson.stem}.html").as_uri())
    yield watched
    watched.context.close()


@pytest.fixture(scope="session")
def wide(lesson, built, chromium):
    """The lesson's page on a wide and light screen, Watched."""
    watched = Watched(chromium, viewport={"width": 1280, "height": 700}, color_scheme="light")
    watched.page.goto((built / f"{lesson.stem}.html").as_uri())
    yield watched
    watched.context.close()


@pytest.fixture
def page(opened):
    return opened.page


def test_page_loads_in_silence_with_every_widget(lesson, built, opened):
    shown = opened.page.locator(".cnnlab-widget").count()
    assert shown == widgets_in(site.kept(lesson, built))
    assert opened.requests == []
    assert opened.complaints == []


def test_page_has_its_formulas_set_and_its_figures_described(page):
    prose = """[...document.querySelectorAll(".text")].map(node => {
      const copy = node.cloneNode(true);
      copy.querySelectorAll("code, pre, math").forEach(part => part.remove());
      return copy.textContent;
    }).join(" ")"""
    assert not re.search(r"\$|\\[a-z]+", page.evaluate(prose))
    described = "[...document.querySelectorAll('.figure img')].map(image => image.alt)"
    assert cells.NO_CAPTION not in page.evaluate(described)


def test_links_of_the_page_lead_somewhere(built, page):
    links = "[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))"
    local = [link for link in page.evaluate(links) if not link.startswith("http")]
    others = {f"{path.stem}.html" for path in site.find_lessons()}  # which are built elsewhere
    files = {link.partition("#")[0] for link in local} - others
    assert [file for file in files if not (built / file).exists()] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page(page, axe, scheme):
    page.emulate_media(color_scheme=scheme)
    only = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
    assert violations(page, axe, **only) == []


def test_page_fits_a_phone_and_what_scrolls_in_it_takes_the_focus(lesson, built, offline, axe):
    """Opened anew: what is set when the page loads, such as a canvas, is set for a phone."""
    page = offline(file=built / f"{lesson.stem}.html", width=400).page
    assert violations(page, axe, runOnly=["scrollable-region-focusable"]) == []
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_contents_follow_the_reading_where_there_is_room(wide):
    page = wide.page
    links = page.locator(".contents a")
    assert links.first.is_visible()
    last = links.last.get_attribute("href")
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    page.wait_for_function(
        "last => document.querySelector('.contents [aria-current]').hash === last", arg=last
    )
    page.set_viewport_size({"width": 700, "height": 700})
    links.first.wait_for(state="hidden")
    page.set_viewport_size({"width": 1280, "height": 700})


def test_colors_are_chosen_with_a_button_and_remembered(wide):
    page = wide.page
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark", exact=True).click()
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    reload_until(page, lambda: page.evaluate(paper) == dark)


def test_every_section_is_found_by_its_words(wide):
    field = wide.page.get_by_role("searchbox", name="Search all lessons")
    title = wide.page.locator(".contents a").last.text_content()
    field.fill(title)
    field.focus()
    found = wide.page.locator(".found a")
    found.first.wait_for()
    assert title.lower() in " ".join(found.all_text_contents()).lower()
    field.fill("no such words anywhere")
    wide.page.get_by_text("Nothing found").wait_for()
    assert wide.requests == wide.complaints == []


def test_no_output_and_no_code_is_cut(page):
    cut = """[...document.querySelectorAll(".output > pre, .source pre")].filter(box =>
      box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "auto"
    ).map(box => box.textContent.slice(0, 60))"""
    assert page.evaluate(cut) == []


def test_every_widget_of_the_page_answers_in_silence(opened):
    opened.page.emulate_media(color_scheme="light")
    for folded in opened.page.locator(".further").all():
        folded.evaluate("box => { box.open = true; }")
    assert idle_widgets(opened.page) == []
    assert opened.requests == []
    assert opened.complaints == []
