"""`bench small-data`: the command for one's own pictures, on ten kinds of small data sets."""

import statistics
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from cnnlab import data, models, training
from cnnlab.bench.report import Report, Table, log_progress, make_report
from cnnlab.data import ImageData, shapes
from cnnlab.errors import as_int
from cnnlab.training.devices import as_device
from cnnlab.training.settings import Settings

TEST = 400  # images in all, equally many of each class


@dataclass(frozen=True)
class Kind:
    """A small data set: how many training images each class has, and how they are drawn.

    Attributes:
        images: of each class; the eleventh class is the negative of the first, and so on.
        position, cue: as `data.shapes10` takes them; of other images than Shapes-10 nothing.
    """

    images: tuple[int, ...]
    position: str = "anywhere"
    cue: str = "shape"

    def __str__(self) -> str:
        each = " and ".join(str(count) for count in dict.fromkeys(self.images))
        color = ", told apart by color" if self.cue == "color" else ""
        center = ", in the center" if self.position == "center" else ""
        return f"{len(self.images)} classes of {each}{color}{center}"


KINDS = (
    Kind((5,) * 2, cue="color"),
    Kind((32,) * 3, cue="color"),
    Kind((10,) * 10, cue="color"),
    Kind((20,) * 2, position="center"),
    Kind((100, 10)),
    Kind((40,) * 3),
    Kind((30,) * 5, position="center"),
    Kind((20,) * 10, position="center"),
    Kind((200,) * 2),
    Kind((20,) * 20),
)


def measure(
    *, data_name: str = "shapes10", runs: int = 3, device: torch.device | str | None = None
) -> Report:
    """Train `SmallCNN` on each kind, with the settings of before and those that follow the data.

    A seed draws other training images, and other weights.

    Raises:
        ValueError: for fewer than one run, or too few images for a kind.
    """
    seeds, chosen = range(as_int("runs", runs)), as_device(device)
    loaded = None if data_name == "shapes10" else data.load(data_name)
    whole = loaded if loaded and loaded.name != "shapes10" else None
    kinds = [Kind(kind.images) for kind in KINDS] if whole else KINDS  # photographs are not drawn
    figures: list[dict[str, Any]] = []
    for kind in kinds:
        for seed in seeds:
            images = make(kind, seed, whole)
            for name, settings in ways(len(images.train_labels)).items():
                accuracy = _accuracy(images, replace(settings, seed=seed), chosen)
                run = {"kind": str(kind), "seed": seed, "way": name, "accuracy": accuracy}
                figures.append(run | {"settings": settings.as_record()})
                log_progress(f"{kind}, seed {seed}, {name}: {accuracy:.1%}")
    source = f"{whole.source if whole else 'Shapes-10'}, {TEST} test images"
    return make_report(chosen, source, _table(figures), runs=figures)


def ways(count: int) -> dict[str, Settings]:
    """Return the settings that are compared, for so many training images."""
    flip = data.Augment(flip=True)
    return {
        "batches of 128, 20 epochs": Settings(epochs=20, augment=flip),
        "batches and epochs by the data": Settings.for_images(count, augment=flip),
    }


def make(kind: Kind, seed: int, whole: ImageData | None = None) -> ImageData:
    """Return a data set of a kind, drawn by `seed`: of Shapes-10, or out of `whole`.

    Raises:
        ValueError: if `whole` has too few images of a class.
    """
    classes = len(kind.images)
    generator = torch.Generator().manual_seed(seed)

    def part(name: str, counts: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        labels = torch.arange(classes).repeat_interleave(torch.tensor(counts))
        labels = labels[torch.randperm(len(labels), generator=generator)]
        return _images(labels, kind, generator, whole, part=name), labels

    names = whole.classes if whole else shapes.CLASSES
    named = tuple((*names, *(f"{name}, negative" for name in names))[:classes])
    learned, judged = part("train", kind.images), part("test", (TEST // classes,) * classes)
    return ImageData(*learned, *judged, classes=named, name="small", source=str(kind))


def _images(
    labels: Tensor, kind: Kind, generator: torch.Generator, whole: ImageData | None, *, part: str
) -> Tensor:
    """Return an image for each label; a label past the classes is a negative."""
    classes = whole.classes if whole else shapes.CLASSES
    positive = labels % len(classes)
    if whole is None:
        images = shapes.draw(positive, generator, position=kind.position, cue=kind.cue)
    else:
        known = {"train": whole.train_labels, "test": whole.test_labels}[part]
        chosen = torch.empty_like(labels)
        for label in positive.unique().tolist():
            here, there = positive == label, (known == label).nonzero()[:, 0]
            if len(there) < (count := int(here.sum())):
                name = f"{part}{'ing' if part == 'train' else ''} images of {classes[label]}"
                raise ValueError(f"{len(there)} {name} must be at least {count}.")
            chosen[here] = there[torch.randperm(len(there), generator=generator)[:count]]
        images = (whole.train_images if part == "train" else whole.test_images)[chosen]
    return torch.where((labels != positive)[:, None, None, None], 255 - images, images)


def _accuracy(images: ImageData, settings: Settings, device: torch.device) -> float:
    """Train, and return the accuracy on the test images, looked at once."""
    torch.manual_seed(settings.seed)
    model = models.SmallCNN(len(images.classes))
    one = replace(images, test_images=images.test_images[:1], test_labels=images.test_labels[:1])
    training.train(model, one, settings, device=device, progress=False)
    return training.evaluate(model, images.test_images, images.test_labels).accuracy


def _table(figures: list[dict[str, Any]]) -> Table:
    """Return a row for each kind: the median of the seeds and, in brackets, the worst."""
    rows: dict[str, dict[str, list[float]]] = {}
    for run in figures:
        rows.setdefault(run["kind"], {}).setdefault(run["way"], []).append(run["accuracy"])
    cells = tuple(
        (kind, *(f"{statistics.median(each):.1%} ({min(each):.1%})" for each in ways.values()))
        for kind, ways in rows.items()
    )
    title = "Test accuracy: median of the seeds, the worst in brackets."
    return Table(title, ("training images", *next(iter(rows.values()))), cells)
