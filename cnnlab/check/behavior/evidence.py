"""A reason, and the calls that it has to fit: those that were made, and fresh ones."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch

from cnnlab.check.attempt import Attempt, pairs
from cnnlab.check.behavior.conditions import Facts, facts_of, separating_condition
from cnnlab.check.behavior.quantities import Named, is_number
from cnnlab.check.comparison import same
from cnnlab.check.learner import Asked
from cnnlab.exercises.kit.exercise import Arguments, Exercise

PLACES = {"first number": 0, "second number": 1}
SECONDS = 1.0  # for the search; what was found by then is said
FRESH = 24  # calls at most, beside the first ones
MORE_SEEDS = (1_001, 1_002)


@dataclass(frozen=True)
class Reason:
    """What a function does.

    Attributes:
        sentence: true of every call that was made.
        question: leads on without giving the answer.
    """

    sentence: str
    question: str


@dataclass
class Evidence:
    """What a learner's function answered, and the means to ask it again."""

    learner: Asked
    attempts: list[Attempt]  # those that were judged
    seed: int
    began: float = field(default_factory=time.monotonic)

    @property
    def out_of_time(self) -> bool:
        """Whether the search has taken as long as a learner wants to wait."""
        return time.monotonic() > self.began + SECONDS

    @property
    def exercise(self) -> Exercise:
        return self.learner.exercise

    @cached_property
    def fresh(self) -> list[Attempt]:
        """Calls with other numbers: of other seeds, and with one whole number changed by one."""
        cases: list[Arguments] = []
        for more in MORE_SEEDS:
            generator = torch.Generator().manual_seed(self.seed + more)
            cases += self.exercise.inputs(generator)[: FRESH // 2 - 3]
        neighbors = list(self._neighbors())
        cases += neighbors[:: max(1, len(neighbors) // (FRESH - len(cases)))]
        found = []
        for case in cases[:FRESH]:
            if self.out_of_time:
                break
            try:
                found.append(self.learner.attempt(case))
            except Exception:  # no right answer to compare with: not a legal call
                continue
        return found

    def _neighbors(self) -> Iterator[Arguments]:
        named = [self.exercise.named(each.arguments) for each in self.attempts]
        for name in named[0]:
            values = [each[name] for each in named if _is_whole(each[name])]
            for each in named[:8] if values else []:
                if _is_whole(each[name]):
                    for other in (each[name] - 1, each[name] + 1):
                        if min(values) <= other <= max(values):
                            yield tuple((each | {name: other}).values())

    @property
    def everything(self) -> list[Attempt]:
        return self.attempts + self.fresh

    @property
    def answered(self) -> list[Attempt]:
        return [attempt for attempt in self.everything if attempt.answered]

    def wrong(self, part: str) -> list[Attempt]:
        """Return the answers of which a part is wrong, as if it were all that was asked for."""
        return [each for a in self.answered if (each := one_part(a, part)).wrong]

    @cached_property
    def table(self) -> tuple[list[Facts], list[bool]]:
        """The facts about every call, and whether its answer is wrong."""
        named = [self.named(each) for each in self.everything]
        return facts_of(named, self.exercise.facts), [each.wrong for each in self.everything]

    @cached_property
    def separating(self) -> str | None:
        """The condition that holds for exactly the wrong answers."""
        return separating_condition(*self.table)

    def named(self, attempt: Attempt) -> Named:
        return self.exercise.named(attempt.arguments)

    def parts(self) -> list[str]:
        """Return the names of the parts that are wrong, "" where an answer has none.

        After the whole of a tuple come its single numbers, if some are right.
        """
        names: dict[str, None] = {}
        wrong = [each for each in self.attempts if each.answered and each.wrong]
        for attempt in wrong:
            names |= dict.fromkeys(name for name, *_ in pairs(attempt))
        if all(isinstance(each.right, tuple) and len(each.right) == 2 for each in wrong):
            names |= dict.fromkeys(
                name for name in PLACES if any(one_part(each, name).wrong for each in wrong)
            )
        return list(names)


def of_part(name: str) -> Callable[[Any], Any]:
    """Return the function that takes one part out of an answer; "" is the whole answer."""
    if not name:
        return lambda answer: answer
    if name in PLACES:
        return lambda answer: answer[PLACES[name]] if isinstance(answer, tuple) else None
    return lambda answer: answer.get(name) if isinstance(answer, dict) else None


def one_part(attempt: Attempt, name: str) -> Attempt:
    """Return an attempt as if the part were all that was asked for."""
    take = of_part(name)
    return replace(attempt, right=take(attempt.right), answer=take(attempt.answer))


def alike(first: Any, second: Any) -> bool:
    """Tell whether two answers are the same; an answer without a value equals no other."""
    return second is not None and same(first, second)


def _is_whole(value: Any) -> bool:
    return is_number(value) and isinstance(value, int)
