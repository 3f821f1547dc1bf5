"""`bench cpu`: this package against the way most tutorials begin, to the same accuracy."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from cnnlab import data
from cnnlab.bench.report import (
    Report,
    Table,
    log_progress,
    make_report,
    mean_std_text,
    median_text,
    train_timed,
)
from cnnlab.data import ImageData
from cnnlab.errors import as_int, needed
from cnnlab.training import recipes
from cnnlab.training.evaluation import predict, score

TUTORIAL_EPOCHS = 2
WORKERS = 2
SHARES = (0.05, 0.1, 0.2, 0.4, 1.0)  # of the training images, tried one after the other
IMPORT = "import time; t = time.perf_counter(); import cnnlab; print(time.perf_counter() - t)"


@dataclass(frozen=True)
class Run:
    """One training run: a seed and what came of it. Seconds are of training alone."""

    seed: int
    images: int
    test_accuracy: float
    seconds: float


class ImageObjects(Dataset):
    """Pictures one by one as Python objects, each made a tensor when it is asked for."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        transforms = needed("torchvision.transforms", "measuring PyTorch's tutorial needs")
        self.arrays = images.permute(0, 2, 3, 1).cpu().contiguous().numpy()  # (N, height, width, 3)
        self.labels = labels.tolist()
        middle_gray = (0.5, 0.5, 0.5)
        normalize = transforms.Normalize(middle_gray, middle_gray)
        self.transform = transforms.Compose([transforms.ToTensor(), normalize])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.arrays[index])), self.labels[index]


def tutorial_network(num_classes: int = 10) -> nn.Sequential:
    """Return the small network that PyTorch's own tutorial trains on CIFAR-10.

    Shape:
        (batch, 3, 32, 32) -> (batch, num_classes)

    Source:
        PyTorch's tutorial "Training a Classifier": layers, batches of 4, SGD with learning rate
        0.001 and momentum 0.9, two epochs, two worker processes.
    """
    return nn.Sequential(
        nn.Conv2d(3, 6, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, num_classes),
    )


def train_tutorial(images: ImageData, seed: int, workers: int) -> Run:
    """Train the tutorial's network in the tutorial's way, on the CPU."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = tutorial_network(len(images.classes))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
        objects = ImageObjects(images.train_images, images.train_labels)
        loader = DataLoader(objects, batch_size=4, shuffle=True, num_workers=workers)
        began = time.perf_counter()
        for _ in range(TUTORIAL_EPOCHS):
            for batch, labels in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(batch), labels).backward()
                optimizer.step()
        seconds = time.perf_counter() - began
    centered = (images.test_images.float() / 255 - 0.5) / 0.5
    accuracy = score(predict(model, centered), images.test_labels).accuracy
    return Run(seed, TUTORIAL_EPOCHS * len(objects), accuracy, seconds)


def train_ours(images: ImageData, seed: int, share: float) -> Run:
    """Train `speedrun-cpu` for one epoch over a share of the images, preparing included."""
    count = max(1, round(share * len(images.train_labels)))
    recipe, part = recipes.SPEEDRUN_CPU.with_settings(epochs=1), images.subset(count)
    _, history, seconds = train_timed(recipe, part, seed, torch.device("cpu"))
    return Run(seed, count, history.test_accuracy, seconds)


def measure(*, data_name: str = "auto", runs: int = 3) -> Report:
    """Train the tutorial's way, then ours on growing shares of the images until it is as good.

    Raises:
        ValueError: for fewer than one run.
    """
    as_int("runs", runs)
    images = data.load(data_name)
    train_ours(images, 0, SHARES[0])  # torch loads its parts at the first use
    ways = dict(_ways(images, runs))
    lines = _pipeline(images) | {"`import cnnlab`, seconds": _import_seconds()}
    others = Table(
        "Beside the training step. Median (range) of five.",
        ("what", "figure"),
        tuple((name, median_text(values, 3)) for name, values in lines.items()),
    )
    return make_report(
        torch.device("cpu"),
        f"{images.source}, {len(images.train_labels):,} to train on",
        _table(ways),
        others,
        runs={name: [asdict(run) for run in each] for name, each in ways.items()},
        others=lines,
    )


def _ways(images: ImageData, runs: int) -> Iterator[tuple[str, list[Run]]]:
    """Yield each way to train by its name, the tutorial's first, until ours is as good."""
    for workers in (WORKERS, 0):
        name = f"tutorial, {workers or 'no'} worker processes"
        done = [_logged(name, train_tutorial(images, seed, workers)) for seed in range(runs)]
        yield name, done
    aim = statistics.mean(run.test_accuracy for run in done)
    for share in SHARES:
        name = f"speedrun-cpu, one epoch of {share:.0%} of the images"
        done = [_logged(name, train_ours(images, seed, share)) for seed in range(runs)]
        yield name, done
        if statistics.mean(run.test_accuracy for run in done) >= aim:
            return


def _logged(name: str, run: Run) -> Run:
    log_progress(f"{name}, seed {run.seed}: {run.test_accuracy:.2%}, {run.seconds:.1f} s")
    return run


def _table(ways: dict[str, list[Run]]) -> Table:
    usual = statistics.median(run.seconds for run in next(iter(ways.values())))
    return Table(
        "Seconds: median (range), of training alone. The last row is the first of ours that is "
        "as accurate as the tutorial, if there is one.",
        ("way", "images seen", "n", "test accuracy", "seconds", "images/s", "times as fast"),
        tuple(
            (
                name,
                f"{each[0].images:,}",
                str(len(each)),
                mean_std_text([run.test_accuracy for run in each]),
                median_text([run.seconds for run in each]),
                f"{statistics.median(run.images / run.seconds for run in each):,.0f}",
                f"{usual / statistics.median(run.seconds for run in each):.1f}",
            )
            for name, each in ways.items()
        ),
    )


def _pipeline(images: ImageData) -> dict[str, list[float]]:
    """Measure how long batches take to make, alone and beside the steps they feed."""
    recipe = recipes.SPEEDRUN_CPU.with_settings(epochs=1)
    part = images.subset(min(5_000, len(images.train_labels)))
    tensors, settings = (part.train_images, part.train_labels), recipe.settings
    shares, speedups = [], []
    for seed in range(5):
        made = seconds_of(data.batches(*tensors, settings.batch_size, augment=settings.augment))
        _, history = recipe.train(part, seed=seed, device="cpu", progress=False)
        shares.append(made / history.seconds)
        alone = seconds_of(data.batches(*tensors, settings.batch_size))
        speedups.append(seconds_of(one_by_one(part, settings.batch_size)) / alone)
    return {
        "batches with flip and shift, share of the training time": shares,
        "batches, times as fast as one image at a time": speedups,
    }


def one_by_one(images: ImageData, batch_size: int) -> DataLoader:
    """Return batches that are made of one object per image, as tutorials make them."""
    objects = ImageObjects(images.train_images, images.train_labels)
    return DataLoader(objects, batch_size, shuffle=True)


def seconds_of(batches: Iterable) -> float:
    """Return how long it takes to ask for every batch."""
    began = time.perf_counter()
    for images, _ in batches:
        last = images
    last.sum().item()  # waits for the device
    return time.perf_counter() - began


def _import_seconds() -> list[float]:
    command = [sys.executable, "-c", IMPORT]
    runs = (subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(5))
    return [float(run.stdout) for run in runs]
