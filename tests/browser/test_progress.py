"""What was done is kept: on the pages by the browser, in JupyterLab in the learner's copy."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from nbformat import v4

from cnnlab import check
from cnnlab.site import lessons, pages
from cnnlab.widgets import Prediction, Quiz
from tests.site.small_lessons import code, lesson_of, text, title

from .conftest import ROOT, wait_for
from .examples import QUESTIONS
from .helpers import PATIENCE, press, reload_until, violations

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    """A site of two lessons; the first asks for two predictions and two answers."""
    shown = [Prediction("two", "1 + 1?"), Prediction("three", "1 + 2?"), Quiz(QUESTIONS)]
    outputs = [v4.new_output("display_data", {"text/html": each._twin()}) for each in shown]
    asks = lesson_of(title(0), *(code("ask", f"ask-{i}", each) for i, each in enumerate(outputs)))
    notebooks = {"00_asks": asks, "01_tells": lesson_of(title(1), text("Read.", "read"))}
    described = [lessons.describe(*each) for each in notebooks.items()]
    for here, notebook in enumerate(notebooks.values()):
        pages.write_lesson(notebook, described, here, tmp_path)
    pages.write_index(dict(zip(described, notebooks.values(), strict=True)), tmp_path)
    return tmp_path


def test_who_stopped_at_a_lesson_goes_on_with_it(folder, offline):
    page = offline(file=folder / "index.html").page
    start = page.locator(".start")
    assert (start.inner_text(), start.get_attribute("href")) == ("Start", "00_asks.html")
    for name, words in (("01_tells", "Go on with 01 Title"), ("00_asks", "Start")):

        def goes_on(name=name, words=words):  # what a page keeps as it is left may be lost
            page.goto((folder / f"{name}.html").as_uri())
            page.goto((folder / "index.html").as_uri())
            return start.inner_text() == words

        reload_until(page, goes_on)
        page.goto(start.evaluate("link => link.href"))
        assert page.url.endswith(f"{name}.html")


def check_cards(page, expected):
    """Check what the cards of the index say of the two lessons, from the page of the first."""
    page.goto(page.url.replace("00_asks", "index"))

    def words():
        lines = page.locator(".cards .done").all()
        return [line.inner_text() if line.is_visible() else None for line in lines]

    reload_until(page, lambda: words() == expected)
    page.go_back()


def answer(page, question, option):
    form = page.locator(".cnnlab-quiz form").nth(question)
    form.get_by_label(option).check()
    form.get_by_role("button", name="Check").click()


def test_the_cards_say_what_was_done(folder, offline, axe):
    watched = offline(file=folder / "00_asks.html")
    page = watched.page
    check_cards(page, ["Opened", None])
    page.get_by_label("1 + 1?").fill("2")
    page.get_by_role("button", name="Commit").first.click()
    check_cards(page, ["1 of 2 predictions", None])
    page.reload()
    answer(page, 0, "It shrinks")
    check_cards(page, ["1 of 2 predictions, 1 of 2 quiz questions", None])
    page.reload()
    answer(page, 1, "A dense layer")
    press(page.locator(".cnnlab-prediction").nth(1), "Commit")  # nothing is written yet
    check_cards(page, ["1 of 2 predictions, quiz done", None])
    page.goto((folder / "index.html").as_uri())
    assert violations(page, axe) == []
    assert watched.requests == watched.complaints == []


def test_without_a_storage_nothing_is_said_and_nothing_breaks(folder, offline):
    watched = offline(file=folder / "00_asks.html")
    page = watched.page
    page.add_init_script(
        """Object.defineProperty(window, "localStorage", {
          get() { throw new DOMException("not allowed", "SecurityError"); } });"""
    )
    page.reload()
    answer(page, 0, "It shrinks")
    page.locator(".cnnlab-feedback[data-right]").wait_for()
    check_cards(page, [None, None])
    assert watched.complaints == []


RUN = """async (id) => {
  const { content, sessionContext, context } = jupyterapp.shell.currentWidget;
  const index = content.widgets.findIndex(({ model }) => model.id === id);
  const { sharedModel } = content.widgets[index].model;
  if (id.endsWith("yours")) {
    const named = id.replace("yours", "solution");
    const solution = [...context.model.sharedModel.cells].find((cell) => cell.id === named);
    // The first line of a solution says whose it is, and so does its name.
    const own = solution.getSource().split("\\n").slice(1).join("\\n").replace("_solution(", "(");
    sharedModel.setSource(own);
  }
  content.deselectAll();
  content.activeCellIndex = index;
  await jupyterapp.commands.execute("notebook:run-cell");
  await content.scrollToItem(index, "start");
}"""


def served(folder):
    """Start `cnnlab lab` on a copy below `folder`; return it, its address and its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [f"--port={port}", "--no-browser", "--IdentityProvider.token="]
    words.append("--LabApp.expose_app_in_browser=True")
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    environment = os.environ | {name: str(folder / name) for name in places}
    environment |= {"PYTHONPATH": str(ROOT)}
    log = folder / f"{port}.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "cnnlab", "lab", "--dir", str(folder / "mine"), "--", *words],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_for(f"http://127.0.0.1:{port}", server, log)
    return server, f"http://127.0.0.1:{port}", log


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_server_forgets_nothing(chromium, tmp_path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)  # there, nothing is remembered
    server, address, log = served(tmp_path)
    assert "0 of " in log.read_text()
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(PATIENCE)
    try:
        page.goto(f"{address}/lab/tree/03_counting.ipynb?reset")
        page.wait_for_function(
            "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
        )
        for cell in ("imports", "exercise-macs-yours", "exercise-macs-check", "ratio-guess"):
            page.evaluate(RUN, cell)
        page.get_by_label("How many times fewer").fill("10^5")
        page.keyboard.press("Enter")
        page.get_by_text("You said 100,000 times.").first.wait_for()
        page.wait_for_function(
            "jupyterapp.shell.currentWidget.sessionContext.kernelDisplayStatus == 'idle'"
        )
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # the kernel sees it and ends itself
        server.wait(PATIENCE / 1000)
        page.close()
    server, address, log = served(tmp_path)
    os.killpg(server.pid, signal.SIGKILL)
    server.wait(PATIENCE / 1000)
    assert f"\n{check.progress(tmp_path / 'mine').headline}\n" in log.read_text()
    message = check.progress(tmp_path / "mine", all=True).message
    assert "1 of " in message
    assert "passed, 1 try          layer_macs" in message
    assert "Predictions made: 1." in message
