"""Exercise of lesson 06: a learning rate that the validation images choose."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from, plain

ASKED = {"choose_rate": ("Lesson 06.4", "06 three-sets-intro")}

IMAGES = 100  # of each set; every accuracy is a multiple of 1 / IMAGES
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 1.0, 3.0)


@dataclass(frozen=True)
class Network:
    """What comes of one training: how many images of each set it gets right."""

    rate: float
    validation: int
    test: int


class Luck(tuple):
    """For each rate, how many validation and test images its network gets right."""

    def __str__(self) -> str:
        return "train"


class Laboratory:
    """Trains and judges, and counts how often.

    Attributes:
        trained: how many networks.
        looks: how often the test images were looked at.
    """

    def __init__(self, rates: list[float], luck: Luck) -> None:
        self.right = dict(zip(rates, luck, strict=True))
        self.trained: list[float] = []
        self.looks = 0

    def train(self, rate: float) -> Network:
        """Return a network; a second one of the same rate begins and ends elsewhere."""
        again = self.trained.count(rate)
        self.trained.append(rate)
        validation, test = self.right[rate]
        return Network(rate, validation - again, test - 2 * again)

    def validate(self, network: Network) -> float:
        return network.validation / IMAGES

    def test(self, network: Network) -> float:
        self.looks += 1
        return network.test / IMAGES


def _prepare(arguments: Arguments) -> Arguments:
    rates, luck, *_ = arguments
    laboratory = Laboratory(rates, luck)
    return list(rates), laboratory.train, laboratory.validate, laboratory.test


def _extract(returned: Any, prepared: Arguments) -> Any:
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return plain(returned)
    rates, train, *_ = prepared
    laboratory: Laboratory = train.__self__
    rate, accuracy = (
        "a network" if isinstance(each, Network) else plain(each) for each in returned
    )
    return {
        "rate": rate,
        "accuracy": accuracy,
        "looks at the test images": ("none", "one", "several")[min(laboratory.looks, 2)],
        "trainings": "one for each rate"
        if sorted(laboratory.trained) == sorted(rates)
        else "others",
    }


def _inputs(generator: Generator) -> list[Arguments]:
    cases: list[Arguments] = []
    for (count,) in crossed(generator, 40, range(2, 8)):
        order = torch.randperm(len(RATES), generator=generator, device="cpu").tolist()
        rates = [RATES[each] for each in order[:count]]
        validation, test = ([9 * integer(generator, 3, 9) for _ in rates] for _ in range(2))
        # Two networks may be equally good on the validation images, but never on others.
        test = [number + place for place, number in enumerate(test)]
        cases.append((rates, Luck(zip(validation, test, strict=True)), "validate", "test"))
    return cases


def _ties(luck: Luck) -> bool:
    """Tell whether two networks are best on the validation images."""
    found = [validation for validation, _ in luck]
    return found.count(max(found)) > 1


CHOOSE_RATE = Exercise(
    name="choose_rate",
    task="Train a network for each rate, choose one by the validation images, and test only that.",
    returns="a pair of numbers (rate, accuracy)",
    inputs=_inputs,
    prepare_arguments=_prepare,
    extract_answer=_extract,
    facts={
        "two rates are equally good": lambda rates, train, **_: _ties(train),
        "the largest rate is the last": lambda rates, **_: rates[-1] == max(rates),
    },
    misconceptions=misconceptions_from("""
    chosen by the test images
        the rate is chosen by the test images
        If the test images have chosen, on which images could the network still be tested?
        edit: validate(network) -> test(network)
    every network tested
        the test images are looked at for every network, not only for the chosen one
        How long do you keep a secret from a choice that you can see the end of?
        edit: test(networks[best]) -> [test(network) for network in networks][best]
    best test accuracy returned
        the accuracy is the best on the test images of all networks
        Who chose the network with that accuracy: the validation images or the test images?
        edit: test(networks[best]) -> max(test(network) for network in networks)
    validation accuracy returned
        the accuracy is that of the validation images, by which the network was chosen
        Of many networks, is the one that did best on some images as good on new ones?
        edit: test(networks[best]) -> accuracies[best]
    trained again
        a network of the chosen rate is trained again, and that one is tested
        Which network did the validation images judge, and which one do you test?
        edit: test(networks[best]) -> test(train(rates[best]))
    last network tested
        the network that was trained last is tested, not the chosen one
        To which rate does the accuracy belong that you return?
        edit: test(networks[best]) -> test(networks[-1])
    worst for best
        the worst rate is chosen
        Is a large accuracy good or bad?
        edit: max(accuracies) -> min(accuracies)
    last among equals
        of rates that are equally good the last is chosen
        Which one does .index() find, and which one stays if you compare with >=?
        edit: best = accuracies -> best = len(rates) - 1 - accuracies[::-1]
    both sets added
        the rate is chosen by validation and test images together
        What have the test images decided, once they are part of the sum?
        edit: validate(network) -> validate(network) + test(network)
    largest rate
        the largest rate is chosen
        What says which rate is best?
        edit: accuracies.index(max(accuracies)) -> rates.index(max(rates))
    network for rate
        the network is returned in place of its rate
        Which of your lists holds the rates?
        edit: return rates[best] -> return networks[best]
    place for rate
        the place in the list is returned, not the rate that stands there
        What stands in rates at that place?
        edit: return rates[best] -> return best
    accuracy first
        the accuracy is returned before the rate
        In which order does the exercise ask for the two?
        edit: return rates -> return (rates
        edit: test(networks[best]) -> test(networks[best]))[::-1]
    """),
    hints=(
        "Three steps: train all networks and keep them; judge all; test one.",
        "The largest validation accuracy says which. Keep the networks, so that none is new.",
        "best = accuracies.index(max(accuracies)) finds the first of the best in a list.",
    ),
    solution="""\
def choose_rate(rates, train, validate, test):
    networks = [train(rate) for rate in rates]
    accuracies = [validate(network) for network in networks]
    best = accuracies.index(max(accuracies))
    return rates[best], test(networks[best])
""",
)
