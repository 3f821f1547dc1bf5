"""The pixels that one unit of a network can see, and those that it does see."""

import base64
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from cnnlab import arithmetic
from cnnlab.errors import ShapeError
from cnnlab.widgets.base import CourseWidget, Whole
from cnnlab.widgets.images import image_bytes, png_uri

if TYPE_CHECKING:
    from torch import nn

    from cnnlab.models.summary import Row

PIXEL = arithmetic.ReceptiveField(size=1, stride=1, start=0)
UNITS = 8  # along each axis of a layer: more are thinned out
LARGEST = 330_000  # bytes of all gradient maps in a page


class ReceptiveField(CourseWidget):
    """Pick a unit of a layer: its theoretical field on an image, and its measured gradient.

    The field follows from kernel sizes, strides and padding alone. The gradient is that of
    `inspection.unit_gradient`, for the sum over all maps of the layer at the unit's place. A page
    holds it for at most 8x8 units of each layer, as 8-bit numbers.

    Args:
        model: a network whose layers `arithmetic.describe` can follow. It is left as it was.
        image: one of them (1 or 3, height, width), uint8 or float in [0, 1].
        layers: names as in `model.get_submodule(name)`. Default: every convolution and pooling.

    `layer` is the number of the layer in view, `unit` the (row, column) of the unit.
    """

    page = "receptive_field"

    picture = traitlets.Unicode().tag(sync=True)
    size = traitlets.List(traitlets.Int()).tag(sync=True)
    layers: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    layer = Whole().tag(sync=True)
    unit = traitlets.List(traitlets.Int(), [0, 0], 2, 2).tag(sync=True)

    def __init__(
        self, model: "nn.Module", image: Any, *, layers: Sequence[str] | None = None
    ) -> None:
        pixels = image_bytes("image", image)
        rows = _rows(model, pixels.transpose(2, 0, 1).shape, layers)
        shown = [_layer(model, pixels, row, _per_axis(rows, pixels)) for row in rows]
        opened = _last_with_several_units(shown)
        last = shown[opened]
        super().__init__(
            picture=png_uri(pixels),
            size=list(pixels.shape[:2]),
            layers=shown,
            layer=opened,
            unit=[last["rows"][len(last["rows"]) // 2], last["columns"][len(last["columns"]) // 2]],
        )

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The rows and columns, from and up to, that the unit can see inside the image."""
        self._check()
        down, across = self.layers[self.layer]["fields"]
        (row, column), (height, width) = self.unit, self.size
        return _clipped(down, row, height), _clipped(across, column, width)

    def _check(self) -> None:
        if not 0 <= self.layer < len(self.layers):
            raise ShapeError(f"layer={self.layer} is not shown. Use 0 to {len(self.layers) - 1}.")
        for name, place, count in zip(
            ("row", "column"), self.unit, self.layers[self.layer]["units"], strict=True
        ):
            if not 0 <= place < count:
                raise ShapeError(f"unit {name}={place} is not in the layer. Use 0 to {count - 1}.")

    def __repr__(self) -> str:
        height, width = self.size
        return f"ReceptiveField({len(self.layers)} layers, picture {height}x{width})"


def _rows(model: "nn.Module", shape: tuple[int, ...], names: Sequence[str] | None) -> "list[Row]":
    """Return the rows of `describe` for these layers, or for all that move or widen the field."""
    from cnnlab.models.layers import find_layer

    last_calls = {row.name: row for row in arithmetic.describe(model, shape)}
    maps = [row for row in last_calls.values() if len(row.output_shape) == 3]
    rows = {row.name: row for row in maps if row.receptive_field}
    if names is None:
        names = _names_of_changes(rows)
        if not names:
            raise ShapeError(
                f"{type(model).__name__} has no layer whose units look at a part of the image. "
                "Use a model with convolutions."
            )
    for name in names:
        find_layer(model, name)  # an unknown name has its own sentence
        if name not in rows:
            raise ShapeError(
                f"layer {name!r} has no receptive field on the image. Use some of {list(rows)}."
            )
    return [rows[name] for name in names]


def _names_of_changes(rows: "dict[str, Row]") -> list[str]:
    """Return the names of the layers whose field is not that of the layer before."""
    before: tuple[arithmetic.ReceptiveField, ...] = (PIXEL, PIXEL)
    names = []
    for name, row in rows.items():
        if row.receptive_field and row.receptive_field != before:
            names.append(name)
            before = row.receptive_field
    return names


def _last_with_several_units(layers: list[Any]) -> int:
    """Return the last layer that has more than one unit, or the very last."""
    several = [number for number, layer in enumerate(layers) if max(layer["units"]) > 1]
    return several[-1] if several else len(layers) - 1


def _per_axis(rows: "list[Row]", pixels: np.ndarray) -> int:
    """Return how many units along each axis of a layer fit into the page."""
    areas = [
        prod(min(f.size, n) for f, n in zip(row.receptive_field or (), pixels.shape, strict=False))
        for row in rows
    ]

    def size(most: int) -> int:
        units = (prod(min(most, count) for count in row.output_shape[1:]) for row in rows)
        return sum(area * count for area, count in zip(areas, units, strict=True))

    return next(most for most in range(UNITS, 0, -1) if most == 1 or size(most) <= LARGEST)


def _layer(model: "nn.Module", pixels: np.ndarray, row: "Row", per_axis: int) -> dict[str, Any]:
    """Return what the page needs of a layer: its fields, and the gradients of some units."""
    import torch

    from cnnlab.inspection import unit_gradient
    from cnnlab.models.layers import find_layer, layer_title

    image = torch.from_numpy(pixels.transpose(2, 0, 1) / np.float32(255))[None]
    channels, *units = row.output_shape
    down, across = [vars(field) for field in row.receptive_field or ()]
    rows, columns = [_spread(count, per_axis) for count in units]
    patches = bytearray()
    for unit in product(rows, columns):
        gradient = unit_gradient(model, image, row.name, unit=unit).cpu().numpy()
        top, bottom = _clipped(down, unit[0], gradient.shape[0])
        left, right = _clipped(across, unit[1], gradient.shape[1])
        patch = gradient[top:bottom, left:right]
        scaled = np.round(patch * (255 / max(patch.max(initial=0), 1e-30)))
        patches += scaled.astype(np.uint8).tobytes()
    return {
        "name": row.name,
        "title": layer_title(find_layer(model, row.name)),
        "channels": channels,
        "units": units,
        "fields": [down, across],
        "rows": rows,
        "columns": columns,
        "patches": base64.b64encode(bytes(patches)).decode(),
    }


def _spread(count: int, most: int) -> list[int]:
    """Return all of `count` places, or `most` of them at even distances, first and last too."""
    if count <= most:
        return list(range(count))
    if most == 1:
        return [count // 2]
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})


def _clipped(field: dict[str, int], place: int, size: int) -> tuple[int, int]:
    """Return from where and up to where a unit sees, inside the image."""
    start = field["start"] + place * field["stride"]
    low = min(max(start, 0), size)
    return low, min(max(start + field["size"], low), size)
