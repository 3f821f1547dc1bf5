"""`bench ablation`: what each idea of the speedrun recipe gains and costs, taken away alone."""

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab import data, models, training
from cnnlab.bench.cpu import one_by_one, seconds_of
from cnnlab.bench.ladder import split
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
from cnnlab.training.devices import as_device
from cnnlab.training.precision import FORMATS, autocast_on
from cnnlab.training.recipes import Recipe

QUARTER = 0.25  # of the images get more views
FAILED = 0.05  # a run this far below the median of its row has failed
LESSON = replace(
    recipes.SPEEDRUN_CPU.with_settings(batch_size=100),
    name="lesson-11",
    model=partial(models.SpeedrunCNN, widths=(16, 32, 32), stride=2),
    precision=None,  # a lesson's figures do not depend on how fast a processor is in bfloat16
)
VALIDATION = 2_000  # images that judge the lesson's networks, as there
# Learning rates of what takes an optimizer's place: the best of those tried, on test images of
# CIFAR-10, which decide nothing else here. SGD 0.01 to 0.3, AdamW 0.001, 0.003, 0.01. A constant
# rate was best at a quarter of the highest, of 1/4, 1/8, 1/16. At full size none is tuned.
RATES: dict[str, dict[str, float]] = {
    "lesson-11": {"sgd": 0.2, "adamw": 0.01},
    "speedrun-cpu": {"sgd": 0.05, "adamw": 0.003},
    "speedrun": {},
}


@dataclass(frozen=True)
class Run:
    """A seed and what came of it, on validation images. Seconds are of preparing and training."""

    seed: int
    accuracy: float
    seconds: float


def measure(
    *,
    data_name: str = "auto",
    recipe_name: str = "lesson-11",
    images: int | None = None,
    runs: int = 10,
    epochs: int | None = None,
    precision: str | None = None,
    device: torch.device | str | None = None,
) -> Report:
    """Train the recipe and every variant of it with seeds 0, 1, ..., in turns.

    The ladder's validation images judge, of the lesson's recipe the first 2,000; the test images
    are not looked at.

    Args:
        images: train on so many; default: all that are not for validation.
        precision: as `training.train` takes it; default: the recipe's.

    Raises:
        ValueError: for a recipe without the speedrun's ideas, fewer than one run, or more images
            than are left to train on.
    """
    if recipe_name not in RATES:
        raise ValueError(f"recipe={recipe_name!r} must be {' or '.join(RATES)}.")
    as_int("runs", runs)
    chosen = as_device(device)
    part = split(data.load(data_name).to(chosen), images)
    recipe = LESSON if recipe_name == LESSON.name else recipes.BY_NAME[recipe_name]
    if recipe is LESSON:
        part = _judged_by(part, VALIDATION)
    recipe = recipe.with_settings(epochs=recipe.settings.epochs if epochs is None else epochs)
    recipe = replace(recipe, precision=precision or recipe.precision)
    ideas, views = _in_turns(without_each_idea(recipe, **RATES[recipe_name]), part, runs, chosen)
    apart = recipe.settings.epochs * _seconds_apart(recipe, part)
    return make_report(
        chosen,
        f"{part.source}, {len(part.train_labels):,} to train on, {recipe.settings.epochs} epochs, "
        f"{len(part.test_labels):,} validation images",
        _ideas_table(ideas, apart),
        _views_table(views),
        ideas={name: [asdict(run) for run in each] for name, each in ideas.items()},
        views=views,
        seconds_more_one_by_one=apart,
    )


def _in_turns(
    variants: dict[str, Recipe], images: ImageData, runs: int, device: torch.device
) -> tuple[dict[str, list[Run]], dict[str, list[float]]]:
    """Run each variant once without counting it, then all of them seed by seed.

    Returns:
        The runs of each variant, and the accuracies of the first one's networks by their views.
    """
    for recipe in variants.values():
        train_timed(
            recipe.with_settings(epochs=1), _few(images, recipe.settings.batch_size), 0, device
        )
    done: dict[str, list[Run]] = {name: [] for name in variants}
    views: dict[str, list[float]] = {}
    for seed in range(runs):
        for name, recipe in variants.items():
            model, history, seconds = train_timed(recipe, images, seed, device)
            accuracy = history.epochs[-1].validation_accuracy
            done[name].append(Run(seed, accuracy, seconds))
            log_progress(f"seed {seed}, {name}: {accuracy:.2%}, {seconds:.1f} s")
            if recipe is next(iter(variants.values())):
                with autocast_on(device, FORMATS[history.precision]):
                    looked = by_views(model, images.test_images, seed=seed)
                for look, logits in looked.items():
                    right = logits.argmax(dim=1) == images.test_labels
                    views.setdefault(look, []).append(right.double().mean().item())
    return done, views


def by_views(model: nn.Module, images: Tensor, *, seed: int) -> dict[str, Tensor]:
    """Return the logits of one view, of two, and of six for a part of the images or for all.

    Args:
        seed: draws the quarter that is not chosen by how certain the network is.
    """
    plain, six = training.predict(model, images), training.predict_with_tta(model, images)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    at_random = plain.clone()
    drawn = order[: round(QUARTER * len(images))].to(plain.device)
    at_random[drawn] = six[drawn]
    return {
        "one view": plain,
        "two views of all: as it is, and mirrored": plain + training.predict(model, images.flip(3)),
        "six views of a quarter drawn at random": at_random,
        "six views of the least certain quarter": training.predict_with_tta(
            model, images, share=QUARTER
        ),
        "six views of all": six,
    }


def _few(images: ImageData, batch_size: int) -> ImageData:
    """Return images for two steps and one look."""
    part = images.subset(min(2 * batch_size, len(images.train_labels)))
    return _judged_by(part, batch_size)


def _judged_by(images: ImageData, count: int) -> ImageData:
    """Return the same images, the first `count` of the validation images to judge by."""
    few = images.test_images[:count], images.test_labels[:count]
    return replace(images, test_images=few[0], test_labels=few[1])


def _seconds_apart(recipe: Recipe, images: ImageData) -> float:
    """Return how much longer an epoch of batches takes if images are objects, one by one."""
    resident = data.batches(images.train_images, images.train_labels, recipe.settings.batch_size)
    return seconds_of(one_by_one(images, recipe.settings.batch_size)) - seconds_of(resident)


def _ideas_table(ideas: dict[str, list[Run]], apart: float) -> Table:
    whole = next(iter(ideas.values()))
    usual = statistics.median(run.seconds for run in whole)
    rows = []
    for name, runs in ideas.items():
        failed, first_failed = _failed(runs), _failed(whole)
        change = [
            run.accuracy - first.accuracy
            for run, first in zip(runs, whole, strict=True)
            if run not in failed and first not in first_failed
        ]
        rows.append(
            (
                name,
                median_text([100 * run.accuracy for run in runs]),
                f"{len(failed)} of {len(runs)}",
                mean_std_text(change, "{:+.2%}".format) if change else "all failed",
                f"{statistics.median(run.seconds for run in runs) / usual:.2f}",
            )
        )
    rows.append(("images read one by one", "the same steps", "", "0", f"{1 + apart / usual:.2f}"))
    return Table(
        f"What is taken away. Accuracy in %, one view: median (range). A run has failed if it is "
        f"{100 * FAILED:g} points below its row's median. Change: mean ± standard deviation, seed "
        f"by seed, without failed runs. The whole recipe takes {usual:.1f} s (median); the last "
        f"row adds what its batches take alone.",
        ("recipe", "accuracy", "failed", "change", "time, of the whole"),
        tuple(rows),
    )


def _failed(runs: list[Run]) -> list[Run]:
    bound = statistics.median(run.accuracy for run in runs) - FAILED
    return [run for run in runs if run.accuracy < bound]


def _views_table(views: dict[str, list[float]]) -> Table:
    return Table(
        "By the whole recipe's networks. Mean ± standard deviation. Six views take six passes, "
        "those of a quarter of the images 2.25 in all.",
        ("look", "accuracy"),
        tuple((look, mean_std_text(each)) for look, each in views.items()),
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
        "one cycle": {"schedule": "one-cycle"},
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


def _learn_first_layer(model: nn.Module, images: ImageData) -> None:
    assert isinstance(model, nn.Sequential)
    model[0].requires_grad_(True)
