"""NetworkExplorer: its page computes every map as torch does, and its sentences."""

import base64
import re

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from cnnlab import models, widgets
from cnnlab.errors import ShapeError
from tests.widgets.helpers import EXPLORER, explorer, in_node, needs_node, seed, strided


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
    [found] = in_node("mapsOf", [case], EXPLORER)
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
        [found] = in_node("addedParts", [[step, numbers, source, map_, cell]], EXPLORER)
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
    chains = in_node("chainFrom", [[fast, place] for place in places[:4]], "explorer_steps")
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
    [page] = in_node("problemOf", [[shown._page_state()]], "explorer_steps")
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


def test_pictures_are_called_by_their_class_or_by_a_word():
    pictures = torch.zeros(2, 3, 9, 12)
    options = {"classes": ["cat", "dog"]}
    captions = [
        widgets.NetworkExplorer(strided(), pictures, labels=labels, **options).captions
        for labels in ([1, 0], ["a cat", "a rocket"])
    ]
    assert captions == [["dog", "cat"], ["a cat", "a rocket"]]


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (
            models.LeNet5(2),
            {"size": 32},
            "LeNet5 has no convolution that NetworkExplorer can reach: it",
        ),
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


def test_a_large_network_is_drawn_up_to_a_layer():
    model = models.PhotoCNN()
    images = torch.rand(1, 3, 32, 32, generator=seed(0))
    drawn = widgets.NetworkExplorer(model, images, classes="abcdefghij", until="group2.3")
    assert [step["name"] for step in drawn.steps if step["kind"] == "conv"] == [
        *("filters", "group1.0", "group1.4", "group2.0")
    ]
    assert drawn.steps[-1]["name"] == "group2.3"
    assert drawn.rest == ["the layers that follow"]
    with pytest.raises(ShapeError, match=r"706,526 weights, more than .* until="):
        widgets.NetworkExplorer(model, images, classes="abcdefghij")
    with pytest.raises(ValueError, match=r"'group2.9' is not a layer of PhotoCNN. Did you mean"):
        widgets.NetworkExplorer(model, images, classes="abcdefghij", until="group2.9")
