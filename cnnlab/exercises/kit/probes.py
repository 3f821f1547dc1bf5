"""A small model for the exercises of lesson 05 that keeps a diary of how it is used."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from cnnlab.exercises.kit.drawing import crossed, integer, whole_numbers

CHANNELS, CLASSES, SIZE = 2, 4, (3, 5)
Batches = list[tuple[Tensor, Tensor]]


class Probe(nn.Module):
    """Batch norm, which behaves differently in train and eval mode, and a linear layer.

    Attributes:
        images: every image it was given, in order.
        modes: for each call, whether it was in train mode.
        recorded: for each call, whether gradients were recorded.
        backward_passes: how often a gradient reached the weight.
    """

    def __init__(self, weight: Tensor, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, dtype=weight.dtype)
        mean, var = torch.tensor([[2.0, -1, 3], [9, 16, 4]], dtype=weight.dtype, device="cpu")
        self.norm.running_mean, self.norm.running_var = mean[:channels], var[:channels]
        self.weight = nn.Parameter(weight.clone())
        self.images: list[Tensor] = []
        self.modes: list[bool] = []
        self.recorded: list[bool] = []
        self.backward_passes = 0
        self.weight.register_hook(self._count)

    def _count(self, _: Tensor) -> None:
        self.backward_passes += 1

    def forward(self, images: Tensor) -> Tensor:
        self.images.extend(images.detach().clone())
        self.modes.append(self.training)
        self.recorded.append(torch.is_grad_enabled())
        return self.norm(images).flatten(1) @ self.weight.T  # (batch, classes)


@dataclass(frozen=True, eq=False)
class ProbeSpec:
    """How to build the model anew for each call."""

    weight: Tensor
    training: bool
    channels: int = CHANNELS

    def build(self) -> Probe:
        return Probe(self.weight, self.channels).train(self.training)

    def __str__(self) -> str:
        return f"a model in {'train' if self.training else 'eval'} mode"


class BatchList(list):
    """A list of batches that prints their sizes."""

    def __str__(self) -> str:
        return f"batches of {', '.join(str(len(labels)) for _, labels in self)} images"


def draw_sizes(generator: Generator, count: int) -> list[tuple[list[int], bool]]:
    """Draw the sizes of 1 to 4 batches, alike or not, and with them True or False."""
    choices = (range(1, 5), range(1, 6), (True, False, False), (True, False))
    found = []
    for batches, size, alike, flag in crossed(generator, count, *choices):
        others = [size if alike else integer(generator, 1, 5) for _ in range(batches - 1)]
        found.append(([size, *others], flag))
    return found


def draw_many(generator: Generator, count: int) -> list[tuple[ProbeSpec, BatchList]]:
    """Return models and batches; each model is right about half of its images in eval mode."""
    found = []
    for sizes, training in draw_sizes(generator, count):
        weight = whole_numbers(generator, CLASSES, CHANNELS * SIZE[0] * SIZE[1]) / 9
        spec = ProbeSpec(weight, training)
        images = whole_numbers(generator, sum(sizes), CHANNELS, *SIZE)
        with torch.no_grad():
            predicted = spec.build().eval()(images).argmax(1)
        off = torch.randint(CLASSES, predicted.shape, generator=generator, device="cpu")
        off *= torch.randint(2, predicted.shape, generator=generator, device="cpu")
        labels = (predicted + off) % CLASSES
        parts = zip(images.split(sizes), labels.split(sizes), strict=True)
        found.append((spec, BatchList(parts)))
    return found


def differ_in_size(batches: Batches) -> bool:
    """Tell whether batches do not all hold the same number of images."""
    return len({len(labels) for _, labels in batches}) > 1


def copies(batches: Batches) -> Batches:
    """Copy batches, so that no call sees what another did to them."""
    return [(images.clone(), labels.clone()) for images, labels in batches]


def order_of(seen: list[Tensor], batches: Batches) -> str:
    """Tell how the images a model saw relate to those it should see."""
    given = torch.cat([images for images, _ in batches])
    indices = []
    for picture in seen:
        if not _alike(picture, given):
            return "changed"
        matches = (given == picture).flatten(1).all(1).nonzero()
        if len(matches) == 0:
            return "changed"
        indices.append(int(matches[0]))
    first_seen = list(dict.fromkeys(indices))
    return "as given" if first_seen == sorted(first_seen) else "in another order"


def _alike(picture: Tensor, given: Tensor) -> bool:
    return picture.shape == given.shape[1:]
