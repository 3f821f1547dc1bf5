"""count_lenet5, count_plain and count_modern: the layer tables of three networks."""

from torch import nn

from cnnlab.exercises.layer_table import Layer, table_exercise
from cnnlab.models import C3_TABLE, LeNet5

COMMON = ("bias forgotten", "operations for MACs", "input size for output size")
FIELD = ("kernel size for the field", "stride ignored in the field", "stride before the window")
COUNT_LENET5 = table_exercise(
    "count_lenet5",
    (
        Layer("C1", 6, 5),
        Layer("S2", 6, 2, 2, kind="subsampling"),
        Layer("C3", 16, 5, connections=sum(map(len, C3_TABLE))),
        Layer("S4", 16, 2, 2, kind="subsampling"),
        Layer("C5", 120, 5),
        Layer("F6", 84, kind="linear"),
    ),
    (1, 32, 32),
    network=LeNet5,
    misconceptions=(
        *COMMON,
        *FIELD,
        "full table",
        "subsampling learns nothing",
        "pooling skipped in the field",
    ),
)
COUNT_PLAIN = table_exercise(
    "count_plain",
    (
        Layer("conv1", 16, 3, padding=1),
        Layer("conv2", 16, 3, padding=1),
        Layer("pool1", 0, 2, 2, kind="pool"),
        Layer("conv3", 32, 3, padding=1),
        Layer("pool2", 0, 2, 2, kind="pool"),
        Layer("linear", 10, kind="linear"),
    ),
    (3, 32, 32),
    network=lambda: nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(2048, 10),
    ),
    misconceptions=(
        *COMMON[:2],
        *FIELD,
        "padding ignored in the shapes",
        "pooling skipped in the field",
    ),
)
COUNT_MODERN = table_exercise(
    "count_modern",
    (
        Layer("stem", 8, 5, 2, 2),
        Layer("depthwise", 8, 3, padding=1, groups=8, bias=False),
        Layer("pointwise", 24, bias=False),
        Layer("dilated", 24, 3, padding=2, dilation=2, groups=2),
        Layer("pool", 0, 3, 2, kind="pool"),
        Layer("head", 10),
    ),
    (3, 48, 64),
    network=lambda: nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=2),
        nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False),
        nn.Conv2d(8, 24, 1, bias=False),
        nn.ReLU(),
        nn.Conv2d(24, 24, 3, padding=2, dilation=2, groups=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(24, 10, 1),
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

EXERCISES = (COUNT_LENET5, COUNT_PLAIN, COUNT_MODERN)
