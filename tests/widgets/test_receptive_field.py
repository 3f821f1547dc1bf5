"""ReceptiveField against `inspection`, and its page against Python."""

import re

import pytest
import torch

from cnnlab import inspection, models, widgets
from tests.widgets.helpers import in_node, needs_node, seed, strided


def every_unit(layer):
    return [[row, column] for row in layer["rows"] for column in layer["columns"]]


@needs_node
def test_field_page_knows_the_window_and_the_gradient():
    model, image = strided(), torch.rand(3, 9, 12, generator=seed(8))
    field = widgets.ReceptiveField(model, image)
    assert [layer["name"] for layer in field.layers] == ["0", "2", "3"]
    assert [layer["title"] for layer in field.layers][:2] == ["conv 3\u00d75", "max pool 2\u00d73"]
    bytes_of_image = (image * 255).round() / 255
    for number, layer in enumerate(field.layers):
        units = every_unit(layer)
        gradients = in_node(
            "gradientOf", [[layer, u, field.size] for u in units], "receptive_field"
        )
        for unit, found in zip(units, gradients, strict=True):
            field.layer, field.unit = number, unit
            (top, bottom), (left, right) = field.window
            gradient = inspection.unit_gradient(
                model, bytes_of_image[None], layer["name"], unit=tuple(unit)
            )
            inside = gradient[top:bottom, left:right]
            assert gradient.sum() == pytest.approx(inside.sum())
            assert (found["height"], found["width"]) == inside.shape
            expected = inside.flatten() * 255 / inside.max()
            assert torch.tensor(found["values"]).sub(expected).abs().max() <= 0.51


@needs_node
def test_field_page_measures_the_effective_size_as_the_lesson_does():
    gradients = [torch.rand(size, generator=seed(9)) ** 3 for size in ((3, 3), (7, 4), (1, 9))]
    shapes = [
        {"height": len(g), "width": len(g[0]), "values": g.flatten().tolist()} for g in gradients
    ]
    sizes = in_node("effectiveSize", [[shape] for shape in shapes], "receptive_field")
    assert sizes == pytest.approx([inspection.effective_size(g) for g in gradients], rel=1e-5)
    zeros = {"height": 1, "width": 2, "values": [0, 0]}
    assert in_node("effectiveSize", [[zeros]], "receptive_field") == [None]


@needs_node
def test_field_page_finds_the_unit_that_looks_at_a_pixel():
    layer = {"units": [4, 8], "fields": [{"size": 6, "stride": 2, "start": -2}] * 2}
    places = [[0, 0], [0.5, 0.5], [1.4, 1.6], [99, -99], [4.5, 6.5]]
    units = in_node("unitAt", [[layer, place] for place in places], "receptive_field")
    assert units == [[0, 0], [0, 0], [0, 1], [3, 0], [2, 3]]
    middles = in_node("middleOf", [[layer, unit] for unit in units], "receptive_field")
    assert middles[-1] == [4.5, 6.5]


@needs_node
def test_field_page_tells_what_lies_in_the_padding():
    field = widgets.ReceptiveField(strided(), torch.rand(3, 9, 12, generator=seed(8)))
    field.layer, field.unit = 0, [0, 11]
    [sentences] = in_node("sentencesOf", [[field._page_state()]], "receptive_field")
    assert sentences[0] == (
        "It can see 3\u00d75 pixels. Of these, 1 row and 2 columns lie in the padding."
    )
    assert sentences[2] == "The next unit looks 1 pixel further."
    field.layer, field.unit = 2, [2, 2]
    [sentences] = in_node("sentencesOf", [[field._page_state()]], "receptive_field")
    assert sentences[2] == "The next unit looks 2 pixels down or 3 pixels right further."


@needs_node
@pytest.mark.parametrize(
    ("layer", "unit", "sentence"),
    [
        (0, [8, 11], ""),
        (3, [0, 0], "layer=3 is not shown. Use 0 to 2."),
        (1, [4, 0], "unit row=4 is not in the layer. Use 0 to 3."),
        (2, [0, -1], "unit column=-1 is not in the layer. Use 0 to 3."),
    ],
)
def test_field_page_shows_pythons_sentence(layer, unit, sentence):
    field = widgets.ReceptiveField(strided(), torch.zeros(3, 9, 12))
    field.layer, field.unit = layer, unit
    [shown] = in_node("problemOf", [[field._page_state()]], "receptive_field")
    assert shown == field.problem == sentence


def test_field_page_of_a_real_network_stays_small():
    field = widgets.ReceptiveField(models.SmallCNN(), torch.rand(3, 32, 32, generator=seed(8)))
    assert len(field._twin()) < 500_000
    assert [len(layer["rows"]) for layer in field.layers] == [8, 8, 8, 8, 8, 8, 1]
    deep = widgets.ReceptiveField(models.FastCNN(width=2), torch.rand(3, 64, 64, generator=seed(8)))
    assert 200_000 < len(deep._twin()) < 500_000
    assert {len(layer["rows"]) for layer in deep.layers[:-1]} < {3, 4, 5, 6, 7}


@pytest.mark.parametrize(
    ("model", "layers", "message"),
    [
        (models.MLP, None, "MLP has no layer whose units look at a part of the image"),
        (models.SimpleCNN, ["linear"], "layer 'linear' has no receptive field on the image"),
        (models.SimpleCNN, ["con"], "'con' is not a layer of SimpleCNN. Did you mean conv?"),
    ],
)
def test_field_refuses_a_layer_without_one(model, layers, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        widgets.ReceptiveField(model(), torch.zeros(3, 32, 32), layers=layers)
