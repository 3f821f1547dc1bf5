"""`bench card`: everything that a CUDA card is asked once, in one command."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from cnnlab import data, models
from cnnlab.bench import ablation, recipe, scale
from cnnlab.bench.report import Report, Table, log_progress, make_report
from cnnlab.data import ImageData
from cnnlab.errors import as_int
from cnnlab.training.devices import as_device, memory_format_on

BATCH_SIZES = (1, 8, 64, 512, 2048)
REPEATS = 5
SECONDS = 0.3  # after so long a device has shown its speed


@dataclass(frozen=True)
class Step:
    """A training step of one batch: seconds, median of several.

    Attributes:
        queued: until the last call came back; a card is still computing then.
        done: until the device is done.
    """

    device: str
    batch_size: int
    queued: float
    done: float


def measure(
    *,
    data_name: str = "auto",
    runs: int = 10,
    device: torch.device | str | None = None,
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Measure a card: the recipes, a step by batch size, what each idea gains, and scale.

    A part that fails says why, and the others go on.

    Args:
        runs: of `speedrun` and of its ideas; the other parts take three.
        keep: is given the report after each part; the command line writes it to `--out`.

    Raises:
        ValueError: without a GPU, unless a device is named; for fewer than one run.
    """
    chosen = as_device(device)
    if device is None and chosen.type == "cpu":
        raise ValueError("there is no GPU here that torch can use. --device cpu tries the command.")
    few = min(3, as_int("runs", runs))
    images = data.load(data_name)
    common: dict[str, Any] = {"data_name": data_name, "device": chosen}
    parts: dict[str, Callable[[], Report]] = {
        "speedrun": lambda: recipe.measure(**common, runs=runs),
        "speedrun, compiled": lambda: recipe.measure(**common, runs=runs, compile=True),
        "batch sizes": lambda: _steps_report(images, chosen),
        "ideas": lambda: ablation.measure(**common, recipe_name="speedrun", runs=runs),
        "fast": lambda: recipe.measure(**common, recipe_name="fast", runs=few),
        "scale": lambda: scale.measure(**common, recipe_name="speedrun", runs=few),
    }
    report = make_report(chosen, images.source)
    for name, part in parts.items():
        log_progress(f"-- {name}")
        try:
            found = part()
        except (FloatingPointError, MemoryError, ValueError) as error:
            found = make_report(chosen, "", Table(f"{name}: {error}", ("failed",), ()))
        tables = (*report.tables, *found.tables)
        report = Report(report.conditions, tables, report.figures | {name: found.figures})
        keep(report)
    return report


def _steps_report(images: ImageData, card: torch.device) -> Report:
    sizes = [size for size in BATCH_SIZES if size <= len(images.train_labels)]
    devices = [torch.device("cpu"), *([card] if card.type != "cpu" else [])]
    steps = [step_seconds(images, size, device) for device in devices for size in sizes]
    rows = tuple(
        (
            step.device,
            f"{step.batch_size:,}",
            f"{1000 * step.queued:.2f}",
            f"{1000 * step.done:.2f}",
            f"{step.batch_size / step.done:,.0f}",
        )
        for step in steps
    )
    table = Table(
        f"A training step of FastCNN, width 16, float32, {torch.get_num_threads()} threads on the "
        f"CPU; milliseconds, median of {REPEATS} or more.",
        ("device", "batch size", "until queued", "until done", "images/s"),
        rows,
    )
    return make_report(card, images.source, table, steps=[asdict(step) for step in steps])


def step_seconds(images: ImageData, batch_size: int, device: torch.device) -> Step:
    """Time training steps on one batch that lies on the device already."""
    memory_format = memory_format_on(device)
    model = models.FastCNN(width=16).to(device).to(memory_format=memory_format)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    pixels = data.to_float(images.train_images[:batch_size].to(device))
    pixels = pixels.contiguous(memory_format=memory_format)
    labels = images.train_labels[:batch_size].to(device)
    queued: list[float] = []
    done: list[float] = []
    _wait(_step(model, optimizer, pixels, labels))  # warms up
    while len(done) < REPEATS or sum(done) < SECONDS:
        began = time.perf_counter()
        loss = _step(model, optimizer, pixels, labels)
        queued.append(time.perf_counter() - began)
        _wait(loss)
        done.append(time.perf_counter() - began)
    return Step(device.type, batch_size, statistics.median(queued), statistics.median(done))


def _step(
    model: nn.Module, optimizer: torch.optim.Optimizer, images: torch.Tensor, labels: torch.Tensor
) -> torch.Tensor:
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def _wait(loss: torch.Tensor) -> None:
    """Wait until the device has done everything that was queued."""
    loss.item()
