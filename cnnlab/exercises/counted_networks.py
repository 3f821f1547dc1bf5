"""count_lenet5, count_plain and count_modern: the layer tables of three networks."""

from torch import Generator, nn

from cnnlab.exercises.kit.exercise import RIGHT, Exercise, integer
from cnnlab.exercises.kit.sheets import Numbers, Varied, one_of
from cnnlab.exercises.layer_table import Layer, count_layers, table_exercise
from cnnlab.models import LeNet5
from cnnlab.models.lenet5 import Subsampling, TableConv2d

ASKED = {
    "count_lenet5": ("Homework 2.1", "03 lenet-intro", 4, "counting"),
    "count_plain": ("Homework 2.2", "03 cost-table-intro", 3, "counting"),
    "count_modern": ("Homework 2.3", "03 cost-table-intro", 4, "counting"),
}

COMMON = ("bias forgotten", "operations for MACs", "input size for output size")
FIELD = ("kernel size for the field", "stride ignored in the field", "stride before the window")
LENET = {"size": 32, "c1": 6, "three": 6, "four": 9, "c5": 120, "f6": 84}
PLAIN = {"size": 32, "c1": 16, "k1": 3, "c2": 16, "c3": 32, "k3": 3, "classes": 10}
MODERN = {"height": 48, "width": 64, "c1": 8, "k1": 5, "c2": 24}
MODERN |= {"dilation": 2, "groups": 2, "head": 10}


def left_by_lenet(size: int) -> int:
    """Return how many rows a map of S4 has, when each convolution takes 4 and each pool halves."""
    return ((size - 4) // 2 - 4) // 2


def lenet_table(n: Numbers) -> tuple[tuple[int, ...], ...]:
    """Return which maps of S2 each map of C3 reads, for as many of each kind as a sheet says."""
    three, four = ([tuple(range(k))] * n[kind] for k, kind in ((3, "three"), (4, "four")))
    return (*three, *four, tuple(range(n["c1"])))


def _lenet5(n: Numbers) -> Exercise:
    table, left = lenet_table(n), left_by_lenet(n["size"])
    layers = (
        Layer("C1", n["c1"], 5),
        Layer("S2", n["c1"], 2, 2, kind="subsampling"),
        Layer("C3", len(table), 5, connections=sum(map(len, table))),
        Layer("S4", len(table), 2, 2, kind="subsampling"),
        Layer("C5", n["c5"], left),
        Layer("F6", n["f6"], kind="linear"),
    )

    def relative() -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(1, n["c1"], 5),
            Subsampling(n["c1"]),
            TableConv2d(table, in_channels=n["c1"], kernel_size=5),
            Subsampling(len(table)),
            nn.Conv2d(len(table), n["c5"], left),
            nn.Flatten(),
            nn.Linear(n["c5"], n["f6"]),
        )

    return table_exercise(
        "count_lenet5",
        layers,
        (1, n["size"], n["size"]),
        network=LeNet5 if n == LENET else relative,
        misconceptions=(
            *COMMON,
            *FIELD,
            "full table",
            "subsampling learns nothing",
            "pooling skipped in the field",
        ),
    )


def _draw_lenet5(generator: Generator) -> Numbers:
    return {
        "size": one_of(generator, 28, 32, 36, 40, 44),
        "c1": integer(generator, 5, 9),
        "three": integer(generator, 3, 9),
        "four": integer(generator, 3, 9),
        "c5": integer(generator, 60, 160),
        "f6": integer(generator, 40, 100),
    }


def _plain_layers(n: Numbers) -> tuple[Layer, ...]:
    return (
        Layer("conv1", n["c1"], n["k1"], padding=n["k1"] // 2),
        Layer("conv2", n["c2"], 3, padding=1),
        Layer("pool1", 0, 2, 2, kind="pool"),
        Layer("conv3", n["c3"], n["k3"], padding=n["k3"] // 2),
        Layer("pool2", 0, 2, 2, kind="pool"),
        Layer("linear", n["classes"], kind="linear"),
    )


def _plain(n: Numbers) -> Exercise:
    return table_exercise(
        "count_plain",
        _plain_layers(n),
        (3, n["size"], n["size"]),
        network=lambda: nn.Sequential(
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
        ),
        misconceptions=(
            *COMMON[:2],
            *FIELD,
            "padding ignored in the shapes",
            "pooling skipped in the field",
        ),
    )


def _draw_plain(generator: Generator) -> Numbers:
    return {
        "size": one_of(generator, 24, 28, 32, 36, 40, 44, 48),
        "c1": integer(generator, 8, 24),
        "k1": one_of(generator, 3, 5),
        "c2": integer(generator, 8, 24),
        "c3": integer(generator, 16, 40),
        "k3": one_of(generator, 3, 5),
        "classes": integer(generator, 5, 15),
    }


def plain_counts(n: Numbers) -> dict[str, tuple[int, int]]:
    """Return (parameters, MACs) of each layer of the plain network."""
    rows = count_layers(RIGHT, _plain_layers(n), (3, n["size"], n["size"]))
    return {name: (parameters, macs) for name, _, parameters, macs, _ in rows}


def _plain_is_unlike(n: Numbers) -> bool:
    """Tell whether `linear` learns most numbers and `conv2` works most, as the last task says."""
    counts = plain_counts(n)
    most = [max(counts, key=lambda name: counts[name][column]) for column in (0, 1)]
    return most == ["linear", "conv2"]


def _modern(n: Numbers) -> Exercise:
    c1, c2, k1, d, groups = (n[name] for name in ("c1", "c2", "k1", "dilation", "groups"))
    return table_exercise(
        "count_modern",
        (
            Layer("stem", c1, k1, 2, k1 // 2),
            Layer("depthwise", c1, 3, padding=1, groups=c1, bias=False),
            Layer("pointwise", c2, bias=False),
            Layer("dilated", c2, 3, padding=d, dilation=d, groups=groups),
            Layer("pool", 0, 3, 2, kind="pool"),
            Layer("head", n["head"]),
        ),
        (3, n["height"], n["width"]),
        network=lambda: nn.Sequential(
            nn.Conv2d(3, c1, k1, stride=2, padding=k1 // 2),
            nn.Conv2d(c1, c1, 3, padding=1, groups=c1, bias=False),
            nn.Conv2d(c1, c2, 1, bias=False),
            nn.ReLU(),
            nn.Conv2d(c2, c2, 3, padding=d, dilation=d, groups=groups),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(c2, n["head"], 1),
        ),
        misconceptions=(
            *COMMON,
            *FIELD,
            "sizes rounded up",
            "groups ignored",
            "dilation ignored in the field",
            "pooling skipped in the field",
        ),
    )


def _draw_modern(generator: Generator) -> Numbers:
    groups = one_of(generator, 2, 3, 4)
    return {
        "height": one_of(generator, 40, 44, 48, 52, 56),
        "width": one_of(generator, 60, 64, 68, 72, 76, 80),
        "c1": integer(generator, 6, 12),
        "k1": one_of(generator, 5, 7),
        "c2": groups * integer(generator, 5, 10),
        "dilation": one_of(generator, 2, 3, 4),
        "groups": groups,
        "head": integer(generator, 5, 15),
    }


VARIED = {
    "count_lenet5": Varied(LENET, _draw_lenet5, _lenet5),
    "count_plain": Varied(PLAIN, _draw_plain, _plain, _plain_is_unlike),
    "count_modern": Varied(MODERN, _draw_modern, _modern),
}
EXERCISES = tuple(varied.build(varied.given) for varied in VARIED.values())
