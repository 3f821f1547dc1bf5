"""One call of a learner's function, and what came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor

from cnnlab.check.call import Crash, TooSlow
from cnnlab.check.comparison import parts, same
from cnnlab.exercises.kit.exercise import Arguments


@dataclass(frozen=True)
class Observed:
    """What a call of the learner's function gave.

    Attributes:
        answer: plain values, a Crash, or TooSlow.
        returned: the type's name of what came back, before it was made plain.
        changed: whether an input tensor was modified.
        left: what the call changed for everyone, as in "it leaves ..."; empty if nothing.
        used: what the exercise is to be done without, and was used; empty if nothing.
    """

    answer: Any
    returned: str = ""
    changed: bool = False
    left: str = ""
    used: str = ""

    @property
    def answered(self) -> bool:
        return not isinstance(self.answer, Crash | TooSlow)


@dataclass(frozen=True, kw_only=True)
class Attempt(Observed):
    """One call and what it should have given: its arguments, and the right answer."""

    arguments: Arguments
    right: Any

    @cached_property
    def wrong(self) -> bool:
        return not (self.answered and same(self.answer, self.right))

    @property
    def degenerate(self) -> bool:
        """Whether a tensor among the arguments has an axis of length 1, where little is seen."""
        shapes = [each.shape for each in self.arguments if isinstance(each, Tensor)]
        return any(1 in shape[-2:] for shape in shapes)

    @property
    def size(self) -> int:
        """How much there is to read in the arguments."""
        return sum(abs(n) for n in _numbers(self.arguments))


def pairs(attempt: Attempt) -> list[tuple[str, Any, Any]]:
    """Return (name, answer, right answer) of each part of an attempt that is not right."""
    return list(parts(attempt.answer, attempt.right))


def groups_right(group: Callable[[str], str], attempt: Attempt) -> dict[str, bool]:
    """Return whether each group of an answer's parts is right."""
    parted = isinstance(attempt.answer, dict)
    off = {group(name) for name, *_ in pairs(attempt)} if parted else set()
    return {each: parted and each not in off for each in map(group, attempt.right)}


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, Tensor):
        yield value.numel()
    elif isinstance(value, list | tuple):
        for element in value:
            yield from _numbers(element)
    elif isinstance(value, int):
        yield value
