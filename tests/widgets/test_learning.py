"""Learning: its images, its training, its page, and what Python refuses."""

import base64
import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from cnnlab import data, widgets
from cnnlab.errors import ShapeError
from tests.widgets.helpers import LEARNING, in_node, needs_node, seed

RANDOM = seed(12)


@pytest.fixture(scope="module")
def shapes():
    return data.shapes10(120, 40)


@needs_node
def test_page_gets_the_images_gray_and_small(shapes):
    widget = widgets.Learning(shapes)
    [found] = in_node("unpacked", [[widget.packed, widget.size]], LEARNING)
    every = torch.cat([shapes.train_images, shapes.test_images]).double()
    gray = F.adaptive_avg_pool2d(every.mean(1, keepdim=True), widget.size).flatten(1)
    low, high = gray.amin(1, keepdim=True), gray.amax(1, keepdim=True)
    assert torch.tensor(found).shape == (160, widget.size**2)
    assert (torch.tensor(found) - (gray - low) / (high - low)).abs().max() < 0.5 / 15 + 1e-6
    labels = torch.cat([shapes.train_labels, shapes.test_labels])
    assert list(base64.b64decode(widget.labels)) == labels.tolist()
    assert widget.held_out == 40


@needs_node
def test_images_are_standardized_and_a_flat_one_is_zero():
    image = torch.rand(16, generator=RANDOM)
    found, flat = in_node("standard", [[image.tolist()], [[0.5] * 4]], LEARNING)
    expected = (image - image.mean()) / image.std(correction=0)
    assert found == pytest.approx(expected.tolist(), abs=1e-5)
    assert flat == [0] * 4


@needs_node
def test_the_eight_ways_are_the_turns_and_mirror_images():
    square = torch.arange(25).view(5, 5)
    turned = [square.rot90(k) for k in range(4)]
    expected = {tuple(each.flatten().tolist()) for t in turned for each in (t, t.T)}
    [ways] = in_node("ways", [[5]], LEARNING)
    assert ways[0] == list(range(25))
    assert {tuple(way) for way in ways} == expected


@needs_node
def test_permuting_puts_all_images_into_one_order(shapes):
    states = [widgets.Learning(shapes, permuted=flag)._page_state() for flag in (False, True)]
    plain, permuted = in_node("views", [[state] for state in states], LEARNING)
    plain, permuted = torch.tensor(plain), torch.tensor(permuted)
    assert torch.equal(plain.sort(1).values, permuted.sort(1).values)
    pairs = [sorted(zip(*each.tolist(), strict=True)) for each in (plain, permuted)]
    assert pairs[0] == pairs[1]
    assert (plain == permuted).float().mean() < 0.3


@needs_node
def test_held_out_images_are_never_learned_from():
    [drawn] = in_node("drawn", [[50, 40, 120]], LEARNING)
    epochs = [drawn[start : start + 40] for start in (0, 40, 80)]
    assert all(sorted(epoch) == list(range(40)) for epoch in epochs)
    assert epochs[0] != epochs[1]


@needs_node
@pytest.mark.slow
def test_it_learns_and_permuted_pixels_stop_it():
    """As lesson 05 says, which has more starts: seeds 0 to 5, and three with permuted pixels."""
    states = [widgets.Learning(permuted=flag)._page_state() for flag in (False, True)]
    plain, permuted = in_node("trained", [[state, 20_000] for state in states], LEARNING)
    assert plain["accuracies"][0][1] < 0.25
    assert plain["accuracies"][-1][1] == pytest.approx(0.855, abs=0.05)
    assert permuted["accuracies"][-1][1] == pytest.approx(0.375, abs=0.05)


def test_a_page_stays_below_410_kilobytes():
    widget = widgets.Learning()
    assert repr(widget) == "Learning(1,000 training and 200 test images)"
    assert len(widget._twin()) < 410_000


@needs_node
@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"learning_rate": 0.0},
        {"learning_rate": 1.5},
        {"learning_rate": -2.0},
        {"learning_rate": math.nan},
        {"kernels": 0},
        {"kernels": 17},
        {"example": -1},
        {"example": 40},
    ],
)
def test_page_shows_pythons_sentence(shapes, traits):
    widget = widgets.Learning(shapes)
    for name, value in traits.items():
        setattr(widget, name, value)
    [shown] = in_node("problemOf", [[widget._page_state()]], "learning")
    assert shown == widget.problem
    assert bool(shown) == bool(traits)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda s: s.train_images, {}, "images is Tensor, not an ImageData. Use data.shapes10"),
        (lambda s: replace(s, classes=("a",)), {}, "images has 1 class.*takes 2 to 10"),
        (lambda s: replace(s, classes=tuple("abcdefghijk")), {}, "images has 11 classes"),
        (lambda s: replace(s, test_labels=s.test_labels[:0]), {}, "120 training and 0 test images"),
        (lambda s: s, {"shared": 1}, "shared=1 must be True or False"),
        (lambda s: s, {"kernels": 2.5}, "kernels=2.5 is float, not an integer"),
        (lambda s: s, {"seed": -1}, "seed=-1 must be at least 0"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(shapes, change, options, message):
    with pytest.raises(ShapeError, match=message):
        widgets.Learning(change(shapes), **options)


@needs_node
def test_screen_readers_hear_of_the_state():
    state = {"seen": 0, "losses": [], "accuracies": []}
    later = {"seen": 12_000, "losses": [[1, 2], [2, 0.654]], "accuracies": [[0, 0.1], [1, 0.7]]}
    said = in_node("sentenceOf", [[state, "Paused."], [later, "Paused."]], "learning")
    assert said == [
        "Paused. The network has not seen any image yet.",
        "Paused. 12,000 images seen. Loss 0.65. 70% of the held-out images are right.",
    ]


@needs_node
def test_a_kernel_is_one_square_and_unshared_kernels_stand_at_their_places():
    layer = {"kernel": 2, "taps": 4, "out": 2, "weight": 0, "perPlace": 0, "perMap": 4}
    own = {**layer, "perPlace": 4, "perMap": 16}
    numbers = list(range(32))
    shared, places = in_node("kernelPicture", [[layer, numbers, 1], [own, numbers, 1]], "learning")
    assert (shared["side"], list(shared["values"].values())) == (2, [4, 5, 6, 7])
    rows = torch.tensor(list(places["values"].values())).view(4, 4)
    expected = torch.arange(16, 32).view(2, 2, 2, 2).permute(0, 2, 1, 3).reshape(4, 4)
    assert torch.equal(rows, expected)


@needs_node
def test_axes_end_at_round_numbers_and_long_curves_keep_their_end():
    ends = in_node("axisEnd", [[0], [1000], [1001], [4200], [52_000]], "learning_charts")
    assert ends == [1000, 1000, 2000, 5000, 100_000]
    points = [[i, i] for i in range(1001)]
    [thin] = in_node("thinned", [[points]], "learning_charts")
    assert len(thin) <= 250
    assert thin[-1] == [1000, 1000]
