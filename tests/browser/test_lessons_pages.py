"""Every lesson's page in Chromium, with no kernel and no network.

It is opened once, and its widgets are stepped last: before, it is as a reader finds it. A second
copy, on a wide screen, is there for what a reader does to the page.
"""

import getpass
import os
import platform
import re
import sys
import tempfile
from pathlib import Path

import pytest

from cnnlab.site import build as site
from cnnlab.site import lectures
from tests.notebooks.test_lessons_figures import figures_of

from .conftest import ROOT
from .helpers import (
    SPACING,
    Watched,
    first_picture,
    hidden_stops,
    idle_widgets,
    open_results,
    pale_borders,
    reload_until,
    violations,
    widgets_in,
)

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
    notebook, count = site.kept(lesson, built), lambda which: opened.page.locator(which).count()
    lead, forms = lectures.lead(notebook), count(".cnnlab-unclear")
    leads = lead is not None and lead.kind == "html"
    assert count(".cnnlab-widget") == widgets_in(notebook) + leads - 1 + forms
    assert forms == count("h2") > 1  # instead of the notebook's own one
    assert opened.requests == []
    assert opened.complaints == []


@pytest.mark.parametrize("size", [(1280, 720), (400, 800)], ids=["laptop", "phone"])
def test_the_first_screen_shows_a_picture_before_any_prediction(lesson, built, offline, size):
    page = offline(file=built / f"{lesson.stem}.html", width=size[0]).page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    top = first_picture(page)
    assert top < size[1] - 150, "enough of it to see what it is"
    open_results(page)
    assert first_picture(page) == top  # it waits for nothing


# How recorded runs were made is said: "AMD EPYC, 2 threads; torch 2.14, Python 3.11, linux".
CONDITIONS = re.compile(r"[^<>\n]*; torch [\w.+]+, Python [^<>\n]*")
FOR_OTHERS = r"For the lecturer|count hands|is not written yet|is not in [/~]|CIFAR-10 is not "


def of_this_machine():
    """Return what only who built the page has: folders, names, the processor."""
    folders = {Path.home(), ROOT, Path(sys.prefix), Path(tempfile.gettempdir()), Path.cwd()}
    cpu = Path("/proc/cpuinfo").read_text() if os.path.exists("/proc/cpuinfo") else ""
    names = {platform.node(), platform.processor(), *re.findall(r"model name\s*: (.+)", cpu)}
    words = {name for name in names if len(name) > 6}
    return {str(folder) for folder in folders} | words | {f"/{getpass.getuser()}/"}


def test_a_page_says_nothing_for_lecturers_and_nothing_of_who_built_it(lesson, built):
    html = (built / f"{lesson.stem}.html").read_text("utf-8")
    read = re.sub(r"<(script|style)>.*?</\1>|data:[^\"']*", "", html, flags=re.DOTALL)
    said = re.sub(r'<div class="source">.*?</pre>', "", CONDITIONS.sub("", read), flags=re.DOTALL)
    written = lesson.read_text("utf-8")  # its authors may name a processor that this one is, too
    assert [each for each in of_this_machine() if each in said and each not in written] == []
    assert re.findall(FOR_OTHERS, said) == []
    state = "".join(re.findall(r"<script>.*?</script>", html, re.DOTALL))  # of widgets
    assert [each for each in of_this_machine() if f"{each}/" in state] == []


def test_page_has_its_formulas_set_and_its_figures_described(notebook, page):
    prose = """[...document.querySelectorAll(".text")].map(node => {
      const copy = node.cloneNode(true);
      copy.querySelectorAll("code, pre, math").forEach(part => part.remove());
      return copy.textContent;
    }).join(" ")"""
    assert not re.search(r"\$|\\[a-z]+", page.evaluate(prose))
    described = "[...document.querySelectorAll('.figure img')].map(image => image.alt)"
    said, heard = [text for _, text, _ in figures_of(notebook)], "\n".join(page.evaluate(described))
    assert [text for text in said if text not in heard] == []  # the lead has its slide's words, too


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
    assert pale_borders(page) == []


def test_page_fits_a_phone_and_what_scrolls_in_it_takes_the_focus(lesson, built, offline, axe):
    """Opened anew: what is set when the page loads, such as a canvas, is set for a phone."""
    page = offline(file=built / f"{lesson.stem}.html", width=400).page
    open_results(page)
    narrow = """[...document.querySelectorAll(".figure > img")].filter(image =>
      image.checkVisibility() && image.getAttribute("width") > 2.1 * image.clientWidth
    ).map(image => image.alt)"""
    assert page.evaluate(narrow) == []
    assert violations(page, axe, runOnly=["scrollable-region-focusable"]) == []
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.add_style_tag(content=SPACING)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_stop_of_the_keyboard_is_seen_and_says_what_it_is(page):
    assert hidden_stops(page) == []
    names = page.evaluate(
        """[...document.querySelectorAll("main :is(summary, button)")]
          .filter(node => !node.closest(".cnnlab-widget"))
          .map(node => node.ariaLabel ?? node.textContent.trim())"""
    )
    assert sorted(names) == sorted(set(names))


def test_contents_follow_the_reading_where_there_is_room(wide):
    page = wide.page
    links = page.locator(".contents a")
    assert links.first.is_visible()
    last = links.last.get_attribute("href")
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    page.wait_for_function(
        "last => document.querySelector('.contents [aria-current]').hash === last", arg=last
    )
    look = "link => getComputedStyle(link).borderLeftColor"
    page.emulate_media(forced_colors="active")
    assert links.last.evaluate(look) != links.first.evaluate(look)
    page.emulate_media(forced_colors="none")
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
