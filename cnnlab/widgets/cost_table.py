"""A stack of layers and what each one costs."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import traitlets

from cnnlab.arithmetic import (
    Window,
    activation_bytes,
    conv_macs,
    conv_output_size,
    conv_parameters,
    dense_parameters,
    receptive_field,
)
from cnnlab.errors import ShapeError, as_int
from cnnlab.widgets.base import CourseWidget

DEFAULTS = {
    "conv": {"out_channels": 16, "kernel_size": 3, "stride": 1, "padding": 0, "groups": 1},
    "pool": {"kernel_size": 2, "stride": 2, "padding": 0},
    "dense": {"out_features": 10},
}
SIMPLE_CNN: list[Mapping[str, Any]] = [
    {"kind": "conv", "padding": 1},
    {"kind": "pool"},
    {"kind": "dense"},
]


class CostTable(CourseWidget):
    """Count a stack of layers, row by row, beside the dense layers that would do the same.

    Args:
        layers: dicts such as `{"kind": "conv", "out_channels": 16, "kernel_size": 3,
            "stride": 1, "padding": 1, "groups": 1}`, `{"kind": "pool", "kernel_size": 2,
            "stride": 2, "padding": 0}` and `{"kind": "dense", "out_features": 10}`. What is left
            out has the value shown here, but a convolution's padding is 0.
        input_shape: of one image, (channels, height, width).

    Raises:
        ShapeError: for an unknown kind of layer or setting, or a number that is not an integer.

    `rows` holds the counts; `problem` is the sentence shown where a layer does not fit.

    Example:
        >>> table = CostTable()
        >>> [row["parameters"] for row in table.rows]
        [448, 0, 40970]
    """

    page = "cost_table"

    layers: traitlets.List = traitlets.List().tag(sync=True)
    input_shape = traitlets.List(traitlets.Int(), [3, 32, 32], 3, 3).tag(sync=True)

    def __init__(
        self,
        layers: Sequence[Mapping[str, Any]] | None = None,
        input_shape: Sequence[int] = (3, 32, 32),
    ) -> None:
        given: Sequence[Mapping[str, Any]] = SIMPLE_CNN if layers is None else layers
        super().__init__(
            layers=[_complete(number, layer) for number, layer in enumerate(given, 1)],
            input_shape=[as_int("input_shape", size, minimum=-(2**53)) for size in input_shape],
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict per layer: layer, output_shape, parameters, macs, bytes and so on.

        `receptive_field` is None behind a dense layer, which sees the whole image;
        `dense_parameters` are those of a dense layer from the same input to the same output.

        Raises:
            ShapeError: if a layer does not fit, with its number.
        """
        for name, size in zip(("channels", "height", "width"), self.input_shape, strict=True):
            as_int(f"input {name}", size)
        shape = tuple(self.input_shape)
        rows = []
        windows: list[Window] = []
        for number, layer in enumerate(self.layers, 1):
            try:
                row = _row(layer, shape, windows)
            except ShapeError as error:
                raise ShapeError(f"Layer {number}, {layer['kind']}: {error}") from None
            rows.append(row)
            shape = row["output_shape"]
        return rows

    def _check(self) -> None:
        _ = self.rows

    def __repr__(self) -> str:
        kinds = ", ".join(layer["kind"] for layer in self.layers)
        shape = "x".join(map(str, self.input_shape))
        return f"CostTable({kinds or 'no layers'}; input {shape})"


def _complete(number: int, layer: Mapping[str, Any]) -> dict[str, Any]:
    kind = layer.get("kind")
    if kind not in DEFAULTS:
        raise ShapeError(f"layer {number} has kind={kind!r}. Use one of {sorted(DEFAULTS)}.")
    given = {name: value for name, value in layer.items() if name != "kind"}
    unknown = sorted(set(given) - set(DEFAULTS[kind]))
    if unknown:
        raise ShapeError(f"layer {number}, {kind}, has {unknown}. It takes {list(DEFAULTS[kind])}.")
    numbers = {n: as_int(n, value, minimum=-(2**53)) for n, value in given.items()}
    if kind == "pool" and "kernel_size" in given:
        numbers.setdefault("stride", given["kernel_size"])
    return {"kind": kind, **DEFAULTS[kind], **numbers}


def _row(layer: dict[str, Any], shape: tuple[int, ...], windows: list[Window]) -> dict[str, Any]:
    """Count one layer. `windows` grows by the layer's own, if it slides one."""
    if layer["kind"] == "dense":
        output_shape: tuple[int, ...] = (as_int("out_features", layer["out_features"]),)
        parameters = dense_parameters(prod(shape), output_shape[0])
        macs = parameters - output_shape[0]
    else:
        output_shape, parameters, macs = _sliding(layer, shape)
        windows.append(Window(layer["kernel_size"], layer["stride"], layer["padding"]))
    return {
        "layer": layer["kind"],
        "output_shape": output_shape,
        "parameters": parameters,
        "macs": macs,
        "bytes": activation_bytes(output_shape),
        "receptive_field": receptive_field(windows).size if len(output_shape) == 3 else None,
        "dense_parameters": dense_parameters(prod(shape), prod(output_shape)),
    }


def _sliding(layer: dict[str, Any], shape: tuple[int, ...]) -> tuple[tuple[int, ...], int, int]:
    if len(shape) == 1:
        raise ShapeError(
            "it comes after a dense layer, whose output has no height and width. "
            "Move it before the dense layer."
        )
    kernel_size = layer["kernel_size"]
    size = conv_output_size(
        (shape[1], shape[2]), kernel_size, stride=layer["stride"], padding=layer["padding"]
    )
    if layer["kind"] == "pool":
        return (shape[0], *size), 0, 0
    channels = layer["out_channels"]
    parameters = conv_parameters(shape[0], channels, kernel_size, groups=layer["groups"])
    macs = conv_macs(shape[0], channels, kernel_size, size, groups=layer["groups"])
    return (channels, *size), parameters, macs
