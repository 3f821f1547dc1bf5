"""Frames: what it keeps, what it refuses, and its page."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab import widgets
from cnnlab.errors import ShapeError
from tests.widgets.helpers import in_node, needs_node


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
        (GRAY, {"start": 2}, "start=2 is not a picture. Use 0 to 1."),
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
