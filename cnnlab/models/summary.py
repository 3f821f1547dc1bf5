"""The table of a model's layers: what each returns, learns, does and sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from torch import nn

from cnnlab.arithmetic import ReceptiveField, Window
from cnnlab.errors import as_pair
from cnnlab.models.tracing import Node, Shape, trace_blank

Fields = tuple[ReceptiveField, ...]  # along the height, along the width

# Functions whose output at one place depends on the input at that place only.
ARITHMETIC = {"add", "sub", "mul", "div", "cat", "mean", "sum", "neg"}
ACTIVATIONS = {"elu", "gelu", "hardswish", "hardtanh", "relu", "relu6", "sigmoid", "silu", "tanh"}
UNCHANGED = {"batch_norm", "clone", "contiguous", "dropout", "float", "to"}
PLACE_BY_PLACE = ARITHMETIC | ACTIVATIONS | UNCHANGED
WHOLE_MAP = {"flatten", "reshape", "view"}


@dataclass(frozen=True)
class Row:
    """One layer, as it was called. Parameters that an earlier row counted are left out."""

    name: str  # where it is in the model, as in `model.get_submodule(name)`
    layer: str  # its class
    output_shape: Shape  # of one image, without the batch
    parameters: int  # numbers it learns
    macs: int  # multiply-adds for one image; adding a bias is not counted
    receptive_field: Fields | None  # None where positions have lost their meaning, or are unknown

    def _cells(self) -> tuple[str, ...]:
        sizes = "x".join(str(axis.size) for axis in self.receptive_field or ()) or "-"
        shape = "x".join(map(str, self.output_shape))
        return self.name, self.layer, shape, f"{self.parameters:,}", f"{self.macs:,}", sizes


@dataclass(frozen=True, repr=False)
class Summary:
    """The rows of a model, first layer first, and their totals."""

    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def __repr__(self) -> str:
        head = "layer", "", "output shape", "parameters", "MACs", "receptive field"
        total = "total", "", "", f"{self.parameters:,}", f"{self.macs:,}", ""
        cells = [head, *(row._cells() for row in self.rows), total]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        line = "  ".join(f"{{:{side}{n}}}" for side, n in zip("<<<>>>", widths, strict=True))
        return "\n".join(line.format(*each).rstrip() for each in cells)


def describe(model: nn.Module, input_shape: Sequence[int]) -> Summary:
    """Return one row per layer that computes something. See `arithmetic.describe`.

    Raises:
        ShapeError: if `input_shape` is not a sequence of sizes, or the model fails on it.
        ValueError: if `model` is not an nn.Module.
    """
    nodes = trace_blank(model, input_shape)
    fields: list[Fields | None] = [(ReceptiveField(1, 1, 0), ReceptiveField(1, 1, 0))]
    rows: list[Row] = []
    counted: set[nn.Parameter] = set()
    for node in nodes[1:]:
        fields.append(_fields(node, fields))
        if node.layer is not None and node.shape is not None:
            new = set(node.layer.parameters(recurse=False)) - counted
            counted |= new
            sizes = node.shape[1:], sum(parameter.numel() for parameter in new), _macs(node)
            rows.append(Row(node.name, type(node.layer).__name__, *sizes, fields[-1]))
    return Summary(tuple(rows))


def _fields(node: Node, fields: list[Fields | None]) -> Fields | None:
    """Return what a node's output depends on, from the fields of the nodes before it."""
    given = [(shape, None if n is None else fields[n]) for n, shape in node.inputs]
    layer, after = node.layer, node.shape or ()
    if layer is None:
        known = [(shape, each) for shape, each in given if each]
        if known and node.name in WHOLE_MAP and len(known[0][0]) != len(after):
            return _pooled(known[0][1], known[0][0][-2:], (1, 1))
        alike = all(shape[2:] == after[2:] for shape, _ in known)
        followed = alike and node.name in PLACE_BY_PLACE | WHOLE_MAP
        return _union([each for _, each in known]) if known and followed else None
    before, first = given[0] if given else ((), None)
    if isinstance(layer, nn.Linear):
        return first
    slides = hasattr(layer, "kernel_size") or hasattr(layer, "output_size")
    if first and slides and len(after) == 4:
        return _through(layer, first, before[-2:], after[-2:])
    return None if node.source is None else fields[node.source]


def _through(layer: Any, fields: Fields, before: Shape, after: Shape) -> Fields | None:
    """Return the fields behind a convolution or pooling, from its own settings."""
    if hasattr(layer, "output_size"):  # adaptive pooling
        return _pooled(fields, before, after)
    if isinstance(layer, nn.modules.conv._ConvTransposeNd):
        return None  # its units do not share one size
    kernel, stride = as_pair("kernel_size", layer.kernel_size), as_pair("stride", layer.stride)
    dilation = as_pair("dilation", getattr(layer, "dilation", 1))
    padding = layer.padding
    if padding == "same":  # torch pads the far side more where the total is odd
        padding = tuple(d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True))
    padding = as_pair("padding", 0 if padding == "valid" else padding, minimum=0)
    windows = map(Window, kernel, stride, padding, dilation)
    return tuple(map(ReceptiveField.behind, fields, windows))


def _pooled(fields: Fields, before: Shape, after: Shape) -> Fields | None:
    """Return the fields after `before` positions become `after`, in equal parts."""
    if any(size % parts for size, parts in zip(before, after, strict=True)):
        return None
    sizes = [size // parts for size, parts in zip(before, after, strict=True)]
    return tuple(map(ReceptiveField.behind, fields, map(Window, sizes, sizes)))


def _union(known: list[Fields]) -> Fields | None:
    """Return the fields of a sum: what any of its terms depends on."""
    axes = []
    for fields in zip(*known, strict=True):
        if len({field.stride for field in fields}) > 1:
            return None
        start = min(field.start for field in fields)
        end = max(field.start + field.size for field in fields)
        axes.append(ReceptiveField(end - start, fields[0].stride, start))
    return tuple(axes)


def _macs(node: Node) -> int:
    """Every weight of a convolution is used once per position, of a linear layer once per row."""
    weight: Any = getattr(node.layer, "weight", None)
    shape = node.shape or ()
    if isinstance(node.layer, nn.Linear):
        return weight.numel() * prod(shape[:-1])
    if weight is None or not hasattr(node.layer, "kernel_size"):
        return 0
    transposed = isinstance(node.layer, nn.modules.conv._ConvTransposeNd)
    return weight.numel() * prod((node.inputs[0][1] if transposed else shape)[2:])
