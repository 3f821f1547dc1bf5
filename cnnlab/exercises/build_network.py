"""Exercises of homework 5: a network within a budget, and two sets of runs compared."""

from statistics import mean

from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from
from cnnlab.exercises.kit.observed_networks import extract_network

ASKED = {
    "build_network": ("Homework 5.1", "05 network-intro", 2, "counting"),
    "compare": ("Homework 5.3", "06 ladder-intro", 4),
}

BUILD_NETWORK = Exercise(
    name="build_network",
    task="Return a new network of at most 100,000 parameters: images (3, 32, 32) to 10 logits.",
    returns="an nn.Module",
    inputs=lambda _: [()],
    extract_answer=extract_network,
    live=True,
    misconceptions=misconceptions_from("""
    too many parameters
        the network learns more than 100,000 numbers
        Which layer has the most weights, and does it need every place of its input?
        edit: 10) -> 10, widths=(64, 64, 64, 64))
    not ten logits
        the network does not return ten numbers for an image
        How many classes are there?
        edit: num_classes=10 -> num_classes=9
    softmax at the end
        the network ends in softmax, which cross-entropy contains
        Which loss will train it, and what does that loss expect?
        edit: 10) -> 10).append(torch.nn.Softmax(1))
    batch mixed up
        the images of a batch come out in one row
        Which axis must flatten leave alone?
        edit: 10) -> 10).extend([torch.nn.Flatten(0), torch.nn.Unflatten(0, (1, -1))])
    """),
    hints=(
        "Convolutions are cheap in parameters: 32 to 64 channels with 3x3 cost 18,496.",
        "A linear layer on a large map is not: pool over the whole map first.",
        "models.SmallCNN of the package is such a network, with 61,344 parameters.",
    ),
    solution="""\
def build_network():
    from cnnlab import models

    return models.SmallCNN(num_classes=10)
""",
)


def _compare_inputs(generator: Generator) -> list[Arguments]:
    def runs(count: int) -> tuple[float, ...]:
        return tuple(integer(generator, 500, 1999) / 2000 for _ in range(count))

    counts = [(3, 3), (3, 2), (2, 3), *crossed(generator, 40, range(2, 14), range(2, 14))]
    return [tuple(map(runs, both)) for both in counts]


COMPARE = Exercise(
    name="compare",
    task="Return (after - before) of the mean accuracies, and the standard error of that.",
    returns="a pair of numbers (difference, standard error)",
    inputs=_compare_inputs,
    facts={
        "there are as many runs before as after": lambda before, after: len(before) == len(after),
        "the mean falls": lambda before, after: mean(before) > mean(after),
    },
    misconceptions=misconceptions_from("""
    difference reversed
        the difference is before - after
        Which sign should an improvement have?
        edit: mean(after) - mean(before) -> mean(before) - mean(after)
    divided by n for its root
        each standard deviation is divided by n, not by its root
        Four times as many runs: how much smaller does the error of their mean become?
        edit: variance(runs) / len(runs) -> variance(runs) / len(runs) ** 2
    divided by n
        the variance is divided by the number of runs, not by one less
        How much does one single run tell about the spread?
        edit: import mean, variance -> import mean, pvariance as variance
    spread of single runs
        the spread of single runs is returned, not the error of their means
        Does the mean of 30 runs vary as much as that of 3?
        edit: variance(runs) / len(runs) -> variance(runs)
    variance for error
        the variance of the difference is returned, not its root
        In which unit is a variance of accuracies?
        edit: sum(squares) ** 0.5 -> sum(squares)
    errors added up
        the two errors are added up
        Two independent errors sometimes cancel. How do their squares combine?
        edit: sum(squares) ** 0.5 -> sum(square**0.5 for square in squares)
    """),
    hints=(
        "The standard error of a mean is the standard deviation divided by the root of n.",
        "Errors of independent means add up as squares.",
        "statistics.variance divides by n - 1: sqrt(variance / n + variance / n).",
    ),
    solution="""\
def compare(before, after):
    from statistics import mean, variance

    squares = [variance(runs) / len(runs) for runs in (before, after)]
    return mean(after) - mean(before), sum(squares) ** 0.5
""",
)
