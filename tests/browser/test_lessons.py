"""Every lesson's widgets in a real JupyterLab, its page and its deck with no kernel and no network.

A lesson is executed once, and the others look at its outputs. To
fix slides quickly, keep a built site: `CNNLAB_SITE=site pytest tests/browser/test_lessons.py -k
"slide and 03"` runs no notebook whose outputs are there.
"""

import os
import re
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from cnnlab.site import build as site
from cnnlab.site import pages
from tests.lessons import LESSONS, as_shipped, executed

from .conftest import Watched

pytestmark = pytest.mark.slow

TWIN = "cnnlab-twin"
HEIGHT, WIDTH = 720, 1280


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request):
    return request.param


@pytest.fixture(scope="module")
def notebook(lesson, tmp_path_factory):
    """The executed lesson, with what its widgets showed at the end."""
    return as_shipped(executed(lesson, tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="session")
def out(tmp_path_factory):
    given = os.environ.get("CNNLAB_SITE")
    return Path(given).resolve() if given else tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def built(lesson, out, request):
    """The folder of the site with this lesson in it."""
    if site.kept(lesson, out) is None and "CNNLAB_SITE" not in os.environ:
        site.keep(lesson, deepcopy(request.getfixturevalue("notebook")), out)
    list(site.build_site(out, [lesson.stem]))
    return out


def widgets_in(notebook):
    return sum(
        TWIN in "".join(output.get("data", {}).get("text/html", ""))
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )


def interact(widget):
    """Use the widget's controls until it shows something else; return whether it did."""
    state = """node => node.innerHTML
      + [...node.querySelectorAll("input")].map(input => [input.value, input.checked])"""
    before = widget.evaluate(state)
    controls = "input[type=radio], button.cnnlab-main, button, input[type=range], td[tabindex]"
    for control in widget.locator(controls).all()[:8]:
        if not control.is_visible() or control.get_attribute("aria-disabled") == "true":
            continue
        control.click()
        control.press("ArrowRight")
        if widget.evaluate(state) != before:
            return True
    return False


def idle_widgets(page):
    """Return the classes of the widgets on which no control does anything."""
    widgets = page.locator(".cnnlab-widget").all()
    return [widget.get_attribute("class") for widget in widgets if not interact(widget)]


# In JupyterLab


@pytest.fixture
def in_lab(lesson, notebook, lab, chromium):
    """The executed lesson, reopened in JupyterLab, which trusts it. No cell runs again."""
    address, folder = lab
    nbformat.write(notebook, folder / lesson.name)
    saved = nbformat.read(folder / lesson.name, 4)
    NotebookNotary(data_dir=str(folder / "data")).sign(saved)
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.goto(f"{address}/doc/tree/{lesson.name}?reset")
    page.wait_for_function(
        "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel", timeout=90_000
    )
    yield page
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.context.close()


def test_every_widget_is_drawn_in_jupyterlab_and_answers(in_lab, notebook):
    in_lab.wait_for_function(
        f"document.querySelectorAll('.cnnlab-widget').length == {widgets_in(notebook)}",
        timeout=20_000,
    )
    assert idle_widgets(in_lab) == []


# The page


@pytest.fixture
def page(lesson, built, offline):
    return offline(file=built / f"{lesson.stem}.html")


def test_page_loads_in_silence_and_its_widgets_step(lesson, built, page):
    assert page.page.locator(".cnnlab-widget").count() == widgets_in(site.kept(lesson, built))
    assert idle_widgets(page.page) == []
    assert page.requests == []
    assert page.complaints == []


def test_page_has_its_formulas_set_and_its_figures_described(page):
    prose = """[...document.querySelectorAll(".text")].map(node => {
      const copy = node.cloneNode(true);
      copy.querySelectorAll("code, pre, math").forEach(part => part.remove());
      return copy.textContent;
    }).join(" ")"""
    assert not re.search(r"\$|\\[a-z]+", page.page.evaluate(prose))
    described = "[...document.querySelectorAll('.figure img')].map(image => image.alt)"
    assert pages.NO_CAPTION not in page.page.evaluate(described)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page(lesson, built, offline, axe, scheme):
    watched = offline(file=built / f"{lesson.stem}.html", color_scheme=scheme)
    only = {"runOnly": ["color-contrast"]} if scheme == "dark" else {}
    assert violations(watched.page, axe, **only) == []


def violations(page, axe, **options):
    page.evaluate(axe)
    options["resultTypes"] = ["violations"]
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in found]


def test_page_does_not_scroll_sideways_on_a_phone(lesson, built, offline):
    page = offline(file=built / f"{lesson.stem}.html", width=480).page
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 480


def test_links_of_the_page_lead_somewhere(built, page):
    links = "[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))"
    local = [link for link in page.page.evaluate(links) if not link.startswith("http")]
    missing = [link for link in local if not (built / link.partition("#")[0]).exists()]
    assert missing == []


# The deck


@pytest.fixture(scope="module")
def deck(lesson, built, chromium):
    watched = Watched(chromium, viewport={"width": WIDTH, "height": HEIGHT})
    watched.page.goto((built / f"{lesson.stem}.slides.html").as_uri())
    watched.page.wait_for_function("window.Reveal?.isReady()")
    yield watched
    watched.context.close()


def show(page, index):
    """Turn to a slide and show all its fragments."""
    page.evaluate("index => { Reveal.slide(index); Reveal.slide(index, 0, 99); }", index)


def test_no_slide_overflows(deck):
    too_large = []
    for index in range(deck.page.evaluate("Reveal.getTotalSlides()")):
        show(deck.page, index)
        name, height, width = deck.page.evaluate(
            """(({ id, scrollHeight, scrollWidth }) => [id, scrollHeight, scrollWidth])(
              Reveal.getCurrentSlide())"""
        )
        if height > HEIGHT or width > WIDTH:
            too_large.append(f"{name} is {width} x {height}")
    assert too_large == []


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
        widget = page.locator("section.present .cnnlab-widget").first
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


# What belongs to no lesson


def test_the_index_leads_to_every_lesson(out, offline, axe, tmp_path):
    lessons = [pages.describe(p.stem, nbformat.read(p, 4)) for p in site.find_lessons()]
    pages.write_index(lessons, tmp_path)
    for scheme in ("light", "dark"):
        watched = offline(file=tmp_path / "index.html", width=480, color_scheme=scheme)
        assert watched.page.get_by_role("heading", level=2).count() == len(lessons)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 480
        assert violations(watched.page, axe) == []
        assert watched.requests == watched.complaints == []


def test_the_check_of_slides_sees_one_that_is_too_high(deck):
    show(deck.page, 0)
    before = "Reveal.getCurrentSlide().insertAdjacentHTML('beforeend', '<p id=high></p>')"
    deck.page.evaluate(before)
    deck.page.evaluate(
        "document.getElementById('high').style.cssText = 'flex: none; height: 900px'"
    )
    assert deck.page.evaluate("Reveal.getCurrentSlide().scrollHeight") > HEIGHT
    deck.page.evaluate("document.getElementById('high').remove()")
