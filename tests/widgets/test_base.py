"""What every widget has: its twin, its name, its files, and numbers from any library."""

import json
import math
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
import torch

from cnnlab import widgets
from cnnlab.errors import ShapeError
from cnnlab.widgets import base
from tests.browser.examples import EVERY
from tests.widgets.helpers import FOLDER, ROOT


@pytest.fixture(params=EVERY)
def widget(request):
    return EVERY[request.param]()


def test_every_widget_is_exported():
    pages = {
        path.stem for path in FOLDER.glob("*.py") if "\n    page = " in path.read_text("utf-8")
    }
    missing = pages - {getattr(widgets, name).page for name in widgets.__all__}
    assert not missing, f"Export the widget of {missing} in cnnlab/widgets/__init__.py."


def test_every_widget_has_an_example():
    missing = set(widgets.__all__) - set(EVERY)
    assert not missing, f"Add {missing} to EVERY in tests/browser/examples.py."
    assert {name.partition(",")[0] for name in EVERY} == set(widgets.__all__)


def test_bundle_has_the_view_the_twin_and_the_name(widget):
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == repr(widget)
    assert "render({ model" in data["text/html"]


@pytest.mark.parametrize("name", EVERY)
def test_twin_and_name_are_the_same_every_time(name):
    widget, again = EVERY[name](), EVERY[name]()
    assert widget._twin() == again._twin()
    assert repr(widget) == repr(again)
    assert "0x" not in repr(widget)
    assert widget.model_id not in widget._twin()


def test_twin_asks_for_nothing_from_outside(widget):
    twin = widget._twin()
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|\bimport\b.*from|\bexport\b", twin)
    assert "fetch(" not in twin


def test_page_script_cannot_end_its_script_element(widget):
    script = widget._twin().partition("<script>")[2]
    assert script.count("</script") == 1
    assert script.rstrip().endswith("</script>")
    assert "<!--" not in script


def test_script_json_is_json_whatever_the_strings_hold():
    text = base.script_json({"a": "</script><!-- & \u2028"})
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text) == {"a": "</script><!-- & \u2028"}


def test_every_class_in_the_style_sheet_has_the_prefix(widget):
    css = re.sub(r"/\*.*?\*/|\d\.\d", "", widget._css, flags=re.DOTALL)
    around = {"reveal", "as-page"}  # the deck around a slide, and one that is a page
    names = set(re.findall(r"\.([a-z][\w-]*)", css)) - around
    assert names == set(re.findall(r"\.(cnnlab-[\w-]*)", css))


@pytest.mark.slow
def test_page_files_are_in_the_wheel(tmp_path):
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    source = tmp_path / "source"
    source.mkdir()
    shutil.copytree(ROOT / "cnnlab", source / "cnnlab")
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, source)
    (source / "README.md").write_text("cnnlab")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-q", "-w", str(tmp_path)]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True, timeout=120
    )
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    kinds = (".mjs", ".css", ".js")
    files = (path for path in FOLDER.rglob("*") if path.suffix in kinds)
    pages = {f"cnnlab/widgets/{path.relative_to(FOLDER).as_posix()}" for path in files}
    assert "cnnlab/widgets/fsrs/index.umd.js" in pages
    assert pages
    assert pages <= set(names)


@pytest.mark.parametrize(
    "value",
    [
        torch.ones(2, 3),
        torch.ones(2, 3, requires_grad=True),
        torch.ones(2, 3).numpy(),
        ((1, 1, 1), (1, 1, 1)),
        [torch.ones(3), torch.ones(3)],
    ],
)
def test_numbers_come_from_any_library(value):
    assert base.nested_numbers("image", value, (2,)) == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[1, 2], [3]], r"image has rows of different shapes \[\(1,\), \(2,\)\]"),
        ([], "image has no numbers"),
        ([1, 2], r"image has 1 axes, shape \(2,\). Use \(height, width\) or \(channels"),
        (torch.ones(1, 1, 2, 2), "image has 4 axes"),
        ([[1, "a"]], r"image\[0\]\[1\]='a' is str, not a number"),
        (None, "image=None is NoneType, not a number"),
    ],
)
def test_what_is_not_an_image_is_refused(value, message):
    stepper = widgets.ConvolutionStepper()
    with pytest.raises(ShapeError, match=message):
        stepper.image = value


def test_no_number_breaks_the_state():
    stepper = widgets.ConvolutionStepper([[1.0, math.nan], [math.inf, 0]], [[1]])
    assert stepper._page_state()["image"] == [[1.0, "nan"], ["inf", 0]]
    assert stepper.problem == "image[0][1]=nan is not a finite number. Use an ordinary number."
