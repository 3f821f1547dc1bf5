"""GradientStamps: its sum is torch's gradient, in Python and in the page."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cnnlab import widgets
from cnnlab.errors import ShapeError
from tests.widgets.helpers import in_node, needs_node, seed


def case(stride, rows=3, columns=2, size=(2, 3)):
    gradient = torch.randn(rows, columns, generator=seed(stride), dtype=torch.float64)
    kernel = torch.randn(*size, generator=seed(9), dtype=torch.float64)
    every = [[row, column] for row in range(rows) for column in range(columns)]
    expected = F.conv_transpose2d(gradient[None, None], kernel[None, None], stride=stride)[0, 0]
    return gradient, kernel, every, expected


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_all_stamps_are_the_gradient_of_the_image(stride):
    gradient, kernel, every, expected = case(stride)
    stamps = widgets.GradientStamps(gradient, kernel, stride=stride)
    stamps.stamped = every
    assert np.allclose(stamps.image_gradient, expected)
    image = torch.zeros(expected.shape, dtype=torch.float64, requires_grad=True)
    output = F.conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]
    output.backward(gradient)
    assert np.allclose(stamps.image_gradient, image.grad)


@needs_node
def test_the_page_adds_as_torch_does():
    states, expected = [], []
    for stride in (1, 2, 3):
        gradient, kernel, every, whole = case(stride)
        numbers = {"gradient": gradient.tolist(), "kernel": kernel.tolist(), "stride": stride}
        states.append([{**numbers, "stamped": every}])
        expected.append(whole)
    for found, whole in zip(in_node("stampsOf", states, "gradient_stamps"), expected, strict=True):
        assert np.allclose(found, whole)


@needs_node
def test_the_page_goes_line_by_line_and_says_what_it_adds():
    state = {"gradient": [[1, 0], [-2, 3]], "kernel": [[1, 2]], "stride": 1}
    states = [[{**state, "stamped": done}] for done in ([[0, 0]], [[0, 1], [0, 0]])]
    states.append([{**state, "stamped": [[0, 0], [0, 1], [1, 0], [1, 1]]}])
    assert in_node("nextOf", states, "gradient_stamps") == [[0, 1], [1, 0], None]
    said = in_node("sentenceOf", [[{**state, "stamped": [[1, 0]]}]], "gradient_stamps")
    assert said[0].startswith("Output (1, 0) has the gradient \u22122: so many times the kernel")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"stride": 0}, "stride=0 must be at least 1"),
        ({"stride": 6}, "the image would be 15x21. Use sizes for at most 12x12"),
        ({"kernel": [1, 2]}, r"kernel has 1 axes, shape \(2,\). Use \(height, width\)"),
        ({"output_gradient": [[float("nan")]]}, r"gradient\[0\]\[0\]=nan is not a finite number"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given, message):
    with pytest.raises(ShapeError, match=message):
        widgets.GradientStamps(**given)


def test_a_cell_that_is_not_there_is_reported():
    stamps = widgets.GradientStamps()
    stamps.stamped = [[3, 0]]
    assert stamps.problem == "stamped holds (3, 0); the gradient is 3x4."
