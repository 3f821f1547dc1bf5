"""The steps of NetworkExplorer: the layers of `describe`, and what a learner's forward may do."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab import arithmetic, models
from cnnlab.widgets.explorer_steps import explorer_steps
from tests.models.test_summary import Mixed
from tests.widgets.helpers import EXPLORER, explorer, in_node, needs_node, seed

FOLLOWED = {
    "SimpleCNN": (models.SimpleCNN, ["flatten", "Linear"]),
    "SmallCNN": (models.SmallCNN, ["Flatten", "Linear"]),
    "FastCNN": (lambda: models.FastCNN(width=4), ["Flatten", "Linear", "mul"]),
    "SpeedrunCNN": (lambda: models.SpeedrunCNN(widths=(4, 8, 8)), ["GELU"]),
    "PhotoCNN": (lambda: models.PhotoCNN(widths=(4, 8, 8)), ["Flatten", "Linear"]),
}


def test_every_network_of_the_course_is_followed_or_refused():
    classes = {each for each in vars(models).values() if isinstance(each, type)}
    networks = {each for each in classes if issubclass(each, nn.Module)}
    networks -= {models.Residual, models.Scale, models.Subsampling, models.TableConv2d}
    assert {each.__name__ for each in networks} == {*FOLLOWED, "LeNet5", "MLP", "ViT"}


@pytest.mark.parametrize("name", FOLLOWED)
def test_steps_are_the_layers_of_describe(name):
    build, rest = FOLLOWED[name]
    model = build()
    found = explorer_steps(model, torch.rand(1, 3, 32, 32, generator=seed(14)))
    drawn = [(step["name"], tuple(step["shape"])) for step in found.steps if step["name"]]
    rows = [(row.name, row.output_shape) for row in arithmetic.describe(model, (3, 32, 32))]
    assert drawn == rows[: len(drawn)]
    assert found.rest[: len(rest)] == rest
    layers = sum(each != "flatten" for each in found.rest) + len(drawn)
    assert layers == len(rows)  # the rest has a function where describe has the layer Scale


@needs_node
def test_page_computes_functions_sums_in_place_and_a_layer_used_twice():
    torch.manual_seed(15)
    model = Mixed()
    shown = explorer(model, 1, size=(8, 12))
    assert [step["title"] for step in shown.steps] == [
        *("picture", "conv 3\u00d73", "ReLU", "sum", "ReLU", "conv 3\u00d73", "sum", "ReLU"),
        "max pool 2\u00d72",
    ]
    sources = [step["from"] for step in shown.steps]
    assert sources == [[], [0], [1], [2, 0], [3], [4], [5, 0], [6], [7]]
    assert shown.rest == ["amax", "Linear"]
    [maps] = in_node("mapsOf", [[shown.steps, shown.numbers, shown.pictures[0]]], EXPLORER)
    last = torch.tensor(maps[-1]).reshape(3, -1).amax(dim=1)
    with torch.no_grad():
        probabilities = model.linear(last).softmax(dim=0)
    assert probabilities.tolist() == pytest.approx(shown.probabilities[0], abs=1e-4)


class Swish(nn.Module):
    def forward(self, maps):
        return F.silu(maps)


class Away(nn.Module):
    def forward(self, maps):
        return torch.from_numpy(maps.numpy().copy())


class Erase(nn.Module):
    def forward(self, maps):
        maps[:, :, 0] = 0
        return maps


class Split(nn.Module):
    def forward(self, maps):
        first, second = maps.chunk(2, dim=1)
        return torch.relu(first) + second


class Gate(nn.Module):
    """A sum whose terms differ in size."""

    def __init__(self):
        super().__init__()
        self.pool = nn.AdaptiveMaxPool2d(1)

    def forward(self, maps):
        return maps + self.pool(maps)


@pytest.mark.parametrize(
    ("layer", "titles", "rest"),
    [
        (Swish(), ["SiLU"], []),
        (nn.Sequential(), [], []),
        (nn.Dropout(), [], []),
        (nn.AvgPool2d(2, ceil_mode=True), [], ["average pool 2\u00d72"]),
        (nn.AdaptiveAvgPool2d(3), ["average pool 2\u00d72"], []),
        (Split(), [], ["chunk", "relu", "add"]),
        (Gate(), ["max pool 6\u00d76"], ["add"]),
        (Away(), [], ["Away"]),
        (Erase(), [], ["Erase"]),
    ],
)
def test_a_layer_is_seen_through_drawn_or_ends_the_maps(layer, titles, rest):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), layer)
    found = explorer_steps(model, torch.rand(1, 3, 8, 8, generator=seed(16)))
    assert [step["title"] for step in found.steps[2:]] == titles
    assert found.rest == rest
