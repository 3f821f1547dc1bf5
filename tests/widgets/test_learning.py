"""Learning: the page's network against torch, its training, and what Python refuses."""

import base64
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from cnnlab import data, widgets
from cnnlab.errors import ShapeError
from tests.widgets.helpers import in_node, needs_node, seed

DRIVER = str(Path(__file__).with_name("learning_cases"))
RANDOM = seed(12)


def draw(low, high):
    return int(torch.randint(low, high + 1, (), generator=RANDOM))


def random_settings():
    """A network that fits its image: one or two convolutions, with and without sharing, pooling."""
    settings = {"size": draw(7, 13), "classes": draw(2, 10), "convs": []}
    settings |= {"shared": bool(draw(0, 1)), "pooled": bool(draw(0, 1))}
    side = settings["size"]
    for _ in range(draw(1, 2)):
        kernel = draw(1, min(7, side))
        settings["convs"].append({"maps": draw(1, 4), "kernel": kernel})
        side -= kernel - 1
        side = max(side // 2, 1) if settings["pooled"] else (side + 1) // 2
    return settings


def torch_forward(settings, layers, weights, images):
    """Return torch's logits with the page's numbers, layer by layer."""
    maps = images.view(-1, 1, settings["size"], settings["size"])
    last = max(i for i, layer in enumerate(layers) if layer["kind"] == "conv")
    for index, layer in enumerate(layers):
        if layer["kind"] == "pool":
            maps = (
                F.adaptive_max_pool2d(maps, 1)
                if index > last
                else F.max_pool2d(maps, layer["window"])
            )
            continue
        weight, bias = (
            weights[layer["weight"] : layer["bias"]],
            weights[layer["bias"] : layer["end"]],
        )
        if layer["kind"] == "dense":
            return F.linear(maps.flatten(1), weight.view(layer["outputs"], -1), bias)
        inputs, kernel, out, stride = (layer[k] for k in ("inputs", "kernel", "out", "stride"))
        if settings["shared"]:
            maps = F.conv2d(maps, weight.view(-1, inputs, kernel, kernel), bias, stride)
        else:
            windows = F.unfold(maps, kernel, stride=stride)  # (batch, numbers of a window, places)
            own = weight.view(layer["outputs"], out * out, -1)
            maps = torch.einsum("bnp,opn->bop", windows, own) + bias[:, None]
            maps = maps.unflatten(2, (out, out))
        maps = F.relu(maps)


@needs_node
def test_gradients_are_torchs_on_200_networks():
    settings = [random_settings() for _ in range(200)]
    starts = in_node("startOf", [[each, 1] for each in settings], DRIVER)
    cases, expected = [], []
    for each, start in zip(settings, starts, strict=True):
        count = draw(1, 3)
        weights = torch.randn(len(start["weights"]), generator=RANDOM, dtype=torch.float64) / 2
        images = torch.randn(count, each["size"] ** 2, generator=RANDOM, dtype=torch.float64)
        labels = torch.randint(0, each["classes"], (count,), generator=RANDOM)
        cases.append([each, weights.tolist(), images.tolist(), labels.tolist()])
        weights.requires_grad_()
        loss = F.cross_entropy(torch_forward(each, start["layers"], weights, images), labels)
        loss.backward()
        expected.append((loss.detach(), weights.grad))
    kinds = {(len(s["convs"]), s["shared"], s["pooled"]) for s in settings}
    assert len(kinds) == 8
    answers = in_node("gradientOf", cases, DRIVER)
    for answer, (loss, gradient) in zip(answers, expected, strict=True):
        assert answer["loss"] == pytest.approx(loss.item(), rel=1e-12)
        found = torch.tensor(answer["gradient"], dtype=torch.float64)
        torch.testing.assert_close(found, gradient, rtol=1e-9, atol=1e-12)


@needs_node
@pytest.mark.parametrize("learning_rate", [0.003, 0.5])
def test_adam_is_torchs(learning_rate):
    weights = torch.randn(9, generator=RANDOM, dtype=torch.float64)
    gradients = torch.randn(12, 9, generator=RANDOM, dtype=torch.float64)
    [found] = in_node("adamOf", [[weights.tolist(), gradients.tolist(), learning_rate]], DRIVER)
    learned = weights.clone().requires_grad_()
    optimizer = torch.optim.Adam([learned], lr=learning_rate)
    for gradient in gradients:
        learned.grad = gradient.clone()
        optimizer.step()
    assert found == pytest.approx(learned.tolist(), rel=1e-9)


@needs_node
def test_weights_follow_from_the_seed_and_suit_relu():
    settings = {"size": 20, "classes": 10, "shared": True, "pooled": True}
    settings["convs"] = [{"maps": 16, "kernel": 5}, {"maps": 32, "kernel": 5}]
    one, again, other = in_node("startOf", [[settings, 1], [settings, 1], [settings, 2]], DRIVER)
    assert one == again
    assert one["weights"] != other["weights"]
    second = one["layers"][2]
    weights = torch.tensor(one["weights"][second["weight"] : second["bias"]])
    assert weights.std().item() == pytest.approx(math.sqrt(2 / second["taps"]), rel=0.05)
    assert not any(one["weights"][second["bias"] : second["end"]])


@pytest.fixture(scope="module")
def shapes():
    return data.shapes10(120, 40)


@needs_node
def test_page_gets_the_images_gray_and_small(shapes):
    widget = widgets.Learning(shapes)
    [found] = in_node("unpacked", [[widget.packed, widget.size]], DRIVER)
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
    found, flat = in_node("standard", [[image.tolist()], [[0.5] * 4]], DRIVER)
    expected = (image - image.mean()) / image.std(correction=0)
    assert found == pytest.approx(expected.tolist(), abs=1e-5)
    assert flat == [0] * 4


@needs_node
def test_the_eight_ways_are_the_turns_and_mirror_images():
    square = torch.arange(25).view(5, 5)
    turned = [square.rot90(k) for k in range(4)]
    expected = {tuple(each.flatten().tolist()) for t in turned for each in (t, t.T)}
    [ways] = in_node("ways", [[5]], DRIVER)
    assert ways[0] == list(range(25))
    assert {tuple(way) for way in ways} == expected


@needs_node
def test_permuting_puts_all_images_into_one_order(shapes):
    states = [widgets.Learning(shapes, permuted=flag)._page_state() for flag in (False, True)]
    plain, permuted = in_node("views", [[state] for state in states], DRIVER)
    plain, permuted = torch.tensor(plain), torch.tensor(permuted)
    assert torch.equal(plain.sort(1).values, permuted.sort(1).values)
    pairs = [sorted(zip(*each.tolist(), strict=True)) for each in (plain, permuted)]
    assert pairs[0] == pairs[1]
    assert (plain == permuted).float().mean() < 0.3


@needs_node
def test_held_out_images_are_never_learned_from():
    [drawn] = in_node("drawn", [[50, 40, 120]], DRIVER)
    epochs = [drawn[start : start + 40] for start in (0, 40, 80)]
    assert all(sorted(epoch) == list(range(40)) for epoch in epochs)
    assert epochs[0] != epochs[1]


@needs_node
def test_accuracy_is_torchs_and_may_be_measured_in_pieces(shapes):
    widget = widgets.Learning(shapes)
    state = widget._page_state()
    [run] = in_node("trained", [[state, 500]], DRIVER)
    assert run["seen"] == 500
    assert [seen for seen, _ in run["accuracies"]] == [0, 500]
    assert [seen for seen, _ in run["losses"]] == [200, 400]
    [images] = in_node("unpacked", [[widget.packed, widget.size]], DRIVER)
    held = torch.tensor(images, dtype=torch.float64)[120:]
    held = (held - held.mean(1, keepdim=True)) / held.std(1, correction=0, keepdim=True)
    weights = torch.tensor(run["weights"], dtype=torch.float64)
    logits = torch_forward({"size": 20, "shared": True}, run["layers"], weights, held)
    right = (logits.argmax(1) == shapes.test_labels).double().mean().item()
    assert run["accuracies"][-1][1] == pytest.approx(right)
    [measured] = in_node("interrupted", [[state]], DRIVER)
    assert measured["rounds"] == 6
    assert measured["whole"] == measured["pieces"]


@needs_node
@pytest.mark.slow
def test_it_learns_and_permuted_pixels_stop_it():
    states = [widgets.Learning(permuted=flag)._page_state() for flag in (False, True)]
    plain, permuted = in_node("trained", [[state, 10_000] for state in states], DRIVER)
    assert plain["accuracies"][0][1] < 0.25
    assert plain["accuracies"][-1][1] > 0.55
    assert permuted["accuracies"][-1][1] < plain["accuracies"][-1][1] - 0.2


def test_a_page_stays_below_400_kilobytes():
    widget = widgets.Learning()
    assert repr(widget) == "Learning(1,000 training and 200 test images)"
    assert len(widget._twin()) < 400_000


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
    shared, places = in_node(
        "kernelPicture", [[layer, numbers, 1], [own, numbers, 1]], "learning_figures"
    )
    assert (shared["side"], list(shared["values"].values())) == (2, [4, 5, 6, 7])
    rows = torch.tensor(list(places["values"].values())).view(4, 4)
    expected = torch.arange(16, 32).view(2, 2, 2, 2).permute(0, 2, 1, 3).reshape(4, 4)
    assert torch.equal(rows, expected)


@needs_node
def test_axes_end_at_round_numbers_and_long_curves_keep_their_end():
    ends = in_node("axisEnd", [[0], [1000], [1001], [4200], [52_000]], "learning_figures")
    assert ends == [1000, 1000, 2000, 5000, 100_000]
    points = [[i, i] for i in range(1001)]
    [thin] = in_node("thinned", [[points]], "learning_figures")
    assert len(thin) <= 250
    assert thin[-1] == [1000, 1000]
