"""The last layer of a network, which names the classes, and how deep each other layer lies."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from cnnlab.errors import ShapeError, as_int
from cnnlab.models.layers import find_layer
from cnnlab.models.tracing import trace


def with_new_head(
    model: nn.Module, num_classes: int, *, image_size: tuple[int, int] = (32, 32)
) -> nn.Module:
    """Return a copy of a network whose last linear layer is new, for other classes.

    All other weights and statistics are kept, as is whether they may learn. The new weights are
    drawn by torch's global generator (seed it with `torch.manual_seed`), so small that the loss
    starts near that of guessing, ln(num_classes): of a standard deviation of 1 / in_features, as
    those of `PhotoCNN`. A bias, where the old layer has one, starts at 0.

    Args:
        model: takes images (batch, channels, height, width).
        num_classes: how many classes the new layer tells apart.
        image_size: (height, width) of images that the network takes.

    Shape:
        of the copy: (batch, channels, height, width) -> (batch, num_classes).

    Raises:
        ShapeError: if `num_classes` is below 2, or the network cannot take such images.
        ValueError: if the network does not end with a linear layer, such as LeNet5.
    """
    as_int("num_classes", num_classes, minimum=2)
    name = head_name(model, blank(model, (_channels(model), *image_size)))
    new = copy.deepcopy(model)
    for trained_on in ("classes", "facts"):
        vars(new).pop(trained_on, None)  # those of the old layer, as PhotoCNN keeps them
    old = find_layer(new, name)
    assert isinstance(old, nn.Linear)
    head = nn.Linear(old.in_features, num_classes, bias=old.bias is not None)
    with torch.no_grad():
        head.weight /= old.in_features * head.weight.std()
        if head.bias is not None:
            head.bias.zero_()
    parent, _, last = name.rpartition(".")
    setattr(find_layer(new, parent or "model"), last, head.to(old.weight).train(old.training))
    return new


def head_name(model: nn.Module, image: Tensor) -> str:
    """Return the name of the linear layer at a network's end.

    After it the logits may still be multiplied or shifted, and keep their shape.

    Args:
        image: (1, channels, height, width), one that the network takes.

    Raises:
        ShapeError: if it does not take the image.
        ValueError: if the network does not end with a linear layer.
    """
    nodes = trace(model, image)
    at = max((i for i, node in enumerate(nodes) if isinstance(node.layer, nn.Linear)), default=0)
    shapes = {node.shape for node in nodes[at:]}
    if at == 0 or len(shapes) > 1 or nodes[at].name == "model" or len(nodes[at].shape or ()) != 2:
        raise ValueError(
            f"{type(model).__name__} does not end with a linear layer (nn.Linear), one output for "
            f"each class. So there is none to be replaced for other classes: take a network that "
            f"has one, such as PhotoCNN, SmallCNN or FastCNN."
        )
    return nodes[at].name


def from_head_on(model: nn.Module, image: Tensor) -> nn.Sequential:
    """Return a network's last linear layer with what follows it: features in, logits out.

    Its layers are the network's own, not copies.

    Args:
        image: (1, channels, height, width), one that the network takes.

    Raises:
        ShapeError, ValueError: as `head_name`; also if the logits are changed outside any layer.
    """
    name = head_name(model, image)
    if isinstance(model, nn.Sequential) and "." not in name:
        children = dict(model.named_children())
        return nn.Sequential(*list(children.values())[list(children).index(name) :])
    if trace(model, image)[-1].name != name:
        raise ValueError(
            f"{type(model).__name__} changes its logits after its last linear layer, {name}, so "
            f"that layer cannot be trained alone. Use freeze={max(depths(model).values()) - 1}."
        )
    return nn.Sequential(find_layer(model, name))


def blank(model: nn.Module, shape: Sequence[int]) -> Tensor:
    """Return a black image (1, *shape) of the type and on the device of a network's weights."""
    return next(model.parameters(), torch.zeros(())).new_zeros(1, *shape)


def _channels(model: nn.Module) -> int:
    first = next((each for each, depth in depths(model).items() if depth), None)
    return first.in_channels if isinstance(first, nn.Conv2d) else 3


def depths(model: nn.Module) -> dict[nn.Module, int]:
    """Return how deep each module lies that has no parts, or weights of its own.

    The first layer with kernels or a matrix has depth 1, the next 2. What follows one, such as
    its batch norm, has its depth. The order is that in which the layers were written down.

    Example:
        `PhotoCNN` has 8 such layers: `filters` is 1, `group1` 2 and 3, `head` is 8.
    """
    depth, found = 0, {}
    for module in model.modules():
        leaf = not any(module.children())
        own = list(module.parameters(recurse=False))
        if leaf and any(weight.ndim > 1 for weight in own):
            depth += 1
        if leaf or own:
            found[module] = depth
    return found


@contextmanager
def frozen(model: nn.Module, count: int) -> Iterator[None]:
    """Keep the first `count` layers as they are for a while, with what lies between: see `depths`.

    Their weights get no gradient, and they run as in eval mode: batch norm uses the statistics
    it has and leaves them alone.

    Raises:
        ShapeError: if no layer would be left to learn.
    """
    by_depth = depths(model)
    deepest = max(by_depth.values(), default=0)
    if count and as_int("freeze", count, minimum=0) >= deepest:
        raise ShapeError(
            f"freeze={count}: {type(model).__name__} has {deepest} layers with kernels or a "
            f"matrix, and at least the last must learn. Use a number up to {deepest - 1}."
        )
    still = [module for module, depth in by_depth.items() if count and depth <= count]
    weights = [w for each in still for w in each.parameters(recurse=False) if w.requires_grad]
    leaves = [each for each in still if not any(each.children())]
    hooks = [each.register_forward_pre_hook(_use_eval_mode) for each in leaves]
    try:
        for weight in weights:
            weight.requires_grad_(False)
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for weight in weights:
            weight.requires_grad_(True)


def _use_eval_mode(layer: nn.Module, _: object) -> None:
    layer.eval()
