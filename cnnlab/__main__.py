"""`python -m cnnlab`: open the course, look at the machine, train, measure, build the site."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab import __version__
from cnnlab.errors import TOLD

if TYPE_CHECKING:
    import torch

    from cnnlab.history import History
    from cnnlab.pictures import ImageData
    from cnnlab.recipes import Recipe

# The names are kept here too, so that --help need not wait for torch; a test holds them equal.
MODELS = ("simple-cnn", "mlp", "small-cnn", "fast-cnn", "lenet5")
RECIPES = ("fast", "fast-cpu", "speedrun", "speedrun-cpu")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status: 0 is good, 1 a fault that was told, 130 Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except TOLD as error:
        print(f"cnnlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("cnnlab: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cnnlab", description=__doc__)
    parser.add_argument("--version", action="version", version=f"cnnlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    lab = commands.add_parser("lab", help="open your copy of the course in JupyterLab")
    lab.add_argument("--dir", type=Path, default=Path("my-notebooks"), help="your copy's folder")
    lab.add_argument("jupyter", nargs="*", help="after --: more words for JupyterLab")
    lab.set_defaults(run=_lab)
    doctor = commands.add_parser("doctor", help="say what is installed and what will be slow")
    doctor.set_defaults(run=_doctor)
    download = commands.add_parser("download", help="fetch CIFAR-10 (170 MB) for all lessons")
    download.set_defaults(run=_download)
    site = commands.add_parser("site", help="build pages and slides that need no kernel")
    site.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 05; default: all")
    site.add_argument("--out", type=Path, default=Path("site"), help="the folder to write")
    site.set_defaults(run=_site)
    _add_train(commands.add_parser("train", help="train a network and print its accuracy"))
    _add_bench(commands.add_parser("bench", help="measure this machine; print tables"))
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument("--data", default="auto", help="auto, shapes10, cifar10 or a folder")
    train.add_argument("--recipe", choices=RECIPES, help="a network and all that follows, as tuned")
    train.add_argument("--model", choices=MODELS, help="without a recipe; default: simple-cnn")
    train.add_argument("--epochs", type=int, help="default: the recipe's, or 4")
    train.add_argument("--batch-size", type=int, help="default: the recipe's, or 128")
    train.add_argument("--learning-rate", type=float, help="default: the recipe's, or 0.003")
    train.add_argument("--flip", action="store_true", help="mirror half of the pictures")
    train.add_argument("--shift", type=int, default=0, help="move pictures by up to so many pixels")
    train.add_argument("--device", help="cpu, cuda or mps; default: the fastest there is")
    train.add_argument("--checkpoint", type=Path, help="file that keeps the run after each epoch")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    train.add_argument("--out", type=Path, help="a JSON file for the figures")
    train.add_argument("--seed", type=int, default=0)
    train.set_defaults(run=_train)


def _add_bench(bench: argparse.ArgumentParser) -> None:
    kinds = bench.add_subparsers(required=True, metavar="WHAT")
    cpu = kinds.add_parser("cpu", help="against the usual tutorial, to the same accuracy")
    gpu = kinds.add_parser("gpu", help="seconds and accuracy of a recipe, over many runs")
    ablation = kinds.add_parser("ablation", help="what each idea of the speedrun gains and costs")
    scale = kinds.add_parser("scale", help="cost against pictures, width, batch size, processes")
    for what, default, kind in (("cpu", 3, cpu), ("gpu", 10, gpu), ("ablation", 3, ablation)):
        kind.set_defaults(run=_bench, what=what)
        kind.add_argument("--runs", type=int, default=default, help="seeds 0, 1, ...")
    scale.set_defaults(run=_bench, what="scale")
    scale.add_argument("--runs", type=int, default=3, help="how often each epoch is timed")
    scale.add_argument("--processes", type=int, nargs="+", help="under torchrun; default: 1 2 ...")
    for kind in (cpu, gpu, ablation, scale):
        kind.add_argument("--data", default="auto", help="auto, shapes10, cifar10 or a folder")
        kind.add_argument("--out", type=Path, help="a JSON file for every single figure")
    for kind in (gpu, ablation, scale):
        kind.add_argument("--recipe", choices=RECIPES, help="default: speedrun or speedrun-cpu")
        kind.add_argument("--device", help="default: the fastest there is")
    for kind in (gpu, ablation):
        kind.add_argument("--epochs", type=int, help="default: the recipe's")
    for kind in (ablation, scale):
        kind.add_argument("--pictures", type=int, help="train on so many; default: all")
    gpu.add_argument("--compile", action="store_true", help="use torch.compile")


def _lab(options: argparse.Namespace) -> int:
    from cnnlab import lab

    changes = str(lab.sync(lab.COURSE, options.dir))
    print(f"Your notebooks are in {options.dir.resolve()}", changes, sep="\n", flush=True)
    return lab.open_lab(options.dir, options.jupyter)


def _doctor(options: argparse.Namespace) -> int:
    from cnnlab import doctor

    healthy = True
    for good, what, finding in doctor.examine():
        healthy &= good
        print(f"{'ok ' if good else 'BAD'}  {what:12} {finding}", flush=True)
    print("The course runs here." if healthy else "Mend what is marked BAD, then try again.")
    return 0 if healthy else 1


def _download(options: argparse.Namespace) -> int:
    from cnnlab import cifar10

    print(cifar10.load(download=True))
    return 0


def _site(options: argparse.Namespace) -> int:
    from cnnlab import site

    try:
        for lesson, news in site.build(options.out, options.lessons):
            print(f"{lesson:26} {news}", flush=True)
    except site.LessonError as error:
        raise ValueError(str(error)) from None
    print(f"Open {(options.out / 'index.html').resolve()}")
    return 0


def _train(options: argparse.Namespace) -> int:
    from cnnlab import torchrun

    advice = "Nothing was kept: --checkpoint FILE would have kept each epoch."
    if kept := options.checkpoint:
        advice = f"{kept} keeps each whole epoch; the same command with --resume goes on."
    with torchrun.joined(options.device, advice) as again:
        return _train_joined(options, again)


def _require_the_right_checkpoint(path: Path | None, resume: bool) -> None:
    if resume and not path:
        raise ValueError("--resume: there is no checkpoint (use --checkpoint).")
    if resume and not path.exists():
        raise ValueError(f"--resume: there is no checkpoint {path}.")
    if path and path.exists() and not resume:
        raise ValueError(f"{path} exists. Add --resume to go on from it, or delete it.")


def _train_joined(options: argparse.Namespace, again: bool) -> int:
    if options.recipe and (options.model or options.flip or options.shift):
        raise ValueError("--recipe brings its own --model, --flip and --shift. Leave them out.")
    from cnnlab import data, distributed, recipes

    speaks, recipe = distributed.rank_and_size()[0] == 0, _recipe(options)
    if speaks and not again:  # the file may be on the first machine alone, as may the pictures
        _require_the_right_checkpoint(options.checkpoint, options.resume)
    pictures = distributed.from_first(lambda: data.load(options.data))
    if speaks:
        print(pictures, flush=True)
    on_cpu = recipes.for_device(options.device) is recipes.FAST_CPU
    if speaks and on_cpu and options.recipe in ("fast", "speedrun"):
        print(f"{recipe.name} is made for a GPU and takes hours on a CPU; ", end="")
        print(f"--recipe {recipe.name}-cpu takes minutes.", flush=True)
    model, history = recipe.train(
        pictures, seed=options.seed, device=options.device, checkpoint=options.checkpoint
    )
    if speaks:
        print(history)
        _tell(options.out, recipe, pictures, model=model, history=history)
    if history.interrupted:  # said like this, it ends a process of several at once
        raise KeyboardInterrupt
    return 0


def _recipe(options: argparse.Namespace) -> "Recipe":
    """Return the recipe that was named, or one made of the options, with what they change."""
    from dataclasses import replace

    from cnnlab import data, models, recipes

    given = {name: getattr(options, name) for name in ("epochs", "batch_size", "learning_rate")}
    given = {name: value for name, value in given.items() if value is not None}
    if options.recipe:
        return replace(recipes.BY_NAME[options.recipe], **given)
    augment = data.Augment(flip=options.flip, shift=options.shift)
    name = options.model or "simple-cnn"
    return recipes.Recipe(
        name=name,
        model=models.BY_NAME[name],
        augment=augment if options.flip or options.shift else None,
        **{"epochs": 4, "batch_size": 128, "learning_rate": 3e-3} | given,
    )


def _tell(
    out: Path | None,
    recipe: "Recipe",
    pictures: "ImageData",
    *,
    model: "torch.nn.Module",
    history: "History",
) -> None:
    """Print what a run gave, and write it as JSON."""
    import json
    from dataclasses import asdict

    import torch

    from cnnlab import distributed

    if not history.epochs:
        return
    processes, device = distributed.rank_and_size()[1], str(next(model.parameters()).device)
    several = f"{processes} processes, " if processes > 1 else ""
    print(
        f"{recipe.name} on {pictures.source}: {history.test_accuracy:.2%} of "
        f"{len(pictures.test_labels):,} test pictures, {history.seconds:.1f} s of training, "
        f"{history.images_per_second:,.0f} images/s, {several}{device}, torch {torch.__version__}"
    )
    result = {
        "recipe": recipe.name,
        "pictures": pictures.source,
        "test_accuracy": history.test_accuracy,
        "seconds": history.seconds,
        "images_per_second": history.images_per_second,
        "processes": processes,
        "device": device,
        "torch": torch.__version__,
        "epochs": [asdict(epoch) for epoch in history.epochs],
    }
    if recipe.views:
        with_views = result["test_accuracy_with_views"] = recipe.evaluate(model, pictures).accuracy
        print(f"with six views of the least sure {recipe.views:.0%}: {with_views:.2%}")
    if out:
        out.write_text(json.dumps(result, indent=2) + "\n")


def _bench(options: argparse.Namespace) -> int:
    from importlib import import_module

    bench = import_module(f"cnnlab.bench.{options.what}")
    names = ("runs", "epochs", "device", "pictures", "processes", "compile")
    given = {name: value for name, value in vars(options).items() if name in names}
    if "recipe" in options and options.recipe:
        given["recipe_name"] = options.recipe
    report = bench.measure(data_name=options.data, **given)
    print(report)
    if options.out:
        report.write(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
