"""`bench curves`: lesson 06's own program, looked at after every epoch."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import torch
from torch import nn

from cnnlab import data, training
from cnnlab.bench.ladder import as_text, on_known_images, split
from cnnlab.bench.report import Report, Table, log_progress, make_report
from cnnlab.data import ImageData
from cnnlab.errors import as_int
from cnnlab.training.devices import as_device
from cnnlab.training.history import History
from cnnlab.training.recipes import FAST_CPU, Recipe
from cnnlab.training.replay import RecordedEpoch

IMAGES = 45_000
FEW, LONGER = 5_000, 3  # the long runs: enough for the network to learn so many by heart


def measure(
    *,
    data_name: str = "auto",
    images: int | None = None,
    epochs: int | None = None,
    device: torch.device | str | None = None,
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Train by the recipe `fast-cpu`; then on few images, longer, without and with augmentation.

    The figures hold what `replay.load` reads: each epoch of each run, and of the first network
    the logits of all validation and test images.

    Args:
        images: train on so many, by default 45,000; `ladder.split` holds validation images out.
        epochs: of the first run, by default the recipe's.
        keep: is given the report after each run; the command line writes it to `--out`.

    Raises:
        ValueError: for fewer than one epoch, or more images than are left to train on.
    """
    chosen = as_device(device)
    whole = data.load(data_name).to(chosen)
    part = split(whole, as_int("images", IMAGES if images is None else images))
    short = FAST_CPU.with_settings(epochs=FAST_CPU.settings.epochs if epochs is None else epochs)
    long = short.with_settings(epochs=LONGER * short.settings.epochs)
    few = replace(part, train_images=part.train_images[:FEW], train_labels=part.train_labels[:FEW])
    runs = {
        "program": (short, part),
        "few images": (long.with_settings(augment=None), few),
        "few images, augmented": (long, few),
    }
    figures: dict[str, Any] = {"classes": whole.classes, "runs": {}}
    for name, (recipe, images_of_run) in runs.items():
        log_progress(f"-- {name}")
        model, recorded = record(recipe, images_of_run)
        figures["runs"][name] = [asdict(epoch) for epoch in recorded]
        if name == "program":
            figures["validation"] = _answers(model, part)
            figures["test"] = _answers(model, whole)
        report = make_report(
            chosen,
            f"{part.source}, {len(part.train_labels):,} to train on, "
            f"{len(part.test_labels):,} validation images",
            _table(figures["runs"]),
            **figures,
        )
        keep(report)
    return report


def record(recipe: Recipe, part: ImageData) -> tuple[nn.Module, list[RecordedEpoch]]:
    """Train with seed 0 where the images lie; look at the network after every epoch."""
    torch.manual_seed(0)
    model = recipe.model(len(part.classes))
    recorded: list[RecordedEpoch] = []

    def look(history: History) -> None:
        last = history.epochs[-1]
        known = on_known_images(model, part)
        recorded.append(RecordedEpoch(known.accuracy, known.loss, *last.watched[1:], last.seconds))
        log_progress(f"epoch {len(recorded)}: {last.validation_accuracy:.2%}, {last.seconds:.0f} s")

    device = part.train_images.device
    training.train(model, part, recipe.settings, device=device, progress=False, on_epoch=look)
    return model, recorded


def _answers(model: nn.Module, images: ImageData) -> dict[str, str]:
    """Return the logits of the test images as 16-bit floats, their labels as bytes, as text."""
    logits = training.predict(model, images.test_images)
    labels = images.test_labels.to(torch.uint8)
    return {
        "logits": as_text(logits.half().cpu().numpy()),
        "labels": as_text(labels.cpu().numpy()),
    }


def _table(runs: dict[str, list[dict[str, float]]]) -> Table:
    rows = tuple(
        (
            name,
            str(len(epochs)),
            f"{epochs[-1]['train_accuracy']:.2%}",
            f"{epochs[-1]['validation_accuracy']:.2%}",
            f"{sum(epoch['seconds'] for epoch in epochs):,.0f}",
        )
        for name, epochs in runs.items()
    )
    head = ("run", "epochs", "training images", "validation images", "seconds")
    return Table("`fast-cpu`, seed 0. Accuracy after the last epoch, on clean images.", head, rows)
