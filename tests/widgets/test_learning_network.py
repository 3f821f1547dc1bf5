"""The network that learns in the page, against torch."""

import math

import pytest
import torch
from torch.nn import functional as F

from cnnlab import data, widgets
from tests.widgets.helpers import LEARNING, in_node, needs_node, seed

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
    starts = in_node("startOf", [[each, 1] for each in settings], LEARNING)
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
    answers = in_node("gradientOf", cases, LEARNING)
    for answer, (loss, gradient) in zip(answers, expected, strict=True):
        assert answer["loss"] == pytest.approx(loss.item(), rel=1e-12)
        found = torch.tensor(answer["gradient"], dtype=torch.float64)
        torch.testing.assert_close(found, gradient, rtol=1e-9, atol=1e-12)


@needs_node
@pytest.mark.parametrize("learning_rate", [0.003, 0.5])
def test_adam_is_torchs(learning_rate):
    weights = torch.randn(9, generator=RANDOM, dtype=torch.float64)
    gradients = torch.randn(12, 9, generator=RANDOM, dtype=torch.float64)
    [found] = in_node("adamOf", [[weights.tolist(), gradients.tolist(), learning_rate]], LEARNING)
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
    one, again, other = in_node("startOf", [[settings, 1], [settings, 1], [settings, 2]], LEARNING)
    assert one == again
    assert one["weights"] != other["weights"]
    second = one["layers"][2]
    weights = torch.tensor(one["weights"][second["weight"] : second["bias"]])
    assert weights.std().item() == pytest.approx(math.sqrt(2 / second["taps"]), rel=0.05)
    assert not any(one["weights"][second["bias"] : second["end"]])


@needs_node
def test_accuracy_is_torchs_and_may_be_measured_in_pieces():
    shapes = data.shapes10(120, 40)
    widget = widgets.Learning(shapes)
    state = widget._page_state()
    [run] = in_node("trained", [[state, 500]], LEARNING)
    assert run["seen"] == 500
    assert [seen for seen, _ in run["accuracies"]] == [0, 500]
    assert [seen for seen, _ in run["losses"]] == [200, 400]
    [images] = in_node("unpacked", [[widget.packed, widget.size]], LEARNING)
    held = torch.tensor(images, dtype=torch.float64)[120:]
    held = (held - held.mean(1, keepdim=True)) / held.std(1, correction=0, keepdim=True)
    weights = torch.tensor(run["weights"], dtype=torch.float64)
    logits = torch_forward({"size": 20, "shared": True}, run["layers"], weights, held)
    right = (logits.argmax(1) == shapes.test_labels).double().mean().item()
    assert run["accuracies"][-1][1] == pytest.approx(right)
    [measured] = in_node("interrupted", [[state]], LEARNING)
    assert measured["rounds"] == 6
    assert measured["whole"] == measured["pieces"]
