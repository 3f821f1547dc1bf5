"""The tables of homework 2 against the networks themselves, built in torch and run."""

from collections.abc import Callable

import pytest
from torch import nn

from cnnlab import exercises
from cnnlab.arithmetic import describe
from cnnlab.exercises.kit.sheets import Numbers
from cnnlab.models import LeNet5
from cnnlab.models.lenet5 import Subsampling, TableConv2d

SHEETS = (None, *range(10))


def relative_of_lenet5(n: Numbers) -> nn.Sequential:
    three, four = ([tuple(range(k))] * n[kind] for k, kind in ((3, "three"), (4, "four")))
    table = (*three, *four, tuple(range(n["c1"])))
    left = ((n["size"] - 4) // 2 - 4) // 2
    return nn.Sequential(
        nn.Conv2d(1, n["c1"], 5),
        Subsampling(n["c1"]),
        TableConv2d(table, in_channels=n["c1"], kernel_size=5),
        Subsampling(len(table)),
        nn.Conv2d(len(table), n["c5"], left),
        nn.Flatten(),
        nn.Linear(n["c5"], n["f6"]),
    )


def plain(n: Numbers) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, n["c1"], n["k1"], padding=n["k1"] // 2),
        nn.ReLU(),
        nn.Conv2d(n["c1"], n["c2"], 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(n["c2"], n["c3"], n["k3"], padding=n["k3"] // 2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(n["c3"] * (n["size"] // 4) ** 2, n["classes"]),
    )


def modern(n: Numbers) -> nn.Sequential:
    c1, c2, k1, d, groups = (n[name] for name in ("c1", "c2", "k1", "dilation", "groups"))
    return nn.Sequential(
        nn.Conv2d(3, c1, k1, stride=2, padding=k1 // 2),
        nn.Conv2d(c1, c1, 3, padding=1, groups=c1, bias=False),
        nn.Conv2d(c1, c2, 1, bias=False),
        nn.ReLU(),
        nn.Conv2d(c2, c2, 3, padding=d, dilation=d, groups=groups),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(c2, n["head"], 1),
    )


NETWORKS: dict[str, Callable[[Numbers], nn.Module]] = {
    "count_lenet5": relative_of_lenet5,
    "count_plain": plain,
    "count_modern": modern,
}


def table(name: str, sheet: int | None) -> list[tuple]:
    """Return what the solution of a sheet says of each layer, without the layers' names."""
    namespace: dict = {}
    exec(exercises.load(name, sheet).solution, namespace)
    return [row[1:] for row in namespace[name]()]


def run(network: nn.Module, shape: tuple[int, ...]) -> list[tuple]:
    """Return the same by running the network in torch."""
    rows, field = [], 1
    for row in describe(network, shape):
        field = row.receptive_field[0].size if row.receptive_field else field
        if row.layer not in ("ReLU", "Flatten"):
            rows.append(((*row.output_shape, 1, 1)[:3], row.parameters, row.macs, field))
    return rows


@pytest.mark.parametrize("name", NETWORKS)
def test_tables_agree_with_torch(name: str) -> None:
    for sheet in SHEETS:
        n = exercises.numbers(name, sheet)
        size = (n.get("height") or n["size"], n.get("width") or n["size"])
        network = NETWORKS[name](n)
        channels = next(network.parameters()).shape[1]
        assert table(name, sheet) == run(network, (channels, *size)), sheet


def test_the_table_of_lenet5_agrees_with_the_model_of_the_course() -> None:
    assert table("count_lenet5", None) == run(LeNet5(), (1, 32, 32))
