"""`bench scale`: what an epoch costs with more images, wider networks, batches, threads, processes.

And how much of what the machine can compute is used for it, and where the rest goes.
"""

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import torch

from cnnlab import data
from cnnlab.bench import peak
from cnnlab.bench.report import Report, Table, log_progress, make_report, median_text
from cnnlab.data import ImageData
from cnnlab.errors import as_int
from cnnlab.files import temporary_folder
from cnnlab.training import precision as formats
from cnnlab.training import recipes
from cnnlab.training.devices import as_device
from cnnlab.training.recipes import Recipe

SHARES = (0.25, 0.5, 1.0)
WIDTHS = (0.5, 1, 2)
BATCHES = (0.25, 0.5, 1, 2, 4)
PROCESS_EPOCHS = 2  # the first is the warm-up


@dataclass(frozen=True)
class Cost:
    """What an epoch cost: the axis that was changed, its value, and seconds of training.

    Attributes:
        of_peak: the FLOP/s of training, in those of a product of large matrices in the same
            numbers on as many threads; nan for several processes.
    """

    axis: str
    value: str
    precision: str
    seconds: tuple[float, ...]
    images_per_second: float
    of_peak: float = math.nan


def measure(
    *,
    data_name: str = "auto",
    recipe_name: str | None = None,
    images: int | None = None,
    runs: int = 3,
    processes: tuple[int, ...] | None = None,
    precision: Sequence[str] = ("auto",),
    device: torch.device | str | None = None,
) -> Report:
    """Change one thing at a time in a recipe and time an epoch of it, images at full size.

    Args:
        images: train on so many; default: all. Several processes always train on all.
        processes: how many to start under torchrun; default: 1, 2, 4, ... as there are GPUs, on
            the CPU 1 and 2.
        precision: what `training.train` takes, each compared with the others.

    Raises:
        ValueError: for fewer than one run.
    """
    as_int("runs", runs)
    chosen = as_device(device)
    whole = data.load(data_name).to(chosen)
    part = whole if images is None else whole.subset(images)
    on_cpu = chosen.type == "cpu"
    recipe = recipes.BY_NAME[recipe_name or ("speedrun-cpu" if on_cpu else "speedrun")]
    once = recipe.with_settings(epochs=1, scales=(1.0,))
    variants = [replace(once, precision=each) for each in precision]
    costs = [cost for each in variants for cost in _in_one_process(each, part, runs)]
    for count in processes or _process_counts(chosen):
        costs.append(_in_processes(recipe, data_name, count, runs=runs, device=chosen))
        _logged(costs[-1])
    spent = {
        name: peak.where_time_goes(once, part, name)
        for name in dict.fromkeys(cost.precision for cost in costs)
    }
    return make_report(
        chosen,
        f"{part.source}, {len(part.train_labels):,} to train on; several processes: "
        f"{len(whole.train_labels):,}",
        _table(recipe, costs),
        _spent_table(spent),
        recipe=recipe.name,
        costs=[asdict(cost) for cost in costs],
        spent=spent,
    )


def _in_one_process(recipe: Recipe, images: ImageData, runs: int) -> Iterator[Cost]:
    total = len(images.train_labels)
    sizes = [max(1, round(share * total)) for share in SHARES]
    changed = [("images", f"{size:,}", recipe, images.subset(size)) for size in sizes]
    changed += [("width", f"x {f:g}", widened(recipe, f), images) for f in WIDTHS]
    for factor in BATCHES:
        size = max(1, round(factor * recipe.settings.batch_size))
        changed.append(("batch size", f"{size:,}", recipe.with_settings(batch_size=size), images))
    for axis, value, variant, part in changed:
        yield _timed(axis, value, variant, part, runs=runs)
    if images.train_images.device.type == "cpu":
        yield from _on_threads(recipe, images, runs)


def _on_threads(recipe: Recipe, images: ImageData, runs: int) -> Iterator[Cost]:
    """Time the recipe on 1, 2, 4, ... threads, up to what the machine has."""
    before, most = torch.get_num_threads(), os.cpu_count() or 1
    try:
        for count in sorted({1, 2, most} & set(range(1, most + 1))):
            torch.set_num_threads(count)
            yield _timed("threads", str(count), recipe, images, runs=runs)
    finally:
        torch.set_num_threads(before)


def _timed(axis: str, value: str, recipe: Recipe, images: ImageData, *, runs: int) -> Cost:
    device = images.train_images.device
    few = images.subset(min(2 * recipe.settings.batch_size, len(images.train_labels)))
    model, _ = recipe.train(few, device=device, progress=False)  # warms up
    done = [
        recipe.train(images, seed=seed, device=device, progress=False)[1] for seed in range(runs)
    ]
    seconds = tuple(history.seconds for history in done)
    speed = len(images.train_labels) / statistics.median(seconds)
    numbers = formats.FORMATS[done[0].precision]
    flops = speed * peak.flops_of_image(model, images.train_images)
    of_peak = flops / peak.matrix_flops(device, numbers)
    return _logged(Cost(axis, value, done[0].precision, seconds, speed, of_peak))


def _process_counts(device: torch.device) -> list[int]:
    most = torch.cuda.device_count() if device.type == "cuda" else 2
    return [2**power for power in range(most.bit_length())]


def _in_processes(
    recipe: Recipe, data_name: str, count: int, *, runs: int, device: torch.device
) -> Cost:
    """Time the last epoch of `cnnlab train` under torchrun; threads are shared out."""
    environment = os.environ | {"OMP_NUM_THREADS": str(max(1, torch.get_num_threads() // count))}
    seconds, images, numbers = [], 0.0, ""
    with temporary_folder() as folder:
        out = folder / "run.json"
        argv = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)]
        argv += ["-m", "cnnlab", "train", "--data", data_name, "--recipe", recipe.name]
        argv += ["--epochs", str(PROCESS_EPOCHS), "--device", device.type, "--out", str(out)]
        for _ in range(runs):
            done = subprocess.run(
                [sys.executable, *argv], env=environment, capture_output=True, text=True
            )
            if done.returncode:
                raise ValueError(f"processes={count} failed under torchrun: {_reason(done.stderr)}")
            told = json.loads(out.read_text())
            epoch, numbers = told["epochs"][-1], told["precision"]
            seconds.append(epoch["seconds"])
            images = epoch["seconds"] * epoch["images_per_second"]
    value = "1 process" if count == 1 else f"{count} processes"
    return Cost("processes", value, numbers, tuple(seconds), images / statistics.median(seconds))


def _reason(errors: str) -> str:
    """Return what `cnnlab` said of all that torchrun wrote; without that, all of it."""
    said = [line for line in errors.splitlines() if line.startswith("cnnlab: ")]
    return said[0].removeprefix("cnnlab: ") if said else errors


def _logged(cost: Cost) -> Cost:
    log_progress(f"{cost.precision}, {cost.axis} {cost.value}: {median_text(cost.seconds)} s")
    return cost


def _table(recipe: Recipe, costs: list[Cost]) -> Table:
    rows = []
    for cost in costs:
        alike = (each for each in costs if each.axis == cost.axis)
        first = next(each for each in alike if each.precision == cost.precision)
        ratio = statistics.median(cost.seconds) / statistics.median(first.seconds)
        speed = f"{cost.images_per_second:,.0f}"
        used = "-" if math.isnan(cost.of_peak) else f"{cost.of_peak:.0%}"
        seconds = median_text(cost.seconds)
        rows.append((cost.precision, cost.axis, cost.value, seconds, f"{ratio:.2f}", speed, used))
    return Table(
        f"{recipe.name}, one thing changed at a time. Seconds of an epoch: median (range) of "
        f"{len(costs[0].seconds)}; the ratio is to the first row of its kind. The last column: "
        f"FLOP/s, in those of a product of {peak.SIDE:,} x {peak.SIDE:,} matrices.",
        ("numbers", "changed", "to", "seconds", "ratio", "images/s", "of a matrix product's"),
        tuple(rows),
    )


def _spent_table(spent: dict[str, dict[str, float]]) -> Table:
    rows = []
    for kind in dict.fromkeys(kind for each in spent.values() for kind in each):
        texts = [
            f"{1000 * each.get(kind, 0):,.1f} ({each.get(kind, 0) / sum(each.values()):.0%})"
            for each in spent.values()
        ]
        rows.append((kind, *texts))
    title = f"Where a step's time goes: milliseconds, mean of {peak.STEPS} steps."
    return Table(title, ("part", *spent), tuple(rows))


def widened(recipe: Recipe, factor: float) -> Recipe:
    """Return a recipe whose network has `factor` times as many channels in each layer."""
    assert isinstance(recipe.model, partial)
    name = "widths" if "widths" in recipe.model.keywords else "width"  # one for each group, or one
    value = recipe.model.keywords[name]
    wider = [round(factor * width) for width in (value if name == "widths" else (value,))]
    changed: dict[str, Any] = {name: tuple(wider) if name == "widths" else wider[0]}
    return replace(recipe, model=partial(recipe.model, **changed))
