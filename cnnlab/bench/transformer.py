"""`bench transformer`: lesson 08's vision transformer beside SmallCNN, from few images to all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab import data, models, training
from cnnlab.bench.report import Report, Table, log_progress, make_report, mean_std_text
from cnnlab.data import ImageData
from cnnlab.errors import as_int
from cnnlab.models.summary import describe
from cnnlab.training.devices import as_device
from cnnlab.training.settings import Settings

NETWORKS: dict[str, Callable[[], nn.Module]] = {"SmallCNN": models.SmallCNN, "ViT": models.ViT}
SIZES = (250, 1_000, 4_000, 10_000)
SEEN = 20_000  # images that a run sees, whatever the number of different ones
ALL, EPOCHS = 50_000, (1, 2)  # and two longer trainings, which see so many once, and twice
SETTINGS = Settings(epochs=1, batch_size=64, weight_decay=0.05)
AUGMENT = data.Augment(flip=True, shift=2)
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
CHOICE = 4_000  # training images with which a network's learning rate is chosen
VALIDATION, KNOWN = 5_000, 2_000


def measure(
    *,
    data_name: str = "auto",
    runs: int = 3,
    device: torch.device | str | None = None,
    networks: tuple[str, ...] = tuple(NETWORKS),
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Train both networks on few images and on more, without and with augmentation.

    Every run sees 20,000 images, the few often and the many rarely. Two longer ones, with
    augmentation and the first seed alone, see 50,000 once and twice. A network's learning rate is
    the best of four on validation images.

    Args:
        networks: so that two processes can share the work; a run depends on its seed alone.
        keep: is given the report after each run; the command line writes it to `--out`.

    Raises:
        ValueError: for fewer than one run, or too few images to choose the learning rates with.
    """
    seeds, chosen = range(as_int("runs", runs)), as_device(device)
    whole = data.load(data_name).to(chosen)
    total = len(whole.train_labels)
    if total < CHOICE + VALIDATION:
        raise ValueError(f"{total:,} training images must be at least {CHOICE + VALIDATION:,}.")
    figures: dict[str, Any] = {"macs": {}, "parameters": {}, "rates": {}, "runs": []}
    for name in networks:
        counted = describe(model := NETWORKS[name](), (3, 32, 32))
        figures["macs"][name] = counted.macs + getattr(model, "attention_macs", 0)
        figures["parameters"][name] = sum(weight.numel() for weight in model.parameters())
        figures["rates"][name] = {str(rate): _validated(name, rate, whole) for rate in RATES}
    plans = [(seed, *plan) for seed in seeds for plan in _plans(first=seed == 0)]
    for seed, size, seen, augmented in (plan for plan in plans if plan[1] <= total):
        for name in networks:
            rates = figures["rates"][name]
            settings = _settings(seen // size, float(max(rates, key=rates.get)), augmented, seed)
            run = {"network": name, "size": size, "seen": seen, "augmented": augmented}
            run |= {"seed": seed, **_known(_train(name, whole, size, settings), whole, size)}
            figures["runs"].append(run)
            log_progress(", ".join(map(str, run.values())))
            images = f"{whole.source}, {len(whole.test_labels):,} test images"
            report = make_report(chosen, images, _table(figures["runs"]), **figures)
            keep(report)
    return report


def _plans(first: bool) -> list[tuple[int, int, bool]]:
    """Return (images, images seen, whether augmented) of the runs with one seed."""
    short = [(size, SEEN, augmented) for size in SIZES for augmented in (False, True)]
    return short + [(ALL, epochs * ALL, True) for epochs in EPOCHS if first]


def _settings(epochs: int, rate: float, augmented: bool, seed: int) -> Settings:
    augment = AUGMENT if augmented else None
    return replace(SETTINGS, epochs=epochs, learning_rate=rate, augment=augment, seed=seed)


def _order(whole: ImageData) -> Tensor:
    """Return the training images in an order drawn once: a size takes the first so many."""
    order = torch.randperm(len(whole.train_labels), generator=torch.Generator().manual_seed(0))
    return order.to(whole.train_labels.device)


def _train(name: str, whole: ImageData, size: int, settings: Settings) -> nn.Module:
    torch.manual_seed(settings.seed)
    places = _order(whole)[:size]
    part = replace(
        whole,
        train_images=whole.train_images[places],
        train_labels=whole.train_labels[places],
        test_images=whole.test_images[:1],  # looked at after each epoch, and of no use here
        test_labels=whole.test_labels[:1],
    )
    model, device = NETWORKS[name](), whole.train_images.device
    training.train(model, part, settings, device=device, precision="float32", progress=False)
    return model


def _validated(name: str, rate: float, whole: ImageData) -> float:
    """Return the accuracy on validation images after a training with a learning rate."""
    model = _train(name, whole, CHOICE, _settings(SEEN // CHOICE, rate, True, seed=0))
    found = _accuracy(model, whole, _order(whole)[-VALIDATION:])
    log_progress(f"{name}, learning rate {rate:g}: {found:.2%}")
    return found


def _known(model: nn.Module, whole: ImageData, size: int) -> dict[str, float]:
    """Return what a network knows of up to 2,000 of its training images, and of the test images."""
    found = training.evaluate(model, whole.test_images, whole.test_labels)
    known = _accuracy(model, whole, _order(whole)[: min(size, KNOWN)])
    return {"train_accuracy": known, "accuracy": found.accuracy}


def _accuracy(model: nn.Module, whole: ImageData, places: Tensor) -> float:
    images, labels = whole.train_images[places], whole.train_labels[places]
    return training.evaluate(model, images, labels).accuracy


def _table(runs: list[dict[str, Any]]) -> Table:
    """Return a row for each number of images, images seen, without and with augmentation."""
    names = [name for name in NETWORKS if any(run["network"] == name for run in runs)]
    rows: dict[tuple[int, int, bool], dict[str, list[float]]] = {}
    for run in runs:
        row = rows.setdefault((run["seen"], run["size"], run["augmented"]), {})
        row.setdefault(run["network"], []).append(run["accuracy"])
    cells = tuple(
        (
            *(f"{size:,}", f"{seen:,}", "yes" if augmented else "no"),
            *(mean_std_text(row[name]) if name in row else "" for name in names),
        )
        for (seen, size, augmented), row in sorted(rows.items())
    )
    head = ("training images", "images seen", "augmented", *names)
    return Table("Mean ± standard deviation of the test accuracy.", head, cells)
