"""`bench ladder`: lesson 06's changes one after the other, judged on validation images."""

import base64
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab import data, models, training
from cnnlab.bench.report import Report, Table, log_progress, make_report, mean_std_text
from cnnlab.data import ImageData
from cnnlab.errors import as_int
from cnnlab.training.devices import as_device
from cnnlab.training.settings import Settings

WIDTH = 8
IMAGES = 10_000
EPOCHS = 10
BATCH_SIZE = 128
LEARNING_RATE = 3e-3
VALIDATION = 5_000

Rung = tuple[Callable[[], nn.Module], Settings]


def rungs() -> dict[str, Rung]:
    """Return each rung's network and settings; it keeps what the rungs before it changed."""
    network = partial(models.FastCNN, width=WIDTH)
    plain = partial(network, residual=False)
    cycle = Settings(epochs=EPOCHS, batch_size=BATCH_SIZE, learning_rate=LEARNING_RATE)
    constant = replace(cycle, schedule="constant")
    augmented = replace(cycle, augment=data.Augment(flip=True, shift=2))
    return {
        "one convolution": (models.SimpleCNN, constant),
        "depth": (partial(plain, batch_norm=False), constant),
        "batch norm": (plain, constant),
        "residual sum": (network, constant),
        "one cycle": (network, cycle),
        "augmentation": (network, augmented),
    }


def measure(
    *,
    data_name: str = "auto",
    images: int | None = None,
    runs: int = 3,
    epochs: int | None = None,
    device: torch.device | str | None = None,
) -> Report:
    """Climb the ladder with seeds 0, 1, ...; the test images are not looked at.

    The figures say of each validation image whether it was named rightly, so that two rungs can
    be compared image by image.

    Args:
        images: train on so many, by default 10,000; the last of the training images, in an order
            drawn once, are for validation: 5,000, or half of them if there are fewer than 10,000.

    Raises:
        ValueError: for fewer than one run, or more images than are left to train on.
    """
    as_int("runs", runs)
    chosen = as_device(device)
    whole = data.load(data_name).to(chosen)
    part = split(whole, as_int("images", IMAGES if images is None else images))
    epochs = EPOCHS if epochs is None else epochs
    climbed: dict[str, list[dict[str, Any]]] = {name: [] for name in rungs()}
    for seed in range(runs):
        for name, (make, settings) in rungs().items():
            torch.manual_seed(seed)
            model = make()
            settings = replace(settings, epochs=epochs, seed=seed)
            history = training.train(
                model, part, settings, device=chosen, amp=False, progress=False
            )
            logits = training.predict(model, part.test_images)
            right = (logits.argmax(dim=1) == part.test_labels).cpu()
            train_accuracy = history.epochs[-1].train_accuracy
            run = {"seed": seed, "train_accuracy": train_accuracy, "right": packed(right)}
            climbed[name].append(run | {"accuracy": right.double().mean().item()})
            log_progress(f"seed {seed}, {name}: {history.test_accuracy:.2%}")
    return make_report(
        chosen,
        f"{part.source}, {len(part.train_labels):,} to train on, {epochs} epochs, "
        f"{len(part.test_labels):,} validation images",
        _table(climbed),
        validation=len(part.test_labels),
        rungs=climbed,
    )


def split(images: ImageData, count: int) -> ImageData:
    """Return `count` images to train on, with validation images in the place of the test images.

    Raises:
        ValueError: if fewer than `count` remain beside the validation images.
    """
    total = len(images.train_labels)
    held_out = min(VALIDATION, total // 2)
    if count > total - held_out:
        raise ValueError(f"images={count} must be at most {total - held_out}.")
    order = torch.randperm(total, generator=torch.Generator().manual_seed(0))
    order = order.to(images.train_labels.device)
    learned, decides = order[:count], order[-held_out:]
    return replace(
        images,
        train_images=images.train_images[learned],
        train_labels=images.train_labels[learned],
        test_images=images.train_images[decides],
        test_labels=images.train_labels[decides],
    )


def packed(right: Tensor) -> str:
    """Return booleans as text, eight in a byte."""
    return base64.b64encode(np.packbits(right.numpy()).tobytes()).decode()


def _table(climbed: dict[str, list[dict[str, Any]]]) -> Table:
    rows = [
        (name, *(mean_std_text([run[k] for run in runs]) for k in ("train_accuracy", "accuracy")))
        for name, runs in climbed.items()
    ]
    return Table(
        f"FastCNN, width {WIDTH}, learning rate {LEARNING_RATE:g}. Each row keeps what the rows "
        f"above it changed. Mean ± standard deviation of the accuracy.",
        ("change", "training images", "validation images"),
        tuple(rows),
    )
