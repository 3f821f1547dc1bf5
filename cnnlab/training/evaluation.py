"""Measure a network: its logits, its accuracy and loss, and what it takes for what."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.data import to_float
from cnnlab.errors import as_int
from cnnlab.models.layers import in_eval_mode
from cnnlab.training.devices import memory_format_on


@dataclass(frozen=True)
class Evaluation:
    """Accuracy, a fraction of all images, and the mean loss over them."""

    accuracy: float
    loss: float

    def __str__(self) -> str:
        return f"accuracy {self.accuracy:.2%}, loss {self.loss:.3f}"


def evaluate(
    model: nn.Module, images: Tensor, labels: Tensor, *, batch_size: int | None = None
) -> Evaluation:
    """Measure accuracy and mean loss over exactly all images, whatever the batch size.

    The model is put into eval mode for it, and back into the mode it was in.

    Shape:
        images (N, channels, height, width) uint8, or float in [0, 1]; labels (N,).
    """
    return score(predict(model, images, batch_size=batch_size), labels)


def score(logits: Tensor, labels: Tensor) -> Evaluation:
    """Return the accuracy and the mean loss of logits (N, num_classes)."""
    labels = labels.to(logits.device)
    correct = int((logits.argmax(dim=1) == labels).sum())
    losses = F.cross_entropy(logits, labels, reduction="none")
    return Evaluation(correct / len(labels), float(losses.sum()) / len(labels))


@torch.no_grad()
def predict(model: nn.Module, images: Tensor, *, batch_size: int | None = None) -> Tensor:
    """Return the logits (N, num_classes), float32, of all images in eval mode.

    Args:
        batch_size: default: 1,000, and on a CPU 250, which take less memory and less time.

    Raises:
        ValueError: if there are no images.
    """
    if not len(images):
        raise ValueError("There are 0 images. Give at least one.")
    parameter = next(model.parameters(), None)
    device = images.device if parameter is None else parameter.device
    memory_format = memory_format_on(device)
    if batch_size is None:
        batch_size = 250 if device.type == "cpu" else 1_000
    with in_eval_mode(model):
        logits = [
            model(to_float(batch.to(device)).contiguous(memory_format=memory_format)).float()
            for batch in images.split(batch_size)
        ]
    return torch.cat(logits)


@torch.no_grad()
def predict_with_tta(
    model: nn.Module, images: Tensor, *, share: float = 1.0, batch_size: int | None = None
) -> Tensor:
    """Return the logits as `predict` does; of the least certain images, the mean of six views.

    The six views are the image and two copies of it, moved by one pixel to the lower right and to
    the upper left, each as it is and mirrored. An image is the less certain, the less the
    probability of its first class exceeds that of its second.

    Args:
        share: of the images that get six views, from 0 to 1.

    Raises:
        ValueError: if there are no images, or `share` is outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share={share} must be in [0, 1].")
    logits = predict(model, images, batch_size=batch_size)
    first, second = logits.softmax(dim=1).topk(2).values.unbind(dim=1)
    uncertain = (first - second).argsort()[: round(share * len(images))]
    if len(uncertain):
        as_it_is = to_float(images[uncertain.to(images.device)])
        padded = F.pad(as_it_is, (1, 1, 1, 1), mode="replicate")
        moved = padded[:, :, :-2, :-2], padded[:, :, 2:, 2:]
        views = [*moved, *(view.flip(3) for view in (as_it_is, *moved))]  # and what was seen first
        each = [predict(model, view, batch_size=batch_size) for view in views]
        logits[uncertain] = torch.stack([logits[uncertain], *each]).mean(dim=0)
    return logits


def confusion_matrix(logits: Tensor, labels: Tensor) -> Tensor:
    """Count the images of each class (row) by the class they were taken for (column).

    Shape:
        (N, num_classes), (N,) -> (num_classes, num_classes) int64.
    """
    num_classes = logits.shape[1]
    cells = labels.to(logits.device) * num_classes + logits.argmax(dim=1)
    return torch.bincount(cells, minlength=num_classes**2).view(num_classes, num_classes).cpu()


def balanced_accuracy(counts: Tensor) -> float:
    """Return the mean, over the classes, of the share of a class's images that are right.

    Every class counts the same, however many images it has: always giving one answer earns
    1 / (number of classes). A class without images is left out.

    Args:
        counts: as `confusion_matrix` returns them, a row for each true class.

    Raises:
        ValueError: if `counts` is not square, or holds no image.

    Source:
        Brodersen et al. (2010), The balanced accuracy and its posterior distribution, section 1.
    """
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"counts has the shape {tuple(counts.shape)}; give a square matrix.")
    totals = counts.sum(dim=1)
    if not totals.any():
        raise ValueError("counts holds 0 images. Give at least one.")
    there = totals > 0
    return float((counts.diagonal()[there].double() / totals[there]).mean())


def wilson_interval(right: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval in which the accuracy on all such images lies, low and high.

    Of intervals made in this way, about `level` of them hold the true accuracy: what a network
    would reach on endlessly many images drawn independently as these `total` were. Photographs of
    one scene are not independent, and leave more open than the interval says.

    Args:
        right: images that are right, of `total`.
        level: the share, such as 0.95.

    Raises:
        ValueError: for counts or a level out of range.

    Source:
        Wilson (1927), Probable inference, the law of succession, and statistical inference;
        as method 3 in Newcombe (1998), whose Table I the tests compare with.
    """
    as_int("total", total)
    if not 0 <= as_int("right", right, minimum=0) <= total:
        raise ValueError(f"right={right} must be at most total={total}.")
    if not 0 < level < 1:
        raise ValueError(f"level={level} must be between 0 and 1, such as 0.95.")
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = right + z * z / 2
    half = z * math.sqrt(right * (total - right) / total + z * z / 4)
    low, high = (middle - half) / (total + z * z), (middle + half) / (total + z * z)
    return low if right else 0.0, high if right < total else 1.0
