"""Exercises of homework 2: tables of what a network's layers return, learn, do and see."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from cnnlab.exercises.kit.exercise import Exercise, Switches, misconceptions_from
from cnnlab.exercises.kit.values import plain
from cnnlab.summary import describe

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


def count_layers(
    switches: Switches, layers: tuple[Layer, ...], shape: tuple[int, int, int]
) -> Rows:
    rows, field, jump = [], 1, 1
    for layer in layers:
        before, shape = shape, _shape_after(switches, layer, shape)
        kernels = _kernels(switches, layer, before)
        numbers = kernels * (1 if layer.kind == "linear" else layer.kernel**2)
        if layer.kind == "subsampling":
            numbers = 0 if "subsampling learns nothing" in switches else layer.out
        bias = layer.bias and layer.kind != "pool" and "bias forgotten" not in switches
        if layer.kind == "subsampling" and "subsampling learns nothing" in switches:
            bias = False
        places = before if "input size for output size" in switches else shape
        macs = numbers * places[1] * places[2]
        if layer.kind == "linear":
            macs = numbers
        macs *= 2 if "operations for MACs" in switches else 1
        if layer.kind == "linear":  # a kernel as large as the map
            layer = replace(layer, kernel=before[1])
        field, jump = _field_after(switches, layer, field, jump)
        rows.append((layer.name, shape, numbers + bias * layer.out, macs, field))
    return rows


def _shape_after(
    switches: Switches, layer: Layer, shape: tuple[int, int, int]
) -> tuple[int, int, int]:
    if layer.kind == "linear":
        return layer.out, 1, 1
    padding = 0 if "padding ignored in the shapes" in switches else layer.padding
    sizes = []
    for size in shape[1:]:
        free = size + 2 * padding - layer.dilation * (layer.kernel - 1) - 1
        moves = -(-free // layer.stride) if "sizes rounded up" in switches else free // layer.stride
        sizes.append(moves + 1)
    return layer.out or shape[0], *sizes


def _kernels(switches: Switches, layer: Layer, before: tuple[int, int, int]) -> int:
    if layer.kind == "linear":
        return layer.out * before[0] * before[1] * before[2]
    if layer.kind != "conv":
        return 0
    if layer.connections and "full table" not in switches:
        return layer.connections
    groups = 1 if "groups ignored" in switches else layer.groups
    return layer.out * (before[0] // groups)


def _field_after(switches: Switches, layer: Layer, field: int, jump: int) -> tuple[int, int]:
    if layer.kind in ("pool", "subsampling") and "pooling skipped in the field" in switches:
        return field, jump
    dilation = 1 if "dilation ignored in the field" in switches else layer.dilation
    if "kernel size for the field" in switches:
        return dilation * (layer.kernel - 1) + 1, jump
    after = 1 if "stride ignored in the field" in switches else jump * layer.stride
    step = after if "stride before the window" in switches else jump
    return field + dilation * (layer.kernel - 1) * step, after


MISCONCEPTIONS = {
    misconception.name: misconception
    for misconception in misconceptions_from("""
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
        How large is an image of 32 x 32 once padding=1 is around it?
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
        After a stride of 2, how far apart in the image are two neighboring values?
    stride before the window
        a layer's own stride already widens its own window
        Does a window grow because the next one starts further away?
    """)
}


def table_exercise(
    name: str,
    layers: tuple[Layer, ...],
    shape: tuple[int, int, int],
    *,
    network: Callable[[], nn.Module],
    misconceptions: tuple[str, ...],
) -> Exercise:
    rows = ",\n        ".join(map(repr, count_layers(frozenset(), layers, shape)))
    return Exercise(
        name=name,
        task="Return the table of the network: (name, output shape, parameters, MACs, receptive "
        "field) for each layer.",
        returns="a list with one row (name, shape, parameters, MACs, receptive field) per layer",
        model=lambda switches: count_layers(switches, layers, shape),
        oracle=lambda: _described(network(), layers, shape),
        inputs=lambda _: [()],
        extract_answer=lambda returned, _: _cells(returned, layers),
        misconceptions=tuple(MISCONCEPTIONS[each] for each in misconceptions),
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
