"""`bench recipe`: seconds and accuracy of a recipe, over many runs, after a warm-up."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import torch

from cnnlab import data
from cnnlab.bench.report import (
    Report,
    Table,
    log_progress,
    make_report,
    mean_std_text,
    median_text,
    train_timed,
)
from cnnlab.errors import as_int
from cnnlab.training import recipes
from cnnlab.training.devices import as_device

TARGET = 0.94


@dataclass(frozen=True)
class Run:
    """One training run: a seed and what came of it.

    Attributes:
        precision: the numbers that it computed in.
        test_accuracy: with the recipe's views.
        one_view_accuracy: looking at each test image once.
        seconds: of all that leads to the first accuracy: preparing the network, training, and
            one evaluation with views. The evaluation after each epoch is not in it.
        images_per_second: of training.
        gibibytes: the most memory that tensors held on a CUDA card; 0 elsewhere.
    """

    seed: int
    precision: str
    epochs: int
    test_accuracy: float
    one_view_accuracy: float
    seconds: float
    images_per_second: float
    gibibytes: float


def measure(
    *,
    data_name: str = "auto",
    recipe_name: str | None = None,
    runs: int = 10,
    epochs: int | None = None,
    compile: bool = False,
    precision: Sequence[str] = ("auto",),
    device: torch.device | str | None = None,
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Train a recipe with seeds 0, 1, ..., each seed in all the formats.

    Before that, each is trained for an epoch twice, which counts for nothing. What the first
    takes longer than the second is the warm-up, with `compile` nearly all of it torch.compile's.

    Args:
        recipe_name: default: "speedrun", on the CPU "laptop-1".
        precision: what `training.train` takes, each compared with the others.
        keep: is given the report after each run; the command line writes it to `--out`.

    Raises:
        ValueError: for fewer than one run.
    """
    as_int("runs", runs)
    chosen = as_device(device)
    recipe = recipes.BY_NAME[recipe_name or ("laptop-1" if chosen.type == "cpu" else "speedrun")]
    recipe = recipe if epochs is None else recipe.with_settings(epochs=epochs)
    variants = [replace(recipe, precision=each, compile=compile) for each in precision]
    images = data.load(data_name).to(chosen)
    warm_ups = [_warm_up(variant, images, chosen) for variant in variants]
    done: list[list[Run]] = [[] for _ in variants]
    for seed in range(runs):
        for variant, its_runs in zip(variants, done, strict=True):
            its_runs.append(run_once(variant, images, seed, chosen))
            log_progress(
                f"{its_runs[-1].precision}, seed {seed}: {its_runs[-1].test_accuracy:.2%}, "
                f"{its_runs[-1].seconds:.2f} s"
            )
        report = make_report(
            chosen,
            f"{images.source}, {len(images.train_labels):,} to train on",
            _table(variants, done, warm_ups),
            recipe=recipe.name,
            compiled=compile,
            warm_up_seconds=warm_ups,
            runs=[asdict(run) for its_runs in done for run in its_runs],
        )
        keep(report)
    return report


def _warm_up(recipe: recipes.Recipe, images: data.ImageData, device: torch.device) -> float:
    """Train for an epoch twice; return how many seconds longer the first took."""
    once = recipe.with_settings(epochs=1)
    first, second = (run_once(once, images, 0, device).seconds for _ in range(2))
    log_progress(f"warm-up {first - second:.1f} s")
    return first - second


HEAD = (
    "recipe",
    "numbers",
    "epochs",
    "n",
    "test accuracy",
    "one view",
    f"runs at {TARGET:.0%}",
    "seconds",
    "warm-up s",
    "images/s",
    "GiB",
)


def run_once(
    recipe: recipes.Recipe, images: data.ImageData, seed: int, device: torch.device
) -> Run:
    """Train once and measure; the images are on the device already."""
    on_cuda = device.type == "cuda"
    if on_cuda:
        torch.cuda.reset_peak_memory_stats(device)
    model, history, seconds = train_timed(recipe, images, seed, device)
    began = time.perf_counter()
    views = recipe.evaluate(model, images, precision=history.precision)
    seconds += time.perf_counter() - began  # the accuracy is a number: the device is done
    return Run(
        seed,
        history.precision,
        len(history.epochs),
        views.accuracy,
        history.test_accuracy,
        seconds,
        history.images_per_second,
        torch.cuda.max_memory_allocated(device) / 2**30 if on_cuda else 0.0,
    )


def _table(variants: list[recipes.Recipe], done: list[list[Run]], warm_ups: list[float]) -> Table:
    tta = variants[0].tta
    views = f"six views of {tta:.0%}" if tta else "one view"
    rows = map(_row, variants, done, warm_ups)
    return Table(
        f"Accuracy: mean ± standard deviation, {views}. Seconds: median (range) of preparing, "
        f"training and one evaluation.",
        HEAD,
        tuple(rows),
    )


def _row(recipe: recipes.Recipe, runs: list[Run], warm_up: float) -> tuple[str, ...]:
    accuracies = [run.test_accuracy for run in runs]
    memory = max(run.gibibytes for run in runs)
    return (
        recipe.name + ", compiled" * recipe.compile,
        runs[0].precision,
        str(runs[0].epochs),
        str(len(runs)),
        mean_std_text(accuracies),
        mean_std_text([run.one_view_accuracy for run in runs]),
        str(sum(accuracy >= TARGET for accuracy in accuracies)),
        median_text([run.seconds for run in runs], 2),
        f"{warm_up:.1f}",
        f"{statistics.median(run.images_per_second for run in runs):,.0f}",
        f"{memory:.2f}" if memory else "-",
    )
