"""A small network and the parts of a batch, for the data-parallel exercise of lesson 11."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import integer, whole_numbers
from cnnlab.exercises.kit.probes import CHANNELS, CLASSES, SIZE, BatchList

SHAPES = ((3, CHANNELS, 2, 2), (3,), (CLASSES, 24), (CLASSES,))  # of the weights, in order


class Parts(BatchList):
    """A list of (images, labels), one for each process, that prints its sizes."""

    def __str__(self) -> str:
        return f"parts of {', '.join(str(len(labels)) for _, labels in self)} images"


class SharedNet(nn.Module):
    """A convolution and a linear layer, without batch norm.

    Attributes:
        passes: the number of images in every forward pass.
        as_built: copies of the weights.
        earlier: copies of the gradients it came with, one for each weight; or none.
    """

    def __init__(self, weights: list[Tensor], gradients: list[Tensor]) -> None:
        super().__init__()
        parameters = [nn.Parameter(each.clone()) for each in weights]
        for parameter, gradient in zip(parameters, gradients, strict=False):
            parameter.grad = gradient.clone()
        self.kernel, self.offset, self.weight, self.bias = parameters
        self.passes: list[int] = []
        self.as_built, self.earlier = weights, gradients

    def forward(self, images: Tensor) -> Tensor:
        self.passes.append(len(images))
        features = torch.tanh(F.conv2d(images, self.kernel, self.offset))  # (batch, 3, 2, 4)
        return F.linear(features.flatten(1), self.weight, self.bias)  # (batch, classes)

    def is_as_built(self) -> bool:
        return all(map(torch.equal, self.parameters(), self.as_built))

    def has_new_gradient(self) -> bool:
        """Tell whether a weight has a gradient that is neither 0 nor the one it came with."""
        gradients = [parameter.grad for parameter in self.parameters()]
        earlier = self.earlier or [None] * len(gradients)
        return any(map(_is_new, gradients, earlier))


def _is_new(gradient: Tensor | None, earlier: Tensor | None) -> bool:
    if gradient is None or not gradient.any():
        return False
    return earlier is None or not torch.equal(gradient, earlier)


@dataclass(frozen=True, eq=False)
class NetSpec:
    """How to build the network anew for each call."""

    weights: list[Tensor]
    gradients: list[Tensor]

    def build(self) -> SharedNet:
        return SharedNet(self.weights, self.gradients)

    def __str__(self) -> str:
        return f"a network {'with gradients' if self.gradients else 'without gradients'}"


def draw(generator: Generator, sizes: tuple[int, ...], *, earlier: bool) -> tuple[NetSpec, Parts]:
    """Return a network and a batch in parts of these sizes.

    Args:
        earlier: whether the weights come with the gradient of an earlier step.
    """
    weights = [whole_numbers(generator, *shape) / 9 for shape in SHAPES]
    gradients = [whole_numbers(generator, *shape) for shape in SHAPES] if earlier else []
    parts = Parts()
    for size in sizes:
        labels = [integer(generator, 0, CLASSES - 1) for _ in range(size)]
        images = whole_numbers(generator, size, CHANNELS, *SIZE) / 9
        parts.append((images, torch.tensor(labels, device="cpu")))
    return NetSpec(weights, gradients), parts
