"""Exercise of lesson 12: training and test images that share no photograph."""

from collections.abc import Callable
from itertools import product
from math import ceil, floor
from typing import Any

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from, plain
from cnnlab.exercises.random_shift import Seed

ASKED = {"split_by_group": ("Lesson 12.2", "12 leak-intro")}

# With so many classes, and groups of one image or many, chance keeps no share that was not meant.
CLASSES, GROUPS, IMAGES = range(14, 20), (5, 6, 7, 9), (1, 1, 2, 3, 12)
RIGHT_FORM, OUTSIDE = "places of images", "places that no image has"
ROUNDING = 1e-6  # 0.28 * 25 is a little more than 7
ORDERS = ("by chance", "by chance", "of the labels", "of the groups")


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    shares = (0.2, 0.28, 0.36, 0.44, 0.6, 0.68, 0.76)  # of no number of groups they give x.5
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
    sides = [_places(each) for each in answer] if isinstance(answer, tuple) else []
    if len(sides) != 2 or any(each is None for each in sides):
        return answer
    labels, groups, share, generator = prepared
    train, test = (each for each in sides if each is not None)
    form = _form(returned, train, test, groups)
    images = _images(torch.cat([train, test]), len(labels)) if form == RIGHT_FORM else ""
    seen = {"form of what is returned": form, "images": images}
    if form != RIGHT_FORM or images == OUTSIDE:
        return {text: each for text, each in seen.items() if each}
    split = _Split(labels, groups, share, test.long())
    untouched = Generator().manual_seed(generator.initial_seed()).get_state()
    without = generator.get_state().equal(untouched)
    return {
        **seen,
        "groups on both sides": "some" if split.mixed else "none",
        "size of the test side": split.size(),
        "choice of the test side": split.first()
        or ("without the generator" if without else "by the generator"),
    }


def _places(value: Any) -> Tensor | None:
    """Return a tensor of numbers as it is, and a row of them as one."""
    if isinstance(value, tuple) and all(type(each) in (int, float) for each in value):
        return torch.tensor(value, dtype=torch.float64, device="cpu")
    return value if isinstance(value, Tensor) else None


def _form(returned: Any, train: Tensor, test: Tensor, groups: Tensor) -> str:
    both = torch.cat([train.flatten(), test.flatten()])
    count = len(groups)
    if len(train) == len(test) == count and ((both == 0) | (both == 1)).all():
        return "masks"
    if train.dim() != 1 or test.dim() != 1:
        return f"tensors of {max(train.dim(), test.dim())} axes"
    if any(
        isinstance(each, Tensor) and each.is_floating_point() and len(each) for each in returned
    ):
        return "tensors of floats"
    names = groups.unique().double()
    if len(both) == len(names) < count and both.sort().values.equal(names):
        return "numbers of groups"
    return RIGHT_FORM


def _images(places: Tensor, count: int) -> str:
    if ((places < 0) | (places >= count)).any():
        return OUTSIDE
    if len(places.unique()) < len(places):
        return "some more than once"
    return "each once" if len(places) == count else "some left out"


class _Split:
    """A split of images into a test side and the rest, seen as one of groups."""

    def __init__(self, labels: Tensor, groups: Tensor, share: float, test: Tensor) -> None:
        tested = torch.zeros(len(labels), dtype=torch.bool, device="cpu")
        tested[test] = True
        self.names, of_image, sizes = groups.unique(return_inverse=True, return_counts=True)
        found = torch.zeros_like(sizes).index_add(0, of_image, tested.long())
        self.mixed = bool(((found > 0) & (found < sizes)).any())
        self.share, self.found, self.sizes = share, found, sizes
        self.seen_at = torch.full_like(sizes, len(labels)).scatter_reduce(
            0, of_image, torch.arange(len(labels), device="cpu"), "amin"
        )
        label_of = torch.zeros_like(sizes).scatter(0, of_image, labels)
        self.classes = [label_of == each for each in labels.unique()]

    def size(self) -> str:
        """Say of what the share was taken."""
        images, groups = self.found, (self.found > 0).long()
        counted, sizes = (images, self.sizes) if self.mixed else (groups, torch.ones_like(groups))
        pairs = [(int(counted[c].sum()), int(sizes[c].sum())) for c in self.classes]
        what = "images" if self.mixed else "groups"
        if all(found == _asked(self.share, count) for found, count in pairs):
            return f"the share of the {what} of each class"
        if all(count - found == _asked(self.share, count) for found, count in pairs):
            return f"what the share of the {what} of each class leaves"
        found, count = int(counted.sum()), int(sizes.sum())
        if not self.mixed and not self._rounded(pairs) and self._by_images():
            return "the share of the images of each class"
        if found == _asked(self.share, count):
            return f"the share of the {what} of all classes together"
        return f"{found} of {count} {what}"

    def _rounded(self, pairs: list[tuple[int, int]]) -> bool:
        """Tell whether the numbers are the share of the groups of each class, rounded otherwise."""
        limits = [(0, 0), (0, 1), (1, 0), (1, 1)]  # tested at least, left for training at least
        ways: tuple[Callable[[float], int], ...] = (floor, ceil, round)
        return any(
            all(found == min(max(way(self.share * n), low), n - high) for found, n in pairs)
            for way, (low, high) in product(ways, limits)
        )

    def _by_images(self) -> bool:
        """Tell whether groups seem added until a share of each class's images was reached.

        Or as long as that share was not exceeded; but at least one group, and never all.
        """
        reached, kept = True, True
        for found, sizes in ((self.found[c], self.sizes[c]) for c in self.classes):
            count, wanted, left = found.sum(), self.share * int(sizes.sum()), sizes[found == 0]
            few, many = (found > 0).sum() == 1, len(left) == 1
            above, below = wanted + ROUNDING, wanted - ROUNDING
            reached &= bool(count - found.max() < above and (below <= count or many))
            kept &= bool(few or (count <= above and len(left) and below <= count + left.max()))
        return reached or kept

    def first(self) -> str:
        """Say that in every class the first groups are tested, or the last; "" if neither."""
        if self.mixed:
            return ""
        for order in (self.names, self.seen_at):
            ranked = [(self.found[c] > 0)[order[c].argsort()] for c in self.classes]
            for word, turn in (("first", False), ("last", True)):
                turned = [each.flip(0) if turn else each for each in ranked]
                if all(map(_leading, turned)):
                    return f"the {word} of each class"
        return ""


def _leading(flags: Tensor) -> bool:
    count = int(flags.sum())
    return 0 < count < len(flags) and bool(flags[:count].all())


def _asked(share: float, count: int) -> int:
    return min(max(round(share * count), 1), count - 1)


def _rounds_to(share: float, labels: Tensor, groups: Tensor, *, all_of_them: bool) -> bool:
    counts = [len(groups[labels == each].unique()) for each in labels.unique()]
    return any(round(share * n) == (n if all_of_them else 0) for n in counts)


SPLIT_BY_GROUP = Exercise(
    name="split_by_group",
    task="Return the places of training and of test images, of each class a share of its groups.",
    returns="a pair of tensors, the places of the training images and of the test images",
    inputs=_inputs,
    prepare_arguments=_prepare,
    extract_answer=_extract,
    facts={
        "labels are in order": lambda labels, **_: bool((labels.diff() >= 0).all()),
        "groups are in order": lambda groups, **_: bool((groups.diff() >= 0).all()),
        "share is above 1/2": lambda share, **_: share > 0.5,
        "a class's share of groups rounds to none": lambda labels, groups, share, **_: _rounds_to(
            share, labels, groups, all_of_them=False
        ),
        "a class's share of groups rounds to all": lambda labels, groups, share, **_: _rounds_to(
            share, labels, groups, all_of_them=True
        ),
    },
    misconceptions=misconceptions_from("""
    images drawn, not groups
        each image of a class is taken by itself, so that images of one group are on both sides
        How well must a network see to know a copy of an image that it has learned from?
        edit: groups[labels == each].unique() -> torch.where(labels == each)[0]
        edit: torch.isin(groups, -> torch.isin(torch.arange(len(labels)),
    images of all classes drawn together
        images are taken without a look at group or class: images of one group are on both sides
        How well must a network see to know a copy of an image that it has learned from?
        edit: in labels.unique() -> in [0]
        edit: groups[labels == each].unique() -> torch.arange(len(labels))
        edit: torch.isin(groups, -> torch.isin(torch.arange(len(labels)),
    share of all groups together
        the share is of all groups together, not of the groups of each class
        Could all groups of a small class be on one side by chance?
        edit: in labels.unique() -> in [0]
        edit: groups[labels == each].unique() -> groups.unique()
    share of the images
        groups are added until a share of the images is reached, not a share of the groups
        Of what should each class give a share, if one group has 12 images and another has 1?
        edit: order = torch.randperm(len(names), generator=generator) -> \
order = torch.randperm(len(names), generator=generator)\\n        \
sizes = (groups == names[order][:, None]).sum(dim=1).cumsum(dim=0)\\n        \
count = min(int((sizes < share * sizes[-1]).sum()) + 1, len(names) - 1)
    generator unused
        the generator is not used
        Can two people with the same seed get the same split?
        edit: , generator=generator) -> )
    always the first groups
        the first are tested, whatever the generator
        Are the first photographs of a folder a fair sample of all?
        edit: torch.randperm(len(names), generator=generator) -> torch.arange(len(names))
    always the last groups
        the last are tested, whatever the generator
        Are the last photographs of a folder a fair sample of all?
        edit: torch.randperm(len(names), generator=generator) -> torch.arange(len(names)).flip(0)
    share on the other side
        the share of the groups is returned first, where the training images belong
        In which order does the exercise ask for the two, and whose share is it?
        edit: torch.where(~test)[0], torch.where(test)[0] -> \
torch.where(test)[0], torch.where(~test)[0]
    all groups of a class tested
        a class may have all its groups in the test
        How should the network learn a class of which it sees no image?
        edit: min(max(round(share * len(names)), 1), len(names) - 1) -> \
max(round(share * len(names)), 1)
    no group of a class tested
        a class may have no group in the test
        What do you know of a class of which no image is tested?
        edit: max(round(share * len(names)), 1) -> round(share * len(names))
    rounded down
        the number that is tested is rounded down
        Is 4.8 nearer to 4 or to 5?
        edit: round(share * len(names)) -> int(share * len(names))
    rounded up
        the number that is tested is rounded up
        Is 4.2 nearer to 4 or to 5?
        edit: round(share * len(names)) -> -int(-share * len(names) // 1)
    one group of each class
        one group of each class is tested, whatever the share
        How many of nine groups are a share of 0.36?
        edit: min(max(round(share * len(names)), 1), len(names) - 1) -> 1
    numbers of groups returned
        the numbers of the groups are returned, not the places of their images
        What does labels[train] give then?
        edit: torch.where(~test)[0], torch.where(test)[0] -> \
groups[~test].unique(), groups[test].unique()
    masks returned
        two masks are returned, not the places where they are True
        What does torch.where(mask)[0] give?
        edit: torch.where(~test)[0], torch.where(test)[0] -> ~test, test
    """),
    hints=(
        "Go class by class: groups[labels == each].unique() are the numbers of its groups.",
        "torch.randperm(n, generator=generator) is an order by chance of n groups. Take the first.",
        "torch.isin(groups, chosen) marks all images of the chosen groups; torch.where(mask)[0].",
    ),
    solution="""\
def split_by_group(labels, groups, share, generator):
    test = torch.zeros(len(labels), dtype=torch.bool)
    for each in labels.unique():
        names = groups[labels == each].unique()
        count = min(max(round(share * len(names)), 1), len(names) - 1)
        order = torch.randperm(len(names), generator=generator)
        test |= torch.isin(groups, names[order[:count]])
    return torch.where(~test)[0], torch.where(test)[0]
""",
)
