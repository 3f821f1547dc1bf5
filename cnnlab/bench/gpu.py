"""`bench gpu`: seconds and accuracy of a recipe, over many runs, after a warm-up."""

import statistics
import time
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
        test_accuracy: with the recipe's views.
        one_view_accuracy: looking at each test image once.
        seconds: of all that leads to the first accuracy: preparing the network, training, and
            one evaluation with views. The evaluation after each epoch is not in it.
        images_per_second: of training.
        gibibytes: the most memory that tensors held on a CUDA card; 0 elsewhere.
    """

    seed: int
    test_accuracy: float
    one_view_accuracy: float
    seconds: float
    images_per_second: float
    gibibytes: float


def measure(
    *,
    data_name: str = "auto",
    recipe_name: str = "speedrun",
    runs: int = 10,
    epochs: int | None = None,
    compile: bool = False,
    device: torch.device | str | None = None,
) -> Report:
    """Train a recipe with seeds 0, 1, ... on the GPU.

    One epoch is trained twice before that and counts for nothing. What the first takes longer
    than the second is the warm-up, with `compile` nearly all of it torch.compile's.

    Raises:
        ValueError: without a GPU, unless a device is named; for fewer than one run.
    """
    chosen = as_device(device)
    if device is None and chosen.type == "cpu":
        raise ValueError("there is no GPU here that torch can use. --device cpu tries the command.")
    as_int("runs", runs)
    images = data.load(data_name).to(chosen)
    recipe = replace(recipes.BY_NAME[recipe_name], compile=compile)
    recipe = recipe.with_settings(epochs=recipe.settings.epochs if epochs is None else epochs)
    first, second = (run_once(recipe.with_settings(epochs=1), images, 0, chosen) for _ in range(2))
    warm_up = first.seconds - second.seconds
    log_progress(f"warm-up {warm_up:.1f} s")
    done = []
    for seed in range(runs):
        done.append(run_once(recipe, images, seed, chosen))
        log_progress(f"seed {seed}: {done[-1].test_accuracy:.2%}, {done[-1].seconds:.2f} s")
    return make_report(
        chosen,
        f"{images.source}, {len(images.train_labels):,} to train on",
        _table(recipe, done, warm_up),
        recipe=recipe.name,
        epochs=recipe.settings.epochs,
        compiled=compile,
        warm_up_seconds=warm_up,
        runs=[asdict(run) for run in done],
    )


HEAD = (
    "recipe",
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
    accuracy = recipe.evaluate(model, images).accuracy  # a number: the device is done
    seconds += time.perf_counter() - began
    held = torch.cuda.max_memory_allocated(device) / 2**30 if on_cuda else 0.0
    return Run(seed, accuracy, history.test_accuracy, seconds, history.images_per_second, held)


def _table(recipe: recipes.Recipe, runs: list[Run], warm_up: float) -> Table:
    accuracies = [run.test_accuracy for run in runs]
    reached = sum(accuracy >= TARGET for accuracy in accuracies)
    memory = max(run.gibibytes for run in runs)
    views = f"six views of {recipe.tta:.0%}" if recipe.tta else "one view"
    return Table(
        f"Accuracy: mean ± standard deviation, {views}. Seconds: median (range) of preparing, "
        f"training and one evaluation.",
        HEAD,
        (
            (
                recipe.name + ", compiled" * recipe.compile,
                str(recipe.settings.epochs),
                str(len(runs)),
                mean_std_text(accuracies),
                mean_std_text([run.one_view_accuracy for run in runs]),
                str(reached),
                median_text([run.seconds for run in runs], 2),
                f"{warm_up:.1f}",
                f"{statistics.median(run.images_per_second for run in runs):,.0f}",
                f"{memory:.2f}" if memory else "-",
            ),
        ),
    )
