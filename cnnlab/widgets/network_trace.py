"""A torch model as a list of steps that a page can compute by itself."""

import operator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F

from cnnlab.errors import ShapeError, as_pair
from cnnlab.models import in_eval_mode
from cnnlab.widgets.naming import layer_title

ACTIVATIONS = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.SiLU: "silu"}
CALLS = {torch.relu: "relu", F.relu: "relu", torch.tanh: "tanh", torch.sigmoid: "sigmoid"}
CALLS |= {
    F.silu: "silu",
    torch.relu_: "relu",
    "relu_": "relu",
    "relu": "relu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
}
SUMS = {operator.add, operator.iadd, torch.add, "add"}
POOLS = {nn.MaxPool2d: "max", nn.AvgPool2d: "average", F.max_pool2d: "max"}
POOLS |= {F.avg_pool2d: "average", nn.AdaptiveMaxPool2d: "max", nn.AdaptiveAvgPool2d: "average"}
PLAIN = {"dilation": 1, "ceil_mode": False, "return_indices": False}  # what the page can pool
PLAIN |= {"count_include_pad": True, "divisor_override": None}
UNCHANGED = (nn.Identity, nn.Dropout, nn.Dropout2d)  # in eval mode
NAMES = {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "silu": "SiLU"}


@dataclass
class Trace:
    """What a page computes: steps in order, their weights one after the other, and the rest.

    A step is a dict with its `kind`, `title`, `name` in the model, `shape` (channels, height,
    width), and `from`: the steps that it reads. Step 0 is the picture. `rest` names what comes
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
def trace(model: nn.Module, picture: Tensor) -> Trace:
    """Follow one picture (1, channels, height, width) as far as its maps reach.

    Raises:
        ShapeError: if torch cannot follow the model, or no convolution is reached.
    """
    with in_eval_mode(model):
        try:
            graph = fx.symbolic_trace(model)
        except Exception as error:  # a learner's forward may stop a trace in any way
            raise ShapeError(
                f"{type(model).__name__} cannot be followed: its forward does more than hand maps "
                "from layer to layer. NetworkExplorer draws chains and sums of layers, such as an "
                "nn.Sequential."
            ) from error
        shapes = _Shapes(graph)
        shapes.run(picture)
    found, places = Trace(), {}
    for node in graph.graph.nodes:
        shape = shapes.of.get(node)
        if node.op == "placeholder":
            step: Any = {"kind": "picture", "title": "picture", "name": ""}
        else:
            step = _step(node, model, shapes, found) if shape and len(shape) == 4 else None
        before = [places.get(each) for each in node.all_input_nodes]
        if step is None or None in before:
            if node.op not in ("output", "get_attr"):
                found.rest.append(_title(node, model))
        elif step == {}:
            places[node] = before[0]
        else:
            places[node] = len(found.steps)
            found.steps.append({**step, "shape": list(shape[1:]), "from": before})
    if not any(step["kind"] == "conv" for step in found.steps):
        raise ShapeError(
            f"{type(model).__name__} has no convolution that NetworkExplorer can reach: it stops "
            f"at {found.rest[0] if found.rest else 'the picture'}."
        )
    return found


class _Shapes(fx.Interpreter):
    """Run a graph and note the shape of each tensor."""

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__(graph)
        self.of: dict[fx.Node, tuple[int, ...]] = {}

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if isinstance(result, Tensor):
            self.of[n] = tuple(result.shape)
        return result


def _title(node: fx.Node, model: nn.Module) -> str:
    if node.op == "call_module":
        return layer_title(model.get_submodule(node.target))
    return getattr(node.target, "__name__", str(node.target)).strip("_")


def _step(node: fx.Node, model: nn.Module, shapes: _Shapes, found: Trace) -> dict | None:
    """Return a step for the page, {} if nothing changes, None if the page cannot compute it."""
    if node.op != "call_module":
        return _call(node)
    layer = model.get_submodule(node.target)
    step: dict | None = None
    if isinstance(layer, UNCHANGED):
        return {}
    if type(layer) is nn.Conv2d:
        step = _conv(layer, found)
    elif type(layer) is nn.BatchNorm2d and layer.running_mean is not None:
        step = _batch_norm(layer, found)
    elif type(layer) in ACTIVATIONS:
        step = {"kind": "activation", "function": ACTIVATIONS[type(layer)]}
    elif isinstance(layer, nn.AdaptiveMaxPool2d | nn.AdaptiveAvgPool2d):
        step = _whole_pool(layer, shapes.of[node.all_input_nodes[0]][2:], shapes.of[node][2:])
    elif type(layer) in POOLS and all(getattr(layer, n, v) == v for n, v in PLAIN.items()):
        step = _pool(POOLS[type(layer)], layer.kernel_size, layer.stride, layer.padding)
    return step and {"title": layer_title(layer), **step, "name": node.target}


def _call(node: fx.Node) -> dict | None:
    target = node.target
    if target in CALLS:
        name = CALLS[target]
        return {"kind": "activation", "function": name, "title": NAMES[name], "name": ""}
    if target in SUMS and len(node.all_input_nodes) == 2 == len(node.args):
        return {"kind": "sum", "title": "sum", "name": ""}
    if target in (F.max_pool2d, F.avg_pool2d):
        given = dict(zip(("input", "kernel_size", "stride", "padding"), node.args, strict=False))
        given |= node.kwargs
        given = {name: v for name, v in given.items() if name not in PLAIN or v != PLAIN[name]}
        if len(node.args) <= 4 and set(given) <= {"input", "kernel_size", "stride", "padding"}:
            sizes = given["kernel_size"], given.get("stride"), given.get("padding", 0)
            return {**_pool(POOLS[target], *sizes), "name": ""}
    return None


def _conv(layer: nn.Conv2d, found: Trace) -> dict | None:
    padding = layer.padding
    if padding == "same":
        total = [d * (k - 1) for d, k in zip(layer.dilation, layer.kernel_size, strict=True)]
        padding = None if any(each % 2 for each in total) else [each // 2 for each in total]
    if padding == "valid":
        padding = 0
    if padding is None or layer.padding_mode != "zeros":
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


def _batch_norm(layer: nn.BatchNorm2d, found: Trace) -> dict:
    scale = (layer.running_var.double() + layer.eps).rsqrt()
    if layer.affine:
        scale = scale * layer.weight
    shift = -layer.running_mean * scale + (layer.bias if layer.affine else 0)
    return {"kind": "affine", "scale": found.keep(scale), "shift": found.keep(shift)}


def _pool(mode: str, kernel: Any, stride: Any, padding: Any) -> dict:
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


def _whole_pool(layer: nn.Module, before: tuple, after: tuple) -> dict | None:
    if any(size % parts for size, parts in zip(before, after, strict=True)):
        return None
    kernel = tuple(size // parts for size, parts in zip(before, after, strict=True))
    return _pool(POOLS[type(layer)], kernel, None, 0)
