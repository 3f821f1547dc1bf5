"""CostTable against `arithmetic.describe`, and its page against Python."""

import json

import pytest
import torch

from cnnlab import arithmetic, widgets
from cnnlab.errors import ShapeError
from tests.widgets.helpers import in_node, needs_node


def test_cost_table_counts_as_describe_does():
    model = torch.nn.Sequential(
        torch.nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=2),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(8 * 8 * 8, 10),
    )
    conv = {"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2}
    layers = [
        {"kind": "conv", **conv},
        {"kind": "pool"},
        {"kind": "dense", "out_features": 10},
    ]
    rows = widgets.CostTable(layers, (4, 32, 32)).rows
    described = arithmetic.describe(model, (4, 32, 32))
    assert sum(row["parameters"] for row in rows) == described.parameters
    assert sum(row["macs"] for row in rows) == described.macs
    assert [row["output_shape"] for row in rows] == [(8, 16, 16), (8, 8, 8), (10,)]
    assert [row["receptive_field"] for row in rows] == [3, 5, None]


COSTS = [
    ([], (3, 8, 8), ""),
    (None, (3, 32, 32), ""),
    ([{"kind": "conv", "out_channels": 6, "groups": 3}, {"kind": "pool"}], (3, 9, 12), ""),
    ([{"kind": "conv", "groups": 2}], (3, 8, 8), "Layer 1, conv: groups=2 does not divide"),
    ([{"kind": "pool", "kernel_size": 9}], (3, 8, 8), "Layer 1, pool: kernel spans 9 pixels"),
    ([{"kind": "dense"}, {"kind": "pool"}], (3, 8, 8), "Layer 2, pool: it comes after a dense"),
    ([{"kind": "conv", "stride": 0}], (3, 8, 8), "Layer 1, conv: stride=0 must be at least 1."),
    ([{"kind": "conv", "out_channels": 0}], (3, 8, 8), "Layer 1, conv: out_channels=0 must be"),
    ([{"kind": "dense", "out_features": 0}], (3, 8, 8), "Layer 1, dense: out_features=0 must"),
    ([{"kind": "dense"}], (3, -8, 8), "input height=-8 must be at least 1."),
]


@needs_node
@pytest.mark.parametrize(("layers", "input_shape", "problem"), COSTS)
def test_cost_table_page_agrees_with_python(layers, input_shape, problem):
    table = widgets.CostTable(layers, input_shape)
    state = table._page_state()
    [page] = in_node("costs", [[state["layers"], state["input_shape"]]], "cost_table")
    assert page["problem"] == table.problem
    assert bool(problem) == bool(table.problem)
    assert table.problem.startswith(problem)
    if not problem:
        assert page["rows"] == json.loads(json.dumps(table.rows))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"kind": "relu"}, r"layer 1 has kind='relu'. Use one of \['conv', 'dense', 'pool'\]"),
        ({"kind": "pool", "groups": 2}, r"layer 1, pool, has \['groups'\]. It takes"),
        ({"kind": "conv", "stride": 1.5}, "stride=1.5 is float, not an integer"),
    ],
)
def test_cost_table_refuses_what_is_not_a_layer(layer, message):
    with pytest.raises(ShapeError, match=message):
        widgets.CostTable([layer])
