"""`bench transfer`: lesson 12's few pictures, with a trained network to begin with and without."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab import data, models
from cnnlab.bench import few
from cnnlab.bench.few import LAST, NETWORKS, Pool
from cnnlab.bench.ladder import as_text
from cnnlab.bench.report import Report, Table, log_progress, make_report, mean_std_text
from cnnlab.data import ImageData
from cnnlab.errors import as_int
from cnnlab.training import recipes

SIZES = (5, 20, 100)  # pictures a class
SEEN = {5: 2_000, 20: 4_000, 100: 10_000}  # how many a network sees in all that begins at random
SEEN_TUNED = {5: 1_000, 20: 2_000, 100: 4_000}  # and one that was trained before
LIGHT = 10  # seeds of what takes no training of a network
STRENGTHS = (1e-3, 1e-2, 1e-1)
FEATURES = ("pixels", *few.LAYERS, LAST)
RANDOM = tuple(f"{name}, random" for name in (*few.LAYERS, LAST))
COMMON, RARE = 304, 4  # unequal classes: 95 % of the pictures to train on are of the first class
LEAK = 20  # groups of each class to train on, beside half as many promised
LEAK_WAYS = ("nearest", "group2", LAST, "SmallCNN", few.TUNED)
UNEQUAL_WAYS = ("group2", "group2, weighted", LAST, "SmallCNN", few.TUNED)
SMALL_PHOTO = partial(models.PhotoCNN, widths=(16, 64, 64))
PARTS = ("few", "leak", "unequal", "shapes10", "photographs")


Run = dict[str, Any]
Figures = dict[str, list[Run]]
SAME = {"way", "size", "sizes", "of", "split"}  # what tells runs apart, beside their seeds


@dataclass(eq=False)
class Bench:
    """Pictures to draw from, and a trained network whose features of them are kept."""

    name: str
    source: str
    pool: Pool
    network: nn.Module
    kept: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    strengths: dict[str, float] = field(default_factory=dict)

    def features(self, way: str, seed: int) -> Tensor:
        """Return the features of all pictures; those of a random network depend on the seed."""
        name = way.removesuffix(", random")
        if name == "pixels":
            return self.pool.images.flatten(1) / 255
        whose = f"random {seed}" if way in RANDOM else "trained"
        if whose not in self.kept:
            network = self.network
            if way in RANDOM:
                known, _ = self.draw(seed, SIZES[-1])
                widths = few.widths_of(network)
                network = few.random_network(seed, self.pool.images[known], widths)
            self.kept[whose] = few.all_features(network, self.pool.images)
        return self.kept[whose][name]

    def draw(self, seed: int, size: int) -> tuple[Tensor, Tensor]:
        """Return places: so many pictures of each class to train on, and those to be tested."""
        return self.pool.draw(seed, (size,) * len(self.pool.classes))

    def strength(self, way: str) -> float:
        """Return the strength with which a way does best on groups that nothing else tests."""
        if way not in self.strengths:
            found = dict.fromkeys(STRENGTHS, 0.0)
            features = self.features(way, few.CHOICE)
            for size in SIZES:
                known, asked = self.draw(few.CHOICE, size)
                for each in STRENGTHS:
                    answers = few.linear_answers(
                        features[known], self.pool.labels[known], features[asked], strength=each
                    )
                    found[each] += (answers == self.pool.labels[asked]).double().mean().item()
            self.strengths[way] = max(found, key=lambda each: found[each])
            log_progress(f"{self.name}, {way}: {found}")
        return self.strengths[way]

    def answers(self, way: str, known: Tensor, asked: Tensor, *, size: int, seed: int) -> Tensor:
        """Learn pictures, about `size` a class, in a way; return the classes given to others."""
        images, labels = self.pool.images, self.pool.labels
        if way == "nearest":
            return few.nearest_answers(images[known], labels[known], images[asked])
        if way in NETWORKS:
            sets = (images[known], labels[known], images[asked], labels[asked])
            part = ImageData(*sets, self.pool.classes, self.name, self.name)
            seen = (SEEN_TUNED if way == few.TUNED else SEEN)[size]
            return few.network_answers(way, self.network, part, seen=seen, seed=seed)
        plain = way.removesuffix(", weighted")
        features = self.features(plain, seed)
        counts = labels[known].bincount()
        weights = len(known) / (len(counts) * counts) if plain != way else None
        return few.linear_answers(
            features[known],
            labels[known],
            features[asked],
            strength=self.strength(plain),
            weights=weights,
        )

    def judge(self, answers: Tensor, asked: Tensor) -> Run:
        """Return the accuracy; the answers on emoji are kept, in the order of the classes."""
        right = answers == self.pool.labels[asked]
        judged: Run = {"accuracy": round(right.double().mean().item(), 4)}
        if self.name == "emoji":
            judged["answers"] = as_text(answers.numpy().astype(np.uint8))
        return judged


def measure(
    *,
    data_name: str = "auto",
    runs: int = 3,
    parts: tuple[str, ...] = PARTS,
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Learn 5, 20 and 100 emoji a class with the network that comes with the package, and without.

    What only fits a linear layer is repeated with ten seeds at least; a seed draws the emoji to
    be tested, the pictures to learn, and the weights to begin with. Also measured: how much a
    split by picture promises, unequal classes, Shapes-10 in the place of emoji, and, if
    `data_name` is CIFAR-10, five of its classes by a network trained on the other five.

    Args:
        parts: so that several processes can share the work: see `join`.
        keep: is given the report after each run; the command line writes it to `--out`.

    Raises:
        ValueError: for fewer than one run.
    """
    seeds = range(as_int("runs", runs))
    light = range(max(runs, LIGHT))
    images: list[str] = []
    found: list[Run] = []
    report = make_report(torch.device("cpu"), "")
    for part in parts:
        bench = _bench(part, data_name)
        if bench is None:
            log_progress(f"{part}: {data_name} is not CIFAR-10, so this part is left out")
            continue
        images.append(bench.source)
        for run in RUNS.get(part, _few)(bench, light, seeds):
            found.append({"part": part, **run})
            log_progress(", ".join(str(value)[:40] for value in found[-1].values()))
            told = "; ".join(dict.fromkeys(images))
            figures = grouped(found)
            report = make_report(torch.device("cpu"), told, *tables(figures), **figures)
            keep(report)
    return report


def grouped(runs: list[Run]) -> Figures:
    """Return for each part its runs, those together that only the seed tells apart: 0, 1, ..."""
    figures: Figures = {}
    for run in runs:
        same = {name: value for name, value in run.items() if name in SAME}
        rows = figures.setdefault(run["part"], [])
        row = next((each for each in rows if same.items() <= each.items()), None)
        if row is None:
            rows.append(row := dict(same))
        for name in run.keys() - SAME - {"part", "seed"}:
            row.setdefault(name, []).append(run[name])
    return figures


def join(*reports: dict[str, Any]) -> Report:
    """Return one report on the parts that several processes measured on one machine.

    Raises:
        ValueError: if they were not measured under the same conditions.
    """
    conditions = [dict(report["conditions"]) for report in reports]
    images = dict.fromkeys(text for each in conditions for text in each.pop("images").split("; "))
    if any(each != conditions[0] for each in conditions):
        raise ValueError("The reports differ in their conditions. Join what one machine measured.")
    figures = {part: rows for report in reports for part, rows in report["figures"].items()}
    return Report(conditions[0] | {"images": "; ".join(images)}, tables(figures), figures)


def _few(bench: Bench, light: range, seeds: range) -> Iterator[Run]:
    """Learn more and more pictures in every way, the quick ways first."""
    plans = [(way, size, seed) for seed in light for size in SIZES for way in FEATURES]
    plans += [(way, size, seed) for seed in seeds for size in SIZES for way in RANDOM]
    plans += [(way, size, seed) for way in NETWORKS for size in SIZES for seed in seeds]
    for way, size, seed in plans:
        known, asked = bench.draw(seed, size)
        answers = bench.answers(way, known, asked, size=size, seed=seed)
        yield {"way": way, "size": size, "seed": seed, **bench.judge(answers, asked)}


def _leak(bench: Bench, light: range, seeds: range) -> Iterator[Run]:
    """Promise by a split that takes pictures, or what they show, apart; then ask for unseen."""
    for way in LEAK_WAYS:
        for seed in seeds if way in NETWORKS else light:
            for what, mini, unseen in _minis(bench, seed):
                for split, known, asked in _splits(mini.pool, unseen, seed):
                    both = torch.cat([asked, unseen])
                    answers = mini.answers(way, known, both, size=SIZES[-1], seed=seed)
                    promised, true = answers[: len(asked)], answers[len(asked) :]
                    yield {
                        "way": way,
                        "of": what,
                        "split": split,
                        "seed": seed,
                        "promised": mini.judge(promised, asked)["accuracy"],
                        "accuracy": mini.judge(true, unseen)["accuracy"],
                    }


def _minis(bench: Bench, seed: int) -> Iterator[tuple[str, Bench, Tensor]]:
    """Return 90 pictures a class to be split, and where unseen ones lie behind them.

    They are 30 emoji by three makers, or 30 by one with a mirrored and a shifted copy of each.
    """
    pool, order = bench.pool, bench.pool.groups_of(seed)
    unseen = pool.places(torch.cat([groups[: pool.tested] for groups in order]))
    ours = torch.cat([groups[pool.tested :][: 3 * LEAK // 2] for groups in order])
    makers = pool.places(ours)
    one = makers[seed % 3 :: 3]
    moved = F.pad(pool.images[one].float(), (2, 0, 2, 0), mode="replicate")[..., :32, :32]
    copies = torch.cat([pool.images[one].flip(3), moved.byte()])
    for what, images, places in (
        ("three makers", pool.images[makers], makers),
        ("copies", torch.cat([pool.images[one], copies]), one.repeat(3)),
    ):
        places = torch.cat([places, unseen])
        mini = replace(
            pool,
            images=torch.cat([images, pool.images[unseen]]),
            labels=pool.labels[places],
            groups=pool.groups[places],
        )
        yield (
            what,
            Bench(bench.name, bench.source, mini, bench.network, strengths=bench.strengths),
            torch.arange(len(images), len(places)),
        )


def _splits(pool: Pool, unseen: Tensor, seed: int) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Return places to train on and half as many to test, of each class, split in two ways."""
    generator = torch.Generator().manual_seed(seed)
    ours = torch.arange(int(unseen[0]))
    for split in ("by picture", "by emoji"):
        train, test = [], []
        for label in range(len(pool.classes)):
            places = ours[pool.labels[ours] == label]
            if split == "by picture":
                places = places[torch.randperm(len(places), generator=generator)]
                train.append(places[: 3 * LEAK])
                test.append(places[3 * LEAK :])
            else:
                groups = pool.groups[places].unique()
                groups = groups[torch.randperm(len(groups), generator=generator)]
                first = torch.isin(pool.groups[places], groups[:LEAK])
                train.append(places[first])
                test.append(places[~first])
        yield split, torch.cat(train), torch.cat(test)


def _unequal(bench: Bench, light: range, seeds: range) -> Iterator[Run]:
    """Learn a set with 95 % of one class, and one as large with as many of each."""
    rare = len(bench.pool.classes) - 1
    equal = (COMMON + rare * RARE) // (rare + 1)
    for way in UNEQUAL_WAYS:
        for seed in seeds if way in NETWORKS else light:
            for sizes in ((COMMON, *(RARE,) * rare), (equal,) * (rare + 1)):
                known, asked = bench.pool.draw(seed, sizes)
                answers = bench.answers(way, known, asked, size=SIZES[-1], seed=seed)
                judged = bench.judge(answers, asked)
                yield {"way": way, "sizes": sizes, "seed": seed, **judged}


RUNS = {"leak": _leak, "unequal": _unequal}


def _bench(part: str, data_name: str) -> Bench | None:
    """Return what a part draws from, and with which trained network."""
    if part == "photographs":
        return _other_photographs(data_name)
    if part == "shapes10":
        drawn = data.shapes10(10 * 150, 10)
        places = torch.arange(len(drawn.train_labels))
        pool = Pool(drawn.train_images, drawn.train_labels, places, drawn.classes, 50)
        return Bench("Shapes-10", "Shapes-10", pool, models.pretrained())
    emoji = data.emoji()
    pool = Pool(emoji.images, emoji.labels, emoji.groups, emoji.classes, 10)
    return Bench("emoji", "emoji, 10 of each class tested", pool, models.pretrained())


def _other_photographs(data_name: str) -> Bench | None:
    """Train on every other class of CIFAR-10; return the rest, 250 of each class."""
    whole = data.load(data_name)
    if whole.name != "cifar10":
        return None
    ours = whole.train_labels % 2 == 0
    tests = whole.test_labels % 2 == 0
    source = replace(
        whole,
        train_images=whole.train_images[ours],
        train_labels=whole.train_labels[ours] // 2,
        test_images=whole.test_images[tests],
        test_labels=whole.test_labels[tests] // 2,
        classes=whole.classes[::2],
    )
    how = {"epochs": 5, "batch_size": 250, "learning_rate": 0.12, "weight_decay": 5e-4}
    recipe = recipes.SPEEDRUN.with_settings(**how, scales=(0.75, 0.875, 1, 1))
    recipe = replace(recipe, model=SMALL_PHOTO, prepare=None, precision=None)
    network, history = recipe.train(source, device="cpu", progress=False)
    log_progress(f"trained on {', '.join(source.classes)}: {history.test_accuracy:.2%}")
    others = whole.test_labels % 2 == 1
    labels, images = whole.test_labels[others] // 2, whole.test_images[others]
    first = torch.cat([(labels == label).nonzero().flatten()[:250] for label in range(5)])
    pool = Pool(images[first], labels[first], torch.arange(len(first)), whole.classes[1::2], 100)
    told = f"{whole.source}, other classes: {history.test_accuracy:.1%} on those trained on"
    return Bench(whole.name, told, pool, network.eval())


def tables(figures: Figures) -> tuple[Table, ...]:
    """Return a table for each part that was measured: means and standard deviations, and runs."""
    return tuple(
        TABLES.get(part, _few_table)(part, figures[part]) for part in PARTS if part in figures
    )


def _few_table(part: str, rows: list[Run]) -> Table:
    ways: dict[str, dict[int, str]] = {}
    for row in rows:
        ways.setdefault(row["way"], {})[row["size"]] = _cell(row["accuracy"])
    cells = tuple((way, *(found.get(size, "") for size in SIZES)) for way, found in ways.items())
    head = ("way", *(f"{size} a class" for size in SIZES))
    return Table(f"{part}: accuracy on pictures of what was not trained on.", head, cells)


def _cell(values: list[float]) -> str:
    return f"{mean_std_text(values)} ({len(values)})"


def _leak_table(part: str, rows: list[Run]) -> Table:
    names = ("way", "of", "split")
    cells = tuple(
        (*(row[name] for name in names), _cell(row["promised"]), _cell(row["accuracy"]))
        for row in rows
    )
    title = f"{part}: accuracy that a split promises, and on emoji that nobody has seen."
    return Table(title, (*names, "promised", "true"), cells)


def _unequal_table(part: str, rows: list[Run]) -> Table:
    cells = []
    for row in rows:
        recalls = [recall_of(text, len(row["sizes"])) for text in row["answers"]]
        mixed = [float(np.average(each, weights=row["sizes"])) for each in recalls]
        balanced = _cell([float(np.mean(each)) for each in recalls])
        cells.append((row["way"], " + ".join(map(str, row["sizes"])), _cell(mixed), balanced))
    return Table(
        f"{part}: accuracy where classes are as frequent as in training, and balanced.",
        ("way", "pictures of each class", "accuracy", "balanced accuracy"),
        tuple(cells),
    )


def recall_of(answers: str, classes: int) -> list[float]:
    """Return which share of each class was named rightly; all have as many pictures, in order."""
    found = np.frombuffer(base64.b64decode(answers), dtype=np.uint8).reshape(classes, -1)
    shares: list[float] = (found == np.arange(classes)[:, None]).mean(axis=1).tolist()
    return shares


TABLES = {"leak": _leak_table, "unequal": _unequal_table}
