"""The command line of `cnnlab bench`."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path


def add_options(bench: argparse.ArgumentParser, recipes: Sequence[str]) -> None:
    """Say what can be measured, and how; nothing of torch is imported for it."""
    kinds = bench.add_subparsers(required=True, metavar="WHAT")
    cpu = kinds.add_parser("cpu", help="against the usual tutorial, to the same accuracy")
    gpu = kinds.add_parser("gpu", help="seconds and accuracy of a recipe, over many runs")
    card = kinds.add_parser("card", help="all that a CUDA card is asked, in some minutes")
    ladder = kinds.add_parser("ladder", help="lesson 06's changes, on validation images")
    curves = kinds.add_parser("curves", help="lesson 06's own program, epoch by epoch")
    ablation = kinds.add_parser("ablation", help="what each idea of the speedrun gains and costs")
    vit = kinds.add_parser("transformer", help="lesson 08's ViT and CNN, on few images and many")
    few = kinds.add_parser("transfer", help="lesson 12's few pictures, from a trained network on")
    small = kinds.add_parser("small-data", help="ten kinds of small data sets, before and after")
    scale = kinds.add_parser("scale", help="cost against images, width, batch size, processes")
    tens = {"gpu": gpu, "card": card, "ladder": ladder, "ablation": ablation}
    threes = {"cpu": cpu, "transformer": vit, "small_data": small, "transfer": few}
    for what, kind in (threes | tens).items():
        kind.set_defaults(run=run, what=what)
        count = 10 if what in tens else 3
        kind.add_argument("--runs", type=int, default=count, help="seeds 0, 1, ...")
    ladder.add_argument("--first-seed", type=int, default=0, help="the runs' seeds begin with it")
    for what, kind in {"curves": curves, "scale": scale}.items():
        kind.set_defaults(run=run, what=what)
    scale.add_argument("--runs", type=int, default=3, help="how often each epoch is timed")
    scale.add_argument("--processes", type=int, nargs="+", help="under torchrun; default: 1 2 ...")
    for kind in (cpu, gpu, card, ladder, curves, ablation, vit, few, small, scale):
        kind.add_argument("--data", default="auto", help="what `train --data` takes")
        kind.add_argument("--out", type=Path, help="a JSON file for every single figure")
    for kind in (gpu, ablation, scale):
        kind.add_argument(
            "--recipe",
            choices=recipes,
            help="default: speedrun or speedrun-cpu; ablation: lesson 11's small network",
        )
    for kind in (gpu, card, ladder, curves, ablation, vit, small, scale):
        kind.add_argument("--device", help="default: the fastest there is")
    for kind in (gpu, ladder, curves, ablation):
        kind.add_argument("--epochs", type=int, help="default: the recipe's, of the ladder 10")
    for kind in (ladder, curves, ablation, scale):
        kind.add_argument("--images", type=int, help="to train on; ladder 10,000, curves 45,000")
    gpu.add_argument("--compile", action="store_true", help="use torch.compile")


def run(options: argparse.Namespace) -> int:
    """Measure what the options name; print the tables, and write them with all figures."""
    outputs = import_module("cnnlab.training.command_line.outputs")
    outputs.prepare_file("--out", options.out)
    bench = import_module(f"cnnlab.bench.{options.what}")
    names = ("runs", "epochs", "device", "images", "processes", "compile", "first_seed")
    given = {name: value for name, value in vars(options).items() if name in names}
    if "recipe" in options and options.recipe:
        given["recipe_name"] = options.recipe
    if options.what in ("card", "ladder", "curves", "transformer", "transfer") and options.out:
        given["keep"] = lambda report: report.write(options.out)
    report = bench.measure(data_name=options.data, **given)
    print(report)
    if options.out:
        report.write(options.out)
    return 0
