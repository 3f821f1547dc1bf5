"""The next day: a notebook that was saved, closed and opened again shows each widget as it was.

No cell runs again, and the kernel of the new day knows nothing.
"""

import json

import nbformat
import pytest

from .helpers import notebook_of, press, running_in, under_headings
from .test_widgets_lab import CELLS, ask_kernel

pytestmark = pytest.mark.slow

NAME = "next_day.ipynb"
KEPT = ("import", "stepper", "quiz", "guess", "measured", "ruler", "inventory", "frames", "field")
KEPT += ("explorer",)
WIDGETS = len(KEPT) - 1
PANEL = "jupyterapp.shell.currentWidget"
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.fixture(scope="module")
def page(lab, chromium):
    """JupyterLab, as it is installed, with the notebook: just run, and never saved."""
    cells = under_headings(nbformat.v4.new_code_cell(CELLS[name], id=name) for name in KEPT)
    with running_in(lab, chromium, NAME, notebook_of(cells)) as page:
        all_drawn(page)
        yield page


def run_all(page):
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    all_drawn(page)


def all_drawn(page):
    page.locator(".cnnlab-widget").nth(WIDGETS - 1).wait_for()


def saved(page, folder):
    """Save the notebook; return its file and the states of the widgets in it."""
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    notebook = json.loads((folder / NAME).read_text("utf-8"))
    states = notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    return notebook, list(states.values())


def sleep_a_night(page):
    """Shut the kernel down, and open the notebook in a fresh page, which brings a fresh kernel."""
    page.evaluate(f"{PANEL}.sessionContext.shutdown()")
    page.reload()
    page.wait_for_function(f"window.jupyterapp && {PANEL}?.sessionContext?.session?.kernel")
    drawn = page.locator(".cnnlab-widget").nth(WIDGETS - 1)
    drawn.or_(page.get_by_text("Error displaying widget").first).wait_for()
    assert page.get_by_text("Error displaying widget").count() == 0
    assert "NameError" in ask_kernel(page, "stepper")


def test_a_widget_is_there_the_next_day_and_the_day_after_as_it_was_left(page, lab):
    _, folder = lab
    stepper = page.locator(".cnnlab-stepper")
    stepper.locator(".cnnlab-kernel td").first.dblclick()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    stepper.get_by_role("button", name="Step", exact=True).click()
    quiz = page.locator(".cnnlab-quiz")
    quiz.get_by_label("11").check()
    press(quiz, "Check")
    asked, compared = page.locator(".cnnlab-prediction").all()
    asked.get_by_label("How many?").fill("7")
    press(asked, "Commit")
    compared.get_by_text("Too low.").first.wait_for()
    page.locator(".cnnlab-ruler").get_by_role("button", name="Step", exact=True).click()
    press(page.locator(".cnnlab-inventory"), "Begin")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.get_by_role("gridcell", name="ReLU, map 3").click()
    saved(page, folder)
    for place in (3, 4):
        sleep_a_night(page)
        assert stepper.locator(".cnnlab-kernel td").first.inner_text() == "5"
        assert stepper.locator(".cnnlab-count").inner_text() == f"{place} of 16"
        assert quiz.get_by_text("Glued.").is_visible()
        assert asked.get_by_label("How many?").input_value() == "7"
        assert compared.get_by_text("You said 7, the experiment says 49. Too low.").is_visible()
        assert page.get_by_text("Question 2 of 18").is_visible()
        shown = page.get_by_role("gridcell", name="ReLU, map 3")
        assert shown.get_attribute("aria-selected") == "true"
        stepper.get_by_role("button", name="Step", exact=True).press("ArrowRight")
        assert stepper.locator(".cnnlab-count").inner_text() == f"{place + 1} of 16"
        assert page.evaluate(f"{PANEL}.context.model.dirty")  # so that it is saved by itself
        saved(page, folder)


def test_run_again_and_saved_the_notebook_keeps_no_widget_that_it_no_longer_shows(page, lab):
    _, folder = lab
    for _ in range(2):
        run_all(page)
        busy = "({ model }) => model.type == 'code' && model.executionState != 'idle'"
        page.wait_for_function(f"!{PANEL}.content.widgets.some({busy})")
    _, states = saved(page, folder)
    drawn = [state for state in states if "_esm" in state["state"]]
    assert len(drawn) == WIDGETS
    assert len(states) == 2 * WIDGETS  # each with its layout
