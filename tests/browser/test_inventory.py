"""The inventory in Chromium, with no kernel: answered, left half-way, skipped, and what changed."""

import json

import nbformat
import pytest

from cnnlab import widgets
from cnnlab.widgets import inventory_items

from .conftest import page_of
from .examples import ROUND, inventory
from .helpers import PATIENCE, press, reload_until, violations
from .test_every_widget import DARK

pytestmark = pytest.mark.slow

ITEMS = inventory_items.items()


def kept(page):
    return page.evaluate("JSON.parse(localStorage.getItem('cnnlab-inventory'))")


def place(page):
    return page.locator(".cnnlab-place").inner_text()


def answer(page, option=0, count=18):
    """Answer so many items by keyboard with the option that the file has at this place."""
    for _ in range(count):
        number, form = int(place(page).split()[1]), form_of(page)
        text = ITEMS[number - 1]["forms"][form]["options"][option]
        shown = [each.inner_text() for each in page.locator(".cnnlab-option span").all()]
        page.keyboard.press(str(shown.index(text) + 1))
        page.keyboard.press("Enter")


def form_of(page):
    legend = page.locator("legend").inner_text()
    forms = {form["question"]: name for item in ITEMS for name, form in item["forms"].items()}
    return (
        forms[legend.replace("\N{NO-BREAK SPACE}", " ")] if legend not in forms else forms[legend]
    )


@pytest.fixture
def both(tmp_path):
    """The two files of a course's pages, before and after: the browser keeps their answers."""
    files = {when: tmp_path / f"{when}.html" for when in ("before", "after")}
    for when, file in files.items():
        file.write_text(page_of([widgets.Inventory(when)], ""), "utf-8")
    return files


def open_kept(page, file, keeps):
    """Open a page once the browser has written what the last one kept."""
    page.goto(file.as_uri())
    reload_until(page, lambda: keeps(kept(page) or {}))


def test_before_by_keyboard_and_nothing_says_what_is_right(both, offline):
    watched = offline(file=both["before"])
    page = watched.page
    press(page, "Begin")
    seen = []
    for option in (0, 1, 2, 3):
        answer(page, option, 1)
        seen.append(page.locator(".cnnlab-inventory").inner_text())
    assert place(page) == "Question 5 of 18"
    assert not [
        text for text in seen if "ight" in text.replace("to the right", "").replace("bright", "")
    ]
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    answer(page, 0, 13)
    assert page.get_by_text("Your 18 answers are kept.").is_visible()
    record = kept(page)
    assert record["before"]["answers"] == [0, 1, 2, 3, None] + [0] * 13
    assert record["before"]["form"] == ("B" if int(record["learner"]["id"][-1], 16) % 2 else "A")
    assert record["begun"] == {}
    assert watched.complaints == []
    assert watched.requests == []


def test_enter_without_an_answer_says_so_and_back_keeps_what_was_picked(both, offline):
    page = offline(file=both["before"]).page
    press(page, "Begin")
    page.keyboard.press("Enter")
    assert page.locator(".cnnlab-feedback").inner_text().startswith("Pick one first.")
    assert place(page) == "Question 1 of 18"
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    assert page.get_by_label("I do not know.").is_checked()
    press(page, "Back")
    assert place(page) == "Question 1 of 18"
    assert [radio.is_checked() for radio in page.get_by_role("radio").all()].index(True) == 2
    assert page.get_by_role("button", name="Back").count() == 0


def test_left_half_way_it_goes_on(both, offline):
    page = offline(file=both["before"]).page
    press(page, "Begin")
    answer(page, 1, 7)
    record = kept(page)
    page.reload()
    reload_until(page, lambda: page.locator(".cnnlab-place").count() and kept(page) == record)
    assert place(page) == "Question 8 of 18"
    assert not page.evaluate("document.activeElement.closest('.cnnlab-widget')")  # takes no focus
    assert form_of(page) == record["begun"]["before"]["form"]
    page.locator(".cnnlab-inventory input").first.focus()
    answer(page, 1, 11)
    assert kept(page)["before"]["answers"] == [1] * 18


def test_skipped_in_a_click_it_is_one_line_with_a_way_back(both, offline):
    page = offline(file=both["before"]).page
    full = page.locator(".cnnlab-inventory").bounding_box()["height"]
    press(page, "Skip")
    assert page.get_by_text("18 questions before the course: skipped.").first.is_visible()
    assert page.locator(".cnnlab-inventory").bounding_box()["height"] < min(full / 3, 80)
    page.reload()
    reload_until(page, lambda: page.get_by_role("button", name="Show them").count() == 1)
    press(page, "Show them")
    press(page, "Begin")
    answer(page, 0, 2)
    press(page, "Skip the rest")
    press(page, "Show them")
    assert place(page) == "Question 3 of 18"


def test_after_shows_what_changed_and_where_to_read(both, offline):
    watched = offline(file=both["before"])
    page = watched.page
    press(page, "Begin")
    answer(page, 1)
    open_kept(page, both["after"], lambda record: "before" in record)
    press(page, "Begin")
    first = kept(page)["before"]["form"]
    assert form_of(page) != first
    answer(page, 0, 10)
    answer(page, 1, 5)
    answer(page, 2, 3)
    says = page.locator(".cnnlab-total").inner_text()
    assert says == "Before the course you had 0 of 18 right, now you have 10."
    assert page.get_by_text("Now right: 10. The same belief as before: 5. A new belief: 3.").count()
    rows = page.locator(".cnnlab-inventory li")
    assert rows.count() == 18
    assert not rows.nth(0).get_by_text(ITEMS[0]["reasons"][0]).is_visible()
    row, item, second = rows.nth(17), ITEMS[17], "AB".replace(first, "")
    text = row.inner_text()
    for part in (
        item["forms"][first]["options"][1],
        item["forms"][second]["options"][2],
        item["forms"][second]["options"][0],
        *item["reasons"][:3],
    ):
        assert part.rstrip(".") in text
    link = row.get_by_role("link")
    assert link.inner_text() == f"lesson 12, \u201c{item['section']}\u201d"
    section = item["section"].replace(" ", "-")
    href = link.get_attribute("href").replace("%2C", ",")
    assert href == f"{item['lesson']}.html#{section}"
    assert watched.complaints == []


def test_after_without_before_shows_the_second_only(both, offline):
    page = offline(file=both["after"]).page
    press(page, "Begin")
    answer(page, 0, 17)
    answer(page, 3, 1)
    assert page.locator(".cnnlab-total").inner_text() == "You have 17 of 18 right."
    assert page.locator(".cnnlab-when").filter(has_text="Before").count() == 0
    assert page.locator("li:has(details[open])").count() == 1


def test_the_file_to_hand_in(offline):
    page = offline(inventory("after", before=ROUND, after={**ROUND, "form": "B"})).page
    page.get_by_text("Hand it in, if you are asked to").click()
    assert page.get_by_text("Nobody gets it unless you hand it in").is_visible()
    with page.expect_download() as download:
        press(page, "Save a file to hand in")
    assert download.value.suggested_filename == "cnnlab-inventory-0123456789abcdef.json"
    assert json.loads(download.value.path().read_text("utf-8")) == {
        "cnnlab": "inventory",
        "version": 1,
        "learner": "0123456789abcdef",
        "before": ROUND,
        "after": {**ROUND, "form": "B"},
    }


STATES = {
    "front": lambda: inventory(),
    "question": lambda: inventory(begun={"before": {**ROUND, "at": 7}}),
    "skipped": lambda: inventory(skipped={"before": True}),
    "before": lambda: inventory(before=ROUND),
    "after": lambda: inventory("after", before=ROUND, after={**ROUND, "form": "B"}),
}


@pytest.mark.parametrize("body", ["", DARK], ids=["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_on_a_phone_in_either_theme(offline, axe, state, body):
    watched = offline(STATES[state](), width=400, body=body)
    page = watched.page
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert violations(page, axe) == []
    assert watched.complaints == []


def test_what_a_browser_keeps_from_others_breaks_nothing(both, offline):
    watched = offline(file=both["before"])
    page = watched.page
    for text in ("nonsense", "[]", '{"before": {"form": "A", "answers": [7]}, "learner": 3}'):
        page.evaluate("text => localStorage.setItem('cnnlab-inventory', text)", text)
        page.reload()
        assert page.get_by_role("button", name="Begin").is_visible()
    begun = json.dumps({"begun": {"before": {**ROUND, "at": 17}}})  # and no learner
    page.evaluate("text => localStorage.setItem('cnnlab-inventory', text)", begun)
    page.reload()
    page.locator(".cnnlab-inventory input").first.focus()
    answer(page, 0, 1)
    assert kept(page)["learner"]["id"]
    assert watched.complaints == []


LAB = """from cnnlab import widgets
asked = widgets.Inventory("after")
asked.record = {"learner": {"id": "0123456789abcdef"}, "after": {"form": "A", "answers": [1] * 18}}
asked"""
CURRENT = "window.jupyterapp?.shell?.currentWidget"


def test_in_jupyterlab_a_link_opens_the_lesson(lab, chromium):
    address, folder = lab
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = {"results": [nbformat.v4.new_code_cell(LAB)], ITEMS[17]["lesson"]: []}
    (folder / "own").mkdir()
    for name, cell in cells.items():
        notebook = nbformat.v4.new_notebook(cells=cell, metadata={"kernelspec": kernel})
        nbformat.write(notebook, folder / "own" / f"{name}.ipynb")
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/lab/tree/own/results.ipynb?reset")
    page.wait_for_function(f"{CURRENT}?.sessionContext?.session?.kernel")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.get_by_role("link", name="lesson 12").click()
    lesson = f"own/{ITEMS[17]['lesson']}.ipynb"
    page.wait_for_function(f"{CURRENT}?.context?.path === '{lesson}'")
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
    page.context.close()
