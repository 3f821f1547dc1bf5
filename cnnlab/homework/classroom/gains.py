"""What the inventory, answered before and after the course, shows of a class, and how surely.

No function here measures the course's effect: there is no class without it to compare with.
"""

from collections.abc import Sequence
from functools import cache
from math import atanh, comb, sqrt, tanh
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from cnnlab.widgets.inventory_items import OPTIONS

RIGHT = 0  # the index of the right option, as stored
UNKNOWN = OPTIONS  # for null, "I do not know", so that a table of answers has a row for it
MANY = 100  # learners, from which on rates and tests of single items are worth a line
FEWEST = 10  # learners, below which resampling them says too little
RESAMPLES = 10_000
LEVEL = 0.95


class Interval(NamedTuple):
    """A 95 % interval."""

    low: float
    high: float

    @property
    def half(self) -> float:
        return (self.high - self.low) / 2


class Scores(NamedTuple):
    """Some learners' scores, or differences of scores.

    Attributes:
        sd: None of one learner.
        interval: the t interval of the mean; None of one learner, or if all are equal.
    """

    learners: int
    mean: float
    sd: float | None
    interval: Interval | None


class Gains(NamedTuple):
    """What changed for the learners who answered both times. None: not defined for them.

    Attributes:
        difference: after - before, in items.
        gain: of the class means, (after - before) / (all items - before).
        effect_size: d, the difference over the pooled standard deviation of before and after.
    """

    before: Scores
    after: Scores
    difference: Scores
    gain: float | None
    gain_interval: Interval | None
    effect_size: float | None


class ItemResult(NamedTuple):
    """What became of the answers to one item.

    Attributes:
        table: learners by answer before (row) and after (column); the last is `UNKNOWN`.
        discrimination: correlation of being right, after, with the rest of the score.
        p: exact McNemar test, adjusted by Holm for all items. Both only from `MANY` learners on.
    """

    table: tuple[tuple[int, ...], ...]
    discrimination: float | None
    p: float | None

    @property
    def before(self) -> list[int]:
        """Learners by answer before."""
        return [sum(row) for row in self.table]

    @property
    def after(self) -> list[int]:
        """Learners by answer after."""
        return [sum(column) for column in zip(*self.table, strict=True)]


class Limits(NamedTuple):
    """What so many learners can show, at best.

    Attributes:
        item: half of the 95 % interval of an item that half of them answer rightly.
        discrimination: the interval of a discrimination of 0.3; None below four learners.
    """

    item: float
    discrimination: Interval | None


@cache
def t_quantile(freedom: int, level: float = LEVEL) -> float:
    """Return how many standard errors the two-sided t interval reaches to each side.

    With t = sqrt(freedom) tan(angle), the density of the angle is cos(angle) ** (freedom - 1).

    Example:
        >>> round(t_quantile(19), 3)
        2.093
    """
    edges = np.linspace(0, np.pi / 2, 200_001)
    middles = (edges[1:] + edges[:-1]) / 2
    area = np.concatenate([[0], np.cumsum(np.cos(middles) ** (freedom - 1))])
    return float(sqrt(freedom) * np.tan(np.interp(level * area[-1], area, edges)))


def scores(values: Sequence[float]) -> Scores | None:
    """Return number, mean, standard deviation and interval; None of no value."""
    learners = len(values)
    if not learners:
        return None
    mean = float(np.mean(values))
    if learners == 1:
        return Scores(1, mean, None, None)
    sd = float(np.std(values, ddof=1))
    reach = t_quantile(learners - 1) * sd / sqrt(learners)
    return Scores(learners, mean, sd, Interval(mean - reach, mean + reach) if sd else None)


def gains(before: Sequence[int], after: Sequence[int], items: int) -> Gains | None:
    """Return what changed from one score of each learner to the other; None of no learner.

    Args:
        items: how many there are, the highest score.

    Example:
        >>> found = gains([4, 6, 8, 6], [9, 9, 12, 10], items=18)
        >>> found.difference.mean, round(found.gain, 2), round(found.effect_size, 2)
        (4.0, 0.33, 2.62)
    """
    first, second = scores(before), scores(after)
    difference = scores([late - early for early, late in zip(before, after, strict=True)])
    if not first or not second or not difference:
        return None
    pooled = sqrt(((first.sd or 0) ** 2 + (second.sd or 0) ** 2) / 2)
    return Gains(
        first,
        second,
        difference,
        difference.mean / (items - first.mean) if first.mean < items else None,
        gain_interval(before, after, items),
        difference.mean / pooled if pooled else None,
    )


def gain_interval(
    before: Sequence[int], after: Sequence[int], items: int, *, resamples: int = RESAMPLES
) -> Interval | None:
    """Return the bootstrap interval of the gain of the class means, over learners.

    It is the expanded percentile interval: that of plain percentiles is too short for small
    classes. The seed is fixed: the same class has the same interval.

    Returns:
        None for fewer than `FEWEST` learners, if all gained alike, or if a drawn class had
        everything right before: its gain is not defined.

    Source:
        Hesterberg 2015, The American Statistician 69(4), section 4.3.1.
    """
    learners = len(before)
    if learners < FEWEST:
        return None
    both = np.array([before, after])  # (2, learners)
    random = np.random.default_rng(0)
    rows = min(resamples, max(1, 1_000_000 // learners))  # at once, to keep memory small
    parts = [min(rows, resamples - start) for start in range(0, resamples, rows)]
    drawn = [both[:, random.integers(learners, size=(part, learners))].mean(-1) for part in parts]
    first, second = np.concatenate(drawn, axis=1)  # (resamples,) each
    if (first == items).any():
        return None
    wide = sqrt(learners / (learners - 1)) * t_quantile(learners - 1)
    tail = NormalDist().cdf(-wide)
    low, high = np.quantile((second - first) / (items - first), [tail, 1 - tail])
    return Interval(float(low), float(high)) if low < high else None


def item_results(before: np.ndarray, after: np.ndarray) -> list[ItemResult]:
    """Return what became of each item's answers.

    Args:
        before, after: indices of options as stored, or `UNKNOWN`.

    Shape:
        (learners, items), both with the same learners in the same order.
    """
    learners, items = before.shape
    tables = np.zeros((items, OPTIONS + 1, OPTIONS + 1), dtype=int)
    np.add.at(tables, (np.arange(items), before, after), 1)
    enough = learners >= MANY
    p = holm([mcnemar(table) for table in tables]) if enough else [None] * items
    discriminations = discrimination(after == RIGHT) if enough else [None] * items
    return [
        ItemResult(tuple(map(tuple, table.tolist())), *found)
        for table, *found in zip(tables, discriminations, p, strict=True)
    ]


def mcnemar(table: np.ndarray) -> float:
    """Return the exact two-sided p of as many becoming right as becoming wrong.

    Example:
        >>> mcnemar(np.array([[5, 1], [7, 2]]))
        0.0703125
    """
    lost = int(table[RIGHT].sum() - table[RIGHT, RIGHT])
    won = int(table[:, RIGHT].sum() - table[RIGHT, RIGHT])
    fewer, changed = min(lost, won), lost + won
    return min(1.0, 2 * sum(comb(changed, count) for count in range(fewer + 1)) / 2**changed)


def holm(values: Sequence[float]) -> list[float]:
    """Return p values adjusted for their number by Holm's step-down method.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    adjusted, worst = [0.0] * len(values), 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        worst = max(worst, min(1.0, values[index] * (len(values) - rank)))
        adjusted[index] = worst
    return adjusted


def discrimination(right: np.ndarray) -> list[float | None]:
    """Return each item's corrected point-biserial: with the score in all other items.

    Shape:
        right: (learners, items), of bools. None for an item that all or none have right.
    """
    found: list[float | None] = []
    for own, rest in zip(right.T, (right.sum(axis=1, keepdims=True) - right).T, strict=True):
        varied = own.std() and rest.std()
        found.append(float(np.corrcoef(own, rest)[0, 1]) if varied else None)
    return found


def limits(learners: int) -> Limits:
    """Return what so many learners can show, whatever they answer.

    Example:
        >>> found = limits(20)
        >>> round(found.item, 2), [round(end, 2) for end in found.discrimination]
        (0.22, [-0.16, 0.66])
    """
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    item = z * sqrt(0.25 / learners)
    if learners < 4:
        return Limits(item, None)
    middle, reach = atanh(0.3), z / sqrt(learners - 3)
    return Limits(item, Interval(tanh(middle - reach), tanh(middle + reach)))
