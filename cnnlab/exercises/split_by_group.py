"""Exercise of lesson 12: training and test images that share no photograph."""

from typing import Any

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from, plain
from cnnlab.exercises.random_shift import Seed

ASKED = {"split_by_group": ("Lesson 12.2", "12 leak-intro")}

# With so many classes, and groups of one image or many, chance keeps no share that was not meant.
CLASSES, GROUPS, IMAGES = range(10, 15), (4, 5, 6, 7, 9), (1, 1, 2, 3, 12)
ORDERS = ("by chance", "by chance", "of the labels", "of the groups")


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    shares = (0.12, 0.2, 0.3, 0.37, 0.6, 0.7, 0.85)
    for classes, share, order in crossed(generator, 36, CLASSES, shares, ORDERS):
        # One class has two groups; then a share below 1/4 gives none of them, above 3/4 both.
        counts = [2] + [_one_of(generator, GROUPS) for _ in range(classes - 1)]
        label_of = torch.arange(classes, device="cpu").repeat_interleave(_tensor(counts))
        sizes = _tensor([_one_of(generator, IMAGES) for _ in label_of])
        numbers = torch.randperm(1000, generator=generator, device="cpu")[: len(label_of)]
        labels, groups = label_of.repeat_interleave(sizes), numbers.repeat_interleave(sizes)
        places = torch.randperm(len(labels), generator=generator, device="cpu")
        if order != "by chance":
            key = labels if order == "of the labels" else groups
            places = places[key[places].argsort(stable=True)]
        cases.append((labels[places], groups[places], share, Seed(integer(generator, 0, 999))))
    return cases


def _one_of(generator: Generator, values: tuple[int, ...]) -> int:
    return values[integer(generator, 0, len(values) - 1)]


def _tensor(numbers: list[int]) -> Tensor:
    return torch.tensor(numbers, device="cpu")


def _prepare(arguments: Arguments) -> Arguments:
    labels, groups, share, seed = arguments
    return labels.clone(), groups.clone(), share, Generator().manual_seed(seed.number)


def _extract(returned: Any, prepared: Arguments) -> Any:
    """Say how the images were split, in words that chance cannot change."""
    answer = plain(returned)
    if not (isinstance(answer, tuple) and len(answer) == 2):
        return answer
    sides = [_places(each) for each in answer]
    if any(each is None for each in sides):
        return answer
    labels, groups, share, generator = prepared
    train, test = (each for each in sides if each is not None)
    if (form := _form(returned, train, test, groups)) != "places of images":
        return {"form of what is returned": form}
    split = _Split(labels, groups, share, test.long())
    untouched = Generator().manual_seed(generator.initial_seed()).get_state()
    used = not generator.get_state().equal(untouched)
    return {
        "form of what is returned": form,
        "images": _images(torch.cat([train, test]), len(labels)),
        "groups on both sides": "some" if split.mixed else "none",
        "share of the test side": split.kept(),
        "test groups": split.first() or ("drawn by the generator" if used else "drawn without it"),
    }


def _places(value: Any) -> Tensor | None:
    """Return a tensor of numbers as it is, and a row of them as one."""
    if isinstance(value, tuple) and all(type(each) in (int, float) for each in value):
        return torch.tensor(value, dtype=torch.float64, device="cpu")
    return value if isinstance(value, Tensor) else None
