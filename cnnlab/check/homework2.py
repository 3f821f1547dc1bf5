"""Exercises of homework 2: tables of what a network's layers return, learn, do and see."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from cnnlab.arithmetic import describe
from cnnlab.check.answers import plain
from cnnlab.check.exercise import Exercise, Slips, slips_from
from cnnlab.models import C3_TABLE, LeNet5

COLUMNS = ("output shape", "parameters", "MACs", "receptive field")
Rows = list[tuple]


@dataclass(frozen=True)
class Layer:
    """A convolution, unless `kind` says "pool", "subsampling" or "linear"."""

    name: str
    out: int = 0
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    bias: bool = True
    kind: str = "conv"
    connections: int = 0  # of a table between maps


def _count(slips: Slips, layers: tuple[Layer, ...], shape: tuple[int, int, int]) -> Rows:
    rows, field, jump = [], 1, 1
    for layer in layers:
        before, shape = shape, _shape_after(slips, layer, shape)
        kernels = _kernels(slips, layer, before)
        numbers = kernels * (1 if layer.kind == "linear" else layer.kernel**2)
        if layer.kind == "subsampling":
            numbers = 0 if "subsampling learns nothing" in slips else layer.out
        bias = layer.bias and layer.kind != "pool" and "bias forgotten" not in slips
        if layer.kind == "subsampling" and "subsampling learns nothing" in slips:
            bias = False
        places = before if "input size for output size" in slips else shape
        macs = numbers * places[1] * places[2]
        if layer.kind == "linear":
            macs = numbers
        macs *= 2 if "operations for MACs" in slips else 1
        if layer.kind == "linear":  # a kernel as large as the map
            layer = replace(layer, kernel=before[1])
        field, jump = _field_after(slips, layer, field, jump)
        rows.append((layer.name, shape, numbers + bias * layer.out, macs, field))
    return rows


def _shape_after(slips: Slips, layer: Layer, shape: tuple[int, int, int]) -> tuple[int, int, int]:
    if layer.kind == "linear":
        return layer.out, 1, 1
    padding = 0 if "padding ignored in the shapes" in slips else layer.padding
    sizes = []
    for size in shape[1:]:
        free = size + 2 * padding - layer.dilation * (layer.kernel - 1) - 1
        moves = -(-free // layer.stride) if "sizes rounded up" in slips else free // layer.stride
        sizes.append(moves + 1)
    return layer.out or shape[0], *sizes


def _kernels(slips: Slips, layer: Layer, before: tuple[int, int, int]) -> int:
    if layer.kind == "linear":
        return layer.out * before[0] * before[1] * before[2]
    if layer.kind != "conv":
        return 0
    if layer.connections and "full table" not in slips:
        return layer.connections
    groups = 1 if "groups ignored" in slips else layer.groups
    return layer.out * (before[0] // groups)


def _field_after(slips: Slips, layer: Layer, field: int, jump: int) -> tuple[int, int]:
    if layer.kind in ("pool", "subsampling") and "pooling skipped in the field" in slips:
        return field, jump
    dilation = 1 if "dilation ignored in the field" in slips else layer.dilation
    if "kernel size for the field" in slips:
        return dilation * (layer.kernel - 1) + 1, jump
    after = 1 if "stride ignored in the field" in slips else jump * layer.stride
    step = after if "stride before the window" in slips else jump
    return field + dilation * (layer.kernel - 1) * step, after


SLIPS = {
    slip.name: slip
    for slip in slips_from("""
    bias forgotten
        the biases are not counted
        What does each output channel learn beside its kernels?
    operations for MACs
        a multiply and its add are counted as two
        What does one MAC consist of?
    input size for output size
        the MACs are counted at every input pixel
        At how many places does the window stand: one for each input or each output pixel?
    padding ignored in the shapes
        padding is not used in the shapes
        How large is a picture of 32 x 32 once padding=1 is around it?
    sizes rounded up
        a last window that hangs over the edge is counted
        Does a window that does not fit give an answer?
    full table
        every map of C3 is taken to read every map of S2
        How many maps of S2 does the first map of C3 read?
    subsampling learns nothing
        the subsampling layers are taken to learn and multiply nothing, as today's pooling does
        What did the layer of 1998 do with the sum of its four pixels?
    groups ignored
        groups are not used
        With groups=2, how many input channels does a filter still see?
    pooling skipped in the field
        pooling is left out of the receptive field
        How many pixels of the layer before does one pooled value come from?
    dilation ignored in the field
        dilation is not used in the receptive field
        How many pixels does a kernel of 3 span when dilation is 2?
    kernel size for the field
        the receptive field is taken to be what the layer's own kernel spans
        One value of the second layer sees 3 values of the first. And those, what do they see?
    stride ignored in the field
        strides are not used in the receptive field
        After a stride of 2, how far apart in the picture are two neighbouring values?
    stride before the window
        a layer's own stride already widens its own window
        Does a window grow because the next one starts further away?
    """)
}


def _table_exercise(
    name: str,
    layers: tuple[Layer, ...],
    shape: tuple[int, int, int],
    *,
    network: Callable[[], nn.Module],
    slips: tuple[str, ...],
) -> Exercise:
    rows = ",\n        ".join(map(repr, _count(frozenset(), layers, shape)))
    return Exercise(
        name=name,
        task="Return the table of the network: (name, output shape, parameters, MACs, receptive "
        "field) for each layer.",
        returns="a list with one row (name, shape, parameters, MACs, receptive field) per layer",
        model=lambda slips: _count(slips, layers, shape),
        oracle=lambda: _described(network(), layers, shape),
        inputs=lambda _: [()],
        observe=lambda returned, _: _cells(returned, layers),
        slips=tuple(SLIPS[each] for each in slips),
        hints=(
            "Fill in the shapes first, from the first layer to the last. The rest follows.",
            "Parameters: kernels times kernel numbers, plus biases. MACs: weights times places.",
            "Field: add (span - 1) times the product of all earlier strides.",
        ),
        solution=f"def {name}():\n    return [\n        {rows},\n    ]\n",
    )


def _described(network: nn.Module, layers: tuple[Layer, ...], shape: tuple) -> Rows:
    """Count the same by running the network in torch."""
    table, field = [], 1
    described = [row for row in describe(network, shape) if row.layer not in ("ReLU", "Flatten")]
    for layer, row in zip(layers, described, strict=True):
        field = row.receptive_field[0].size if row.receptive_field else field
        sizes = (*row.output_shape, 1, 1)[:3]
        table.append((layer.name, sizes, row.parameters, row.macs, field))
    return table


def _cells(returned: Any, layers: tuple[Layer, ...]) -> Any:
    """Lay the table out cell by cell, as far as it goes."""
    if not isinstance(returned, list | tuple):
        return plain(returned)
    cells = {}
    for number, layer in enumerate(layers):
        row = returned[number] if number < len(returned) else ()
        numbers = list(row)[1:] if isinstance(row, list | tuple) else []
        for column, title in enumerate(COLUMNS):
            value = plain(numbers[column]) if column < len(numbers) else None
            cells[f"{title} of {layer.name}"] = value
    return cells


COMMON = ("bias forgotten", "operations for MACs", "input size for output size")
FIELD = ("kernel size for the field", "stride ignored in the field", "stride before the window")
COUNT_LENET5 = _table_exercise(
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
    slips=(
        *COMMON,
        *FIELD,
        "full table",
        "subsampling learns nothing",
        "pooling skipped in the field",
    ),
)
COUNT_PLAIN = _table_exercise(
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
    slips=(*COMMON[:2], *FIELD, "padding ignored in the shapes", "pooling skipped in the field"),
)
COUNT_MODERN = _table_exercise(
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
    slips=(
        *COMMON,
        *FIELD,
        "sizes rounded up",
        "groups ignored",
        "dilation ignored in the field",
        "pooling skipped in the field",
    ),
)

EXERCISES = (COUNT_LENET5, COUNT_PLAIN, COUNT_MODERN)
