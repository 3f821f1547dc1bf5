"""Runs that were measured beforehand, for lessons that cannot wait for them."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

MEASURED = Path(__file__).with_name("measured_run.json")
LADDER = Path(__file__).with_name("measured_ladder.json")
ABLATION = Path(__file__).with_name("measured_ablation.json")
TRANSFORMER = Path(__file__).with_name("measured_transformer.json")
TRANSFER = Path(__file__).with_name("measured_transfer.json")


@dataclass(frozen=True)
class RecordedEpoch:
    """What a network knew after an epoch, in eval mode and on images as they are.

    Attributes:
        train_accuracy, train_loss: on some of the training images.
        validation_accuracy, validation_loss: on the validation images.
        seconds: of training alone.
    """

    train_accuracy: float
    train_loss: float
    validation_accuracy: float
    validation_loss: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Recording:
    """Lesson 06's own program, as `cnnlab bench curves --out FILE` recorded it.

    Attributes:
        facts: what was trained on what, and where.
        classes: the name of each label.
        runs: the epochs of each run: "program", "few images", "few images, augmented".
        validation_logits, test_logits: of the program's network, (N, classes), in 16 bits.
        validation_labels, test_labels: (N,) int64. The test images come in the order of
            `data.load` for the copy of CIFAR-10 that was used. Another copy may have another
            order, and then its labels are others.
    """

    facts: dict[str, str]
    classes: tuple[str, ...]
    runs: dict[str, list[RecordedEpoch]]
    validation_logits: Tensor
    validation_labels: Tensor
    test_logits: Tensor
    test_labels: Tensor


def load(path: Path = MEASURED) -> Recording:
    """Return what `cnnlab bench curves --out FILE` wrote."""
    report = json.loads(path.read_text())
    figures = report["figures"]
    runs = {
        name: [RecordedEpoch(**epoch) for epoch in epochs]
        for name, epochs in figures["runs"].items()
    }
    return Recording(
        facts=report["conditions"],
        classes=tuple(figures["classes"]),
        runs=runs,
        validation_logits=_logits(figures["validation"]),
        validation_labels=_labels(figures["validation"]),
        test_logits=_logits(figures["test"]),
        test_labels=_labels(figures["test"]),
    )


def _logits(answers: dict[str, str]) -> Tensor:
    logits = torch.from_numpy(_numbers(answers["logits"], np.float16).astype(np.float32))
    return logits.view(len(_labels(answers)), -1)


def _labels(answers: dict[str, str]) -> Tensor:
    return torch.from_numpy(_numbers(answers["labels"], np.uint8).astype(np.int64))


@dataclass(frozen=True)
class Rung:
    """What one rung of lesson 06's ladder reached, with each seed.

    Attributes:
        train_accuracy: on the training images, one for each seed.
        right: whether each validation image was named rightly, (seeds, images) bool.
    """

    train_accuracy: Tensor
    right: Tensor


def ladder(path: Path = LADDER) -> tuple[dict[str, Rung], str]:
    """Return the rungs that `cnnlab bench ladder --out FILE` wrote, and on what."""
    report = json.loads(path.read_text())
    count = report["figures"]["validation"]
    rungs = {
        name: Rung(
            torch.tensor([run["train_accuracy"] for run in runs]),
            torch.stack([_unpacked(run["right"], count) for run in runs]),
        )
        for name, runs in report["figures"]["rungs"].items()
    }
    return rungs, "; ".join(report["conditions"].values())


def ablation(path: Path = ABLATION) -> dict[str, dict[str, Tensor]]:
    """Return the accuracies that `cnnlab bench ablation --out FILE` wrote, one for each seed.

    Returns:
        "ideas": by what was taken away; "views": by how the whole recipe's networks looked.
    """
    figures = json.loads(path.read_text())["figures"]
    ideas = {
        name: torch.tensor([run["accuracy"] for run in runs])
        for name, runs in figures["ideas"].items()
    }
    return {
        "ideas": ideas,
        "views": {look: torch.tensor(each) for look, each in figures["views"].items()},
    }


@dataclass(frozen=True)
class Trained:
    """What a network of lesson 08 was trained on: so many images, so many of them seen in all."""

    network: str
    size: int
    augmented: bool
    seen: int = 20_000


def transformer(path: Path = TRANSFORMER) -> tuple[dict[Trained, Tensor], str]:
    """Return the accuracies that `cnnlab bench transformer --out FILE` wrote, and on what.

    They are (2, seeds): on training images as they are, and on test images.
    """
    report = json.loads(path.read_text())
    found: dict[Trained, list[list[float]]] = {}
    for run in report["figures"]["runs"]:
        kind = Trained(**{name: run[name] for name in ("network", "size", "augmented", "seen")})
        found.setdefault(kind, []).append([run["train_accuracy"], run["accuracy"]])
    conditions = "; ".join(report["conditions"].values())
    return {kind: torch.tensor(each).T for kind, each in found.items()}, conditions


@dataclass(frozen=True, eq=False)
class Transfer:
    """What lesson 12's few pictures taught, as `cnnlab bench transfer --out FILE` recorded it.

    Seeds are 0, 1, ...; the same seed draws the same pictures in every way.

    Attributes:
        facts: on what, and where.
        few: by ("few", "shapes10" or "photographs"; way; pictures a class): accuracies (seeds,).
            "few" is of emoji.
        answers: by (way, pictures a class): the class given to each emoji that was tested,
            (seeds, classes, emoji, makers); class i was right for [:, i].
        promised: by (way; "three makers" or "copies"; "by picture" or "by emoji"): the accuracy
            that a split promises, and that on emoji which nobody has seen, (2, seeds).
        unequal: by (way, pictures of each class): the class given, as in `answers`.
    """

    facts: str
    few: dict[tuple[str, str, int], Tensor]
    answers: dict[tuple[str, int], Tensor]
    promised: dict[tuple[str, str, str], Tensor]
    unequal: dict[tuple[str, tuple[int, ...]], Tensor]


def transfer(path: Path = TRANSFER) -> Transfer:
    """Return what `cnnlab bench transfer --out FILE` wrote."""
    report = json.loads(path.read_text())
    figures = report["figures"]
    return Transfer(
        facts="; ".join(report["conditions"].values()),
        few={
            (part, row["way"], row["size"]): torch.tensor(row["accuracy"])
            for part in ("few", "shapes10", "photographs")
            for row in figures.get(part, [])
        },
        answers={(row["way"], row["size"]): _given(row) for row in figures["few"]},
        promised={
            (row["way"], row["of"], row["split"]): torch.tensor([row["promised"], row["accuracy"]])
            for row in figures["leak"]
        },
        unequal={(row["way"], tuple(row["sizes"])): _given(row) for row in figures["unequal"]},
    )


def _given(row: dict[str, Any]) -> Tensor:
    """Return the classes given to what was tested: ten emoji of each class, by three makers."""
    labels = np.stack([_numbers(text, np.uint8) for text in row["answers"]]).astype(np.int64)
    return torch.from_numpy(labels).view(len(labels), -1, 10, 3)


def _unpacked(text: str, count: int) -> Tensor:
    numbers = _numbers(text, np.uint8)
    return torch.from_numpy(np.unpackbits(numbers, count=count).astype(bool))


def _numbers(text: str, kind: type) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(text), dtype=kind)
