"""The widgets without a browser: traits, sentences, the twin, and the page's arithmetic in node."""

import base64
import io
import json
import math
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from cnnlab import arithmetic, inspection, models, widgets
from cnnlab.errors import ShapeError
from cnnlab.widgets import base

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "cnnlab" / "widgets"
needs_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
QUESTIONS = [
    {
        "question": "A 3x3 kernel on 8x8 pixels, `padding=1`: how wide is the output?",
        "options": {"6": "That is without </script> padding.", "8": "Padding makes up for it."},
        "answer": "8",
    },
    {
        "question": "How many numbers does `Conv2d(3, 8, 3)` learn?",
        "options": {"216": "And the biases?", "224": "8 times 27, and 8 biases."},
        "answer": "224",
    },
]
EVERY = {
    "ConvolutionStepper": lambda: widgets.ConvolutionStepper(),
    "CostTable": lambda: widgets.CostTable(),
    "Frames": lambda: widgets.Frames(torch.eye(4).expand(2, 3, 4, 4), ["one", "two </script>"]),
    "KernelPainter": lambda: widgets.KernelPainter(),
    "NetworkExplorer": lambda: explorer(strided()),
    "OutputSizeRuler": lambda: widgets.OutputSizeRuler(),
    "Quiz": lambda: widgets.Quiz(QUESTIONS),
    "ReceptiveField": lambda: widgets.ReceptiveField(
        strided(), torch.rand(3, 9, 12, generator=seed(8))
    ),
}


def seed(number):
    return torch.Generator().manual_seed(number)


def strided():
    """A network whose fields differ along height and width."""
    torch.manual_seed(7)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, (3, 5), padding=(1, 2)),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d((2, 3)),
        torch.nn.Conv2d(4, 2, 3, padding=1, bias=False),
        torch.nn.Flatten(),
        torch.nn.Linear(32, 2),
    )


def explorer(model, count=2, **options):
    pictures = torch.rand(count, 3, 9, 12, generator=seed(8))
    return widgets.NetworkExplorer(model, pictures, **{"classes": ["cat", "dog"], **options})


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
    [shown] = in_node("problemOf", [[stepper._page_state()]], "stepping")
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
    [answer] = in_node("judge", [[stepper._page_state(), 0, 0, guess]], "stepping")
    assert answer["right"] is right
    assert text in answer["text"]


# Quiz


def test_quiz_hides_its_answers_from_the_source():
    twin = widgets.Quiz(QUESTIONS)._twin()
    assert "biases" not in twin
    assert "224" not in twin


def test_quiz_knows_what_is_right():
    quiz = widgets.Quiz(QUESTIONS)
    quiz.chosen = [0, 1]
    assert quiz.right == [False, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "7"}, r"question 1: answer='7' is not among its options \['6', '8'\]"),
        ({"options": {"8": "Yes."}}, "question 1 has 1 options. Give at least 2"),
        ({"hint": "?"}, r"question 1 has \['answer', 'hint', 'options', 'question'\]. Give it"),
    ],
)
def test_quiz_refuses_what_is_no_question(change, message):
    with pytest.raises(ValueError, match=message):
        widgets.Quiz([{**QUESTIONS[0], **change}])


def test_quiz_refuses_no_questions():
    with pytest.raises(ValueError, match="questions is empty"):
        widgets.Quiz([])


@needs_node
def test_quiz_page_reads_what_python_wrote():
    quiz = widgets.Quiz([{"question": "é?", "options": {"ü": "\u2212", "b": "c"}, "answer": "b"}])
    [decoded] = in_node("decode", [[quiz._page_state()["questions"]]], "quiz")
    assert decoded == quiz.questions


# OutputSizeRuler


def test_ruler_counts_the_sizes_of_the_lesson():
    sizes = [(26, 7, 2, 2, 2), (14, 5, 1, 3, 3), (32, 3, 2, 0, 1)]
    rulers = [
        widgets.OutputSizeRuler(i, k, stride=s, padding=p, dilation=d) for i, k, s, p, d in sizes
    ]
    assert [ruler.output_size for ruler in rulers] == [9, 8, 15]


def test_ruler_unread_pixels_are_those_without_a_gradient():
    image = torch.ones(1, 1, 11, requires_grad=True)
    F.conv1d(image, torch.ones(1, 1, 2), stride=4, padding=1, dilation=2).sum().backward()
    unread = (image.grad[0, 0] == 0).nonzero()[:, 0].tolist()
    assert widgets.OutputSizeRuler(11, 2, stride=4, padding=1, dilation=2).unread == unread


@needs_node
def test_ruler_page_agrees_with_python():
    generator = torch.Generator().manual_seed(2)
    sizes = torch.randint(0, 8, (150, 5), generator=generator).tolist()
    rulers = [
        widgets.OutputSizeRuler(i + 4, k, stride=s, padding=p, dilation=d)
        for i, k, s, p, d in sizes
    ]
    states = [[ruler._page_state()] for ruler in rulers]
    module = "output_size_ruler"
    assert in_node("problemOf", states, module) == [ruler.problem for ruler in rulers]
    fitting = [ruler for ruler in rulers if not ruler.problem]
    assert 30 < len(fitting) < 120
    unread = in_node("unreadOf", [[ruler._page_state()] for ruler in fitting], module)
    assert unread == [ruler.unread for ruler in fitting]


# CostTable


def test_cost_table_counts_as_describe_does():
    model = torch.nn.Sequential(
        torch.nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=2),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(8 * 8 * 8, 10),
    )
    conv = {"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2}
    layers = [
        {"kind": "conv", **conv},
        {"kind": "pool"},
        {"kind": "dense", "out_features": 10},
    ]
    rows = widgets.CostTable(layers, (4, 32, 32)).rows
    described = arithmetic.describe(model, (4, 32, 32))
    assert sum(row["parameters"] for row in rows) == described.parameters
    assert sum(row["macs"] for row in rows) == described.macs
    assert [row["output_shape"] for row in rows] == [(8, 16, 16), (8, 8, 8), (10,)]
    assert [row["receptive_field"] for row in rows] == [3, 5, None]


COSTS = [
    ([], (3, 8, 8), ""),
    (None, (3, 32, 32), ""),
    ([{"kind": "conv", "out_channels": 6, "groups": 3}, {"kind": "pool"}], (3, 9, 12), ""),
    ([{"kind": "conv", "groups": 2}], (3, 8, 8), "Layer 1, conv: groups=2 does not divide"),
    ([{"kind": "pool", "kernel_size": 9}], (3, 8, 8), "Layer 1, pool: kernel spans 9 pixels"),
    ([{"kind": "dense"}, {"kind": "pool"}], (3, 8, 8), "Layer 2, pool: it comes after a dense"),
    ([{"kind": "conv", "stride": 0}], (3, 8, 8), "Layer 1, conv: stride=0 must be at least 1."),
    ([{"kind": "conv", "out_channels": 0}], (3, 8, 8), "Layer 1, conv: out_channels=0 must be"),
    ([{"kind": "dense", "out_features": 0}], (3, 8, 8), "Layer 1, dense: out_features=0 must"),
    ([{"kind": "dense"}], (3, -8, 8), "input height=-8 must be at least 1."),
]


@needs_node
@pytest.mark.parametrize(("layers", "input_shape", "problem"), COSTS)
def test_cost_table_page_agrees_with_python(layers, input_shape, problem):
    table = widgets.CostTable(layers, input_shape)
    state = table._page_state()
    [page] = in_node("costs", [[state["layers"], state["input_shape"]]], "cost_table")
    assert page["problem"] == table.problem
    assert bool(problem) == bool(table.problem)
    assert table.problem.startswith(problem)
    if not problem:
        assert page["rows"] == json.loads(json.dumps(table.rows))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"kind": "relu"}, r"layer 1 has kind='relu'. Use one of \['conv', 'dense', 'pool'\]"),
        ({"kind": "pool", "groups": 2}, r"layer 1, pool, has \['groups'\]. It takes"),
        ({"kind": "conv", "stride": 1.5}, "stride=1.5 is float, not an integer"),
    ],
)
def test_cost_table_refuses_what_is_no_layer(layer, message):
    with pytest.raises(ShapeError, match=message):
        widgets.CostTable([layer])


# KernelPainter


@needs_node
def test_painter_page_answers_as_torch_does():
    generator = torch.Generator().manual_seed(3)
    cases = [(torch.rand(9, 12, generator=generator), size) for size in (1, 3, 5, 7)]
    cases = [(image, torch.randn(size, size, generator=generator)) for image, size in cases]
    answers = in_node("featureMap", [[i.tolist(), k.tolist()] for i, k in cases])
    for (image, kernel), answer in zip(cases, answers, strict=True):
        expected = F.conv2d(image[None, None], kernel[None, None])[0, 0]
        assert torch.allclose(torch.tensor(answer), expected, atol=1e-5)
        painter = widgets.KernelPainter(image, kernel)
        assert torch.allclose(
            torch.tensor(painter.feature_map).float(), expected, atol=0.0006 * kernel.abs().sum()
        )


@needs_node
def test_painter_page_and_python_find_the_same_patch():
    painter = widgets.KernelPainter()
    [place] = in_node("strongest", [[painter.feature_map.tolist()]], "kernel_painter")
    assert tuple(place) == painter.strongest


def test_painter_takes_bytes_as_fractions():
    painter = widgets.KernelPainter(torch.tensor([[0, 51, 255]], dtype=torch.uint8), [[1]])
    assert painter.image == [[0.0, 0.2, 1.0]]


@needs_node
@pytest.mark.parametrize(
    ("image", "kernel"),
    [
        (None, None),
        ([[1, 0]], [[1, 0, -1]]),
        (torch.ones(2, 201), [[1]]),
        (torch.ones(9, 9), torch.ones(9, 8)),
        (None, [[math.nan]]),
    ],
)
def test_painter_page_shows_pythons_sentence(image, kernel):
    painter = widgets.KernelPainter(image, kernel)
    [shown] = in_node("problemOf", [[painter._page_state()]], "kernel_painter")
    assert shown == painter.problem
    assert bool(shown) == (kernel is not None)


def test_painter_takes_a_gray_picture_only():
    with pytest.raises(ShapeError, match=r"image has 3 axes, shape \(3, 4, 4\). Use \(height"):
        widgets.KernelPainter(torch.ones(3, 4, 4))


# Frames


def test_frames_keep_the_pictures():
    generator = torch.Generator().manual_seed(4)
    pictures = torch.randint(0, 256, (3, 3, 5, 7), generator=generator, dtype=torch.uint8)
    frames = widgets.Frames(pictures, "abc", start=2)
    assert frames.index == 2
    assert frames.pictures == widgets.Frames(pictures / 255, "abc").pictures
    for uri, picture in zip(frames.pictures, pictures, strict=True):
        file = io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,")))
        assert (np.asarray(Image.open(file)) == picture.permute(1, 2, 0).numpy()).all()


def test_a_page_of_twenty_pictures_stays_small():
    noise = torch.rand(20, 3, 32, 32, generator=torch.Generator().manual_seed(5))
    assert len(widgets.Frames(noise, ["noise"] * 20)._twin()) < 130_000


GRAY = torch.zeros(2, 1, 3, 3)


@pytest.mark.parametrize(
    ("pictures", "options", "message"),
    [
        (torch.zeros(2, 2, 3, 3), {}, r"pictures\[0\] has shape \(2, 3, 3\). Use \(channels"),
        (torch.zeros(2, 3, 3), {}, r"pictures\[0\] has shape \(3, 3\)"),
        ([GRAY[0], GRAY[0] - 1], {}, r"pictures\[1\] has values from -1 to -1. Use uint8"),
        (GRAY / 0, {}, r"pictures\[0\] has values from nan to nan"),
        (GRAY[:0], {"captions": []}, "there are 0 pictures"),
        (GRAY, {"captions": ["a"]}, "there are 1 captions and 2 pictures"),
        (GRAY, {"start": 2}, "start=2 is no picture. Use 0 to 1."),
        (GRAY, {"bars": torch.ones(2, 3)}, r"bars has shape \(2, 3\) for 2 pictures and no cl"),
        (GRAY, {"bars": torch.ones(2, 3), "classes": "ab"}, "for 2 pictures and 2 classes"),
        (GRAY, {"bars": -torch.ones(2, 2), "classes": "ab"}, "bars has values from -1 to -1"),
        (GRAY, {"classes": "ab"}, "classes name the bars, and there are none"),
    ],
)
def test_frames_refuse_what_cannot_be_shown(pictures, options, message):
    with pytest.raises(ShapeError, match=message):
        widgets.Frames(pictures, **{"captions": ["a", "b"], **options})


def test_frames_name_their_limit():
    noise = torch.rand(9, 3, 300, 300, generator=torch.Generator().manual_seed(6))
    with pytest.raises(ShapeError, match=r"9 pictures take 3,.* more than 2,000,000. Give fewer"):
        widgets.Frames(noise, ["noise"] * 9)


@needs_node
@pytest.mark.parametrize("index", [0, 1, 2, -1])
def test_frames_page_shows_pythons_sentence(index):
    frames = widgets.Frames(GRAY, "ab")
    frames.index = index
    [shown] = in_node("problemOf", [[frames._page_state()]], "frames")
    assert shown == frames.problem
    assert bool(shown) == (index not in (0, 1))


@needs_node
def test_frames_say_the_caption_and_the_likeliest_class():
    bars = torch.tensor([[0.2, 0.8], [0.997, 0.003]])
    frames = widgets.Frames(GRAY, ["A.", "B."], bars=bars, classes=["cat", "dog"])
    states = [[{**frames._page_state(), "index": index}] for index in (0, 1)]
    assert in_node("sentenceOf", states, "frames") == ["A. dog 80%", "B. cat >99%"]


@needs_node
def test_percentages_are_rounded_but_never_to_nothing_or_all():
    fractions = [0, 0.0001, 0.0049, 0.005, 0.126, 0.9949, 0.9999, 1]
    words = in_node("formatPercent", [[value] for value in fractions], "class_bars")
    assert words == ["0%", "<1%", "<1%", "1%", "13%", "99%", ">99%", "100%"]


# ReceptiveField


def every_unit(layer):
    return [[row, column] for row in layer["rows"] for column in layer["columns"]]


@needs_node
def test_field_page_knows_the_window_and_the_gradient():
    model, image = strided(), torch.rand(3, 9, 12, generator=seed(8))
    field = widgets.ReceptiveField(model, image)
    assert [layer["name"] for layer in field.layers] == ["0", "2", "3"]
    assert [layer["title"] for layer in field.layers][:2] == ["conv 3\u00d75", "max pool 2\u00d73"]
    bytes_of_image = (image * 255).round() / 255
    for number, layer in enumerate(field.layers):
        units = every_unit(layer)
        gradients = in_node(
            "gradientOf", [[layer, u, field.size] for u in units], "receptive_field"
        )
        for unit, found in zip(units, gradients, strict=True):
            field.layer, field.unit = number, unit
            (top, bottom), (left, right) = field.window
            gradient = inspection.unit_gradient(
                model, bytes_of_image[None], layer["name"], unit=tuple(unit)
            )
            inside = gradient[top:bottom, left:right]
            assert gradient.sum() == pytest.approx(inside.sum())
            assert (found["height"], found["width"]) == inside.shape
            expected = inside.flatten() * 255 / inside.max()
            assert torch.tensor(found["values"]).sub(expected).abs().max() <= 0.51


@needs_node
def test_field_page_measures_the_effective_size_as_the_lesson_does():
    gradients = [torch.rand(size, generator=seed(9)) ** 3 for size in ((3, 3), (7, 4), (1, 9))]
    shapes = [
        {"height": len(g), "width": len(g[0]), "values": g.flatten().tolist()} for g in gradients
    ]
    sizes = in_node("effectiveSize", [[shape] for shape in shapes], "receptive_field")
    assert sizes == pytest.approx([inspection.effective_size(g) for g in gradients], rel=1e-5)
    zeros = {"height": 1, "width": 2, "values": [0, 0]}
    assert in_node("effectiveSize", [[zeros]], "receptive_field") == [None]


@needs_node
def test_field_page_finds_the_unit_that_looks_at_a_pixel():
    layer = {"units": [4, 8], "fields": [{"size": 6, "stride": 2, "start": -2}] * 2}
    places = [[0, 0], [0.5, 0.5], [1.4, 1.6], [99, -99], [4.5, 6.5]]
    units = in_node("unitAt", [[layer, place] for place in places], "receptive_field")
    assert units == [[0, 0], [0, 0], [0, 1], [3, 0], [2, 3]]
    middles = in_node("middleOf", [[layer, unit] for unit in units], "receptive_field")
    assert middles[-1] == [4.5, 6.5]


@needs_node
def test_field_page_tells_what_lies_in_the_padding():
    field = widgets.ReceptiveField(strided(), torch.rand(3, 9, 12, generator=seed(8)))
    field.layer, field.unit = 0, [0, 11]
    [sentences] = in_node("sentencesOf", [[field._page_state()]], "receptive_field")
    assert sentences[0] == (
        "It can see 3\u00d75 pixels. Of these, 1 row and 2 columns lie in the padding."
    )
    assert sentences[2] == "The next unit looks 1 pixel further."
    field.layer, field.unit = 2, [2, 2]
    [sentences] = in_node("sentencesOf", [[field._page_state()]], "receptive_field")
    assert sentences[2] == "The next unit looks 2 pixels down or 3 pixels right further."


@needs_node
@pytest.mark.parametrize(
    ("layer", "unit", "sentence"),
    [
        (0, [8, 11], ""),
        (3, [0, 0], "layer=3 is not shown. Use 0 to 2."),
        (1, [4, 0], "unit row=4 is not in the layer. Use 0 to 3."),
        (2, [0, -1], "unit column=-1 is not in the layer. Use 0 to 3."),
    ],
)
def test_field_page_shows_pythons_sentence(layer, unit, sentence):
    field = widgets.ReceptiveField(strided(), torch.zeros(3, 9, 12))
    field.layer, field.unit = layer, unit
    [shown] = in_node("problemOf", [[field._page_state()]], "receptive_field")
    assert shown == field.problem == sentence


def test_field_page_of_a_real_network_stays_small():
    field = widgets.ReceptiveField(models.SmallCNN(), torch.rand(3, 32, 32, generator=seed(8)))
    assert len(field._twin()) < 500_000
    assert [len(layer["rows"]) for layer in field.layers] == [8, 8, 8, 8, 8, 8, 1]
    deep = widgets.ReceptiveField(models.FastCNN(width=2), torch.rand(3, 64, 64, generator=seed(8)))
    assert 200_000 < len(deep._twin()) < 500_000
    assert {len(layer["rows"]) for layer in deep.layers[:-1]} < {3, 4, 5, 6, 7}


@pytest.mark.parametrize(
    ("model", "layers", "message"),
    [
        (models.MLP, None, "MLP has no layer whose units look at a part of the picture"),
        (models.SimpleCNN, ["linear"], "layer 'linear' has no receptive field on the picture"),
        (models.SimpleCNN, ["con"], "'con' is no layer of SimpleCNN. Did you mean conv?"),
    ],
)
def test_field_refuses_a_layer_without_one(model, layers, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        widgets.ReceptiveField(model(), torch.zeros(3, 32, 32), layers=layers)


# NetworkExplorer


class Branches(torch.nn.Module):
    """What a learner may write: functions, a residual sum, groups, a stride, a dilation."""

    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm2d(3)
        self.first = torch.nn.Conv2d(3, 6, (3, 2), padding=(1, 0))
        self.second = torch.nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=3, bias=False)
        self.third = torch.nn.Conv2d(6, 4, 3, stride=2, padding="valid")
        self.linear = torch.nn.Linear(4, 2)

    def forward(self, images):
        maps = F.relu(self.first(self.norm(images)))
        maps = maps + torch.tanh(self.second(maps))
        maps = F.avg_pool2d(F.max_pool2d(maps, 3, stride=1, padding=1), 2)
        return self.linear(F.silu(self.third(maps.sigmoid())).amax(dim=(2, 3)))


def branches():
    torch.manual_seed(11)
    model = Branches()
    model(torch.rand(8, 3, 9, 12))  # gives the batch norm something to remember
    return model


def shipped(name):
    torch.manual_seed(12)
    if name == "SmallCNN":
        return models.SmallCNN(2, widths=(4, 5, 6, 7))
    if name == "FastCNN":
        return models.FastCNN(2, width=4)
    return {"Branches": branches, "strided": strided}[name]()


def torchs_maps(model, picture):
    """Return the output of each module and function that the page computes as well."""
    with models.in_eval_mode(model), torch.no_grad():
        graph = torch.fx.symbolic_trace(model)
        values = [picture]

        class Recorder(torch.fx.Interpreter):
            def run_node(self, n):
                result = super().run_node(n)
                if n.op.startswith("call") and result.dim() == 4:
                    values.append(result)
                return result

        Recorder(graph).run(picture)
    return values


@needs_node
@pytest.mark.parametrize("name", ["SmallCNN", "FastCNN", "Branches", "strided"])
def test_explorer_page_computes_every_map_as_torch_does(name):
    model, pictures = shipped(name), torch.rand(1, 3, 16, 20, generator=seed(13))
    pictures = (pictures * 255).round() / 255
    if name == "strided":
        pictures = pictures[:, :, :9, :12]
    shown = widgets.NetworkExplorer(model, pictures, classes=["cat", "dog"])
    case = [shown.steps, shown.numbers, shown.pictures[0]]
    [found] = in_node("forwardPlain", [case], "network")
    expected = torchs_maps(model, pictures)
    assert [step["shape"] for step in shown.steps] == [list(maps.shape[1:]) for maps in expected]
    for step, values, maps in zip(shown.steps, found, expected, strict=True):
        assert torch.allclose(torch.tensor(values), maps.flatten(), atol=1e-5), step
    with models.in_eval_mode(model), torch.no_grad():
        assert shown.probabilities[0] == pytest.approx(
            model(pictures).softmax(dim=1)[0].tolist(), abs=1e-4
        )


@needs_node
def test_explorer_page_takes_a_number_apart_as_torch_does():
    model, pictures = branches(), (torch.rand(1, 3, 9, 12, generator=seed(8)) * 255).round() / 255
    shown = widgets.NetworkExplorer(model, pictures, classes=["cat", "dog"])
    maps = torchs_maps(model, pictures)
    numbers = np.frombuffer(base64.b64decode(shown.numbers), "<f4").tolist()
    for place, layer in ((2, model.first), (4, model.second), (10, model.third)):
        step, before = shown.steps[place], maps[shown.steps[place]["from"][0]]
        assert step["kind"] == "conv"
        source = {"shape": list(before.shape[1:]), "values": before.flatten().tolist()}
        map_, cell = step["shape"][0] - 1, [step["shape"][1] - 1, 1]
        [found] = in_node("partsPlain", [[step, numbers, source, map_, cell]], "network")
        alone = torch.zeros_like(before).repeat(step["inputs"], 1, 1, 1)
        for i in range(step["inputs"]):
            alone[i, found["first"] + i] = before[0, found["first"] + i]
        with torch.no_grad():
            bias = 0 if layer.bias is None else layer.bias[map_].item()
            planes = layer(alone)[:, map_] - bias
        assert found["bias"] == pytest.approx(bias)
        assert found["parts"] == pytest.approx(planes[:, cell[0], cell[1]].tolist(), abs=1e-5)
        assert torch.allclose(torch.tensor(found["planes"]), planes.flatten(1), atol=1e-5)


@needs_node
def test_explorer_words_a_number_as_it_was_computed():
    relu = {"kind": "activation", "function": "relu"}
    pool = {"kind": "pool", "mode": "max"}
    norm = {"kind": "affine", "scale": 0, "shift": 2}
    cases = [
        [relu, [], 0, [-1.5], 0],
        [{"kind": "sum"}, [], 0, [1, -2], -1],
        [pool, [], 0, [1, 3, 2, 0], 3],
        [{**pool, "mode": "average"}, [], 0, [1, 2, 3, 4, 5], 3],
        [norm, [9, -2, 9, -0.5], 1, [3], -6.5],
    ]
    assert in_node("formulaOf", cases, "network_explorer") == [
        "max(0, \u22121.5) = 0",
        "1 + (\u22122) = \u22121",
        "largest of 1, 3, 2, 0 = 3",
        "mean of 5 numbers = 3",
        "(\u22122) \u00d7 3 \u2212 0.5 = \u22126.5",
    ]
    sums = [[[1, 2, -4], [2, 0], 0.5, True], [[1, 2], [0, 1], 0, False]]
    assert in_node("sumOf", sums, "network_explorer") == [
        "\u22124 + 1 + 2 from the other map + 0.5 bias = \u22120.5",
        "1 + 2 = 3",
    ]


@needs_node
def test_explorer_orders_many_input_maps_by_strength():
    cases = [[[1, 5, 2]], [[0, 9, 3, 9, 1, 2, 4]]]
    assert in_node("orderOf", cases, "network_explorer") == [[0, 1, 2], [1, 3, 6, 2, 5, 4, 0]]


@needs_node
def test_explorer_follows_a_map_until_it_meets_another():
    fast = explorer(shipped("FastCNN")).steps
    places = [i for i, step in enumerate(fast) if step["kind"] == "conv"]
    chains = in_node("chainFrom", [[fast, place] for place in places[:4]], "network")
    titles = [[fast[place]["title"].split()[0] for place in chain] for chain in chains]
    assert titles == [
        ["batch", "ReLU"],
        ["batch", "ReLU", "max"],
        ["batch", "ReLU"],
        ["batch", "ReLU"],  # then the sum
    ]


@needs_node
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, ""),
        ({"picture": 2}, "picture=2 is not there. Use 0 to 1."),
        ({"step": -1}, "step=-1 is not there. Use 0 to 4."),
        ({"map": 4}, "map=4 is not there. Use 0 to 3."),
        ({"cell": [9, 0]}, "row=9 is not there. Use 0 to 8."),
        ({"cell": [8, 12]}, "column=12 is not there. Use 0 to 11."),
    ],
)
def test_explorer_page_shows_pythons_sentence(values, sentence):
    shown = explorer(strided())
    for name, value in values.items():
        setattr(shown, name, value)
    [page] = in_node("problemOf", [[shown._page_state()]], "network")
    assert page == shown.problem == sentence


def test_a_page_of_a_real_network_and_three_pictures_stays_small():
    pictures = torch.rand(3, 3, 32, 32, generator=seed(8))
    shown = widgets.NetworkExplorer(models.SmallCNN(), pictures, classes=[*"abcdefghij"])
    assert len(shown._twin()) < 500_000
    assert shown.rest == ["Flatten", "Linear"]


def test_explorer_leaves_the_model_as_it_was():
    model = models.SmallCNN(2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    explorer(model)
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (models.LeNet5(2), {"size": 32}, "LeNet5 cannot be followed: its forward does more than"),
        (models.MLP(2), {"size": 32}, "MLP has no convolution that NetworkExplorer can reach: it"),
        (strided(), {"classes": ["a"]}, "the model gives (2, 2) for 2 images, but there are 1 cl"),
        (strided(), {"labels": [0, 2]}, "labels=[0, 2] for 2 images and 2 classes"),
        (strided(), {"count": 5}, "there are 5 images. Give 1 to 4."),
        (models.SmallCNN(2), {"size": 97}, "images are 97x97 pixels. NetworkExplorer takes at"),
        (models.FastCNN(2, width=16), {}, "weights, more than the 260,000 that a page may take"),
    ],
)
def test_explorer_refuses_what_it_cannot_draw(model, options, message):
    size = options.pop("size", None)
    shape = (size, size) if size else (9, 12)
    pictures = torch.zeros(options.pop("count", 2), 3, *shape)
    with pytest.raises(ShapeError, match=re.escape(message)):
        widgets.NetworkExplorer(model, pictures, **{"classes": ["cat", "dog"], **options})
