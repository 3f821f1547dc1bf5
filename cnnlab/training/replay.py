"""A measured run, kept epoch by epoch, so that it can be replayed where nobody can wait for it."""

import base64
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.data import ImageData
from cnnlab.files import atomic_write
from cnnlab.training.evaluation import confusion_matrix, predict
from cnnlab.training.history import Epoch, History

MEASURED = Path(__file__).with_name("measured_run.json")
LADDER = Path(__file__).with_name("measured_ladder.json")
WORST = 12  # test images with the largest loss whose logits are kept


@dataclass
class Recording:
    """What a run looks like from inside, after each epoch; place 0 is before the first.

    Attributes:
        facts: what was trained, on what, where.
        epochs: as in `History`.
        kernels: those of the first convolution, (out, in, height, width) each, in [-1, 1]: each
            kernel divided by its largest weight, in steps of 1/127.
        confusion: counts (classes, classes) each, as `confusion_matrix` gives them.
        worst: test images with the largest loss after the last epoch: index, label, logits.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    epochs: list[Epoch] = field(default_factory=list)
    kernels: list[Tensor] = field(default_factory=list)
    confusion: list[Tensor] = field(default_factory=list)
    worst: list[dict[str, Any]] = field(default_factory=list)

    def of(self, model: nn.Module, data: ImageData) -> Callable[[History], None]:
        """Look at a model before its training; return what looks again after each epoch."""
        first = next(layer for layer in model.modules() if isinstance(layer, nn.Conv2d))

        def look(history: History) -> None:
            self.add(first.weight, predict(model, data.test_images), data.test_labels, history)

        look(History())
        return look

    def add(self, kernels: Tensor, logits: Tensor, labels: Tensor, history: History) -> None:
        """Keep one epoch: first kernels, logits (N, classes) and labels (N,) of the test images."""
        kernels = kernels.detach().float().cpu()
        self.kernels.append(kernels / kernels.abs().amax(dim=(1, 2, 3), keepdim=True))
        self.confusion.append(confusion_matrix(logits, labels))
        self.epochs = list(history.epochs)
        logits, labels = logits.float().cpu(), labels.cpu()
        losses = nn.functional.cross_entropy(logits, labels, reduction="none")
        self.worst = [
            {
                "image": i,
                "label": int(labels[i]),
                "logits": [round(z, 3) for z in logits[i].tolist()],
            }
            for i in losses.argsort(descending=True)[:WORST].tolist()
        ]

    def as_json(self) -> str:
        """Return everything as text of about 6 kB an epoch for 24 kernels of 7x7."""
        bytes_of = [(127 * each).round().to(torch.int8).numpy().tobytes() for each in self.kernels]
        record = {
            "facts": self.facts,
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "kernel_shape": list(self.kernels[0].shape),
            "kernels": [base64.b64encode(each).decode() for each in bytes_of],
            "confusion": [each.tolist() for each in self.confusion],
            "worst": self.worst,
        }
        return json.dumps(record)

    def write(self, path: Path) -> None:
        """Write everything to one file."""
        text = self.as_json() + "\n"
        atomic_write(path, lambda file: file.write(text.encode()))


def load(path: Path = MEASURED) -> Recording:
    """Return a recording; by default that of the network that comes with the package."""
    record = json.loads(path.read_text())
    kernels = [
        torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.int8) / 127
        for text in record["kernels"]
    ]
    return Recording(
        facts=record["facts"],
        epochs=[Epoch.from_record(epoch) for epoch in record["epochs"]],
        kernels=[each.view(record["kernel_shape"]) for each in kernels],
        confusion=[torch.tensor(each) for each in record["confusion"]],
        worst=record["worst"],
    )


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
    """Return the rungs that `python -m cnnlab bench ladder --out FILE` wrote, and on what."""
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


def _unpacked(text: str, count: int) -> Tensor:
    numbers = np.frombuffer(base64.b64decode(text), dtype=np.uint8)
    return torch.from_numpy(np.unpackbits(numbers, count=count).astype(bool))
