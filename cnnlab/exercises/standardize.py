"""Exercise of lesson 12: features made alike in size, by what the training images tell."""

from typing import Any

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    integer,
    misconceptions_from,
    plain,
    turned,
    whole_numbers,
)

ASKED = {"standardize": ("Lesson 12.3", "12 statistics-intro")}

PARTS = ("training features", "test features")


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    settings = range(2, 12), range(2, 10), range(1, 8), ("no", "train", "both"), (True, False)
    for known, new, width, constant, in_order in crossed(generator, 36, *settings):
        numbers = whole_numbers(generator, known + new, width)
        numbers[0], numbers[-1] = numbers[1] + 2, numbers[-2] - 3  # none is the same everywhere
        exponents = torch.randint(-2, 3, (width,), generator=generator, device="cpu")
        train, test = (2.0**exponents * (numbers + 4)).split([known, new])
        column = integer(generator, 0, width - 1)
        if constant != "no":
            train[:, column] = train[0, column]
        if constant == "both":
            test[:, column] = train[0, column]
        cases.append((train, test) if in_order else (turned(train), turned(test)))
    return cases


def _extract(returned: Any, _: Arguments) -> Any:
    """Show both parts as if deviations were divided by N - 1, as torch does; N is as good."""
    answer = plain(returned)
    if not (isinstance(answer, tuple) and len(answer) == 2 and all(map(torch.is_tensor, answer))):
        return answer
    train, test = answer
    if train.dim() == test.dim() == 2 and train.shape[1] == test.shape[1]:
        joined = torch.cat([train, test])
        ways = _factor(train), _factor(test), _factor(joined)
        train, test = train * _first(*ways), test * _first(ways[1], ways[0], ways[2])
    return dict(zip(PARTS, (train, test), strict=True))


def _factor(features: Tensor) -> Tensor:
    """Return what makes a deviation over N one over N - 1, for each feature where it is 1; or 1."""
    is_one = (features.std(dim=0, correction=0) - 1).abs() < 1e-5
    return torch.where(is_one, (1 - 1 / max(len(features), 1)) ** 0.5, 1.0)


def _first(*factors: Tensor) -> Tensor:
    """Return the first factor that is not 1, for each feature."""
    found = factors[-1]
    for factor in reversed(factors[:-1]):
        found = torch.where(factor == 1, found, factor)
    return found


def _constant(train: Tensor) -> Tensor:
    return (train == train[0]).all(dim=0)


STANDARDIZE = Exercise(
    name="standardize",
    task="Return both, each feature less its mean and divided by its deviation, those of train.",
    returns="a pair of tensors, of the shapes of train and test",
    inputs=_inputs,
    extract_answer=_extract,
    axes=dict.fromkeys(PARTS, ("image", "feature")),
    facts={
        "a feature is constant in train": lambda train, test: bool(_constant(train).any()),
        "a feature that is constant in train varies in test": lambda train, test: bool(
            (test != train[0]).any(dim=0)[_constant(train)].any()
        ),
    },
    misconceptions=misconceptions_from("""
    test by its own statistics
        the test features are standardized by their own mean and deviation
        If all test images are twice as bright, should their features come out the same?
        edit: return -> own = test.std(dim=0)\\n    return
        edit: (test - mean) / deviation -> (test - test.mean(dim=0)) / torch.where(own == 0, 1, own)
    test less its own mean
        the mean of test is subtracted from the test features
        May a number of the training images depend on which images are tested?
        edit: (test - mean) -> (test - test.mean(dim=0))
    statistics of both together
        mean and deviation are those of the training and test features together
        What do the training features then know of the images that they are tested on?
        edit: = train.mean -> = torch.cat([train, test]).mean
        edit: = train.std -> = torch.cat([train, test]).std
    statistics of the test features
        mean and deviation are those of the test features, for both
        Which of the two may be looked at before the network is trained?
        edit: = train.mean -> = test.mean
        edit: = train.std -> = test.std
    all features at once
        there is one mean and one deviation for all features together
        What becomes of a feature that is always small beside one that is large?
        edit: train.mean(dim=0) -> train.mean()
        edit: train.std(dim=0) -> train.std()
    each image by itself
        each image is standardized by the mean and deviation of its own features
        Which axis of (images, features) should the mean run over?
        edit: train.mean(dim=0) -> train.mean(dim=1, keepdim=True)
        edit: train.std(dim=0) -> train.std(dim=1, keepdim=True)
        edit: return -> own = test.std(dim=1, keepdim=True)\\n    return
        edit: (test - mean) / deviation -> (test - test.mean(dim=1, keepdim=True)) / \
torch.where(own == 0, 1, own)
    variance for deviation
        the division is by the variance, not by its root
        If all numbers are ten times as large, how much larger is the variance?
        edit: train.std -> train.var
    median for mean
        the median of train is subtracted, not the mean
        Which number has as much above it as below, and which as many?
        edit: train.mean(dim=0) -> train.median(dim=0).values
    mean absolute deviation
        the division is by the mean distance from the mean
        Which of the two is the standard deviation: the mean distance, or a root?
        edit: train.std(dim=0) -> (train - mean).abs().mean(dim=0)
    length for deviation
        the division is by the root of the sum of the squares, not of their mean
        Should a feature get smaller if there are more training images?
        edit: train.std(dim=0) -> (train - mean).norm(dim=0)
    variance over N for deviation
        the division is by the variance, not by its root
        If all numbers are ten times as large, how much larger is the variance?
        edit: train.std(dim=0) -> train.var(dim=0, correction=0)
    divided, then less the mean
        the features are divided first, and the mean that is subtracted is not
        Of which numbers is the mean that you subtract?
        edit: (train - mean) / deviation -> train / deviation - mean
        edit: (test - mean) / deviation -> test / deviation - mean
    divided by 1 at least
        a deviation below 1 is taken for 1
        What becomes of a feature that is always small?
        edit: torch.where(deviation == 0, 1.0, deviation) -> deviation.clamp(min=1)
    only the mean
        the mean is subtracted, and nothing is divided
        How large are the features then, one beside the other?
        edit: (train - mean) / deviation -> train - mean
        edit: (test - mean) / deviation -> test - mean
    mean not subtracted
        the features are divided, and no mean is subtracted
        What should the mean of a standardized feature be?
        edit: (train - mean) -> train
        edit: (test - mean) -> test
    division by zero
        a feature that is constant in train is divided by 0
        What is 0 / 0 for torch?
        edit: \\n    deviation = torch.where(deviation == 0, 1.0, deviation) ->
    tiny number for 0
        a feature that is constant in train is divided by about 0.00000001
        What becomes of a test image that differs a little there?
        edit: torch.where(deviation == 0, 1.0, deviation) -> deviation + 1e-8
    constant features 0 in test, too
        a feature that is constant in train is 0 in test as well, even if it varies there
        What is left of a number that is divided by 1?
        edit: (test - mean) / deviation -> (test - mean) * (train != train[0]).any(0) / deviation
    test left as it is
        the test features are returned as they came
        Can the network read features of another size than those it has learned from?
        edit: (test - mean) / deviation -> test
    train left as it is
        the training features are returned as they came
        What size do the features have from which the network learns?
        edit: (train - mean) / deviation -> train
    smallest to largest
        the smallest number becomes 0 and the largest 1
        Which two numbers does the exercise take of each feature?
        edit: train.mean(dim=0) -> train.amin(dim=0)
        edit: train.std(dim=0) -> train.amax(dim=0) - mean
    test first
        the test features are returned before the training features
        In which order does the exercise ask for the two?
        edit: return (train - mean) / deviation, -> return (
        edit: (test - mean) / deviation -> (test - mean) / deviation, (train - mean) / deviation)
    """),
    hints=(
        "Two numbers for each feature: its mean and its deviation over the training images.",
        "train.mean(dim=0) and train.std(dim=0) have one number a feature; both parts use them.",
        "Where the deviation is 0, divide by 1: torch.where(deviation == 0, 1.0, deviation).",
    ),
    solution="""\
def standardize(train, test):
    mean = train.mean(dim=0)
    deviation = train.std(dim=0)
    deviation = torch.where(deviation == 0, 1.0, deviation)
    return (train - mean) / deviation, (test - mean) / deviation
""",
)
