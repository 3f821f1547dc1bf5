"""Measure this package on this machine. A report holds tables, and what must stand beside them."""

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnnlab.data import ImageData
from cnnlab.files import atomic_write
from cnnlab.training.history import History
from cnnlab.training.recipes import Recipe


@dataclass(frozen=True)
class Table:
    """Rows of texts under a head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        lines = [self.head, ("---",) * len(self.head), *self.rows]
        return "\n".join([self.title, "", *(f"| {' | '.join(line)} |" for line in lines)])


@dataclass(frozen=True)
class Report:
    """What was measured, on what, and every single figure behind the tables.

    Attributes:
        conditions: hardware, versions, images and what else decides the figures.
        figures: every run, in plain values, for the JSON file.
    """

    conditions: dict[str, str]
    tables: tuple[Table, ...]
    figures: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        conditions = "; ".join(f"{name}: {value}" for name, value in self.conditions.items())
        return "\n\n".join([conditions, *map(str, self.tables)])

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        text = json.dumps(asdict(self), indent=2) + "\n"
        atomic_write(path, lambda file: file.write(text.encode()))


def make_report(device: torch.device, images: str, *tables: Table, **figures: Any) -> Report:
    """Return a report on this machine."""
    conditions = {
        "hardware": hardware(device),
        "versions": f"torch {torch.__version__}, Python {platform.python_version()}, "
        f"{sys.platform}",
        "images": images,
    }
    return Report(conditions, tables, figures)


def train_timed(
    recipe: Recipe, images: ImageData, seed: int, device: torch.device
) -> tuple[nn.Module, History, float]:
    """Train; return the network, the history, and the seconds of preparing and of training."""
    spent = 0.0

    def prepare(model: nn.Module, images: ImageData) -> None:
        nonlocal spent
        began = time.perf_counter()
        recipe.prepare(model, images)  # ends with numbers on the CPU: the device is done
        spent = time.perf_counter() - began

    timed = replace(recipe, prepare=prepare) if recipe.prepare else recipe
    model, history = timed.train(images, seed=seed, device=device, progress=False)
    return model, history, history.seconds + spent


def log_progress(sentence: str) -> None:
    """Tell how far a long measurement is, beside the report."""
    print(sentence, file=sys.stderr, flush=True)


def mean_std_text(values: Sequence[float], show: Callable[[float], str] = "{:.2%}".format) -> str:
    """Return mean and standard deviation as text."""
    deviation = f" ± {show(statistics.stdev(values))}" if len(values) > 1 else ""
    return f"{show(statistics.mean(values))}{deviation}"


def median_text(values: Sequence[float], digits: int = 1) -> str:
    """Return the median as text, and the range it lies in."""
    low, median, high = (f"{f(values):,.{digits}f}" for f in (min, statistics.median, max))
    return f"{median} ({low} to {high})" if len(values) > 1 else median


def hardware(device: torch.device) -> str:
    """Return the name of the card, or of the processor and the threads that torch uses on it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"Apple {platform.machine()} GPU"
    return f"{_processor()}, {torch.get_num_threads()} threads"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():  # on Linux `platform` knows the architecture alone
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
