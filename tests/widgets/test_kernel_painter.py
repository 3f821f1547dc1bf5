"""KernelPainter against torch, and its page against Python."""

import math

import pytest
import torch
from torch.nn import functional as F

from cnnlab import widgets
from cnnlab.errors import ShapeError
from tests.widgets.helpers import in_node, needs_node


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
