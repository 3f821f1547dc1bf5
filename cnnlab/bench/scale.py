"""`bench scale`: what an epoch costs with more images, wider networks, batches, processes."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from cnnlab import data
from cnnlab.bench.report import Report, Table, log_progress, make_report, median_text
from cnnlab.data import ImageData
from cnnlab.errors import as_int
from cnnlab.training import recipes
from cnnlab.training.devices import as_device
from cnnlab.training.recipes import Recipe

SHARES = (0.25, 0.5, 1.0)
WIDTHS = (0.5, 1, 2)
BATCHES = (0.25, 0.5, 1, 2, 4)
PROCESS_EPOCHS = 2  # the first is the warm-up


@dataclass(frozen=True)
class Cost:
    """What an epoch cost: the axis that was changed, its value, and seconds of training."""

    axis: str
    value: str
    seconds: tuple[float, ...]
    images_per_second: float


def measure(
    *,
    data_name: str = "auto",
    recipe_name: str | None = None,
    images: int | None = None,
    runs: int = 3,
    processes: tuple[int, ...] | None = None,
    device: torch.device | str | None = None,
) -> Report:
    """Change one thing at a time in a recipe and time an epoch of it.

    Args:
        images: train on so many; default: all. Several processes always train on all.
        processes: how many to start under torchrun; default: 1, 2, 4, ... as there are GPUs, on
            the CPU 1 and 2.

    Raises:
        ValueError: for fewer than one run.
    """
    as_int("runs", runs)
    chosen = as_device(device)
    whole = data.load(data_name).to(chosen)
    part = whole if images is None else whole.subset(images)
    on_cpu = chosen.type == "cpu"
    recipe = recipes.BY_NAME[recipe_name or ("speedrun-cpu" if on_cpu else "speedrun")]
    costs = [*_in_one_process(recipe.with_settings(epochs=1), part, runs, chosen)]
    for count in processes or _process_counts(chosen):
        costs.append(_in_processes(recipe, data_name, count, runs=runs, device=chosen))
        _logged(costs[-1])
    return make_report(
        chosen,
        f"{part.source}, {len(part.train_labels):,} to train on; several processes: "
        f"{len(whole.train_labels):,}",
        _table(recipe, costs),
        recipe=recipe.name,
        costs=[asdict(cost) for cost in costs],
    )


def _in_one_process(
    recipe: Recipe, images: ImageData, runs: int, device: torch.device
) -> Iterator[Cost]:
    total = len(images.train_labels)
    sizes = [max(1, round(share * total)) for share in SHARES]
    changed = [("images", f"{size:,}", recipe, images.subset(size)) for size in sizes]
    changed += [("width", f"x {f:g}", widened(recipe, f), images) for f in WIDTHS]
    for factor in BATCHES:
        size = max(1, round(factor * recipe.settings.batch_size))
        changed.append(("batch size", f"{size:,}", recipe.with_settings(batch_size=size), images))
    for axis, value, variant, part in changed:
        few = part.subset(min(2 * variant.settings.batch_size, len(part.train_labels)))
        variant.train(few, device=device, progress=False)
        epochs = [
            variant.train(part, seed=seed, device=device, progress=False)[1].epochs[0]
            for seed in range(runs)
        ]
        seconds = tuple(epoch.seconds for epoch in epochs)
        yield _logged(
            Cost(axis, value, seconds, len(part.train_labels) / statistics.median(seconds))
        )


def _process_counts(device: torch.device) -> list[int]:
    most = torch.cuda.device_count() if device.type == "cuda" else 2
    return [2**power for power in range(most.bit_length())]


def _in_processes(
    recipe: Recipe, data_name: str, count: int, *, runs: int, device: torch.device
) -> Cost:
    """Time the last epoch of `cnnlab train` under torchrun; threads are shared out."""
    environment = os.environ | {"OMP_NUM_THREADS": str(max(1, torch.get_num_threads() // count))}
    seconds, images = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run.json"
        argv = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)]
        argv += ["-m", "cnnlab", "train", "--data", data_name, "--recipe", recipe.name]
        argv += ["--epochs", str(PROCESS_EPOCHS), "--device", device.type, "--out", str(out)]
        for _ in range(runs):
            done = subprocess.run(
                [sys.executable, *argv], env=environment, capture_output=True, text=True
            )
            if done.returncode:
                raise ValueError(f"processes={count} failed under torchrun: {_reason(done.stderr)}")
            epoch = json.loads(out.read_text())["epochs"][-1]
            seconds.append(epoch["seconds"])
            images = epoch["seconds"] * epoch["images_per_second"]
    value = "1 process" if count == 1 else f"{count} processes"
    return Cost("processes", value, tuple(seconds), images / statistics.median(seconds))


def _reason(errors: str) -> str:
    """Return what `cnnlab` said of all that torchrun wrote; without that, all of it."""
    said = [line for line in errors.splitlines() if line.startswith("cnnlab: ")]
    return said[0].removeprefix("cnnlab: ") if said else errors


def _logged(cost: Cost) -> Cost:
    log_progress(f"{cost.axis} {cost.value}: {median_text(cost.seconds)} s")
    return cost


def _table(recipe: Recipe, costs: list[Cost]) -> Table:
    rows = []
    for cost in costs:
        first = next(each for each in costs if each.axis == cost.axis)
        ratio = statistics.median(cost.seconds) / statistics.median(first.seconds)
        speed = f"{cost.images_per_second:,.0f}"
        rows.append((cost.axis, cost.value, median_text(cost.seconds), f"{ratio:.2f}", speed))
    return Table(
        f"{recipe.name}, one thing changed at a time. Seconds of an epoch: median (range) of "
        f"{len(costs[0].seconds)}; the ratio is to the first row of its kind.",
        ("changed", "to", "seconds", "ratio", "images/s"),
        tuple(rows),
    )


def widened(recipe: Recipe, factor: float) -> Recipe:
    """Return a recipe whose network has `factor` times as many channels in each layer."""
    assert isinstance(recipe.model, partial)
    ((name, value),) = recipe.model.keywords.items()  # a width, or one for each group
    wider = [round(factor * width) for width in (value if name == "widths" else (value,))]
    changed: dict[str, Any] = {name: tuple(wider) if name == "widths" else wider[0]}
    return replace(recipe, model=partial(recipe.model, **changed))
