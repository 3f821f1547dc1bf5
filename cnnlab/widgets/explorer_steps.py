"""A torch model as a list of steps that a page can compute by itself."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.errors import ShapeError, as_pair
from cnnlab.models.layers import find_layer, layer_title
from cnnlab.models.tracing import Node, Shape, is_torchs, trace

ACTIVATIONS = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.SiLU: "silu"}
FUNCTIONS = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "silu": "SiLU"}  # their titles
POOLS = {nn.MaxPool2d: "max", nn.AvgPool2d: "average"}
WHOLE_POOLS = {nn.AdaptiveMaxPool2d: "max", nn.AdaptiveAvgPool2d: "average"}
POOL_FUNCTIONS = {"max_pool2d": "max", "avg_pool2d": "average"}
PLAIN: dict[str, Any] = {  # the poolings that the page can compute
    "dilation": 1,
    "ceil_mode": False,
    "return_indices": False,
    "count_include_pad": True,
    "divisor_override": None,
}
UNCHANGED = (nn.Identity, nn.Dropout, nn.Dropout2d)  # in eval mode


@dataclass
class Steps:
    """What a page computes: steps in order, their weights one after the other, and the rest.

    A step is a dict with its `kind`, `title`, `name` in the model, `shape` (channels, height,
    width), and `from`: the steps that it reads. Step 0 is the image. `rest` names what comes
    after the maps.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[Tensor] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    def keep(self, numbers: Tensor) -> int:
        """Store numbers and return where they begin."""
        place = sum(stored.numel() for stored in self.numbers)
        self.numbers.append(numbers.detach().double().flatten().cpu())
        return place

    def float32(self) -> bytes:
        """Return all numbers, little-endian."""
        return torch.cat([torch.zeros(0), *self.numbers]).numpy().astype(np.dtype("<f4")).tobytes()


@torch.no_grad()
def explorer_steps(model: nn.Module, image: Tensor, until: str | None = None) -> Steps:
    """Follow one image (1, channels, height, width) as far as its maps reach.

    Args:
        until: the name of the last layer to follow.

    Raises:
        ShapeError: if no convolution is reached.
        ValueError: if no layer has the name `until`, with the nearest names.
    """
    if until is not None:
        find_layer(model, until)
    found = Steps()
    places: list[int | None] = [0]  # the step that holds the maps of each node, if any
    found.steps.append(
        {
            "kind": "picture",
            "title": "picture",
            "name": "",
            "from": [],
            "shape": list(image.shape[1:]),
        }
    )
    for node in trace(model, image)[1:]:
        if until is not None and found.steps[-1]["name"] == until:
            found.rest = ["the layers that follow"]
            break
        places.append(_place(node, places, found))
    if not any(step["kind"] == "conv" for step in found.steps):
        raise ShapeError(
            f"{type(model).__name__} has no convolution that NetworkExplorer can reach: it stops "
            f"at {found.rest[0] if found.rest else 'the image'}."
        )
    return found


def _place(node: Node, places: list[int | None], found: Steps) -> int | None:
    """Return the step with a node's maps, a new one or an earlier one; None if there is none."""
    if node.inside:
        return None  # its layer is the step
    own = node.layer is not None and not is_torchs(node.layer)
    if own and node.source is not None:
        return places[node.source]  # what a learner's layer calls are steps of their own
    before = [None if number is None else places[number] for number, _ in node.inputs]
    step, shape = None, node.shape or ()
    if not own and before and None not in before and len(shape) == 4:
        if isinstance(node.layer, UNCHANGED):
            return before[0]
        step = _call(node) if node.layer is None else _layer(node, node.layer, found)
    if step is None:
        found.rest.append(layer_title(node.layer) if node.layer else node.name)
        return None
    found.steps.append({**step, "shape": list(shape[1:]), "from": before})
    return len(found.steps) - 1


def _layer(node: Node, layer: nn.Module, found: Steps) -> dict[str, Any] | None:
    """Return a layer as a step; None if the page cannot compute it."""
    step: dict[str, Any] | None = None
    if type(layer) is nn.Conv2d:
        step = _conv(layer, found)
    elif type(layer) is nn.BatchNorm2d and layer.running_mean is not None:
        step = _batch_norm(layer, found)
    elif type(layer) in ACTIVATIONS:
        step = {"kind": "activation", "function": ACTIVATIONS[type(layer)]}
    elif type(layer) in WHOLE_POOLS:
        after = (node.shape or ())[2:]
        step = _whole_pool(WHOLE_POOLS[type(layer)], node.inputs[0][1][2:], after)
    elif type(layer) in POOLS and all(getattr(layer, n, v) == v for n, v in PLAIN.items()):
        step = _pool(POOLS[type(layer)], layer.kernel_size, layer.stride, layer.padding)
    if step is None:
        return None
    return {"title": layer_title(layer), **step, "name": node.name}


def _call(node: Node) -> dict[str, Any] | None:
    """Return a function's call as a step; None if the page cannot compute it."""
    if node.name in FUNCTIONS:
        title = FUNCTIONS[node.name]
        return {"kind": "activation", "function": node.name, "title": title, "name": ""}
    if node.name == "add" and len(node.args) == len(node.inputs) == 2 and not node.kwargs:
        equal = all(shape == node.shape for _, shape in node.inputs)
        return {"kind": "sum", "title": "sum", "name": ""} if equal else None
    if node.name in POOL_FUNCTIONS:
        return _pool_call(node)
    return None


def _pool_call(node: Node) -> dict[str, Any] | None:
    names = ("input", "kernel_size", "stride", "padding")
    given = dict(zip(names, node.args, strict=False)) | node.kwargs
    special = {name for name, value in given.items() if name in PLAIN and value != PLAIN[name]}
    if len(node.args) > len(names) or special or not set(given) <= {*names, *PLAIN}:
        return None
    step = _pool(
        POOL_FUNCTIONS[node.name],
        given["kernel_size"],
        given.get("stride"),
        given.get("padding", 0),
    )
    return step | {"name": ""}


def _conv(layer: nn.Conv2d, found: Steps) -> dict[str, Any] | None:
    padding: Any = layer.padding
    if padding == "valid":
        padding = 0
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
        if any(size % 2 for size in total):
            return None
        padding = [size // 2 for size in total]
    if layer.padding_mode != "zeros":
        return None
    return {
        "kind": "conv",
        "weight": found.keep(layer.weight),
        "bias": None if layer.bias is None else found.keep(layer.bias),
        "inputs": layer.weight.shape[1],  # input maps that one output map reads
        "groups": layer.groups,
        "kernel": list(layer.kernel_size),
        "stride": list(layer.stride),
        "padding": list(as_pair("padding", padding, minimum=0)),
        "dilation": list(layer.dilation),
    }


def _batch_norm(layer: nn.BatchNorm2d, found: Steps) -> dict[str, Any]:
    mean: Any = layer.running_mean  # None in a batch norm that keeps no statistics
    variance: Any = layer.running_var
    scale = (variance.double() + layer.eps).rsqrt()
    if layer.affine:
        scale = scale * layer.weight
    shift = -mean * scale + (layer.bias if layer.affine else 0)
    return {"kind": "affine", "scale": found.keep(scale), "shift": found.keep(shift)}


def _pool(mode: str, kernel: Any, stride: Any, padding: Any) -> dict[str, Any]:
    kernel = as_pair("kernel_size", kernel)
    times = "\N{MULTIPLICATION SIGN}".join(map(str, kernel))
    return {
        "kind": "pool",
        "mode": mode,
        "title": f"{mode} pool {times}",
        "kernel": list(kernel),
        "stride": list(as_pair("stride", kernel if stride is None else stride)),
        "padding": list(as_pair("padding", padding, minimum=0)),
    }


def _whole_pool(mode: str, before: Shape, after: Shape) -> dict[str, Any] | None:
    if any(size % parts for size, parts in zip(before, after, strict=True)):
        return None
    kernel = tuple(size // parts for size, parts in zip(before, after, strict=True))
    return _pool(mode, kernel, None, 0)
