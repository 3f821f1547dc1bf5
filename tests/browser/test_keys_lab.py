"""A widget in a real JupyterLab: a key pressed in it is the widget's, never the notebook's."""

import nbformat
import pytest

from .examples import EVERY
from .helpers import PATIENCE, pass_frames, under_headings

pytestmark = pytest.mark.slow

NAME = "keys.ipynb"
PANEL = "jupyterapp.shell.currentWidget"
KEYS = (
    *"abcdxzmy",
    *(
        "Control+a",
        "Delete",
        "Backspace",
        "ArrowUp",
        "ArrowLeft",
        "ArrowRight",
        "ArrowDown",
        "ArrowDown",
    ),
    *("Enter", " ", "Shift+Enter", "Control+Enter", "Alt+Enter"),
)
MOST = 4  # controls of a widget that are pressed
CONTROLS = "input:not([type=file]), textarea, button, select, summary, td[tabindex='0']"
NOTEBOOK = f"""() => {{
  const {{ content: notebook, context }} = {PANEL};
  return [
    notebook.activeCellIndex,
    notebook.mode,
    notebook.widgets.map((cell) => notebook.isSelected(cell)),
    notebook.widgets.map(({{ model }}) => [model.id, model.type, model.executionCount]),
  ];
}}"""


@pytest.fixture(scope="module")
def page(lab, chromium):
    """A notebook in JupyterLab that shows one of each widget."""
    address, folder = lab
    sources = [
        "from tests.browser.examples import EVERY",
        *(f"EVERY[{name!r}]()" for name in EVERY),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = under_headings(nbformat.v4.new_code_cell(source) for source in sources)
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}),
        folder / NAME,
    )
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/doc/tree/{NAME}?reset")
    page.wait_for_function(f"window.jupyterapp && {PANEL}?.sessionContext?.session?.kernel")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator(".cnnlab-widget").nth(len(EVERY) - 1).wait_for()
    page.wait_for_function(
        f"{PANEL}.content.widgets.every(cell => cell.model.executionCount !== null)"
    )
    yield page
    page.evaluate(f"{PANEL}.sessionContext.shutdown()")
    page.context.close()


@pytest.mark.parametrize("name", EVERY)
def test_no_key_in_a_widget_reaches_the_notebook(page, name):
    index = list(EVERY).index(name)
    widget = page.locator(".jp-Cell").nth(2 * index + 3).locator(".cnnlab-widget")
    tried = 0
    for control in widget.locator(CONTROLS).all():
        if tried == MOST or not (control.is_visible() and control.is_enabled()):
            continue
        control.click()
        pass_frames(page, 2)
        before = page.evaluate(NOTEBOOK)
        for key in KEYS:
            page.keyboard.press(key)
            assert page.evaluate(NOTEBOOK) == before, (key, control)
            assert widget.evaluate("widget => widget.contains(document.activeElement)"), (
                key,
                control,
            )
        assert widget.evaluate("widget => widget.contains(document.activeElement)")
        assert page.evaluate(NOTEBOOK) == before
        tried += 1
    assert tried


def test_after_a_wrong_guess_the_keys_are_the_fields_and_escape_leads_out(page):
    stepper = page.locator(".cnnlab-stepper")
    predict = stepper.get_by_label("predict first")
    predict.check()
    guess = stepper.get_by_label("What comes next?")
    guess.fill("77")
    guess.press("Enter")
    assert "Not 77." in stepper.locator(".cnnlab-verdict").inner_text()
    before = page.evaluate(NOTEBOOK)
    page.keyboard.type("123")
    page.keyboard.press("Control+a")
    selected = guess.evaluate("field => [field.selectionStart, field.selectionEnd]")
    assert selected == [0, len("123")]
    page.keyboard.press("Shift+Enter")
    assert "Not 123." in stepper.locator(".cnnlab-verdict").inner_text()
    assert page.evaluate(NOTEBOOK) == before
    page.keyboard.press("Escape")
    assert stepper.evaluate("widget => !widget.contains(document.activeElement)")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(NOTEBOOK)[0] == before[0] + 1
