"""`bench ladder`: lesson 06's changes one after the other, judged on validation images."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab import data, models, training
from cnnlab.bench.report import Report, Table, log_progress, make_report, mean_std_text
from cnnlab.data import ImageData
from cnnlab.errors import as_int
from cnnlab.training.devices import as_device
from cnnlab.training.evaluation import Evaluation
from cnnlab.training.settings import Settings

WIDTH = 8
IMAGES = 10_000
EPOCHS = 10
BATCH_SIZE = 128
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.05  # what AdamW is usually given for images
DROPOUT = 0.5  # of the numbers that the last layer reads
VALIDATION = 5_000
KNOWN = 5_000  # training images on which a trained network is asked what it knows

Rung = tuple[Callable[[], nn.Module], Settings]


def rungs() -> dict[str, Rung]:
    """Return each rung's network and settings; it keeps what the rungs before it changed."""
    network = partial(models.FastCNN, width=WIDTH)
    plain = partial(network, residual=False)
    bare = partial(plain, batch_norm=False)
    cycle = Settings(epochs=EPOCHS, batch_size=BATCH_SIZE, learning_rate=LEARNING_RATE)
    constant = replace(cycle, schedule="constant")
    augmented = replace(cycle, augment=data.Augment(flip=True, shift=2))
    smoothed = replace(augmented, label_smoothing=0.1)
    decayed = replace(smoothed, weight_decay=WEIGHT_DECAY)
    return {
        "one convolution": (models.SimpleCNN, constant),
        "depth": (bare, constant),
        "He's weights": (lambda: he_weights(bare()), constant),
        "batch norm": (lambda: he_weights(plain()), constant),
        "residual sum": (lambda: he_weights(network()), constant),
        "one cycle": (lambda: he_weights(network()), cycle),
        "augmentation": (lambda: he_weights(network()), augmented),
        "label smoothing": (lambda: he_weights(network()), smoothed),
        "weight decay": (lambda: he_weights(network()), decayed),
        "dropout": (lambda: with_dropout(network()), decayed),
    }


def with_dropout(model: models.FastCNN) -> nn.Module:
    """Put a dropout before the linear layer, and draw He's weights; return the model."""
    last = next(place for place, layer in enumerate(model) if isinstance(layer, nn.Linear))
    return he_weights(model.insert(last, nn.Dropout(DROPOUT)))


def he_weights(model: nn.Module) -> nn.Module:
    """Draw the kernels of every convolution by He's rule, set its biases to 0; return the model.

    Source:
        He et al. 2015, "Delving Deep into Rectifiers", arXiv:1502.01852, equation 10.
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return model


def measure(
    *,
    data_name: str = "auto",
    images: int | None = None,
    runs: int = 10,
    first_seed: int = 0,
    epochs: int | None = None,
    device: torch.device | str | None = None,
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Climb the ladder once with each seed; the test images are not looked at.

    A run depends on its seed alone, so several processes may share the seeds: see `join`.

    The figures say of each validation image whether it was named rightly, so that two rungs can
    be compared image by image.

    Args:
        images: train on so many, by default 10,000; the last of the training images, in an order
            drawn once, are for validation: 5,000, or half of them if there are fewer than 10,000.
        first_seed: the seeds are this one and those that follow it.
        keep: is given the report after each run; the command line writes it to `--out`.

    Raises:
        ValueError: for fewer than one run, a seed below 0, or more images than are left to train
            on.
    """
    seeds = range(as_int("first_seed", first_seed, minimum=0), first_seed + as_int("runs", runs))
    chosen = as_device(device)
    whole = data.load(data_name).to(chosen)
    part = split(whole, as_int("images", IMAGES if images is None else images))
    epochs = EPOCHS if epochs is None else epochs
    conditions = (
        f"{part.source}, {len(part.train_labels):,} to train on, {epochs} epochs, "
        f"{len(part.test_labels):,} validation images"
    )
    climbed: dict[str, list[dict[str, Any]]] = {}
    for seed in seeds:
        for name, (make, settings) in rungs().items():
            run = _run(make, replace(settings, epochs=epochs, seed=seed), part)
            climbed.setdefault(name, []).append(run)
            log_progress(f"seed {seed}, {name}: {run['accuracy']:.2%}, {run['seconds']:.0f} s")
            count = len(part.test_labels)
            report = make_report(
                chosen, conditions, _table(climbed), validation=count, rungs=climbed
            )
            keep(report)
    return report


def _run(make: Callable[[], nn.Module], settings: Settings, part: ImageData) -> dict[str, Any]:
    """Train a network where its images lie; return what it knows after the last epoch."""
    torch.manual_seed(settings.seed)
    model = make()
    device = part.train_images.device
    history = training.train(
        model, part, settings, device=device, precision="float32", progress=False
    )
    logits = training.predict(model, part.test_images)
    right = (logits.argmax(dim=1) == part.test_labels).cpu()
    return {
        "seed": settings.seed,
        "train_accuracy": on_known_images(model, part).accuracy,
        "accuracy": right.double().mean().item(),
        "right": packed(right),
        "seconds": history.seconds,
    }


def on_known_images(model: nn.Module, part: ImageData) -> Evaluation:
    """Measure a trained network on some of its training images, as they are."""
    return training.evaluate(model, part.train_images[:KNOWN], part.train_labels[:KNOWN])


def join(*paths: Path) -> Report:
    """Return one report on the seeds that several have climbed, each in its own process.

    A seed that was not climbed to the top is left out.

    Raises:
        ValueError: if they were not climbed under the same conditions.
    """
    reports = [json.loads(path.read_text()) for path in paths]
    conditions, count = reports[0]["conditions"], reports[0]["figures"]["validation"]
    if any(report["conditions"] != conditions for report in reports):
        raise ValueError("The reports differ in their conditions. Join what one machine climbed.")
    parts = [report["figures"]["rungs"] for report in reports]
    top = {run["seed"] for part in parts for run in part.get(list(rungs())[-1], [])}
    climbed = {
        name: sorted(
            (run for part in parts for run in part.get(name, []) if run["seed"] in top),
            key=lambda run: run["seed"],
        )
        for name in rungs()
    }
    return Report(conditions, (_table(climbed),), {"validation": count, "rungs": climbed})


def split(images: ImageData, count: int | None) -> ImageData:
    """Return `count` images to train on, with validation images in the place of the test images.

    Args:
        count: by default all that are not for validation.

    Raises:
        ValueError: if fewer than `count` remain beside the validation images.
    """
    total = len(images.train_labels)
    held_out = min(VALIDATION, total // 2)
    count = total - held_out if count is None else count
    if count > total - held_out:
        raise ValueError(f"images={count} must be at most {total - held_out}.")
    part = images.hold_out(held_out).without_test()
    learned, answers = part.train_images[:count].clone(), part.train_labels[:count].clone()
    return replace(part, train_images=learned, train_labels=answers)  # the others are let go


def packed(right: Tensor) -> str:
    """Return booleans as text, eight in a byte."""
    return as_text(np.packbits(right.numpy()))


def as_text(numbers: np.ndarray[Any, Any]) -> str:
    """Return the bytes of an array as text, which `replay` reads."""
    return base64.b64encode(numbers.tobytes()).decode()


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
