"""Measure recipes on this machine: accuracy, seconds, images per second, as rows of a table."""

import json
import platform
import statistics
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from cnnlab import data, recipes
from cnnlab.training import best_device


@dataclass(frozen=True)
class Run:
    """One training run: a seed and what came of it.

    Attributes:
        seconds: of training alone; the evaluation after each epoch is not in it.
        gibibytes: the most memory that tensors held on a CUDA card; 0 elsewhere.
    """

    seed: int
    test_accuracy: float
    seconds: float
    images_per_second: float
    gibibytes: float


@dataclass(frozen=True)
class Results:
    """The runs of one recipe, with all that a figure needs beside it."""

    recipe: str
    pictures: str
    epochs: int
    hardware: str
    versions: str
    runs: tuple[Run, ...]

    def __str__(self) -> str:
        accuracies = [run.test_accuracy for run in self.runs]
        spread = f" ± {statistics.stdev(accuracies):.2%}" if len(self.runs) > 1 else ""
        seconds, speed = (
            statistics.median(getattr(run, name) for run in self.runs)
            for name in ("seconds", "images_per_second")
        )
        memory = max(run.gibibytes for run in self.runs)
        return (
            f"{self.hardware}; {self.versions}; accuracy: mean ± standard deviation; "
            "seconds and speed: median, training alone, after one epoch of warm-up\n\n"
            "| recipe | pictures | epochs | n | test accuracy | seconds | images/s | GiB |\n"
            "|---|---|---|---|---|---|---|---|\n"
            f"| {self.recipe} | {self.pictures} | {self.epochs} | {len(self.runs)} | "
            f"{statistics.mean(accuracies):.2%}{spread} | {seconds:.1f} | {speed:,.0f} | "
            f"{f'{memory:.2f}' if memory else '-'} |"
        )

    def write(self, path: Path) -> None:
        """Write every figure as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


def gpu(
    *,
    data_name: str = "auto",
    recipe_name: str | None = None,
    runs: int = 3,
    epochs: int | None = None,
    device: torch.device | str | None = None,
) -> Results:
    """Train a recipe with seeds 0, 1, ... on the GPU, after one epoch that is not counted.

    Raises:
        ValueError: without a GPU, unless a device is named; for fewer than one run.
    """
    chosen = torch.device(device or best_device())
    if device is None and chosen.type == "cpu":
        raise ValueError("there is no GPU here that torch can use. --device cpu tries the command.")
    if runs < 1:
        raise ValueError(f"runs={runs} must be at least 1.")
    pictures = data.load(data_name).to(chosen)
    recipe = recipes.BY_NAME[recipe_name] if recipe_name else recipes.for_device(chosen)
    recipe = replace(recipe, epochs=recipe.epochs if epochs is None else epochs)
    replace(recipe, epochs=1).train(pictures, device=chosen, progress=False)
    return Results(
        recipe=recipe.name,
        pictures=pictures.source,
        epochs=recipe.epochs,
        hardware=hardware(chosen),
        versions=f"torch {torch.__version__}, Python {platform.python_version()}, {sys.platform}",
        runs=tuple(_run(recipe, pictures, seed, chosen) for seed in range(runs)),
    )


def _run(recipe: recipes.Recipe, pictures: data.ImageData, seed: int, device: torch.device) -> Run:
    on_cuda = device.type == "cuda"
    if on_cuda:
        torch.cuda.reset_peak_memory_stats(device)
    _, history = recipe.train(pictures, seed=seed, device=device, progress=False)
    held = torch.cuda.max_memory_allocated(device) / 2**30 if on_cuda else 0.0
    return Run(seed, history.test_accuracy, history.seconds, history.images_per_second, held)


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
