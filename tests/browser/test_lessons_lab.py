"""Every lesson's widgets in a real JupyterLab, which opens the executed notebook.

No cell runs again. That widgets and kernel hear each other is the part of
test_widgets_lab.py.
"""

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from .helpers import PATIENCE, idle_widgets, widgets_in

pytestmark = pytest.mark.slow

OPENED = "jupyterapp.shell.currentWidget"


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


@pytest.fixture
def in_lab(lesson, notebook, lab, lab_page):
    """The executed lesson, opened in JupyterLab, which trusts it; closed at the end."""
    _, folder = lab
    nbformat.write(notebook, folder / lesson.name)
    NotebookNotary(data_dir=str(folder / "data")).sign(nbformat.read(folder / lesson.name, 4))
    lab_page.evaluate(  # and returns nothing: playwright cannot copy a document
        "async path => { await jupyterapp.commands.execute('docmanager:open', { path }); }",
        lesson.name,
    )
    lab_page.wait_for_function(
        f"path => {OPENED}?.context?.path == path && {OPENED}.sessionContext?.session?.kernel",
        arg=lesson.name,
    )
    yield lab_page
    lab_page.evaluate(f"{OPENED}.sessionContext.shutdown()")
    lab_page.evaluate(f"{OPENED}.dispose()")


def test_every_widget_is_drawn_in_jupyterlab_and_answers(in_lab, notebook):
    in_lab.wait_for_function(
        f"document.querySelectorAll('.cnnlab-widget').length == {widgets_in(notebook)}"
    )
    assert idle_widgets(in_lab) == []
