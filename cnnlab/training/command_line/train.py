"""What `cnnlab train` does, in one process or in those that torchrun started."""

import argparse
import math
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from cnnlab import data, models
from cnnlab.data import ImageData, sources
from cnnlab.data.memory import require_batch_memory
from cnnlab.errors import shell_command
from cnnlab.training import distributed, recipes, transfer
from cnnlab.training.command_line import launch, outputs
from cnnlab.training.command_line.judging import Judged, judge
from cnnlab.training.devices import as_device
from cnnlab.training.evaluation import confusion_matrix, predict
from cnnlab.training.history import History
from cnnlab.training.recipes import Recipe
from cnnlab.training.saving import Trained
from cnnlab.training.settings import Settings

FEWEST_STEPS = 100  # the recipes take about 200 or more of the images that they were made for
CPU_NOTE = (
    "{name} is made for a GPU; on two quiet CPU cores speedrun took 19 minutes in float32. "
    "--recipe laptop-1, laptop-5 and laptop-15 are made for them."
)


def run(options: argparse.Namespace) -> int:
    """Train as the options say; return the exit status."""
    advice = "Nothing was kept: --checkpoint FILE would have kept each epoch."
    if kept := options.checkpoint:
        advice = f"{kept} keeps each finished epoch; the same command with --resume goes on."
    as_device(options.device)
    with launch.process_group(options.device, advice) as restarted:
        return _run(options, restarted)


def _run(options: argparse.Namespace, restarted: bool) -> int:
    if options.recipe and (options.model or options.flip or options.shift):
        raise ValueError("--recipe brings its own --model, --flip and --shift. Leave them out.")
    _require_what_starts(options)
    main = distributed.is_main_process()
    recipe_of(options)  # says what is wrong with the settings before images are read
    if main and not restarted:  # the file may be on the first machine alone, as may the images
        _require_the_right_checkpoint(options.checkpoint, options.resume)
        for option in ("checkpoint", "save", "out"):
            outputs.prepare_file(f"--{option}", getattr(options, option))
        outputs.prepare_folder("--figures", options.figures)
        outputs.require_different_files(
            out=options.out, save=options.save, checkpoint=options.checkpoint
        )
    images = distributed.broadcast_from_rank0(lambda: load_images(options))
    if main:
        print(images, flush=True)
    height, width = images.train_images.shape[2:]
    recipe = recipe_of(options, (height, width), len(images.train_labels))
    recipe = replace(recipe, precision=options.precision)
    recipe = recipe.on(options.device, images, options.checkpoint)
    if main and options.start:
        print(transfer.beginning(options.start, images))
    if main:
        print(_plan(recipe, len(images.train_labels), tuned=bool(options.recipe)), flush=True)
    if as_device(options.device).type == "cpu":
        part = -(-recipe.settings.batch_size // distributed.rank_and_size()[1])
        require_batch_memory(min(part, len(images.train_labels)), (height, width))
    on_cpu = recipes.for_device(options.device) is recipes.FAST_CPU
    if main and on_cpu and options.recipe in ("fast", "speedrun"):
        print(CPU_NOTE.format(name=recipe.name), flush=True)
    model, history = _train(options, recipe, images)
    status = _report(options, recipe, images, model=model, history=history) if main else 0
    if history.interrupted:  # raised again, it ends a job of several processes at once
        raise KeyboardInterrupt
    return status


def _train(
    options: argparse.Namespace, recipe: Recipe, images: ImageData
) -> tuple[nn.Module, History]:
    """Train; after an error, print and write what the finished epochs gave, and raise it again."""
    finished: list[History] = []
    try:
        return recipe.train(
            images,
            seed=options.seed,
            device=options.device,
            checkpoint=options.checkpoint,
            on_epoch=finished.append,
        )
    except Exception:
        if finished and distributed.is_main_process():
            device = str(as_device(options.device))
            lines, figures = _summarize(recipe, images, finished[-1], device)
            if options.out:
                outputs.write_json(options.out, figures)
            print(finished[-1], *lines, sep="\n")
        raise


def load_images(options: argparse.Namespace) -> ImageData:
    """Return the images that --data names, as --size, --skip-broken and --validation say."""
    size = options.size
    if options.start and size is None and sources.known_as(options.data) is None:
        size = transfer.find(options.start).image_size
    images = data.load(options.data, size=size, skip_broken=options.skip_broken)
    if options.start:
        transfer.require_other_images(options.start, images.name)
    return images if options.validation is None else images.hold_out(options.validation)


def _require_what_starts(options: argparse.Namespace) -> None:
    """Raise if --start does not go with the other options."""
    if not options.start:
        if options.frozen is not None:
            raise ValueError("--freeze keeps what a trained network knows. Add --start photo.")
        return
    for other in ("recipe", "model"):
        if getattr(options, other):
            raise ValueError(f"--start brings its own network. Leave out --{other}.")
    transfer.require_other_images(options.start, sources.known_as(options.data))


def _require_the_right_checkpoint(path: Path | None, resume: bool) -> None:
    if resume and not path:
        raise ValueError("--resume: there is no checkpoint (use --checkpoint).")
    if resume and path and not path.exists():
        raise ValueError(f"--resume: there is no checkpoint {path}.")
    if path and path.exists() and not resume:
        raise ValueError(f"{path} exists. Add --resume to go on from it, or delete it.")


def recipe_of(
    options: argparse.Namespace, image_size: tuple[int, int] = (32, 32), count: int = 1
) -> Recipe:
    """Return the recipe that was named, or one made of the options, with what they change.

    A named recipe stays as it was tuned; without one, what is not given follows the `count` of
    training images.
    """
    names = [each.name for each in fields(Settings) if each.name != "seed"]
    given = {name: value for name in names if (value := getattr(options, name, None)) is not None}
    if options.recipe:
        return recipes.BY_NAME[options.recipe].with_settings(**given)
    name = options.model or "simple-cnn"
    augment = data.Augment(flip=options.flip, shift=options.shift or 0)
    augmented = augment if options.flip or options.shift else None
    if options.start:
        if options.flip or options.shift is not None:
            given["augment"] = augmented
        freeze = options.frozen or False
        return transfer.recipe(options.start, count, image_size=image_size, freeze=freeze, **given)
    settings = Settings.for_images(count, **{"augment": augmented} | given)

    def make(num_classes: int) -> nn.Module:
        return models.build(name, num_classes, image_size=image_size)

    return Recipe(name=name, model=make, settings=settings)


def _plan(recipe: Recipe, count: int, *, tuned: bool) -> str:
    """Return a sentence on the batches and steps of a run, and what to do about too few."""
    settings = recipe.settings
    size, steps = min(settings.batch_size, count), settings.steps(count)
    numbers = {"training image": count, "epoch": settings.epochs, "step": steps}
    images, epochs, taken = (f"{n:,} {name}{'s' * (n > 1)}" for name, n in numbers.items())
    said = f"{images}: batches of {size:,}, {epochs} ({taken})"
    if tuned and steps < FEWEST_STEPS:
        said += (
            f". {recipe.name} was tuned for tens of thousands of images, and so few steps may "
            f"teach it little: give --model in its place, and batches and epochs follow the data."
        )
    return said


def _judge(images: ImageData, history: History, model: nn.Module | None) -> list[Judged]:
    """Return the accuracy on validation and on test images, where these were looked at.

    Without the network that the accuracies are of, nothing is known of single classes.
    """
    last, known = history.epochs[-1], {}
    if images.held_out:
        known["validation"] = last.validation_accuracy, *images.held_out
    if not math.isnan(last.test_accuracy):
        known["test"] = last.test_accuracy, images.test_images, images.test_labels
    return [
        judge(
            name,
            labels,
            images.classes,
            accuracy=accuracy,
            counts=None if model is None else confusion_matrix(predict(model, pixels), labels),
        )
        for name, (accuracy, pixels, labels) in known.items()
    ]


def _summarize(
    recipe: Recipe,
    images: ImageData,
    history: History,
    device: str,
    model: nn.Module | None = None,
) -> tuple[list[str], dict[str, Any]]:
    """Return lines on a run and on what few images leave open, and the same in plain numbers."""
    processes = distributed.rank_and_size()[1]
    several = f"{processes} processes, " if processes > 1 else ""
    judged = _judge(images, history, model)
    run = (
        f"{recipe.name} on {images.source}: {', '.join(map(str, judged))}, "
        f"{history.seconds:.1f} s of training, {history.images_per_second:,.0f} images/s, "
        f"{several}{device}, {history.precision}, torch {torch.__version__}"
    )
    figures = {
        "recipe": recipe.name,
        "images": images.source,
        **{f"{each.name}_accuracy": each.accuracy for each in judged},
        **{f"{each.name}_images": each.as_record() for each in judged},
        "seconds": history.seconds,
        "images_per_second": history.images_per_second,
        "processes": processes,
        "device": device,
        "precision": history.precision,
        "torch": torch.__version__,
        "epochs": [epoch.as_record() for epoch in history.epochs],
    }
    return [run, *filter(None, (each.intervals for each in judged))], figures


def _report(
    options: argparse.Namespace,
    recipe: Recipe,
    images: ImageData,
    *,
    model: nn.Module,
    history: History,
) -> int:
    """Write what was asked for, then print what a run gave; return the exit status.

    In this order, because what reads the output may be gone.
    """
    lines = [str(history)]
    try:
        if not history.epochs:
            return 0
        return _write(options, recipe, images, lines, model=model, history=history)
    finally:
        print(*lines, sep="\n")


def _write(
    options: argparse.Namespace,
    recipe: Recipe,
    images: ImageData,
    lines: list[str],
    *,
    model: nn.Module,
    history: History,
) -> int:
    """Write the files of a run, and add lines on it to `lines`; return the exit status."""
    device = str(next(model.parameters()).device)
    finished = None if history.interrupted else model  # else it has gone on since the last epoch
    said, figures = _summarize(recipe, images, history, device, finished)
    lines += said
    if recipe.start:
        figures["start"] = recipe.start
    if math.isnan(history.test_accuracy):  # the test images were not looked at
        images = images.without_test()
    if recipe.tta:
        with_tta = recipe.evaluate(model, images, precision=history.precision).accuracy
        figures[f"{images.test_name}_accuracy_with_tta"] = with_tta
        lines.append(f"with six views of the least certain {recipe.tta:.0%}: {with_tta:.2%}")
    written = [outputs.write_json(options.out, figures)] if options.out else []
    written.append(_save(options, recipe, images, lines, model=model, history=history))
    name, _, loss = history.epochs[-1].watched
    if not math.isfinite(loss):
        rate = recipe.settings.learning_rate
        print(
            f"cnnlab: the {name} loss is {loss}: the steps were too large "
            f"(learning_rate={rate:g}). Try --learning-rate {rate / 10:g}.",
            file=sys.stderr,
        )
        return 1
    return 0 if all(written) else 1


def _save(
    options: argparse.Namespace,
    recipe: Recipe,
    images: ImageData,
    lines: list[str],
    *,
    model: nn.Module,
    history: History,
) -> bool:
    """Write the model and the figures; a failure is reported and loses nothing else."""
    height, width = images.train_images.shape[2:]
    accuracy = history.test_accuracy
    if math.isnan(accuracy):
        accuracy = history.epochs[-1].validation_accuracy
    trained = Trained(
        model, recipe.name, images.classes, (height, width), images.source, accuracy, recipe.start
    )
    written = True
    if options.save:
        written = outputs.write_or_keep("--save", options.save, trained.save)
        if written:
            how = shell_command("predict", options.save, "FILE")
            lines.append(f"{options.save} holds the network: {how}")
    if options.figures:
        try:
            outputs.draw(options.figures, images, predict(model, images.test_images), history)
            lines.append(f"The figures are in {options.figures}.")
        except OSError as error:
            reason = error.strerror or error
            print(
                f"cnnlab: --figures {options.figures} could not be written ({reason}).",
                file=sys.stderr,
            )
            written = False
    return written
