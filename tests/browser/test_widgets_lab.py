"""Every widget in a real JupyterLab, in one notebook that this test writes; then its export."""

import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from .helpers import PATIENCE, notebook_of, pass_frames, running_in, under_headings

pytestmark = pytest.mark.slow

NAME = "widgets.ipynb"
CELLS = {
    "import": "from cnnlab import widgets",
    "stepper": "stepper = widgets.ConvolutionStepper()\nstepper",
    "quiz": (
        'quiz = widgets.Quiz([{"question": "1 + 1?", "options": {"2": "Yes.", "11": "Glued."},'
        ' "answer": "2"}])\nquiz'
    ),
    "guess": (
        'guess = widgets.Prediction("ratio", "How many?", common={7: "That is the side."})\nguess'
    ),
    "measured": "print(49)\nguess.compare(49)",
    "ruler": "ruler = widgets.OutputSizeRuler()\nruler",
    "table": "table = widgets.CostTable()\ntable",
    "learning": (
        "from cnnlab import data\nlearning = widgets.Learning(data.shapes10(100, 20))\nlearning"
    ),
    "inventory": 'inventory = widgets.Inventory("before")\ninventory',
    "painter": "painter = widgets.KernelPainter()\npainter",
    "frames": (
        "import torch\nframes = widgets.Frames(torch.eye(4).expand(3, 1, 4, 4), "
        '["one", "two", "three"])\nframes'
    ),
    "field": (
        "from cnnlab import models\n"
        "field = widgets.ReceptiveField(models.SimpleCNN(), torch.eye(32).expand(3, 32, 32))\nfield"
    ),
}
CELLS["review"] = "review = widgets.Review(2)\nreview"
CELLS["explorer"] = (
    "explorer = widgets.NetworkExplorer(models.SimpleCNN(2), torch.rand(2, 3, 32, 32), "
    'classes=["cat", "dog"])\nexplorer'
)
TWIN_FIRST = '["text/html", "image/svg+xml", "image/png", "text/latex", "text/plain"]'
ROOT = Path(__file__).resolve().parents[2]


def notebook():
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in CELLS.items()]
    return notebook_of(under_headings(cells))


@pytest.fixture(scope="module")
def page(lab, chromium):
    """The notebook in JupyterLab after Run All. Its kernel is shut down at the end."""
    with running_in(lab, chromium, NAME, notebook()) as page:
        page.locator(".cnnlab-widget").nth(len(CELLS) - 2).wait_for()
        yield page


def ask_kernel(page, expression):
    """Return the repr of an expression in the notebook's kernel."""
    return page.evaluate(
        """async (expression) => {
          const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
          const request = { code: "", user_expressions: { answer: expression } };
          const reply = await kernel.requestExecute(request).done;
          const { answer } = reply.content.user_expressions;
          return answer.data?.["text/plain"] ?? JSON.stringify(answer);
        }""",
        expression,
    )


def await_kernel(page, expression, answer):
    """Wait until the kernel gives this answer: a page sends what follows a change after it."""
    end = time.monotonic() + PATIENCE / 1000
    while (given := ask_kernel(page, expression)) != answer and time.monotonic() < end:
        pass_frames(page, 1)
    assert given == answer


def test_run_all_makes_no_error(page):
    outputs = page.evaluate(
        """[...jupyterapp.shell.currentWidget.context.model.sharedModel.cells]
          .flatMap(cell => cell.toJSON().outputs ?? []).map(output => output.output_type)"""
    )
    assert sorted(outputs) == ["execute_result"] * (len(CELLS) - 1) + ["stream"]
    assert page.locator(".cnnlab-widget").count() == len(CELLS) - 1


def test_click_on_step_changes_the_page_and_the_kernel_knows(page):
    stepper = page.locator(".cnnlab-stepper")
    output = stepper.locator(".cnnlab-output table")
    before = output.screenshot()
    stepper.get_by_role("button", name="Step", exact=True).click()
    assert stepper.locator(".cnnlab-sum").inner_text().endswith("= 15")
    assert output.screenshot() != before
    assert ask_kernel(page, "stepper.position") == "[0, 2]"
    assert ask_kernel(page, "float(stepper.output[0, 2])") == "15.0"


def test_every_other_widget_tells_the_kernel(page):
    quiz = page.locator(".cnnlab-quiz")
    quiz.get_by_label("11").check()
    quiz.get_by_role("button", name="Check").click()
    assert ask_kernel(page, "quiz.chosen") == "[1]"
    page.locator(".cnnlab-ruler").get_by_role("button", name="Step", exact=True).click()
    assert ask_kernel(page, "ruler.stop") == "1"
    page.locator(".cnnlab-cost").get_by_role("button", name="Add pool").click()
    assert ask_kernel(page, "len(table.layers)") == "4"
    page.locator(".cnnlab-painter td").nth(1).click()
    assert ask_kernel(page, "painter.kernel[0]") == "[1, 1, -1]"
    page.locator(".cnnlab-learning").get_by_role("button", name="Step", exact=True).click()
    assert ask_kernel(page, "learning.seen") == "20"
    page.locator(".cnnlab-learning").get_by_label("pool").uncheck()
    await_kernel(page, "learning.pooled, learning.accuracy", "(False, None)")
    questions = page.locator(".cnnlab-inventory")
    questions.get_by_role("button", name="Begin").click()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    await_kernel(page, "inventory.record['begun']['before']['at']", "1")
    assert questions.get_by_text("Question 2 of 18").first.is_visible()
    page.locator(".cnnlab-frames input").press("End")
    assert ask_kernel(page, "frames.index") == "2"
    page.locator(".cnnlab-hold-output").press("End")
    assert ask_kernel(page, "field.unit") == "[15, 15]"
    page.locator(".cnnlab-review").get_by_role("button", name="I don\u2019t know").click()
    assert ask_kernel(page, "[card['reps'] for card in review.cards.values()]") == "[1]"
    page.get_by_role("gridcell", name="ReLU, map 3").click()
    assert ask_kernel(page, "explorer.map, explorer.step") == "(2, 2)"


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_axe_finds_nothing_in_either_theme(page, axe, theme):
    page.evaluate("theme => jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    name = f"body[data-jp-theme-name='{theme}']"
    page.locator(name).wait_for(state="attached")
    page.evaluate(axe)
    found = page.evaluate("axe.run('.cnnlab-widget')")["violations"]
    assert [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in found] == []


def test_a_trait_set_in_python_changes_the_page(page):
    page.evaluate(
        """jupyterapp.shell.currentWidget.sessionContext.session.kernel
          .requestExecute({ code: "stepper.dilation = 4" }).done"""
    )
    problem = page.locator(".cnnlab-stepper .cnnlab-problem")
    problem.wait_for()
    shown = ask_kernel(page, "stepper.problem")
    assert shown == repr(problem.inner_text())
    page.evaluate(
        """jupyterapp.shell.currentWidget.sessionContext.session.kernel
          .requestExecute({ code: "stepper.dilation = 1" }).done"""
    )
    problem.wait_for(state="hidden")


def test_plain_keys_do_not_reach_the_notebook(page):
    cells = "jupyterapp.shell.currentWidget.content.widgets.length"
    before = page.evaluate(cells)
    page.locator(".cnnlab-stepper").get_by_role("button", name="Step", exact=True).focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.keyboard.press("a")
    assert page.evaluate(cells) == before


def test_it_steps_while_the_kernel_is_busy(page, tmp_path):
    path = tmp_path / "enough"
    page.evaluate(
        """code => {
          jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code });
        }""",
        f"import os, time\nwhile not os.path.exists({str(path)!r}): time.sleep(0.01)",
    )
    status = "jupyterapp.shell.currentWidget.sessionContext.kernelDisplayStatus"
    page.wait_for_function(f"{status} == 'busy'")
    stepper = page.locator(".cnnlab-stepper")
    before = stepper.locator(".cnnlab-count").inner_text()
    stepper.get_by_role("button", name="Step", exact=True).click()
    assert stepper.locator(".cnnlab-count").inner_text() != before
    assert page.evaluate(status) == "busy"
    path.touch()
    assert ask_kernel(page, "stepper.problem") == "''"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The notebook as `jupyter nbconvert --execute --to html` writes it."""
    folder = tmp_path_factory.mktemp("export")
    nbformat.write(notebook(), folder / NAME)
    options = [
        "--execute",
        "--ExecutePreprocessor.store_widget_state=False",
        f"--NbConvertBase.display_data_priority={TWIN_FIRST}",
        "--HTMLExporter.require_js_url=",
        "--HTMLExporter.mathjax_url=",
    ]
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", *options, str(folder / NAME)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / NAME).with_suffix(".html")


def test_exported_page_steps_with_no_kernel_and_no_network(offline, exported):
    watched = offline(file=exported)
    assert watched.page.locator(".cnnlab-widget").count() == len(CELLS) - 1
    stepper = watched.page.locator(".cnnlab-stepper")
    stepper.get_by_role("button", name="Step", exact=True).click()
    assert stepper.locator(".cnnlab-sum").inner_text().endswith("= 15")
    assert watched.requests == []
    assert watched.complaints == []


def test_a_prediction_reaches_the_kernel_and_its_comparison(page):
    asked, result = page.locator(".cnnlab-prediction").all()
    assert result.get_by_text("The result waits").is_visible()
    asked.get_by_label("How many?").fill("7")
    asked.get_by_role("button", name="Commit").click()
    result.locator(".cnnlab-verdict").get_by_text("Too low. That is the side.").wait_for()
    heard = "The experiment says 49. Too low. That is the side. Now shown: the output below."
    result.get_by_role("status").get_by_text(heard).wait_for()
    assert "'7'" in str(ask_kernel(page, "guess.guess"))
