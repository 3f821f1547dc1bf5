"""The networks of the course by name, from one convolution to a small modern network.

Every model takes images (batch, channels, height, width) as floats in [0, 1] and returns logits
(batch, num_classes): no softmax, because the loss, cross-entropy, contains it.
"""

import inspect
from collections.abc import Callable

from torch import nn

from cnnlab.errors import ShapeError
from cnnlab.models.fast import FastCNN, Residual, Scale
from cnnlab.models.heads import with_new_head
from cnnlab.models.layers import in_eval_mode
from cnnlab.models.lenet5 import C3_TABLE, LeNet5, Subsampling, TableConv2d
from cnnlab.models.photo import PhotoCNN, pretrained
from cnnlab.models.simple import MLP, SimpleCNN, SmallCNN
from cnnlab.models.speedrun import SpeedrunCNN, patches_of, whiten
from cnnlab.models.transformer import ViT

__all__ = [
    "BY_NAME",
    "C3_TABLE",
    "MLP",
    "FastCNN",
    "LeNet5",
    "PhotoCNN",
    "Residual",
    "Scale",
    "SimpleCNN",
    "SmallCNN",
    "SpeedrunCNN",
    "Subsampling",
    "TableConv2d",
    "ViT",
    "build",
    "in_eval_mode",
    "patches_of",
    "pretrained",
    "require_image_size",
    "whiten",
    "with_new_head",
]

BY_NAME: dict[str, Callable[..., nn.Module]] = {
    "simple-cnn": SimpleCNN,
    "mlp": MLP,
    "small-cnn": SmallCNN,
    "fast-cnn": FastCNN,
    "lenet5": LeNet5,
}


def build(name: str, num_classes: int = 10, *, image_size: tuple[int, int] = (32, 32)) -> nn.Module:
    """Return the network called `name` for images (batch, 3, height, width).

    Raises:
        ShapeError: if the images are too small for its poolings, with networks that take them.
    """
    make = BY_NAME[name]
    require_image_size(make, name, image_size)
    if "image_size" in inspect.signature(make).parameters:
        return make(num_classes, image_size=image_size)
    return make(num_classes)


def require_image_size(network: object, name: str, image_size: tuple[int, int]) -> None:
    """Raise if images are too small for a network or its class.

    Raises:
        ShapeError: with the smallest size, and the networks that take the images.
    """
    smallest = getattr(network, "smallest_image", 1)
    if min(image_size) >= smallest:
        return
    others = [n for n, m in BY_NAME.items() if getattr(m, "smallest_image", 1) <= min(image_size)]
    raise ShapeError(
        f"{name} takes images of {smallest}x{smallest} pixels or more, and these have "
        f"{image_size[0]}x{image_size[1]}. Try --model {' or '.join(others)}, "
        f"or enlarge them: --size {smallest}."
    )
