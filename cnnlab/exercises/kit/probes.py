"""A small model for the exercises of lesson 05 that keeps a diary of how it is used."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from cnnlab.exercises.kit.drawing import integer, whole_numbers

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

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(CHANNELS, dtype=weight.dtype)
        self.norm.running_mean = torch.tensor([2.0, -1.0], dtype=weight.dtype, device="cpu")
        self.norm.running_var = torch.tensor([9.0, 16.0], dtype=weight.dtype, device="cpu")
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

    def build(self) -> Probe:
        return Probe(self.weight).train(self.training)

    def __str__(self) -> str:
        return f"a model in {'train' if self.training else 'eval'} mode"


class BatchList(list):
    """A list of batches that prints their sizes."""

    def __str__(self) -> str:
        return f"batches of {', '.join(str(len(labels)) for _, labels in self)} images"


def draw(generator: Generator, rights: str, *, training: bool) -> tuple[ProbeSpec, BatchList]:
    """Return a model and batches of which it classifies a chosen part.

    Args:
        rights: a letter for each image, "r" where the model is right in eval mode and "w" where
            it is wrong; a space begins the next batch.
    """
    spec = ProbeSpec(whole_numbers(generator, CLASSES, CHANNELS * SIZE[0] * SIZE[1]) / 9, training)
    model = spec.build().eval()
    batches = BatchList()
    for letters in rights.split():
        images = whole_numbers(generator, len(letters), CHANNELS, *SIZE)
        with torch.no_grad():
            predicted = model(images).argmax(1)
        off = [0 if letter == "r" else integer(generator, 1, CLASSES - 1) for letter in letters]
        batches.append((images, (predicted + torch.tensor(off, device="cpu")) % CLASSES))
    return spec, batches


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
