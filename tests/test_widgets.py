"""The widgets without a browser: traits, sentences, the twin, and the page's arithmetic in node."""

import json
import math
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from cnnlab import arithmetic, widgets
from cnnlab.errors import ShapeError
from cnnlab.widgets import base

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "cnnlab" / "widgets"
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
EVERY = {
    "ConvolutionStepper": lambda: widgets.ConvolutionStepper(),
}


@pytest.fixture(params=EVERY)
def widget(request):
    return EVERY[request.param]()


def in_node(function, cases, module="arithmetic"):
    """Call an exported function of a widget's file on each list of arguments."""
    command = ["node", str(ROOT / "tests/arithmetic_cases.mjs"), function]
    done = subprocess.run(
        [*command, str(FOLDER / f"{module}.mjs")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def size_or_sentence(function, **options):
    try:
        return function(**options)
    except ShapeError as error:
        return {"error": str(error)}


# Every widget


def test_every_widget_is_listed():
    assert set(EVERY) == set(widgets.__all__)


def test_bundle_has_the_view_the_twin_and_the_name(widget):
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == repr(widget)
    assert "render({ model" in data["text/html"]


def test_twin_and_name_are_the_same_every_time(widget):
    again = EVERY[type(widget).__name__]()
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
    assert set(re.findall(r"\.([a-z][\w-]*)", css)) == set(re.findall(r"\.(cnnlab-[\w-]*)", css))


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
    pages = {f"cnnlab/widgets/{p.name}" for p in FOLDER.iterdir() if p.suffix in (".mjs", ".css")}
    assert pages
    assert pages <= set(names)


# Numbers from any library


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
def test_what_is_no_picture_is_refused(value, message):
    stepper = widgets.ConvolutionStepper()
    with pytest.raises(ShapeError, match=message):
        stepper.image = value


def test_no_number_breaks_the_state():
    stepper = widgets.ConvolutionStepper([[1.0, math.nan], [math.inf, 0]], [[1]])
    assert stepper._page_state()["image"] == [[1.0, "nan"], ["inf", 0]]
    assert stepper.problem == "image[0][1]=nan is not a finite number. Use an ordinary number."


# ConvolutionStepper


def test_stepper_output_is_torchs():
    image, kernel = torch.randn(3, 7, 9), torch.randn(3, 2, 3)
    stepper = widgets.ConvolutionStepper(image, kernel, stride=2, padding=1, dilation=2, bias=0.5)
    expected = F.conv2d(image[None], kernel[None], torch.tensor([0.5]), 2, 1, 2)[0, 0]
    assert torch.allclose(torch.tensor(stepper.output).float(), expected, atol=1e-5)


def test_stepper_output_of_numbers_that_do_not_fit_is_an_error():
    with pytest.raises(ShapeError, match="kernel spans 9 pixels"):
        _ = widgets.ConvolutionStepper(dilation=4).output


def test_stepper_takes_a_whole_number_only():
    with pytest.raises(ShapeError, match=r"stride=1.5 is float, not an integer"):
        widgets.ConvolutionStepper(stride=1.5)


def random_settings(count):
    generator = torch.Generator().manual_seed(0)

    def draw(low, high):
        return int(torch.randint(low, high + 1, (), generator=generator))

    while count:
        channels, height, width = draw(1, 3), draw(3, 9), draw(3, 9)
        kernel = (channels, draw(1, 4), draw(1, 4))
        options = {"stride": draw(1, 3), "padding": draw(0, 2), "dilation": draw(1, 2)}
        if any(
            options["dilation"] * (k - 1) + 1 > n + 2 * options["padding"]
            for n, k in zip((height, width), kernel[1:], strict=True)
        ):
            continue
        image = torch.randn(channels, height, width, generator=generator, dtype=torch.float64)
        weights = torch.randn(kernel, generator=generator, dtype=torch.float64)
        yield image, weights, options, float(image[0, 0, 0])
        count -= 1


@needs_node
def test_page_convolves_as_torch_does():
    settings = list(random_settings(240))
    cases = [[i.tolist(), k.tolist(), {**o, "bias": b}] for i, k, o, b in settings]
    mismatches = [
        options
        for (image, kernel, options, bias), answer in zip(
            settings, in_node("convolve", cases), strict=True
        )
        if not torch.allclose(
            torch.tensor(answer, dtype=torch.float64),
            F.conv2d(image[None], kernel[None], torch.tensor([bias]).double(), **options)[0, 0],
        )
    ]
    assert mismatches == []


@needs_node
def test_page_and_python_give_the_same_sizes_and_sentences():
    generator = torch.Generator().manual_seed(1)
    names = ("input_size", "kernel_size", "stride", "padding", "dilation")
    keys = ("inputSize", "kernelSize", "stride", "padding", "dilation")
    rows = [*torch.randint(-1, 9, (400, 5), generator=generator).tolist(), [5, 3, 1.5, 0, 1]]
    answers = in_node("convOutputSize", [[dict(zip(keys, row, strict=True))] for row in rows])
    expected = [
        size_or_sentence(arithmetic.conv_output_size, **dict(zip(names, row, strict=True)))
        for row in rows
    ]
    assert answers == expected
    assert 50 < sum(isinstance(answer, dict) for answer in answers) < len(rows) - 50


@needs_node
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dilation": 4},
        {"kernel": torch.ones(7, 2)},
        {"stride": 0},
        {"padding": -1},
        {"padding": 8},
        {"image": torch.ones(3, 4, 4), "kernel": [[1]]},
        {"image": [[1, math.nan]], "kernel": [[1]]},
        {"kernel": [[1, -math.inf]]},
        {"bias": math.nan},
    ],
)
def test_stepper_page_shows_pythons_sentence(options):
    stepper = widgets.ConvolutionStepper(**options)
    [shown] = in_node("problemOf", [[stepper._page_state()]], "convolution_stepper")
    assert shown == stepper.problem
    assert bool(shown) == bool(options)


@needs_node
@pytest.mark.parametrize(
    ("guess", "right", "text"),
    [
        (-3, True, "Right: \u22123."),
        (-3.004, True, "Right: \u22123."),
        (-4, False, "bias is still to be added"),
        (9, False, "turns the kernel around"),
        (11, False, "Mind the minus signs"),
        (14, False, "adds up the pixels"),
        (100, False, "Off: you wrote 100, the sum is \u22123."),
    ],
)
def test_stepper_names_the_slip_in_a_prediction(guess, right, text):
    # bias 1: the sum is 2 * 1 + 3 * 0 + 1 * 1 + 7 * -1 = -4
    stepper = widgets.ConvolutionStepper([[2, 3], [1, 7]], [[1, 0], [1, -1]], bias=1)
    [answer] = in_node("judge", [[stepper._page_state(), 0, 0, guess]], "convolution_stepper")
    assert answer["right"] is right
    assert text in answer["text"]
