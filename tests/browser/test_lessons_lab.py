"""Every lesson's widgets in a real JupyterLab, which opens the executed notebook.

No cell runs again. That widgets and kernel hear each other is the part of
test_widgets_lab.py.
"""

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from playwright.sync_api import TimeoutError

from .helpers import PATIENCE, idle_widgets, widgets_in

pytestmark = pytest.mark.slow

OPENED = "jupyterapp.shell.currentWidget"
TRIES = 3


@pytest.fixture(scope="session")
def lab_page(lab, chromium):
    """JupyterLab in Chromium, without a document."""
    address, _ = lab
    page = chromium.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/lab?reset")
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
    page.evaluate("void jupyterapp.commands.execute('application:toggle-left-area')")
    yield page
    page.context.close()


def opened(page, name):
    """Open a notebook in JupyterLab, and wait for its kernel."""
    page.evaluate(  # and returns nothing: playwright cannot copy a document
        "async path => { await jupyterapp.commands.execute('docmanager:open', { path }); }", name
    )
    page.wait_for_function(
        f"path => {OPENED}?.context?.path == path && {OPENED}.sessionContext?.session?.kernel",
        arg=name,
    )


def close(page):
    page.evaluate(f"{OPENED}.sessionContext.shutdown()")
    page.evaluate(f"{OPENED}.dispose()")


@pytest.fixture
def in_lab(lesson, notebook, lab, lab_page):
    """The executed lesson, opened in JupyterLab, which trusts it; closed at the end.

    Where the kernel's first answer is lost, ipywidgets' manager draws no widget and says nothing
    (`restoreWidgets` catches every error). Then the lesson is opened again, as a reader would.
    """
    _, folder = lab
    nbformat.write(notebook, folder / lesson.name)
    NotebookNotary(data_dir=str(folder / "data")).sign(nbformat.read(folder / lesson.name, 4))
    drawn = f"document.querySelectorAll('.cnnlab-widget').length == {widgets_in(notebook)}"
    for left in reversed(range(TRIES)):
        opened(lab_page, lesson.name)
        try:
            lab_page.wait_for_function(drawn, timeout=PATIENCE / 2)
            break
        except TimeoutError:
            if not left:
                raise
            close(lab_page)
    yield lab_page
    close(lab_page)


def test_every_widget_is_drawn_in_jupyterlab_and_answers(in_lab):
    assert idle_widgets(in_lab) == []
