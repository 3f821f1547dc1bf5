"""Begin with a trained network, and train it on for other classes: transfer learning.

What the first layers of a trained network see (edges, colors, textures) serves other classes too.
With few images of them, only the last layer has to be learned anew; or all layers are, the early
ones slower, because they need to change least.
"""

import os
import time
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab import models
from cnnlab.data import Augment, ImageData
from cnnlab.data.augmentation import Augmentation
from cnnlab.errors import DataError, ShapeError, as_int
from cnnlab.models.heads import blank, from_head_on, head_name
from cnnlab.models.layers import find_layer
from cnnlab.models.tracing import trace
from cnnlab.training import loop, saving
from cnnlab.training.devices import as_device
from cnnlab.training.evaluation import predict
from cnnlab.training.history import History
from cnnlab.training.recipes import Recipe
from cnnlab.training.saving import Trained
from cnnlab.training.settings import Settings

PHOTO = "photo"
CIFAR10 = "cifar10"
HEAD_RATE = 1e-2  # learning rate of the last layer alone
RATE, DECAY = 3e-3, 0.7  # of all layers
AUGMENT = Augment(flip=True, shift=2)


def features(model: nn.Module, images: Tensor, *, batch_size: int | None = None) -> Tensor:
    """Return what goes into a network's last linear layer, in eval mode.

    Args:
        batch_size: images in one go; it changes the time and the memory, not the numbers.

    Shape:
        images (N, channels, height, width) uint8, or float in [0, 1] -> (N, F) float32, on the
        model's device; F is the layer's `in_features`.

    Raises:
        ShapeError: if the network does not take such images.
        ValueError: if it does not end with a linear layer, or there are no images.
    """
    seen: list[Tensor] = []
    head = find_layer(model, head_name(model, _blank(model, images)))
    hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].float()))
    try:
        predict(model, images, batch_size=batch_size)
    finally:
        hook.remove()
    return torch.cat(seen)


def _blank(model: nn.Module, images: Tensor) -> Tensor:
    """Return a black image of the size of these, (1, channels, height, width), at the model."""
    if not len(images):
        raise ValueError("There are 0 images. Give at least one.")
    return blank(model, images.shape[1:])


def find(name_or_path: str | os.PathLike) -> Trained:
    """Return a trained network: "photo", which comes with the package, or one from a file.

    Raises:
        DataError: if there is no such file, or it is not one that `train --save` wrote.
    """
    if str(name_or_path) == PHOTO:
        model = models.pretrained()
        assert model.facts is not None
        images, accuracy = model.facts["images"], model.facts["test_accuracy"]
        return Trained(model, PHOTO, model.classes, (32, 32), images, accuracy)
    path = Path(name_or_path).expanduser()
    if not path.exists():
        raise DataError(
            f"start={str(name_or_path)!r} is neither photo, the network that comes with cnnlab, "
            f"nor a file that `train --save` wrote."
        )
    if path.is_dir():
        raise DataError(f"{path} is a folder. Give the file that `train --save` wrote.")
    return saving.load(path)


def require_other_images(name_or_path: str | os.PathLike, images: str | None) -> None:
    """Raise if the network that comes with the package is to learn CIFAR-10, which it knows.

    Args:
        images: the name of the data set, as `ImageData` has it.

    Raises:
        ValueError: if it is.
    """
    if str(name_or_path) == PHOTO and images == CIFAR10:
        raise ValueError(
            "photo was trained on CIFAR-10: it knows these classes and has seen these training "
            "images, so nothing would be transferred. Give a folder of other pictures (--data "
            "FOLDER), or leave out --start."
        )


def beginning(name_or_path: str | os.PathLike, data: ImageData) -> str:
    """Return a sentence on what a run begins with, and whether it knows the images already."""
    trained = find(name_or_path)
    name = trained.name if str(name_or_path) == PHOTO else f"{name_or_path} ({trained.name})"
    said = f"Begins as {name}, trained on {trained.images}; the last layer is new."
    if trained.images == data.source:
        said += (
            " These are images of the same place: if they have changed since and have no test/ of "
            "their own, some that it has learned from may be test images now."
        )
    return said


def start(
    name_or_path: str | os.PathLike, num_classes: int, *, image_size: tuple[int, int]
) -> nn.Module:
    """Return a trained network whose last layer is new, on the CPU.

    The new layer's weights are drawn by torch's global generator.

    Args:
        name_or_path: "photo", the PhotoCNN that comes with the package, trained on CIFAR-10; or
            a file that `train --save` wrote.
        num_classes: how many classes the new layer tells apart.
        image_size: (height, width) of the images it is to be trained on.

    Shape:
        of the network: (batch, 3, height, width) -> (batch, num_classes).

    Raises:
        DataError: if there is no such file, or it is not one that `train --save` wrote.
        ShapeError: if the network does not take images of this size.
        ValueError: if it has no last layer that could be made new, such as LeNet5.
    """
    trained = find(name_or_path)
    require_size(trained, image_size)
    return models.with_new_head(trained.model, num_classes, image_size=image_size)


def require_size(trained: Trained, image_size: tuple[int, int]) -> None:
    """Raise if a trained network does not take images of this size, or cannot be begun with.

    Raises:
        ShapeError: with the size it takes.
        ValueError: if it has no last layer that could be made new.
    """
    name, model, size = trained.name, trained.model, trained.image_size
    if isinstance(model, models.LeNet5):
        raise ValueError(
            f"{name} averages the colors to gray and compares with fixed codes: it has no last "
            f"layer to be made new. Start with photo, or train another network with --save."
        )
    smallest = getattr(model, "smallest_image", 1)
    if min(image_size) < smallest:
        raise ShapeError(
            f"{name} takes images of {smallest}x{smallest} pixels or more; these have "
            f"{image_size[0]}x{image_size[1]}. Enlarge them: --size {size[0]} (in Python: "
            f"data.load(..., size={size[0]}))."
        )
    if image_size == size:
        return
    try:
        head_name(model, blank(model, (3, *image_size)))
    except ShapeError:
        raise ShapeError(
            f"This {name} was trained on images of {size[0]}x{size[1]} pixels and takes no others; "
            f"these have {image_size[0]}x{image_size[1]}. Use --size {size[0]}"
            f"{'' if size[0] == size[1] else f'x{size[1]}'} (in Python: data.load(..., size="
            f"{size[0] if size[0] == size[1] else size}))."
        ) from None


def train(
    model: nn.Module,
    data: ImageData,
    *,
    freeze: bool | int = False,
    epochs: int | None = None,
    learning_rate: float | None = None,
    batch_size: int | None = None,
    augment: Augmentation | str | None = "auto",
    seed: int = 0,
    **options: Any,
) -> History:
    """Train a network that was trained before on other images, such as `start` returns, in place.

    Args:
        freeze: True: the last layer learns alone, on features that are computed once, so that it
            takes seconds; nothing else changes, batch norm's statistics neither. A number k: the
            first k layers stay as they are (`models.heads.depths` counts them). False: all
            layers learn, the early ones slower.
        epochs, learning_rate, batch_size: default: by the number of images, as `settings_for`.
        augment: default: flip and shift, where layers before the last learn.
        seed: decides the order of the images and the augmentation.
        options: as `training.train` takes them, settings too.

    Raises:
        ShapeError: if the network does not take the images, or all its layers were frozen.
        ValueError: if it does not end with a linear layer, one output for each class.
    """
    given: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
    given["learning_rate"] = learning_rate
    given = {name: value for name, value in given.items() if value is not None}
    if augment != "auto":
        given["augment"] = augment
    given |= {
        each.name: options.pop(each.name) for each in fields(Settings) if each.name in options
    }
    settings = settings_for(len(data.train_labels), freeze=freeze, **given)
    return fit(model, data, settings, head_only=freeze is True, **options)


def settings_for(count: int, *, freeze: bool | int = False, **given: Any) -> Settings:
    """Return the settings of a transfer with `count` training images.

    Args:
        freeze: as `train` takes it.
        given: settings by name; they stay as they are.

    Raises:
        ValueError: if one is out of its range, or changes images that are looked at once.
    """
    chosen: dict[str, Any] = {"learning_rate": HEAD_RATE}
    if freeze is True and (given.get("augment") or given.get("scales", (1.0,)) != (1.0,)):
        raise ValueError(
            "With --freeze (freeze=True) the images are looked at once, so they cannot be flipped, "
            "shifted or scaled by chance. Freeze a number of layers, or leave that out."
        )
    if freeze is not True:
        chosen = {"learning_rate": RATE, "layer_decay": DECAY, "augment": AUGMENT}
        chosen["freeze"] = as_int("freeze", int(freeze), minimum=0)
    return Settings.for_images(count, **chosen | given)


def recipe(
    name_or_path: str | os.PathLike,
    count: int,
    *,
    image_size: tuple[int, int],
    freeze: bool | int = False,
    **given: Any,
) -> Recipe:
    """Return a recipe that begins with a trained network.

    Args:
        name_or_path, image_size: as `start` takes them.
        count: of the training images, which the settings follow.
        freeze: as `train` takes it.
        given: settings by name; they stay as they are.

    Raises:
        DataError, ShapeError, ValueError: as `start`, once the network is made.
    """
    return Recipe(
        name=find(name_or_path).name,
        model=partial(start, name_or_path, image_size=image_size),
        settings=settings_for(count, freeze=freeze, **given),
        start=str(name_or_path),
        fit=partial(fit, head_only=freeze is True),
    )


def fit(
    model: nn.Module,
    data: ImageData,
    settings: Settings,
    *,
    head_only: bool = False,
    device: torch.device | str | None = None,
    checkpoint: str | os.PathLike | None = None,
    **options: Any,
) -> History:
    """Train as the settings say; with `head_only` the last layer, on features that are kept.

    Args:
        device, checkpoint, options: as `training.train` takes them.

    Raises:
        ShapeError: if the network does not take the images, has not as many outputs as there
            are classes, or has no layer that may learn.
    """
    image = _blank(model.to(as_device(device)), data.train_images)
    logits = (trace(model, image)[-1].shape or (0, 0))[-1]
    if logits != len(data.classes):
        raise ShapeError(
            f"The network tells {logits} classes apart, and the images have {len(data.classes)}. "
            f"Use models.with_new_head(model, {len(data.classes)})."
        )
    options |= {"device": device, "checkpoint": checkpoint}
    if not head_only:
        return loop.train(model, data, settings, **options)
    began, resumed = time.perf_counter(), checkpoint and Path(checkpoint).exists()
    head = nn.Sequential(nn.Flatten(), *from_head_on(model, image))
    known = _as_features(model, data)
    seconds = time.perf_counter() - began
    history = loop.train(head, known, settings, **options)
    if history.epochs and not resumed:
        first = history.epochs[0]
        speed = first.images_per_second * first.seconds / (first.seconds + seconds)
        whole = {"seconds": first.seconds + seconds, "images_per_second": speed}
        history.epochs[0] = replace(first, **whole)
    return history


def _as_features(model: nn.Module, data: ImageData) -> ImageData:
    """Return the data set with features (N, F, 1, 1) in place of images."""

    def known(images: Tensor) -> Tensor:
        return features(model, images)[:, :, None, None]

    validation = data.validation and (known(data.validation[0]), data.validation[1])
    return replace(
        data,
        train_images=known(data.train_images),
        test_images=known(data.test_images),
        validation=validation,
    )
