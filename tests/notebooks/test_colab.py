"""Every lesson with the versions that Colab has, and with Colab's own module played.

What cannot be tried is Colab's page. The versions are in `tests/colab`.
"""

import json
import os

import nbformat
import pytest

from tests import lessons
from tests.colab import PACKAGES, preinstalled

WIDGET = "application/vnd.jupyter.widget-view+json"
VERSIONS = ("IPython", "ipykernel", "ipywidgets", "traitlets", "matplotlib", "numpy", "anywidget")
COLAB_OUTPUT = """
import os
from types import SimpleNamespace

_widgets = SimpleNamespace(_installed_url=None)

def enable_custom_widget_manager():
    _widgets._installed_url = "the manager of Colab"
    with open(os.environ["PLAYED"], "a") as file:
        file.write("widgets\\n")
"""
STARTUP = """
import os
import google.colab.output

def pip(line):
    with open(os.environ["PLAYED"], "a") as file:
        file.write(f"pip {line}\\n")

get_ipython().register_magic_function(pip, "line", "pip")
"""
REPORT = f"""
import json
from importlib import import_module
print(json.dumps({{name: import_module(name).__version__ for name in {VERSIONS}}}))
"""

pytestmark = [pytest.mark.slow, pytest.mark.colab]


@pytest.fixture
def colab(tmp_path):
    """Return the variables of a kernel on Colab, and the file in which its wishes are noted."""
    for name, text in {
        "modules/google/colab/__init__.py": "",
        "modules/google/colab/output.py": COLAB_OUTPUT,
        "ipython/profile_default/startup/pip.py": STARTUP,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    asked = tmp_path / "asked"
    return {
        "COLAB_RELEASE_TAG": "release-colab-external_20260819",
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "PLAYED": str(asked),
        "PYTHONPATH": os.pathsep.join(map(str, (tmp_path / "modules", PACKAGES))),
    }, asked


@pytest.mark.parametrize("path", lessons.LESSONS)
def test_runs_on_colab(path, colab, tmp_path):
    variables, asked = colab
    folder = tmp_path / "content"
    folder.mkdir()
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell(REPORT, id="versions"))
    lessons.run(notebook, folder, **variables)
    assert asked.read_text().splitlines() == ["pip install --quiet cnnlab", "widgets"]
    cells = {cell.id: cell for cell in notebook.cells}
    used = json.loads(cells["versions"].outputs[0].text)
    assert used == {name: preinstalled()[name.lower()] for name in VERSIONS}
    assert "Your progress is kept in /content/cnnlab" in cells["imports"].outputs[0].text
    shown = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    results = [out for out in shown if out.output_type == "execute_result"]  # no progress bar
    views = [out for out in results if WIDGET in out.data]
    assert views
    for view in views:  # what cannot draw the widget shows its HTML
        assert view.metadata[WIDGET].colab.custom_widget_manager.url == "the manager of Colab"
        assert "cnnlab-twin" in view.data.get("text/html", "")
