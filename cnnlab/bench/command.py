"""The command line of `cnnlab bench`."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

KINDS = {
    "cpu": "against the usual tutorial, to the same accuracy",
    "recipe": "seconds and accuracy of a recipe, over many runs",
    "card": "all that a CUDA card is asked, in some minutes",
    "ladder": "lesson 06's changes, on validation images",
    "curves": "lesson 06's own program, epoch by epoch",
    "ablation": "what each idea of the speedrun gains and costs",
    "transformer": "lesson 08's ViT and CNN, on few images and many",
    "transfer": "lesson 12's few pictures, from a trained network on",
    "small-data": "ten kinds of small data sets, before and after",
    "scale": "cost against images, width, batch size, threads, processes",
}
RUNS = dict.fromkeys(("cpu", "transformer", "transfer", "small-data"), 3) | dict.fromkeys(
    ("recipe", "card", "ladder", "ablation"), 10
)
PRECISIONS = ("auto", "float32", "bfloat16")
GIVEN = ("runs", "epochs", "device", "images", "processes", "compile", "first_seed", "precision")
KEPT = ("card", "recipe", "ladder", "curves", "transformer", "transfer")  # after every run


def add_options(bench: argparse.ArgumentParser, recipes: Sequence[str]) -> None:
    """Say what can be measured, and how; nothing of torch is imported for it."""
    what = bench.add_subparsers(required=True, metavar="WHAT")
    aliases = {"recipe": ["gpu"]}  # what it was called before it compared formats
    kinds = {
        name: what.add_parser(name, help=text, aliases=aliases.get(name, []))
        for name, text in KINDS.items()
    }
    for name, kind in kinds.items():
        kind.set_defaults(run=run, what=name.replace("-", "_"))
        kind.add_argument("--data", default="auto", help="what `train --data` takes")
        kind.add_argument("--out", type=Path, help="a JSON file for every single figure")
    for name, runs in RUNS.items():
        kinds[name].add_argument("--runs", type=int, default=runs, help="seeds 0, 1, ...")
    _add_own_options(kinds, recipes)


def _add_own_options(kinds: dict[str, argparse.ArgumentParser], recipes: Sequence[str]) -> None:
    """Add what only some measurements take."""
    scale, ladder = kinds["scale"], kinds["ladder"]
    ladder.add_argument("--first-seed", type=int, default=0, help="the runs' seeds begin with it")
    scale.add_argument("--runs", type=int, default=3, help="how often each epoch is timed")
    scale.add_argument("--processes", type=int, nargs="+", help="under torchrun; default: 1 2 ...")
    for name in ("recipe", "ablation", "scale"):
        kinds[name].add_argument(
            "--recipe",
            choices=recipes,
            help="default: one that suits the device; ablation: lesson 11's small network",
        )
    for name in kinds.keys() - {"cpu", "transfer"}:
        kinds[name].add_argument("--device", help="default: the fastest there is")
    for name in ("recipe", "ladder", "curves", "ablation"):
        kinds[name].add_argument(
            "--epochs", type=int, help="default: the recipe's, of the ladder 10"
        )
    for name in ("ladder", "curves", "ablation", "scale"):
        kinds[name].add_argument(
            "--images", type=int, help="train on so many; ladder: 10,000, curves: 45,000"
        )
    kinds["recipe"].add_argument("--compile", action="store_true", help="use torch.compile")
    for name in ("recipe", "scale", "ablation"):
        kinds[name].add_argument(
            "--precision",
            choices=PRECISIONS,
            nargs=None if name == "ablation" else "+",
            default=None if name == "ablation" else ("auto",),
            help="numbers to compute in; of a recipe or its cost, several are compared",
        )


def run(options: argparse.Namespace) -> int:
    """Measure what the options name; print the tables, and write them with all figures."""
    outputs = import_module("cnnlab.training.command_line.outputs")
    outputs.prepare_file("--out", options.out)
    bench = import_module(f"cnnlab.bench.{options.what}")
    given = {name: value for name, value in vars(options).items() if name in GIVEN}
    if "recipe" in options and options.recipe:
        given["recipe_name"] = options.recipe
    if options.what in KEPT and options.out:
        given["keep"] = lambda report: report.write(options.out)
    report = bench.measure(data_name=options.data, **given)
    if options.out:
        report.write(options.out)
    print(report)
    return 0
