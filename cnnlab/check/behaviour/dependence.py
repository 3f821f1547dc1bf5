"""Which inputs an answer does not depend on, found by changing them and calling again."""

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from cnnlab.check.attempt import Attempt
from cnnlab.check.behaviour.evidence import Evidence, alike, of_part
from cnnlab.check.behaviour.quantities import is_number

Change = Callable[[Any], Any]
BASES = 3  # calls that are repeated with a change


def ignored(evidence: Evidence, part: str) -> str | None:
    """Return what the answer never changes with, although the right one does, or None."""
    bases = [a for a in evidence.attempts if a.answered and a.wrong][:BASES]
    bases += [a for a in evidence.attempts if a.answered and not a.wrong][: BASES - len(bases)]
    if not bases:
        return None
    for name, value in evidence.named(bases[0]).items():
        for text, change in _changes(name, value):
            if _unmoved(evidence, bases, of_part(part), lambda v, c=change: c(v), name):
                return text
    return None


def _unmoved(
    evidence: Evidence, bases: list[Attempt], take: Change, change: Change, name: str
) -> bool:
    moved = 0
    for base in bases:
        again = _again(evidence, base, name, change)
        if again is None:
            continue
        if not again.answered or not alike(take(base.answer), take(again.answer)):
            return False
        moved += not same_right(base, again, take)
    return moved >= min(2, len(bases))


def same_right(base: Attempt, again: Attempt, take: Change) -> bool:
    return alike(take(base.right), take(again.right))


def _again(evidence: Evidence, base: Attempt, name: str, change: Change) -> Attempt | None:
    named = evidence.named(base)
    try:
        return evidence.learner.attempt(tuple((named | {name: change(named[name])}).values()))
    except Exception:  # not a legal call: it has no right answer
        return None


def _changes(name: str, value: Any) -> Iterator[tuple[str, Change]]:
    if isinstance(value, bool):
        yield name, lambda v: not v
    elif is_number(value):
        yield name, lambda v: v + 1
        yield name, lambda v: v - 1 if v > 1 else v + 2
    elif isinstance(value, Tensor) and value.is_floating_point():
        yield name, _moved
        for axis in range(value.dim()):
            for where, kept in (
                ("beyond its first index", slice(1, None)),
                ("at its last index", slice(-1, None)),
                ("at its first index", slice(0, 1)),
            ):
                text = f"{name} {where} of axis {axis}"
                yield text, lambda v, a=axis, k=kept: _moved_at(v, a, k)
    elif isinstance(value, Tensor):
        yield name, lambda v: v.flip(0)
    elif isinstance(value, list | tuple) and len(value) > 1:
        yield from _of_sequence(name, value)


def _of_sequence(name: str, value: Any) -> Iterator[tuple[str, Change]]:
    if all(map(is_number, value)):
        for index in range(len(value)):
            yield (
                f"{name}[{index}]",
                lambda v, i=index: type(v)([*v[:i], v[i] + 1, *v[i + 1 :]]),
            )
        yield f"all but the first of {name}", lambda v: type(v)([v[0], *(n + 1 for n in v[1:])])
    else:
        yield f"the last of {name}", lambda v: type(v)(v[:-1])
        yield f"all but the first of {name}", lambda v: type(v)(v[:1])
        yield f"the first of {name}", lambda v: type(v)(v[1:])


def _moved(tensor: Tensor) -> Tensor:
    """Give every number its neighbour's value and a little more: within the range, roughly."""
    pattern = tensor.new_tensor(range(tensor.numel())).reshape(tensor.shape) % 3 + 1
    return tensor.flatten().roll(1).reshape(tensor.shape) + pattern / 4


def _moved_at(tensor: Tensor, axis: int, kept: slice) -> Tensor:
    moved = tensor.clone().transpose(0, axis)
    moved[kept] = _moved(tensor).transpose(0, axis)[kept]
    return moved.transpose(0, axis)


def mixed(evidence: Evidence, part: str) -> str | None:
    """Return which axis is wrongly kept apart, or wrongly mixed, or None.

    Along an axis that input and answer share, the rest of the input is changed; then the answer
    at the first index is compared with what it was.
    """
    take = of_part(part)
    bases = [a for a in evidence.attempts if a.answered and a.wrong][:BASES]
    if not bases or not isinstance(take(bases[0].right), Tensor):
        return None
    for name, value in evidence.named(bases[0]).items():
        if not (isinstance(value, Tensor) and value.is_floating_point()):
            continue
        for axis in range(min(value.dim(), take(bases[0].right).dim(), 2)):
            seen = [_first_index(evidence, base, take, name, axis) for base in bases]
            if set(seen) == {(False, True)}:
                return (
                    f"at one index of axis {axis} depends on {name} at that index alone; "
                    f"that is too little"
                )
            if set(seen) == {(True, False)}:
                return (
                    f"at one index of axis {axis} depends on {name} at the other indices, too; "
                    f"that is too much"
                )
    return None


def _first_index(
    evidence: Evidence, base: Attempt, take: Change, name: str, axis: int
) -> tuple[bool, bool] | None:
    """Return whether the answer and the right one changed at the first index, or None."""
    size = evidence.named(base)[name].shape[axis]
    again = _again(evidence, base, name, lambda v: _moved_at(v, axis, slice(1, None)))
    if size < 2 or again is None or not again.answered:
        return None
    changed = []
    for before, after in ((base.answer, again.answer), (base.right, again.right)):
        before, after = take(before), take(after)
        fits = isinstance(before, Tensor) and isinstance(after, Tensor)
        if not fits or before.dim() <= axis or before.shape[axis] != size:
            return None
        changed.append(not alike(before.select(axis, 0), after.select(axis, 0)))
    return changed[0], changed[1]
