"""Whole recipes: a network and all that decides how it is trained, under one name."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from cnnlab.data import Augment, ImageData
from cnnlab.data.batching import rescale
from cnnlab.models import FastCNN, PhotoCNN, SpeedrunCNN, require_image_size, whiten
from cnnlab.training import distributed
from cnnlab.training.checkpoints import precision_in
from cnnlab.training.devices import as_device, best_device
from cnnlab.training.evaluation import Evaluation, predict_with_tta, score
from cnnlab.training.history import History
from cnnlab.training.loop import train
from cnnlab.training.precision import autocast_on, resolve
from cnnlab.training.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A network and how it is trained.

    Attributes:
        model: makes the network from the number of classes.
        settings: what decides the result of a run; its seed is given to `train`.
        float32_epochs: of a recipe that is made for so many minutes: its epochs on a CPU that
            computes in float32.
        prepare: computes initial weights from the images, such as `models.whiten`.
        tta: share of the test images, the least certain, for which `evaluate` averages six views
            (test-time augmentation).
        start: what the network begins as, if it was trained before: see `transfer.recipe`.
        fit: trains, and takes what `training.train` does, which is the default.
        precision, channels_last, compile: as `training.train` takes them.

    Example:
        `model, history = recipes.FAST_CPU.train(data.load("auto"))`
    """

    name: str
    model: Callable[[int], nn.Module]
    settings: Settings
    float32_epochs: int | None = None
    prepare: Callable[[nn.Module, ImageData], None] | None = None
    tta: float = 0.0
    start: str = ""
    fit: Callable[..., History] | None = None
    precision: str | None = "auto"
    channels_last: bool = True
    compile: bool = False

    def with_settings(self, **changes: Any) -> "Recipe":
        """Return the recipe with other settings, such as `epochs=1`."""
        epochs = None if "epochs" in changes else self.float32_epochs
        return replace(self, settings=replace(self.settings, **changes), float32_epochs=epochs)

    def on(
        self,
        device: torch.device | str | None,
        data: ImageData,
        checkpoint: str | os.PathLike | None = None,
    ) -> "Recipe":
        """Return the recipe with the epochs for the numbers that a run on a device computes in.

        Args:
            checkpoint: the file that the run goes on from, if there is one. Its numbers are kept.
        """
        found = as_device(device)
        if self.float32_epochs is None or found.type != "cpu":
            return self
        before = distributed.broadcast_from_rank0(lambda: precision_in(checkpoint))
        with torch.random.fork_rng(devices=[]):
            model = self.model(len(data.classes)).to(memory_format=torch.channels_last)
        batch = data.train_images[: self.settings.batch_size]
        numbers = resolve(self.precision, model, batch, found, before=before)
        epochs = self.float32_epochs if numbers is torch.float32 else self.settings.epochs
        return self.with_settings(epochs=epochs)  # decided: what asks again looks at nothing

    def train(
        self,
        data: ImageData,
        *,
        seed: int = 0,
        device: torch.device | str | None = None,
        checkpoint: str | os.PathLike | None = None,
        progress: bool = True,
        on_epoch: Callable[[History], None] | None = None,
    ) -> tuple[nn.Module, History]:
        """Make the network with weights drawn from `seed`, and train it."""
        settings = replace(self.on(device, data, checkpoint).settings, seed=seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = self.model(len(data.classes))
        smallest = rescale(data.train_images[:1].float(), min(settings.scales)).shape[2:]
        require_image_size(model, self.name, (smallest[0], smallest[1]))
        if self.prepare:
            self.prepare(model, data)
        history = (self.fit or train)(
            model,
            data,
            settings,
            device=device,
            precision=self.precision,
            channels_last=self.channels_last,
            compile=self.compile,
            checkpoint=checkpoint,
            progress=progress,
            on_epoch=on_epoch,
        )
        return model, history

    def evaluate(
        self, model: nn.Module, data: ImageData, *, precision: str | None = None
    ) -> Evaluation:
        """Measure a trained network on the test images, with test-time augmentation.

        Args:
            precision: as `training.train` takes it, such as the `precision` of the run's history.
        """
        device = next(model.parameters()).device
        with autocast_on(device, resolve(precision, model, data.test_images, device)):
            logits = predict_with_tta(model, data.test_images, share=self.tta)
        return score(logits, data.test_labels)


# The settings are Page's: 24 epochs of batches of 512 gave his network of this shape a mean of
# 94.1 % on CIFAR-10. Label smoothing is from his later posts.
FAST = Recipe(
    name="fast",
    model=partial(FastCNN, width=64),
    settings=Settings(
        epochs=24,
        batch_size=512,
        learning_rate=0.4,
        weight_decay=5e-4,
        optimizer="sgd",
        label_smoothing=0.1,
        augment=Augment(flip=True, shift=4, cutout=8),
    ),
)
FAST_MPS = replace(
    FAST.with_settings(epochs=8),
    name="fast-mps",
    model=partial(FastCNN, width=32),
)
# The program that lesson 06 writes by hand, on two CPU cores.
FAST_CPU = Recipe(
    name="fast-cpu",
    model=partial(FastCNN, width=16),
    settings=Settings(
        epochs=8,
        batch_size=250,
        learning_rate=0.3,
        optimizer="sgd",
        augment=Augment(flip=True, shift=2),
    ),
)
# The settings are those with which Jordan reached a mean of 94.01 % on CIFAR-10, but for the six
# views, which his network has of every test image.
SPEEDRUN = Recipe(
    name="speedrun",
    model=partial(SpeedrunCNN, widths=(64, 256, 256)),
    settings=Settings(
        epochs=8,
        batch_size=2000,
        learning_rate=0.24,
        weight_decay=4e-3,
        optimizer="muon",
        schedule="linear",
        label_smoothing=0.2,
        augment=Augment(flip="alternating", shift=2),
    ),
    prepare=whiten,
    tta=0.25,
)
SPEEDRUN_CPU = replace(
    SPEEDRUN.with_settings(epochs=2, batch_size=125, weight_decay=2.5e-4),
    name="speedrun-cpu",
    model=partial(SpeedrunCNN, widths=(16, 64, 64)),
)
# About as many minutes as the name says, on two quiet CPU cores; see cnnlab/bench/README.md. The
# first group is narrow, as it works on the largest maps and would take most of the time.
LAPTOP_1 = replace(
    SPEEDRUN.with_settings(
        epochs=7,
        batch_size=500,
        learning_rate=0.2,
        weight_decay=1e-3,
        scales=(0.75, 0.875, 1, 1),
        leave_out=0.25,
    ),
    name="laptop-1",
    model=partial(SpeedrunCNN, widths=(16, 96, 96), learn_bias=False),
    float32_epochs=5,
)
LAPTOP_5 = replace(
    LAPTOP_1.with_settings(epochs=11, batch_size=1000, learning_rate=0.24, weight_decay=2e-3),
    name="laptop-5",
    model=partial(SpeedrunCNN, widths=(48, 192, 192), learn_bias=False),
    float32_epochs=8,
)
LAPTOP_15 = replace(
    LAPTOP_5.with_settings(epochs=17),
    name="laptop-15",
    model=partial(SpeedrunCNN, widths=(64, 320, 320), learn_bias=False),
    float32_epochs=11,
)
# The recipe of the network that comes with the package.
PHOTO = replace(
    SPEEDRUN.with_settings(
        epochs=20,
        batch_size=500,
        learning_rate=0.12,
        weight_decay=1e-3,
        schedule="one-cycle",
        label_smoothing=0.1,
        scales=(0.625, 0.75, 0.875, 1),
    ),
    name="photo",
    model=partial(PhotoCNN, widths=(40, 152, 152)),
    prepare=None,
    tta=0.0,
)
BY_NAME: dict[str, Recipe] = {
    "fast": FAST,
    "fast-mps": FAST_MPS,
    "fast-cpu": FAST_CPU,
    "speedrun": SPEEDRUN,
    "speedrun-cpu": SPEEDRUN_CPU,
    "laptop-1": LAPTOP_1,
    "laptop-5": LAPTOP_5,
    "laptop-15": LAPTOP_15,
    "photo": PHOTO,
}


def for_device(device: torch.device | str | None = None) -> Recipe:
    """Return the recipe that suits a device, by default the fastest there is."""
    kinds = {"cpu": FAST_CPU, "mps": FAST_MPS, "cuda": FAST}
    return kinds[torch.device(device or best_device()).type]
