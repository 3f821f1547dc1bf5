"""Which inputs an answer does not depend on, found by changing them and calling again."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from cnnlab.check.attempt import Attempt
from cnnlab.check.behavior.evidence import Evidence, alike, of_part
from cnnlab.check.behavior.quantities import is_number
from cnnlab.check.comparison import along

Change = Callable[[Any], Any]
BASES = 24  # calls that are repeated with a change: "never" has to be seen often
LEAST_MOVED = 6  # of them have another right answer then
LEAST_DIFFERENT = 3  # answers among those: what is nearly always 0 changes with nothing


def ignored(evidence: Evidence, part: str) -> tuple[str, Callable[[Attempt], bool]] | None:
    """Return what the answer never changes with, although the right one does, or None.

    Returns:
        the text, and whether a call is an example: one whose right answer does change.
    """
    experiment = _Experiment(evidence, part)
    for name, value in experiment.arguments.items():
        for text, changes in _changes(name, value):
            if not evidence.out_of_time and experiment.unmoved(name, changes):
                return text, lambda a, n=name, c=changes: experiment.moves_right(a, n, c)
    return None


def mixed(evidence: Evidence, part: str) -> str | None:
    """Return which axis is wrongly kept apart, or wrongly mixed, or None.

    Along an axis that input and answer share, the rest of the input is changed; then the answer
    at the first index is compared with what it was.
    """
    experiment = _Experiment(evidence, part)
    for name, value in experiment.arguments.items():
        if not (isinstance(value, Tensor) and value.is_floating_point()):
            continue
        for axis in range(min(value.dim(), 2)):
            seen = experiment.first_index(name, axis)
            where = f"at one index of axis {axis} depends on {name} at"
            if seen == (False, True):
                return f"{where} that index alone; that is too little"
            if seen == (True, False):
                return f"{where} the other indices, too; that is too much"
    return None


class _Experiment:
    """A few calls, to be repeated with a change."""

    def __init__(self, evidence: Evidence, part: str) -> None:
        self._evidence, self._take = evidence, of_part(part)
        answered = evidence.answered
        self._bases = answered[:: max(1, len(answered) // BASES)][:BASES]

    @property
    def arguments(self) -> dict[str, Any]:
        """Those of one call; none where what is looked at is a word, which may never change."""
        if not self._bases or isinstance(self._take(self._bases[0].right), str):
            return {}
        return self._evidence.named(self._bases[0])

    def unmoved(self, name: str, changes: Sequence[Change]) -> bool:
        """Tell whether the changes move right answers, and none of those given.

        "Never" is said only if every other argument took several values meanwhile.
        """
        moved = []
        for base in self._bases:
            moves = False
            for again in (self._again(base, name, change) for change in changes):
                if again is None:
                    continue
                if not (again.answered and self._same(base.answer, again.answer)):
                    return False
                moves = moves or not self._same(base.right, again.right)
            moved += [base] if moves else []
        several = len({repr(self._take(base.answer)) for base in moved}) >= LEAST_DIFFERENT
        return several and len(moved) >= LEAST_MOVED and self._others_vary(moved, name)

    def _others_vary(self, bases: list[Attempt], name: str) -> bool:
        everywhere = [self._evidence.named(base) for base in self._bases]
        among = [self._evidence.named(base) for base in bases]
        return all(
            len({repr(each[other]) for each in among}) > 1
            or len({repr(each[other]) for each in everywhere}) == 1
            for other in among[0]
            if other != name
        )

    def moves_right(self, attempt: Attempt, name: str, changes: Sequence[Change]) -> bool:
        """Tell whether a change of this call would give another right answer."""
        again = [self._again(attempt, name, change) for change in changes]
        return not all(self._same(attempt.right, each.right) for each in again if each)

    def first_index(self, name: str, axis: int) -> tuple[bool, bool] | None:
        """Return whether answer and right one change at the first index, wherever one does.

        None if that differs from call to call, or is not seen often enough.
        """
        seen: Counter[tuple[bool, bool]] = Counter()
        for base in (each for each in self._bases if _same_shapes(self._take, each)):
            if self._evidence.named(base)[name].shape[axis : axis + 1] in ((), (1,)):
                continue
            again = self._again(base, name, lambda v: _moved_at(v, axis, slice(1, None)))
            if again is not None and again.answered:
                pairs = (base.answer, again.answer), (base.right, again.right)
                changed = [self._changed_at_first(*pair, axis) for pair in pairs]
                if None not in changed and any(changed):
                    seen[bool(changed[0]), bool(changed[1])] += 1
            if len(seen) > 1 or (True, True) in seen:
                return None
        return next((each for each, count in seen.items() if count >= LEAST_MOVED), None)

    def _changed_at_first(self, before: Any, after: Any, axis: int) -> bool | None:
        before, after = self._take(before), self._take(after)
        if not (isinstance(before, Tensor) and isinstance(after, Tensor)):
            return None
        if before.shape != after.shape or before.dim() <= axis or before.shape[axis] < 2:
            return None
        return not alike(before.select(axis, 0), after.select(axis, 0))

    def _same(self, first: Any, second: Any) -> bool:
        return alike(self._take(first), self._take(second))

    def _again(self, base: Attempt, name: str, change: Change) -> Attempt | None:
        named = self._evidence.named(base)
        try:
            changed = named | {name: change(named[name])}
            return self._evidence.learner.attempt(tuple(changed.values()))
        except Exception:  # not a legal call: it has no right answer
            return None


def _same_shapes(take: Change, attempt: Attempt) -> bool:
    answer, right = take(attempt.answer), take(attempt.right)
    both = isinstance(answer, Tensor) and isinstance(right, Tensor)
    return both and answer.shape == right.shape


def _changes(name: str, value: Any) -> Iterator[tuple[str, Sequence[Change]]]:
    """Yield parts of an argument with several changes of each: one alone may be rounded away."""
    if isinstance(value, bool):
        yield name, [lambda v: not v]
    elif is_number(value):
        yield name, [lambda v, n=n: v + n for n in (1, -1, 2, 3, 7)]
    elif isinstance(value, Tensor) and value.is_floating_point():
        yield name, [_moved, torch.neg]
        for axis in range(value.dim()):
            for where, kept in (
                ("beyond its first index", slice(1, None)),
                ("at its last index", slice(-1, None)),
                ("at its first index", slice(0, 1)),
            ):
                text = f"{name} {where} of axis {axis}"
                yield text, [lambda v, a=axis, k=kept: _moved_at(v, a, k)]
    elif isinstance(value, Tensor):
        yield f"the order of {name}", [lambda v: v.flip(0), lambda v: v.roll(1, 0)]
    elif isinstance(value, list | tuple) and len(value) > 1:
        yield from _of_sequence(name, value)


def _of_sequence(name: str, value: Any) -> Iterator[tuple[str, Sequence[Change]]]:
    if all(map(is_number, value)):
        for index in range(len(value)):
            yield f"{name}[{index}]", [_added(index, n) for n in (1, -1, 2, 3, 7, 1000)]
        rest = [lambda v, n=n: type(v)([v[0], *(each + n for each in v[1:])]) for n in (1, 2, 1000)]
        yield f"all but the first of {name}", rest
    else:
        yield f"the last of {name}", [lambda v: type(v)(v[:-1])]
        yield f"all but the first of {name}", [lambda v: type(v)(v[:1])]
        yield f"the first of {name}", [lambda v: type(v)(v[1:])]


def _added(index: int, number: int) -> Change:
    return lambda v: type(v)([*v[:index], v[index] + number, *v[index + 1 :]])


def _moved(tensor: Tensor) -> Tensor:
    """Give every number its neighbor's value and a little more: within the range, roughly."""
    pattern = tensor.new_tensor(range(tensor.numel())).reshape(tensor.shape) % 3 + 1
    return tensor.flatten().roll(1).reshape(tensor.shape) + pattern / 4


def _moved_at(tensor: Tensor, axis: int, kept: slice) -> Tensor:
    moved = tensor.clone()
    along(moved, axis, kept).copy_(along(_moved(tensor), axis, kept))
    return moved
