"""The one tracer of torch models: every layer and function that an image runs through."""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from cnnlab.errors import ShapeError, as_shape
from cnnlab.models.layers import in_eval_mode

Shape = tuple[int, ...]

# What a layer is made for, and on which axis of its input that size is found.
MADE_FOR = {"in_features": -1, "in_channels": 1, "num_features": 1, "num_channels": 1}
LAYERS_NAMED = 4  # of those that ran before one that failed


@dataclass(frozen=True)
class Node:
    """A layer or a function, as it was called while an image ran through a model."""

    name: str  # of the layer in the model; of the function, such as "add" for `+=`
    inputs: tuple[tuple[int | None, Shape], ...]  # the node, if any, and shape of each tensor
    shape: Shape | None  # of the output, with the batch; None unless it is one tensor
    inside: bool  # whether a layer of torch called it
    layer: nn.Module | None = None
    source: int | None = None  # which earlier node made the layer's output: often one inside it
    args: tuple = ()  # what a function was given, tensors too
    kwargs: dict[str, Any] = field(default_factory=dict)


def trace(model: nn.Module, image: Tensor) -> list[Node]:
    """Return the image, then each layer and function it runs through; a layer after its parts.

    Raises:
        ShapeError: if the model fails, with the layers that ran and what came to the next.
    """
    record = _Recorder()
    record.add(image, "image", ())
    with ExitStack() as hooks, in_eval_mode(model), torch.no_grad():
        for name, layer in model.named_modules():
            if not any(layer.children()) or layer._parameters:
                enter = partial(record.enter, name or "model")
                hooks.enter_context(layer.register_forward_pre_hook(enter, with_kwargs=True))
                hooks.enter_context(layer.register_forward_hook(record.leave))
        try:
            with record:
                model(image)
        except Exception as error:
            raise ShapeError(_failure(record, model, error)) from error
    return record.nodes


def trace_blank(model: nn.Module, input_shape: Sequence[int]) -> list[Node]:
    """Trace a model with one blank image of this shape, (channels, height, width).

    Raises:
        ShapeError: if `input_shape` is not a sequence of sizes, or the model fails on it.
        ValueError: if `model` is not an nn.Module.
    """
    if isinstance(model, type):
        raise ValueError(f"model is the class {model.__name__}. Make a network: {model.__name__}()")
    if not isinstance(model, nn.Module):
        raise ValueError(f"model is of type {type(model).__name__}, not an nn.Module.")
    shape = as_shape("input_shape", input_shape)
    if not shape:
        raise ShapeError("input_shape=() has no size. Use (channels, height, width).")
    first = next(model.parameters(), torch.empty(0))
    try:
        image = torch.zeros(1, *shape, device=first.device, dtype=first.dtype)
    except (OverflowError, RuntimeError, TypeError):  # torch's words for more than it can count
        raise ShapeError(f"input_shape={shape} does not fit into memory.") from None
    return trace(model, image)


def is_torchs(layer: nn.Module) -> bool:
    """Return whether a layer is one of torch's own and not a container."""
    return type(layer).__module__.startswith("torch.nn") and not isinstance(layer, nn.Sequential)


class _Recorder(TorchFunctionMode):
    """Write down a node for each call, and which node each tensor came from."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Node] = []
        self.made: dict[int, tuple[Tensor, int, int]] = {}  # by id; the tensor keeps it unique
        self.running: list[tuple[str, nn.Module, tuple]] = []  # layers, and their inputs
        self.failed: tuple[str, tuple] | None = None  # a function that did, and its inputs

    def add(self, output: Any, name: str, inputs: tuple, **more: Any) -> None:
        for each in _tensors(output):
            self.made[id(each)] = each, _version(each), len(self.nodes)
        shape = tuple(output.shape) if isinstance(output, Tensor) else None
        inside = any(is_torchs(layer) for _, layer, _ in self.running)
        self.nodes.append(Node(name, inputs, shape, inside, **more))

    def origin(self, tensor: Tensor) -> int | None:
        """Return the node that wrote a tensor last; None too if it was changed unseen."""
        _, version, node = self.made.get(id(tensor), (None, None, None))
        return node if version == _version(tensor) else None

    def inputs(self, *given: Any) -> tuple[tuple[int | None, Shape], ...]:
        return tuple((self.origin(each), tuple(each.shape)) for each in _tensors(given))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        inputs = self.inputs(args, kwargs)  # before the function may overwrite them
        name = getattr(func, "__name__", str(func)).strip("_")
        try:
            result = func(*args, **(kwargs or {}))
        except Exception:
            self.failed = name, inputs
            raise
        if any(node is not None for node, _ in inputs) and _tensors(result):
            name = re.sub("^[ir](?=(add|mul|sub)$)", "", name)  # of `+=`, and of `2 * maps`
            self.add(result, name, inputs, args=args, kwargs=kwargs or {})
        return result

    def enter(self, name: str, layer: nn.Module, args: tuple, kwargs: dict) -> None:
        inputs = self.inputs(args, kwargs)
        self.running.append((name, layer, inputs))
        if inputs:
            _require_batch(layer, inputs[0][1])

    def leave(self, layer: nn.Module, args: tuple, output: Any) -> None:
        name, _, inputs = self.running.pop()
        source = next(map(self.origin, _tensors(output)), None)
        self.add(output, name, inputs, layer=layer, source=source)


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, list | tuple | dict):
        inner = value.values() if isinstance(value, dict) else value
        return [tensor for each in inner for tensor in _tensors(each)]
    return [value] if isinstance(value, Tensor) else []


def _version(tensor: Tensor) -> int:
    """Return how often a tensor was overwritten; in inference mode torch does not count it."""
    return 0 if tensor.is_inference() else tensor._version


def _require_batch(layer: Any, shape: Shape) -> None:
    """Refuse an input that lacks an axis, which torch may take for one without a batch."""
    if isinstance(layer, nn.modules.conv._ConvNd):
        axes = 2 + len(layer.kernel_size)
    elif is_torchs(layer) and re.search("(Pool|BatchNorm)2d$", type(layer).__name__):
        axes = 4
    else:
        return
    if len(shape) != axes:
        raise ShapeError(
            f"It takes {axes} axes, first the batch and the channels. input_shape leaves out the "
            f"batch: (3, 32, 32) is one image in color."
        )


def _failure(record: _Recorder, model: nn.Module, error: Exception) -> str:
    """Say which layers ran, what came to the one that failed, and what would fit."""
    layers = [node for node in record.nodes if node.layer is not None]
    ran = ", ".join(f"{type(node.layer).__name__} {node.name}" for node in layers[-LAYERS_NAMED:])
    if len(layers) > LAYERS_NAMED:
        ran = f"{len(layers)} layers, the last of them {ran}"
    name, layer, inputs = record.running[-1] if record.running else ("", model, ())
    failed, fix = f"{type(layer).__name__} {name}".strip(), ""
    if is_torchs(layer) and inputs:
        size, fix = _fitting(layer, inputs[0][1])
        failed += size
    elif record.failed:
        failed, inputs = record.failed
    got = f"got {', '.join(str(shape) for _, shape in inputs)}" if inputs else "failed"
    after = f"after {ran}" if ran else "before any other layer ran"
    if isinstance(error, ShapeError):
        fix = str(error)
    return f"{failed} {got} {after}. {fix or _reason(error, not ran)}"


def _reason(error: Exception, at_the_start: bool) -> str:
    """Return the first line of an error, and the way out as far as it is known."""
    sentence = f"{type(error).__name__}: {' '.join(str(error).splitlines()[:1]).rstrip('.')}."
    if at_the_start and isinstance(error, TypeError):
        return f"{sentence} It gets the image alone: wrap it in a model that makes the rest."
    if isinstance(error, RuntimeError | ValueError | IndexError):
        return f"{sentence} Use another input_shape, or change the model there."
    return sentence


def _fitting(layer: nn.Module, shape: Shape) -> tuple[str, str]:
    """Return the size that a layer is made for, and what to change for an input of this shape."""
    for name, axis in MADE_FOR.items():
        size = getattr(layer, name, None)
        if size is None or len(shape) <= axis:
            continue
        if name == "in_features" and size == prod(shape[1:]):
            fix = "Put nn.Flatten() before it."
        else:
            fix = f"Use {name}={shape[axis]} there, or another input_shape."
        return f" ({name}={size})", fix if shape[axis] != size else ""
    return "", ""
