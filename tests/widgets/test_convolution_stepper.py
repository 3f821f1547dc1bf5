"""ConvolutionStepper against torch, and its page against Python."""

import math

import pytest
import torch
from torch.nn import functional as F

from cnnlab import arithmetic, widgets
from cnnlab.errors import ShapeError
from tests.widgets.helpers import in_node, needs_node


def size_or_sentence(function, **options):
    try:
        return function(**options)
    except ShapeError as error:
        return {"error": str(error)}


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
        (100, False, "Not 100. Try again, or press Show."),
    ],
)
def test_stepper_names_the_slip_in_a_prediction(guess, right, text):
    # bias 1: the sum is 2 * 1 + 3 * 0 + 1 * 1 + 7 * -1 = -4
    stepper = widgets.ConvolutionStepper([[2, 3], [1, 7]], [[1, 0], [1, -1]], bias=1)
    [answer] = in_node("judge", [[stepper._page_state(), 0, 0, guess]], "convolution_stepper")
    assert answer["right"] is right
    assert text in answer["text"]
    assert ("\u22123." in answer["text"]) is right  # a wrong guess can be corrected


@pytest.mark.parametrize(
    ("widget", "position"),
    [
        (widgets.ConvolutionStepper(), [0, 1]),
        (widgets.ConvolutionStepper([[0, 0, 0, 0], [0, 0, 5, 0]], [[1]]), [1, 2]),
        (widgets.ConvolutionStepper([[0, 0], [0, 0]], [[1]]), [0, 0]),
        (widgets.ConvolutionStepper(predict=True), [0, 0]),
        (widgets.ConvolutionStepper(dilation=9), [0, 0]),
    ],
)
def test_it_opens_where_there_is_something_to_see(widget, position):
    assert widget.position == position
    asked = widget.predict
    columns = 1 if widget.problem else widget.output.shape[1]
    assert widget.seen == (0 if asked else position[0] * columns + position[1] + 1)


@needs_node
def test_a_slide_has_room_for_some_padding():
    long = [[-12.5, 1024, 0.125, -0.125]] * 4
    channels = widgets.ConvolutionStepper([[[1] * 4] * 4] * 2, [[[1, 0], [0, 1]]] * 2)
    cases = [
        widgets.ConvolutionStepper(),
        widgets.ConvolutionStepper([[1] * 7] * 7),
        widgets.ConvolutionStepper([[1] * 6] * 6, padding=5),
        widgets.ConvolutionStepper(long),
        channels,
    ]
    rooms = in_node("roomFor", [[each._page_state()] for each in cases], "convolution_stepper")
    assert rooms == [2, 1, 5, 1, 1]
