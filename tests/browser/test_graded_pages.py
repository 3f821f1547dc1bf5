"""A hostile submission in Chromium: no script runs in Formgrader, or on the page of feedback."""

import json
import os
import re
import socket
import subprocess
import sys

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook

from cnnlab.homework.grading import box
from tests.homework import hostile
from tests.homework.conftest import Course
from tests.homework.submissions import cell_of, solved
from tests.homework.test_cleaning import ANSWER, FRAME, PNG, page

from .conftest import wait_for
from .helpers import PATIENCE, Watched, pass_frames

pytestmark = pytest.mark.slow

SHOW = """
from IPython.display import display
payloads, kind = {payloads!r}, {kind!r}
for payload in payloads:
    display({{kind: payload}}, metadata={{kind: {{"width": payload, "isolated": True}}}}, raw=True)
"""
SAY = """
import sys
payloads = {payloads!r}
print(*payloads, sep="\\n")
print(*payloads, sep="\\n", file=sys.stderr)
get_ipython().execution_count = payloads[3]
raise ValueError("\\n".join(payloads))
"""
HONEST = """
from IPython.display import display
display({{"text/html": {frame!r}}}, {{"image/png": {png!r}}}, raw=True)
"""
PAYLOADS = hostile.PAYLOADS
KINDS = [
    *("text/html", "text/markdown", "text/latex", "text/plain", "application/javascript"),
    *("image/svg+xml", "image/png", "application/vnd.jupyter.widget-view+json"),
]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which Eve, who attacks whoever reads her homework, is graded."""
    course = Course(tmp_path_factory.mktemp("hostile-course"))
    notebook = solved(course.read("source", "hw1"), course.read("release", "hw1"))
    answer = cell_of(notebook, "written-templates")
    answer.source = ANSWER + "\n\n".join(PAYLOADS)
    answer.attachments = {"figure.png": {"image/png": PNG}}
    notebook.cells += [new_code_cell(HONEST.format(frame=FRAME, png=PNG))]
    notebook.cells += map(new_markdown_cell, PAYLOADS)
    notebook.cells += [new_code_cell(SHOW.format(payloads=PAYLOADS, kind=kind)) for kind in KINDS]
    notebook.cells += [new_code_cell(SAY.format(payloads=PAYLOADS))]
    course.hand_in("eve", notebook, "hw1")
    course.nbgrader("autograde", "hw1", f"--Run.box={box.problem() is None}")
    return course


@pytest.fixture(scope="module")
def formgrader(course):
    """The address of Eve's page in Formgrader, on a Jupyter server in the course's folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=")
    log = course.root / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *words],
            cwd=course.root,
            env=os.environ | {"JUPYTER_CONFIG_DIR": str(course.root / "config")},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}", server, log)
        with Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
            submission = book.find_submission_notebook("hw1", "hw1", "eve").id
        yield f"http://127.0.0.1:{port}/formgrader/submissions/{submission}/"
    finally:
        server.terminate()
        server.wait(PATIENCE / 1000)


class Victim(Watched):
    """Somebody who opens a page; `dialogs` is what a script asked."""

    def __init__(self, browser, address):
        super().__init__(browser)
        self.dialogs = []
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog), dialog.dismiss()))
        self.context.route(re.compile(r"^http://127\.0\.0\.1:"), lambda route: route.continue_())
        self.page.goto(address)
        pass_frames(self.page)

    def harmed(self):
        """Return what a learner did on the page."""
        page, found = self.page, [*self.dialogs]
        found += [
            url for url in self.requests if not url.startswith("https://cdnjs.cloudflare.com/")
        ]
        links = page.eval_on_selector_all("[href]", "all => all.map(each => each.protocol || '')")
        found += {*links} - {"", "http:", "https:", "file:", "mailto:"}
        found += page.evaluate(
            "[window.ran, document.title === '1', frames.length].filter(Boolean)"
        )
        covers = "[...document.querySelectorAll('#notebook-container *')].filter(each => "
        covers += "['fixed', 'absolute'].includes(getComputedStyle(each).position))"
        return found + page.evaluate(f"{covers}.map(each => each.outerHTML.slice(0, 99))")


def shown(browser, address):
    victim = Victim(browser, address)
    assert victim.harmed() == []
    return victim


def reads_well(page):
    """Look for what is honest in Eve's answer."""
    assert page.get_by_text("is largest where", exact=False).count() >= 1
    assert page.get_by_role("cell", name="0.25").count() == 1
    widths = page.eval_on_selector_all("img[alt='a figure']", "all => all.map(x => x.naturalWidth)")
    assert widths == [1]


@pytest.mark.filterwarnings("ignore:No lexer found")
@pytest.mark.parametrize("place", ["answer", "html", "markdown output", "sizes"])
def test_without_cleaning_a_script_runs(chromium, tmp_path, place):
    payload = "1 src=y onerror=window.ran=1" if place == "sizes" else hostile.IMG
    path = tmp_path / "page.html"
    path.write_text(str(page(hostile.notebook([hostile.PLACES[place](payload)]))), "utf-8")
    assert True in Victim(chromium, path.as_uri()).harmed()


def test_formgrader_runs_nothing(chromium, course, formgrader):
    reads_well(shown(chromium, formgrader).page)


def test_feedback_runs_nothing(chromium, course):
    course.nbgrader("generate_feedback", "hw1", "--force")
    reads_well(shown(chromium, feedback(course).as_uri()).page)


def feedback(course):
    return course.root / "feedback" / "eve" / "hw1" / "hw1.html"


def test_what_was_graded_before_it_was_cleaned_runs_nothing(chromium, course, formgrader):
    graded = course.graded("eve", "hw1")
    cells = [make(payload) for make in hostile.PLACES.values() for payload in PAYLOADS]
    for number, cell in enumerate(cells):
        cell.id = f"hostile-{number}"
        cell.metadata.pop("nbgrader", None)
    uncleaned = hostile.notebook(graded.cells + cells)
    path = course.root / "autograded" / "eve" / "hw1" / "hw1.ipynb"
    path.write_text(json.dumps(uncleaned), "utf-8")
    shown(chromium, formgrader)
    course.nbgrader("generate_feedback", "hw1", "--force")
    shown(chromium, feedback(course).as_uri())
