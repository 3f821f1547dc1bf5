"""Photograph: what is cut out, in Python and in the page, and what the network says of it."""

import base64

import numpy as np
import pytest
import torch

from cnnlab import widgets
from cnnlab.errors import ShapeError
from cnnlab.training import predict
from cnnlab.widgets.photograph import averaged
from tests.browser.examples import Brightness
from tests.widgets.helpers import in_node, needs_node, seed


def test_averaging_by_whole_numbers_is_the_mean_of_blocks():
    whole = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
    found = averaged(whole, (2, 1, 4), 2)
    blocks = whole[1:5, 2:6].reshape(2, 2, 2, 2, 3).mean(axis=(1, 3))
    assert (found == np.floor(blocks + 0.5)).all()
    assert (averaged(whole[:4, :4], (0, 0, 4), 4) == whole[:4, :4]).all()


@needs_node
def test_the_page_averages_as_python_does():
    cases, expected = [], []
    for number, (left, top, side) in enumerate([(0, 0, 40), (3.25, 1.5, 17.3), (20, 10.4, 20)]):
        whole = torch.randint(0, 256, (41, 40, 3), generator=seed(number)).numpy().astype(np.uint8)
        rgba = np.concatenate([whole, np.full((41, 40, 1), 255, np.uint8)], axis=2)
        cases.append([rgba.flatten().tolist(), 40, [left, top, side], 8])
        expected.append(averaged(whole, (left, top, side), 8).flatten().tolist())
    found = [list(each.values()) for each in in_node("averaged", cases, "photograph")]
    assert found == expected


@needs_node
def test_the_square_stays_inside():
    cases = [[[-5, 90, 30], 100, 100], [[0, 0, 500], 60, 40], [[10, 10, 1], 60, 40]]
    assert in_node("inside", cases, "photograph") == [[0, 70, 30], [0, 0, 40], [10, 10, 16]]


def test_the_network_says_what_it_says_of_the_crop():
    picture = torch.zeros(3, 40, 60, dtype=torch.uint8)
    picture[:, :, 40:] = 255
    widget = widgets.Photograph(Brightness(), picture, size=8)
    assert widget.crop == [10, 0, 40]
    assert widget.image.shape == (3, 8, 8)
    assert widget.image[0, 0].tolist() == [0] * 6 + [255] * 2
    logits = predict(widget._model, widget.image[None])
    assert widget.bars == pytest.approx(logits.softmax(dim=1)[0].tolist(), abs=1e-4)
    assert repr(widget) == "Photograph(dark 99%)"
    widget.pixels = base64.b64encode(bytes([255] * 192)).decode()
    assert widget.bars[1] > 0.99
    assert widget.image.float().mean() == 255


def test_a_gray_image_gets_three_channels():
    widget = widgets.Photograph(Brightness(), torch.ones(1, 20, 20), size=4)
    assert widget.image.float().mean() == 255


@pytest.mark.parametrize(
    ("model", "picture", "message"),
    [
        (torch.nn.Flatten(), torch.zeros(3, 4, 4), "the Flatten has no classes. Set model.classes"),
        (Brightness(), torch.zeros(3, 600, 4), "picture has 600x4 pixels. Give at most 512x512"),
        (Brightness(), torch.zeros(4, 4), r"picture has shape \(4, 4\)"),
    ],
)
def test_what_cannot_be_shown_is_refused(model, picture, message):
    with pytest.raises(ShapeError, match=message):
        widgets.Photograph(model, picture)
