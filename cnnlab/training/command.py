"""What `python -m cnnlab train` does, in one process or in those that torchrun started."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnnlab import data, models
from cnnlab.data import ImageData
from cnnlab.files import atomic_write
from cnnlab.training import distributed, launch, recipes
from cnnlab.training.history import History
from cnnlab.training.recipes import Recipe
from cnnlab.training.settings import Settings

CPU_NOTE = (
    "{name} is made for a GPU; on two quiet CPU cores it was measured to take about 19 minutes. "
    "--recipe {name}-cpu takes about two."
)


def run(options: argparse.Namespace) -> int:
    """Train as the options say; return the exit status."""
    advice = "Nothing was kept: --checkpoint FILE would have kept each epoch."
    if kept := options.checkpoint:
        advice = f"{kept} keeps each finished epoch; the same command with --resume goes on."
    with launch.process_group(options.device, advice) as restarted:
        return _run(options, restarted)


def _run(options: argparse.Namespace, restarted: bool) -> int:
    if options.recipe and (options.model or options.flip or options.shift):
        raise ValueError("--recipe brings its own --model, --flip and --shift. Leave them out.")
    main, recipe = distributed.is_main_process(), recipe_of(options)
    if main and not restarted:  # the file may be on the first machine alone, as may the images
        _require_the_right_checkpoint(options.checkpoint, options.resume)
    images = distributed.broadcast_from_rank0(lambda: data.load(options.data))
    if main:
        print(images, flush=True)
    on_cpu = recipes.for_device(options.device) is recipes.FAST_CPU
    if main and on_cpu and options.recipe in ("fast", "speedrun"):
        print(CPU_NOTE.format(name=recipe.name), flush=True)
    model, history = recipe.train(
        images, seed=options.seed, device=options.device, checkpoint=options.checkpoint
    )
    if main:
        print(history)
        if history.epochs:
            _report(options.out, recipe, images, model=model, history=history)
    if history.interrupted:  # raised again, it ends a job of several processes at once
        raise KeyboardInterrupt
    return 0


def _require_the_right_checkpoint(path: Path | None, resume: bool) -> None:
    if resume and not path:
        raise ValueError("--resume: there is no checkpoint (use --checkpoint).")
    if resume and path and not path.exists():
        raise ValueError(f"--resume: there is no checkpoint {path}.")
    if path and path.exists() and not resume:
        raise ValueError(f"{path} exists. Add --resume to go on from it, or delete it.")


def recipe_of(options: argparse.Namespace) -> Recipe:
    """Return the recipe that was named, or one made of the options, with what they change."""
    given = {name: getattr(options, name) for name in ("epochs", "batch_size", "learning_rate")}
    given = {name: value for name, value in given.items() if value is not None}
    if options.recipe:
        return recipes.BY_NAME[options.recipe].with_settings(**given)
    name = options.model or "simple-cnn"
    augment = data.Augment(flip=options.flip, shift=options.shift)
    settings = Settings(
        **{"epochs": 4} | given, augment=augment if options.flip or options.shift else None
    )
    return Recipe(name=name, model=models.BY_NAME[name], settings=settings)


def _report(
    out: Path | None, recipe: Recipe, images: ImageData, *, model: nn.Module, history: History
) -> None:
    """Print what a run gave, and write it as JSON."""
    processes, device = distributed.rank_and_size()[1], str(next(model.parameters()).device)
    several = f"{processes} processes, " if processes > 1 else ""
    print(
        f"{recipe.name} on {images.source}: {history.test_accuracy:.2%} of "
        f"{len(images.test_labels):,} test images, {history.seconds:.1f} s of training, "
        f"{history.images_per_second:,.0f} images/s, {several}{device}, torch {torch.__version__}"
    )
    figures: dict[str, Any] = {
        "recipe": recipe.name,
        "images": images.source,
        "test_accuracy": history.test_accuracy,
        "seconds": history.seconds,
        "images_per_second": history.images_per_second,
        "processes": processes,
        "device": device,
        "torch": torch.__version__,
        "epochs": [asdict(epoch) for epoch in history.epochs],
    }
    if recipe.tta:
        with_tta = figures["test_accuracy_with_tta"] = recipe.evaluate(model, images).accuracy
        print(f"with six views of the least certain {recipe.tta:.0%}: {with_tta:.2%}")
    if out:
        text = json.dumps(figures, indent=2) + "\n"
        atomic_write(out, lambda file: file.write(text.encode()))
