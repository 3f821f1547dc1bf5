"""Every lesson's widgets and figures in a real JupyterLab, which opens the executed notebook.

No cell runs again. That widgets and kernel hear each other is the part of
test_widgets_lab.py.
"""

import json
import urllib.request

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from playwright.sync_api import Error

from tests.notebooks.test_lessons_figures import figures_of

from .helpers import PATIENCE, idle_widgets, widgets_in

pytestmark = pytest.mark.slow

PANEL = "jupyterapp.shell.currentWidget"
TRIES = 3


@pytest.fixture(scope="module")
def page(chromium):
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE / 2)
    yield page
    page.context.close()


@pytest.fixture
def in_lab(lesson, notebook, lab):
    """The address of the executed lesson in JupyterLab, which trusts it."""
    address, folder = lab
    nbformat.write(notebook, folder / lesson.name)
    NotebookNotary(data_dir=str(folder / "data")).sign(nbformat.read(folder / lesson.name, 4))
    yield f"{address}/doc/tree/{lesson.name}?reset"
    end_kernels(address)


def end_kernels(address):
    with urllib.request.urlopen(f"{address}/api/kernels", timeout=PATIENCE / 1000) as answer:
        kernels = json.load(answer)
    for kernel in kernels:
        ask = urllib.request.Request(f"{address}/api/kernels/{kernel['id']}", method="DELETE")
        urllib.request.urlopen(ask, timeout=PATIENCE / 1000).close()


def idle_in(page, address, count):
    """Open a notebook; return the classes of those of its widgets on which nothing can be done."""
    page.goto(address)
    page.wait_for_function(f"window.jupyterapp && {PANEL}?.sessionContext?.session?.kernel")
    page.wait_for_function(f"document.querySelectorAll('.cnnlab-widget').length == {count}")
    return idle_widgets(page)


def test_every_widget_answers_in_jupyterlab_and_every_figure_is_described(in_lab, page, notebook):
    """A page that failed is opened again, as a reader would.

    Where the kernel's first answer is lost, ipywidgets' manager draws no widget and says nothing
    (`restoreWidgets` catches every error).
    """
    found = []
    for _ in range(TRIES):
        try:
            found.append(idle_in(page, in_lab, widgets_in(notebook)))
        except Error as error:
            found.append(error)
        if found[-1] == []:
            said = page.locator(".jp-OutputArea-output img").evaluate_all("x => x.map(y => y.alt)")
            assert [text for _, text, _ in figures_of(notebook) if text not in said] == []
            return
    pytest.fail(f"JupyterLab opened it {TRIES} times, and found: {found}")
