"""What a layer is called in a widget."""

from typing import TYPE_CHECKING

from cnnlab.errors import as_pair

if TYPE_CHECKING:
    from torch import nn

NAMES = {"Conv2d": "conv", "MaxPool2d": "max pool", "AvgPool2d": "average pool"}
NAMES |= {"BatchNorm2d": "batch norm", "AdaptiveMaxPool2d": "max pool to"}
NAMES |= {"AdaptiveAvgPool2d": "average pool to"}


def layer_title(layer: "nn.Module") -> str:
    """Return a layer's kind and its size, such as "conv 3\N{MULTIPLICATION SIGN}3"."""
    name = type(layer).__name__
    size = getattr(layer, "kernel_size", getattr(layer, "output_size", None))
    title = NAMES.get(name, name)
    if size is None:
        return title
    height, width = as_pair("size", size)
    return f"{title} {height}\N{MULTIPLICATION SIGN}{width}"
