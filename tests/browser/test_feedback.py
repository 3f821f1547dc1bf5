"""Feedback on a section: one small form for each on a page, one for all in a notebook."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

import cnnlab
from cnnlab import course, widgets
from cnnlab.site import lessons, pages
from tests.site.small_lessons import code, lesson_of, slide, text, title

from .helpers import violations

pytestmark = pytest.mark.slow

FORMS = Path(__file__).parents[2] / ".github" / "ISSUE_TEMPLATE"
ADDRESS = "https://github.com/owner/name"
ODD = "</script><!-- A & B, 100 %"  # a title that a careless page would take for code
FURTHER = "Going further: more"
ASKS = "Something wrong or unclear here?"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def write(folder):
    notebook = lesson_of(
        title(1),
        text(f"## {ODD}\n\nIt is so.", "first"),
        text("### Exercise: one", "exercise"),
        code("def one():\n    ...", "one", tags=["exercise"]),
        code("check.one(one)", "one-check", tags=["check"]),
        text("## Second\n\nIt is not.", "second"),
        text("### Going further: a part of it\n\nMore.", "part"),
        text(f"## {FURTHER}\n\nMore.", "more"),
        text("## Summary\n\n- It was.", "summary"),
        code('widgets.Feedback("01_a")', "feedback"),
        slide("## Slide\n\nIt is.", "slide-one"),
    )
    (folder / "search.js").write_text("")
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, folder)
    return folder / "01_a.html"


@pytest.fixture
def opened(offline, tmp_path, monkeypatch):
    """Open the lesson's page, built where the course's address is known, or is None."""

    def show(address=None, **context):
        monkeypatch.setattr(course, "address", lambda: address)
        return offline(file=write(tmp_path), **context)

    return show


def form_of(page, section, typed=None):
    """Open the form of a section, type into it, and return the form."""
    form = page.locator(".cnnlab-unclear").filter(has_text=section)
    form.locator("summary").click()
    if typed is not None:
        form.get_by_label("What is wrong or unclear?").fill(typed)
    return form


def given(form):
    return form.get_by_label("What you hand on").input_value()


def query_of(link):
    return {name: value for name, [value] in parse_qs(urlsplit(link).query).items()}


def test_each_section_has_one_at_its_end_named_after_it(opened):
    watched = opened()
    page = watched.page
    names = page.locator(".cnnlab-unclear summary").all_text_contents()
    assert names == [f"{ASKS} Section: {each}" for each in (ODD, "Second", FURTHER, "Summary")]
    order = """[...document.querySelectorAll("main :is(h2, .cnnlab-unclear)")]
      .map(node => node.localName).join(" ")"""
    assert page.evaluate(order) == " ".join(["h2 div"] * 4)
    assert page.get_by_text(ASKS).filter(visible=True).count() == 3  # one is folded
    inside = page.locator(".further .cnnlab-unclear")
    assert inside.count() == 1
    assert FURTHER in inside.locator("summary").text_content()
    assert watched.requests == watched.complaints == []


def test_the_deck_has_none(tmp_path):
    deck = write(tmp_path).with_suffix(".slides.html").read_text("utf-8")
    assert "Slide" in deck
    assert "feedback" not in deck.lower()


def test_without_scripts_nothing_is_in_the_way(opened):
    page = opened(java_script_enabled=False).page
    assert page.get_by_text(ASKS).count() == 0
    assert page.get_by_text("It is not.").is_visible()


def test_by_keyboard_alone_it_is_opened_filled_in_and_copied(opened):
    watched = opened()
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keyboard = watched.page.keyboard
    reached = "document.activeElement.matches('.cnnlab-unclear summary')"
    for _ in range(60):
        keyboard.press("Tab")
        if watched.page.evaluate(reached):
            break
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type("Why two?\n")
    keyboard.press("Shift+Enter")
    keyboard.type("I see one.")
    for _ in range(2):  # over what is handed on
        keyboard.press("Tab")
    keyboard.press("Enter")
    watched.page.get_by_role("status").get_by_text("Copied.").wait_for()
    copied = watched.page.evaluate("navigator.clipboard.readText()")
    version = f"cnnlab {cnnlab.__version__}"
    assert copied == f"Lesson: 01_a\nSection: {ODD}\n{version}\n\nWhy two?\n\nI see one."
    assert watched.requests == watched.complaints == []


def test_without_a_clipboard_the_text_is_selected(opened):
    watched = opened()
    watched.page.evaluate(NO_CLIPBOARD)
    form = form_of(watched.page, "Second", "I see one.")
    form.get_by_role("button", name="Copy").click()
    form.get_by_role("status").get_by_text("Ctrl+C").wait_for()
    selected = watched.page.evaluate("getSelection().toString()")
    assert selected == given(form)
    assert selected.endswith("I see one.")
    assert watched.complaints == []


def test_an_issue_is_offered_only_where_the_course_has_an_address(opened):
    form = form_of(opened().page, "Second", "I see one.")
    assert form.get_by_role("button", name="Copy").is_visible()
    assert form.get_by_role("link").count() == 0


HOSTILE = {
    "markup": "</script><script>alert(1)</script> <!-- <b>bold</b>",
    "marks of an address": "100 % & 50% + #3 ? a=b&body=c ;",
    "emoji": "\N{FACE WITH TEARS OF JOY} \N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}",
    "lines": "one\ntwo\n\n```python\nx = 1\n```",
}


@pytest.mark.parametrize("typed", HOSTILE.values(), ids=HOSTILE)
def test_the_issue_holds_what_was_typed_whatever_it_is(opened, typed):
    watched = opened(ADDRESS)
    form = form_of(watched.page, ODD, typed)
    link = form.get_by_role("link", name="Open an issue").get_attribute("href")
    asked = query_of(link)
    assert link.startswith(f"{ADDRESS}/issues/new?")
    assert asked["title"] == f"01_a: {ODD}"
    assert asked["what"] == given(form)
    assert asked["what"].endswith(f"cnnlab {cnnlab.__version__}\n\n{typed}")
    assert watched.requests == watched.complaints == []


def test_the_issue_fills_in_a_form_of_the_repository(opened):
    form = form_of(opened(ADDRESS).page, "Second", "I see one.")
    asked = query_of(form.get_by_role("link").get_attribute("href"))
    written = yaml.safe_load((FORMS / asked["template"]).read_text("utf-8"))
    fields = {each["id"]: each.get("validations", {}) for each in written["body"]}
    assert set(asked) - {"template", "title"} <= set(fields)
    assert {name for name, rules in fields.items() if rules.get("required")} <= set(asked)


@pytest.mark.parametrize("letter", ["a", "%", "\N{FACE WITH TEARS OF JOY}"])
def test_twenty_thousand_letters_are_copied_and_the_issue_is_cut(opened, letter):
    form = form_of(opened(ADDRESS).page, "Second", letter * 20_000)
    assert given(form).count(letter) >= 20_000
    link = form.get_by_role("link").get_attribute("href")
    what = query_of(link)["what"]
    assert 7_900 < len(link) <= 8_000
    begins, _, said = what.rpartition("\n")
    assert given(form).startswith(begins)
    assert "cut" in said
    assert "\N{REPLACEMENT CHARACTER}" not in what


def test_half_a_letter_does_no_harm(opened):
    watched = opened(ADDRESS)
    form = form_of(watched.page, "Second", "")
    form.get_by_label("What is wrong or unclear?").evaluate(
        "field => { field.value = 'a\\ud83d'; field.dispatchEvent(new Event('input')); }"
    )
    assert "what=" in form.get_by_role("link").get_attribute("href")
    assert watched.complaints == []


def test_what_is_typed_stays_and_is_kept_nowhere(opened):
    page = opened().page
    form = form_of(page, "Second", "I see one.")
    for _ in range(2):
        form.locator("summary").click()
    assert form.get_by_label("What is wrong or unclear?").input_value() == "I see one."
    assert "I see one." not in page.evaluate("JSON.stringify({ ...localStorage })")


@pytest.mark.parametrize("width", [1400, 900, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_too_wide(opened, axe, width, scheme):
    watched = opened(ADDRESS, width=width, color_scheme=scheme)
    form = form_of(watched.page, "Second", "A word " * 40 + "w" * 200)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    assert form.get_by_role("button", name="Copy").is_visible()
    assert violations(watched.page, axe) == []


def test_paper_shows_none_of_it(opened):
    page = opened().page
    form_of(page, "Second", "I see one.")
    page.emulate_media(media="print")
    assert page.get_by_text(ASKS).filter(visible=True).count() == 0
    assert page.get_by_text("It is not.").is_visible()


def test_in_a_notebook_one_form_is_for_every_section(offline):
    watched = offline(widgets.Feedback("03_counting"))
    form = form_of(watched.page, "in this lesson?", "Why 896?")
    assert re.match(r"Lesson: 03_counting\nSection: the lesson as a whole\n", given(form))
    form.get_by_label("Section").select_option("The work")
    assert given(form).startswith("Lesson: 03_counting\nSection: The work\n")
    assert given(form).endswith("\n\nWhy 896?")
    assert watched.requests == watched.complaints == []
