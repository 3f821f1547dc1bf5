"""Exercises of homework 5: a network within a budget, and two sets of runs compared."""

import math
from collections.abc import Sequence

from torch import Generator, nn

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    integer,
    misconceptions_from,
)
from cnnlab.exercises.kit.observed_networks import extract_network

ASKED = {
    "build_network": ("Homework 5.1", "05 network-intro", 2, "counting"),
    "compare": ("Homework 5.3", "06 ladder-intro", 4),
}


def _build_network(switches: Switches) -> nn.Module:
    hidden = 3000 if "too many parameters" in switches else 32
    classes = 9 if "not ten logits" in switches else 10
    layers = [nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, hidden), nn.ReLU()]
    layers += [nn.Linear(hidden, classes)]
    if "softmax at the end" in switches:
        layers.append(nn.Softmax(1))
    if "batch mixed up" in switches:
        layers += [nn.Flatten(0), nn.Unflatten(0, (1, -1))]
    return nn.Sequential(*layers)


BUILD_NETWORK = Exercise(
    name="build_network",
    task="Return a new network of at most 100,000 parameters: images (3, 32, 32) to 10 logits.",
    returns="an nn.Module",
    model=_build_network,
    inputs=lambda _: [()],
    extract_answer=extract_network,
    live=True,
    misconceptions=misconceptions_from("""
    too many parameters
        the network learns more than 100,000 numbers
        Which layer has the most weights, and does it need every place of its input?
    not ten logits
        the network does not return ten numbers for an image
        How many classes are there?
    softmax at the end
        the network ends in softmax, which cross-entropy contains
        Which loss will train it, and what does that loss expect?
    batch mixed up
        the images of a batch come out in one row
        Which axis must flatten leave alone?
    """),
    hints=(
        "Convolutions are cheap in parameters: 32 to 64 channels with 3x3 cost 18,496.",
        "A linear layer on a large map is not: pool over the whole map first.",
        "models.SmallCNN of the package is such a network, with 61,344 parameters.",
    ),
    solution="""\
def build_network():
    from cnnlab import models

    return models.SmallCNN()
""",
)


def _compare(switches: Switches, before: Sequence[float], after: Sequence[float]) -> tuple:
    means = [sum(runs) / len(runs) for runs in (before, after)]
    difference = means[1] - means[0]
    if "difference reversed" in switches:
        difference = -difference
    total = 0.0
    for runs, mean in zip((before, after), means, strict=True):
        freedom = len(runs) if "divided by n" in switches else len(runs) - 1
        variance = sum((run - mean) ** 2 for run in runs) / freedom
        total += variance if "spread of single runs" in switches else variance / len(runs)
    if "variance for error" in switches:
        return difference, total
    if "errors added up" in switches:
        total = _compare(frozenset(), before, before)[1] + _compare(frozenset(), after, after)[1]
        return difference, total / math.sqrt(2)
    return difference, math.sqrt(total)


def _compare_inputs(generator: Generator) -> list[Arguments]:
    def runs(count: int) -> tuple[float, ...]:
        return tuple(integer(generator, 500, 1999) / 2000 for _ in range(count))

    return [(runs(3), runs(3)), (runs(3), runs(4)), (runs(5), runs(2)), (runs(2), runs(3))]


COMPARE = Exercise(
    name="compare",
    task="Return (after - before) of the mean accuracies, and the standard error of that.",
    returns="a pair of numbers (difference, standard error)",
    model=_compare,
    inputs=_compare_inputs,
    misconceptions=misconceptions_from("""
    difference reversed
        the difference is before - after
        Which sign should an improvement have?
    divided by n
        the variance is divided by the number of runs, not by one less
        How much does one single run tell about the spread?
    spread of single runs
        the spread of single runs is returned, not the error of their means
        Does the mean of 30 runs vary as much as that of 3?
    variance for error
        the variance of the difference is returned, not its root
        In which unit is a variance of accuracies?
    errors added up
        the two errors are added up
        Two independent errors sometimes cancel. How do their squares combine?
    """),
    hints=(
        "The standard error of a mean is the standard deviation divided by the root of n.",
        "Errors of independent means add up as squares.",
        "statistics.variance divides by n - 1: sqrt(variance / n + variance / n).",
    ),
    solution="""\
def compare(before, after):
    from statistics import mean, variance

    squares = variance(before) / len(before) + variance(after) / len(after)
    return mean(after) - mean(before), squares**0.5
""",
)

EXERCISES = (BUILD_NETWORK, COMPARE)
