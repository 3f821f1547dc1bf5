"""Exercise of lesson 06: the residual block."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)

ASKED = {"residual_block": ("Lesson 06.1", "06 residual-intro")}

LayerCall = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution that keeps the size of a map, under the name that a call is shown with."""

    weight: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        return F.conv2d(features, self.weight, padding=self.weight.shape[2] // 2)

    @property
    def __name__(self) -> str:
        out_channels, in_channels, size, _ = self.weight.shape
        return f"{size}x{size} convolution {in_channels}->{out_channels}"


def _residual_block(
    switches: Switches,
    features: Tensor,
    first: LayerCall,
    second: LayerCall,
    projection: LayerCall | None = None,
) -> Tensor:
    hidden = first(features)
    if "inner ReLU missing" not in switches:
        hidden = F.relu(hidden)
    branch = hidden if "second layer missing" in switches else second(hidden)
    if {"ReLU before the sum", "ReLU before and after the sum"} & switches:
        branch = F.relu(branch)
    total = _joined(switches, branch, _skip(switches, features, hidden, projection))
    if {"ReLU before the sum", "outer ReLU missing"} & switches:
        return total
    return torch.zeros_like(total) if "all zeros" in switches else F.relu(total)


def _skip(
    switches: Switches, features: Tensor, hidden: Tensor, projection: LayerCall | None
) -> Tensor:
    if "skip from the hidden map" in switches:
        return hidden
    skip = F.relu(features) if "ReLU on the skip" in switches else features
    if projection is None or "projection missing" in switches:
        return skip
    if "zero channels for a projection" in switches:
        return F.pad(skip, (0, 0, 0, 0, 0, hidden.shape[1] - skip.shape[1]))
    if "projection beside the skip" in switches:
        return skip + projection(skip)
    return projection(hidden if "projection of the hidden map" in switches else skip)


def _joined(switches: Switches, branch: Tensor, skip: Tensor) -> Tensor:
    if "no skip" in switches:
        return branch
    if "product for sum" in switches:
        return branch * skip
    if "difference for sum" in switches:
        return branch - skip
    return (branch + skip) / 2 if "mean for sum" in switches else branch + skip


def _inputs(generator: Generator) -> list[Arguments]:
    settings = (  # features, channels inside, kernel size of the projection
        ((2, 1, 3, 4), 1, None),
        ((2, 3, 4, 5), 3, None),
        ((2, 2, 4, 3), 2, 1),
        ((3, 2, 5, 4), 4, 1),
        ((2, 3, 3, 5), 5, 1),
    )
    cases = [_draw(generator, *setting) for setting in settings]
    turned, first, second = _draw(generator, (2, 3, 6, 4), 3, None)
    return [*cases, (turned.mT, first, second, Layer(whole_numbers(generator, 3, 3, 1, 1)))]


def _draw(
    generator: Generator, features: tuple[int, ...], channels: int, projection: int | None
) -> Arguments:
    kernels = [(channels, features[1], 3, 3), (channels, channels, 3, 3)]
    if projection:
        kernels.append((channels, features[1], projection, projection))
    layers = [Layer(whole_numbers(generator, *kernel)) for kernel in kernels]
    return whole_numbers(generator, *features), *layers


RESIDUAL_BLOCK = Exercise(
    name="residual_block",
    task="Add two layers' answer to what went in, and apply ReLU to the sum.",
    returns="a tensor (batch, channels, height, width)",
    model=_residual_block,
    inputs=_inputs,
    facts={
        "projection is None": lambda features, first, second, projection: projection is None,
        "projection is given": lambda features, first, second, projection: projection is not None,
    },
    misconceptions=misconceptions_from("""
    no skip
        the input is not added: only the two layers' answer comes back
        What should the block return when both layers give zeros?
    product for sum
        the answer of the layers is multiplied with the input
        What would a product return when both layers give zeros?
    difference for sum
        the input is subtracted from the layers' answer
        What should the block return when both layers give zeros?
    mean for sum
        the sum is halved
        What should the block return when both layers give zeros?
    ReLU before the sum
        the ReLU comes before the sum, and none after it
        Can the layers still lower a number of the input if their answer is never negative?
    ReLU before and after the sum
        the layers' answer passes a ReLU of its own before the sum
        Can the layers still lower a number of the input if their answer is never negative?
    outer ReLU missing
        there is no ReLU after the sum
        Can the block return a negative number?
    inner ReLU missing
        there is no ReLU between the two layers
        What are two convolutions in a row, with nothing between, worth together?
    second layer missing
        the second layer is not used
        How many layers does the input pass before the sum?
    ReLU on the skip
        the input passes a ReLU on its way to the sum
        What is changed on the short way around the layers?
    skip from the hidden map
        what is added is the map between the two layers, not the input
        Where does the short way begin?
    projection missing
        the projection is not used
        What is the projection for, when it is given?
    projection beside the skip
        the projection is added, and the input itself as well
        How many terms has the sum, with a projection and without one?
    projection of the hidden map
        the projection is given the map between the two layers
        Where does the short way begin?
    zero channels for a projection
        channels of zeros are added to the input, where the projection should make them
        What is the projection for, when it is given?
    all zeros
        every number is zero
        Where does the sum get stored in the answer?
    """),
    hints=(
        "Two ways lead to the sum: one through both layers, one around them.",
        "Through: first, ReLU, second. Around: the features themselves, or their projection.",
        "skip = features if projection is None else projection(features); then ReLU of the sum.",
    ),
    solution="""\
def residual_block(features, first, second, projection=None):
    skip = features if projection is None else projection(features)
    branch = second(F.relu(first(features)))
    return F.relu(branch + skip)
""",
)

EXERCISES = (RESIDUAL_BLOCK,)
