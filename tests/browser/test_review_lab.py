"""The review where its cards are kept: in JupyterLab by a kernel, and by `cnnlab review`."""

import json
import threading
import time

import nbformat
import pytest

from cnnlab import course
from cnnlab.site import server
from cnnlab.widgets import review_items

from .helpers import PATIENCE, pass_frames, press, violations

pytestmark = pytest.mark.slow

QUIZ = [each for each in review_items.items() if each["id"].startswith("quiz/03/")]
OFFER = 'widgets.Review.offer(before="04")'
SHUT_DOWN = """Promise.all([...jupyterapp.shell.widgets("main")]
  .map(({ sessionContext }) => sessionContext?.shutdown()))"""
PANEL = "jupyterapp.shell.currentWidget"


def make_copy(folder):
    """Make a learner's copy in which the quiz of lesson 03 was done; return its progress file."""
    folder.mkdir(exist_ok=True)
    (folder / course.COPY_RECORD).write_text("{}")
    done = {"version": 2, "quizzes": {QUIZ[0]["enters"]["quizzes"]: {"right": 1, "of": 3}}}
    path = folder / course.PROGRESS_FILE
    path.write_text(json.dumps(done))
    return path


def cards(path):
    return course.read_progress(path)["review"]


@pytest.fixture
def copy(lab):
    """A learner's copy in the folder of JupyterLab with two notebooks."""
    _, folder = lab
    path = make_copy(folder / "mine")
    sources = {"imports": "import os\nos.environ.pop('CI', None)\nfrom cnnlab import widgets"}
    sources["offer"] = OFFER
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in sources.items()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, content in (("04_offers", cells), ("03_counting", cells[:1])):
        notebook = nbformat.v4.new_notebook(cells=content, metadata={"kernelspec": kernel})
        nbformat.write(notebook, folder / "mine" / f"{name}.ipynb")
    return path


@pytest.fixture
def page(lab, copy, chromium):
    """The notebook in JupyterLab after Run All."""
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lab[0]}/doc/tree/mine/04_offers.ipynb?reset")
    page.wait_for_function(f"window.jupyterapp && {PANEL}?.sessionContext?.session?.kernel")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    yield page
    page.evaluate(SHUT_DOWN)
    page.context.close()


def test_in_the_lab_cards_arrive_in_the_progress_file(page, copy):
    offered = page.locator(".cnnlab-review")
    offered.wait_for()
    count = min(len(QUIZ), 5)
    assert offered.inner_text().startswith(f"{count} things from earlier lessons are due")
    press(offered, "Review")
    for number in range(1, count + 1):
        press(offered, "I don\u2019t know")
        wait_for_cards(page, copy, number)
        if number < count:
            press(offered, "Next")
    assert set(cards(copy)) <= {each["id"] for each in QUIZ}
    assert all(each["reps"] == 1 for each in cards(copy).values())
    offered.get_by_role("link", name="lesson 03").click()
    page.wait_for_function(f"{PANEL}?.context?.path === 'mine/03_counting.ipynb'")


def wait_for_cards(page, path, count):
    """Wait until the progress file has so many cards: the kernel writes it in its own time."""
    end = time.monotonic() + PATIENCE / 1000
    while len(cards(path)) != count and time.monotonic() < end:
        pass_frames(page, 1)
    assert len(cards(path)) == count


def test_in_the_lab_nothing_due_is_nothing_at_all(page, copy, lab):
    page.locator(".cnnlab-review").wait_for()
    copy.write_text('{"version": 2}')
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator(".cnnlab-review").wait_for(state="detached")
    outputs = f"[...{PANEL}.context.model.sharedModel.cells].at(-1).toJSON().outputs"
    page.wait_for_function(f"{PANEL}.content.widgets.at(-1).model.executionState === 'idle'")
    assert page.evaluate(outputs) == []


@pytest.fixture
def serving(tmp_path, monkeypatch):
    """`cnnlab review` on a learner's copy; returns its address and the progress file."""
    monkeypatch.delenv("CI", raising=False)
    path = make_copy(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    with server.ReviewServer(path.parent) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running, path
        running.shutdown()
        thread.join()


def test_the_served_page_keeps_each_answer_and_is_for_every_reader(serving, chromium, axe):
    running, path = serving
    complaints, requests = [], []
    page = chromium.new_context(viewport={"width": 400, "height": 800}).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(running.address)
    assert violations(page, axe) == []
    with page.expect_response("**/cards") as answer:
        press(page, "I don\u2019t know")
    assert answer.value.status == 204
    assert len(cards(path)) == 1
    assert page.get_by_text("progress.json beside your lessons keeps when each is due").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.reload()
    assert page.get_by_text(f"1 of {len(QUIZ) - 1}, from lesson 03").first.is_visible()
    assert complaints == []
    assert {url.removesuffix("cards") for url in requests} == {running.address}
    running.known.clear()  # as another server would
    press(page, "I don\u2019t know")
    page.get_by_text("The last answer could not be kept").first.wait_for()
    page.context.close()
