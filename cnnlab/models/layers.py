"""The layers of a model: find them by name, title them, watch them run, in eval mode or not."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

from torch import nn

from cnnlab.errors import as_pair

TITLES = {
    "AdaptiveAvgPool2d": "average pool to",
    "AdaptiveMaxPool2d": "max pool to",
    "AvgPool2d": "average pool",
    "BatchNorm2d": "batch norm",
    "Conv2d": "conv",
    "MaxPool2d": "max pool",
}


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """Return the layer called `name`; "model" is the model itself.

    Raises:
        ValueError: for a name that is not a layer, with the nearest names.
    """
    layers = {n or "model": layer for n, layer in model.named_modules(remove_duplicate=False)}
    if name in layers:
        return layers[name]
    near = get_close_matches(str(name), layers, n=3, cutoff=0.5)
    names = [each for each in layers if each != "model"]
    fix = f"Did you mean {', '.join(near)}?" if near else f"Its layers are {', '.join(names)}."
    raise ValueError(f"{name!r} is not a layer of {type(model).__name__}. {fix}")


def leaf_names(model: nn.Module) -> list[str]:
    """Return the names of all layers without parts of their own."""
    return [name or "model" for name, layer in model.named_modules() if not any(layer.children())]


def layer_title(layer: nn.Module) -> str:
    """Return a layer's kind and its size, such as "conv 3\N{MULTIPLICATION SIGN}3"."""
    kind = type(layer).__name__
    title = TITLES.get(kind, kind)
    size = getattr(layer, "kernel_size", getattr(layer, "output_size", None))
    if size is None:
        return title
    height, width = as_pair("size", size)
    return f"{title} {height}\N{MULTIPLICATION SIGN}{width}"


@contextmanager
def watch(
    model: nn.Module, names: Sequence[str], see: Callable[[str, object], None]
) -> Iterator[None]:
    """Call `see(name, output)` each time one of these layers has run."""
    layers = [(name, find_layer(model, name)) for name in names]
    hooks = [
        layer.register_forward_hook(lambda _, __, output, name=name: see(name, output))
        for name, layer in layers
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def in_eval_mode(model: nn.Module) -> Iterator[None]:
    """Put a model into eval mode, and each of its modules back into the mode it was in."""
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
