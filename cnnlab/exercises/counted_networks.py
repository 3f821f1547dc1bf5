"""count_lenet5, count_plain and count_modern: the layer tables of three networks."""

from dataclasses import dataclass, replace
from typing import Any

from torch import Generator

from cnnlab.exercises.kit import (
    RIGHT,
    Exercise,
    Numbers,
    Switches,
    Varied,
    integer,
    misconceptions_from,
    one_of,
    plain,
)

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

COLUMNS = ("output shape", "parameters", "MACs", "receptive field")
Shape = tuple[int, int, int]
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


def count_layers(switches: Switches, layers: tuple[Layer, ...], shape: Shape) -> Rows:
    rows, field, jump = [], 1, 1
    for layer in layers:
        if layer.kind == "linear":  # a kernel as large as the map
            layer = replace(layer, kernel=shape[1])
        if layer.kind == "subsampling" and "subsampling learns nothing" in switches:
            layer = replace(layer, kind="pool", out=0)
        before, shape = shape, _shape_after(switches, layer, shape)
        weights = _weights(switches, layer, before[0])
        biases = layer.out if layer.bias and "bias forgotten" not in switches else 0
        _, height, width = before if "input size for output size" in switches else shape
        macs = weights * height * width * (2 if "operations for MACs" in switches else 1)
        field, jump = _field_after(switches, layer, field, jump)
        rows.append((layer.name, shape, weights + biases, macs, field))
    return rows


def _shape_after(switches: Switches, layer: Layer, shape: Shape) -> Shape:
    padding = 0 if "padding ignored in the shapes" in switches else layer.padding

    def positions(size: int) -> int:
        free = size + 2 * padding - layer.dilation * (layer.kernel - 1) - 1
        moves = -(-free // layer.stride) if "sizes rounded up" in switches else free // layer.stride
        return moves + 1

    return layer.out or shape[0], positions(shape[1]), positions(shape[2])


def _weights(switches: Switches, layer: Layer, in_channels: int) -> int:
    if layer.kind in ("pool", "subsampling"):
        return layer.out  # one factor for each map, and a pool has none
    groups = 1 if "groups ignored" in switches else layer.groups
    kernels = layer.out * (in_channels // groups)
    if layer.connections and "full table" not in switches:
        kernels = layer.connections
    return kernels * layer.kernel**2


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
        a last window that hangs over the border is counted
        Does a window that does not fit give a response?
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


def _table_exercise(
    name: str,
    layers: tuple[Layer, ...],
    shape: Shape,
    misconceptions: tuple[str, ...],
) -> Exercise:
    rows = ",\n        ".join(map(repr, count_layers(RIGHT, layers, shape)))
    return Exercise(
        name=name,
        task="Return the table of the network: (name, output shape, parameters, MACs, receptive "
        "field) for each layer.",
        returns="a list with one row (name, shape, parameters, MACs, receptive field) per layer",
        model=lambda switches: count_layers(switches, layers, shape),
        inputs=lambda _: [()],
        extract_answer=lambda returned, _: _cells(returned, layers),
        group=lambda part: part.partition(" of ")[0],  # the table's columns
        misconceptions=tuple(MISCONCEPTIONS[each] for each in misconceptions),
        hints=(
            "Fill in the shapes first, from the first layer to the last. The rest follows.",
            "Parameters: kernels times kernel numbers, plus biases. MACs: weights times places.",
            "Field: add (span - 1) times the product of all earlier strides.",
        ),
        solution=f"def {name}():\n    return [\n        {rows},\n    ]\n",
    )


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


def left_by_lenet(size: int) -> int:
    """Return how many rows a map of S4 has, when each convolution takes 4 and each pool halves."""
    return ((size - 4) // 2 - 4) // 2


def _lenet5(n: Numbers) -> Exercise:
    maps = n["three"] + n["four"] + 1  # of C3; the last one reads all maps of S2
    layers = (
        Layer("C1", n["c1"], 5),
        Layer("S2", n["c1"], 2, 2, kind="subsampling"),
        Layer("C3", maps, 5, connections=3 * n["three"] + 4 * n["four"] + n["c1"]),
        Layer("S4", maps, 2, 2, kind="subsampling"),
        Layer("C5", n["c5"], left_by_lenet(n["size"])),
        Layer("F6", n["f6"], kind="linear"),
    )
    learned = ("full table", "subsampling learns nothing")
    return _table_exercise(
        "count_lenet5",
        layers,
        (1, n["size"], n["size"]),
        (*COMMON, *FIELD, *learned, "pooling skipped in the field"),
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
    return _table_exercise(
        "count_plain",
        _plain_layers(n),
        (3, n["size"], n["size"]),
        (*COMMON[:2], *FIELD, "padding ignored in the shapes", "pooling skipped in the field"),
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
    layers = (
        Layer("stem", c1, k1, 2, k1 // 2),
        Layer("depthwise", c1, 3, padding=1, groups=c1, bias=False),
        Layer("pointwise", c2, bias=False),
        Layer("dilated", c2, 3, padding=d, dilation=d, groups=groups),
        Layer("pool", 0, 3, 2, kind="pool"),
        Layer("head", n["head"]),
    )
    in_field = ("dilation ignored in the field", "pooling skipped in the field")
    return _table_exercise(
        "count_modern",
        layers,
        (3, n["height"], n["width"]),
        (*COMMON, *FIELD, "sizes rounded up", "groups ignored", *in_field),
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
