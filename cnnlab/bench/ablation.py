"""`bench ablation`: what each idea of the speedrun recipe gains and costs, taken away alone."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from cnnlab import data
from cnnlab.bench.cpu import one_by_one, seconds_of
from cnnlab.bench.report import (
    Report,
    Table,
    log_progress,
    make_report,
    mean_std_text,
    median_text,
    train_timed,
)
from cnnlab.data import Augment, ImageData
from cnnlab.errors import as_int
from cnnlab.training import recipes
from cnnlab.training.devices import as_device, number_format
from cnnlab.training.recipes import Recipe

FORMAT_STEPS = 20  # formats do not change the mathematics: so many steps show their cost
VIEWS = (0.0, 0.25, 1.0)  # shares of the test images that get six views
# Learning rates of what takes an optimizer's place. For `speedrun-cpu` the best of those tried, by
# test accuracy on 7,500 or 10,000 images of CIFAR-10: SGD 0.01 to 0.3, AdamW 0.001, 0.003, 0.01. A
# constant rate was best at a quarter of the highest, of 1/4, 1/8, 1/16. At full size none is tuned.
RATES: dict[str, dict[str, float]] = {
    "speedrun-cpu": {"sgd": 0.05, "adamw": 0.003},
    "speedrun": {},
}


@dataclass(frozen=True)
class Run:
    """One training run: a seed and what came of it. Seconds are of preparing and training."""

    seed: int
    test_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Look:
    """One evaluation: the share of images with six views, and what came of it."""

    share: float
    test_accuracy: float
    seconds: float


def measure(
    *,
    data_name: str = "auto",
    recipe_name: str = "speedrun-cpu",
    images: int | None = None,
    runs: int = 3,
    epochs: int | None = None,
    device: torch.device | str | None = None,
) -> Report:
    """Train the recipe and every variant of it with seeds 0, 1, ..., in turns.

    Args:
        images: train on so many; default: all.

    Raises:
        ValueError: for a recipe without the speedrun's ideas, or fewer than one run.
    """
    if recipe_name not in RATES:
        raise ValueError(f"recipe={recipe_name!r} must be speedrun or speedrun-cpu.")
    as_int("runs", runs)
    chosen = as_device(device)
    whole = data.load(data_name).to(chosen)
    part = whole if images is None else whole.subset(images)
    recipe = recipes.BY_NAME[recipe_name]
    recipe = recipe.with_settings(epochs=recipe.settings.epochs if epochs is None else epochs)
    looks: list[Look] = []
    ideas = _in_turns(without_each_idea(recipe, **RATES[recipe_name]), part, runs, chosen, looks)
    steps = part.subset(min(FORMAT_STEPS * recipe.settings.batch_size, len(part.train_labels)))
    short = recipe.with_settings(epochs=1)
    formats = _in_turns(in_other_formats(short, chosen), steps, runs, chosen)
    apart = recipe.settings.epochs * _seconds_apart(recipe, part)
    return make_report(
        chosen,
        f"{part.source}, {len(part.train_labels):,} to train on, {recipe.settings.epochs} epochs",
        _ideas_table(ideas, apart),
        _formats_table(formats, len(steps.train_labels)),
        _views_table(looks),
        ideas={name: [asdict(run) for run in each] for name, each in ideas.items()},
        formats={name: [asdict(run) for run in each] for name, each in formats.items()},
        views=[asdict(look) for look in looks],
        seconds_more_one_by_one=apart,
    )


def _in_turns(
    variants: dict[str, Recipe],
    images: ImageData,
    runs: int,
    device: torch.device,
    looks: list[Look] | None = None,
) -> dict[str, list[Run]]:
    """Run each variant once without counting it, then all of them seed by seed.

    The first variant's networks are looked at with different views, if `looks` is given.
    """
    for recipe in variants.values():
        train_timed(
            recipe.with_settings(epochs=1), _few(images, recipe.settings.batch_size), 0, device
        )
    done: dict[str, list[Run]] = {name: [] for name in variants}
    for seed in range(runs):
        for name, recipe in variants.items():
            model, history, seconds = train_timed(recipe, images, seed, device)
            done[name].append(Run(seed, history.test_accuracy, seconds))
            log_progress(f"seed {seed}, {name}: {history.test_accuracy:.2%}, {seconds:.1f} s")
            if looks is not None and recipe is next(iter(variants.values())):
                looks += [_look(replace(recipe, tta=share), model, images) for share in VIEWS]
    return done


def _few(images: ImageData, batch_size: int) -> ImageData:
    """Return images for two steps and one look."""
    part = images.subset(min(2 * batch_size, len(images.train_labels)))
    tests = part.test_images[:batch_size], part.test_labels[:batch_size]
    return replace(part, test_images=tests[0], test_labels=tests[1])


def _look(recipe: Recipe, model: nn.Module, images: ImageData) -> Look:
    began = time.perf_counter()
    accuracy = recipe.evaluate(model, images).accuracy
    return Look(recipe.tta, accuracy, time.perf_counter() - began)


def _seconds_apart(recipe: Recipe, images: ImageData) -> float:
    """Return how much longer an epoch of batches takes if images are objects, one by one."""
    resident = data.batches(images.train_images, images.train_labels, recipe.settings.batch_size)
    return seconds_of(one_by_one(images, recipe.settings.batch_size)) - seconds_of(resident)


def _ideas_table(ideas: dict[str, list[Run]], apart: float) -> Table:
    rows = _rows(ideas)
    whole = statistics.median(run.seconds for run in next(iter(ideas.values())))
    seconds, times = f"{whole + apart:.1f}", f"{1 + apart / whole:.2f}"
    rows.append(("images read one by one", "the same steps", "0", seconds, times))
    return Table(
        "What is taken away. Accuracy: mean ± standard deviation, one view; change in points. "
        "Seconds: median (range). The last row adds what its batches take alone.",
        ("recipe", "test accuracy", "change", "seconds", "time, of the whole"),
        tuple(rows),
    )


def _formats_table(formats: dict[str, list[Run]], images: int) -> Table:
    return Table(
        f"Formats, which leave the mathematics alone: one epoch of {images:,} images, after "
        f"a warm-up.",
        ("format", "test accuracy", "change", "seconds", "time, of the first"),
        tuple(_rows(formats)),
    )


def _rows(variants: dict[str, list[Run]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    first = next(iter(variants.values()))
    accuracy, seconds = _middles(first)
    for name, runs in variants.items():
        each_accuracy, each_seconds = _middles(runs)
        rows.append(
            (
                name,
                mean_std_text([run.test_accuracy for run in runs]),
                f"{100 * (each_accuracy - accuracy):+.1f}",
                median_text([run.seconds for run in runs]),
                f"{each_seconds / seconds:.2f}",
            )
        )
    return rows


def _middles(runs: list[Run]) -> tuple[float, float]:
    accuracy = statistics.mean(run.test_accuracy for run in runs)
    return accuracy, statistics.median(run.seconds for run in runs)


def _views_table(looks: list[Look]) -> Table:
    rows = []
    for share in VIEWS:
        each = [look for look in looks if look.share == share]
        accuracy = mean_std_text([look.test_accuracy for look in each])
        rows.append((f"{share:.0%}", accuracy, median_text([look.seconds for look in each], 2)))
    return Table(
        "Six views of the least sure test images, by the whole recipe's networks.",
        ("share", "test accuracy", "seconds of the evaluation"),
        tuple(rows),
    )


def without_each_idea(
    recipe: Recipe, *, constant: float = 1 / 4, sgd: float = 0.1, adamw: float = 0.01
) -> dict[str, Recipe]:
    """Return the speedrun recipe whole, then with one idea at a time taken out of it.

    What takes the place of a schedule or an optimizer needs a learning rate of its own, tried out.

    Args:
        constant: the constant learning rate, as a share of the recipe's highest.
        sgd, adamw: the highest learning rate of that optimizer.
    """
    settings = recipe.settings
    assert isinstance(settings.augment, Augment)
    steady = constant * settings.learning_rate
    settings_of: dict[str, dict[str, Any]] = {
        "no label smoothing": {"label_smoothing": 0.0},
        "random flip": {"augment": replace(settings.augment, flip=True)},
        "no flip": {"augment": replace(settings.augment, flip=False)},
        "constant learning rate": {"schedule": "constant", "learning_rate": steady},
        "Nesterov SGD": {"optimizer": "sgd", "learning_rate": sgd, "weight_decay": 0.0},
        "AdamW": {"optimizer": "adamw", "learning_rate": adamw, "weight_decay": 0.0},
    }
    return {
        "the whole recipe": recipe,
        "first layer learned, not whitened": replace(recipe, prepare=_learn_first_layer),
        "kernels begin at random": replace(recipe, model=_at_random(recipe)),
        **{name: recipe.with_settings(**change) for name, change in settings_of.items()},
    }


def _at_random(recipe: Recipe) -> Callable[[int], nn.Module]:
    """Return the recipe's network, with kernels that do not begin as the identity."""
    assert isinstance(recipe.model, partial)
    return partial(recipe.model, identity=False)


def in_other_formats(recipe: Recipe, device: torch.device) -> dict[str, Recipe]:
    """Return a recipe as it is, then with each of its formats changed: the mathematics stays."""
    plain = number_format(device, recipe.amp) is torch.float32
    other = str(number_format(device, amp=plain)).removeprefix("torch.")
    return {
        "as it is": recipe,
        "channel after channel": replace(recipe, channels_last=False),
        other: replace(recipe, amp=plain),
        "torch.compile": replace(recipe, compile=True),
    }


def _learn_first_layer(model: nn.Module, images: ImageData) -> None:
    assert isinstance(model, nn.Sequential)
    model[0].requires_grad_(True)
