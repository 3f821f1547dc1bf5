"""A reason, and the calls that it has to fit: those that were made, and fresh ones."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch

from cnnlab.check.attempt import Attempt, pairs
from cnnlab.check.behavior.conditions import (
    Facts,
    facts,
    facts_of,
    holds,
    separating_condition,
    sufficient_condition,
)
from cnnlab.check.behavior.quantities import Named
from cnnlab.check.call import TooSlow
from cnnlab.check.comparison import same
from cnnlab.check.learner import Asked
from cnnlab.exercises.kit.exercise import Arguments, Exercise

PLACES = {"first number": 0, "second number": 1}
SECONDS = 1.0  # for the search; what was found by then is said
FRESH = 24  # calls with other settings, beside the first ones
CONFIRMING = 12  # more calls where a condition holds, and as many where it does not
MORE_SEEDS = range(1_001, 1_006)


@dataclass(frozen=True)
class Reason:
    """What a function does.

    Attributes:
        sentence: true of every call that was made.
        question: leads on without giving the answer.
        part: of the answer, that the sentence is about; "" is the whole.
        shows: whether a call that went wrong is an example of it.
        names: whether the sentence names an argument, a step or a place.
    """

    sentence: str
    question: str
    part: str = ""
    shows: Callable[[Attempt], bool] = lambda _: True
    names: bool = True


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
        """Calls that were not judged: other sizes and settings, and other numbers."""
        cases = self._drawn(MORE_SEEDS[0])[-FRESH:]  # the first are often the same small ones
        return list(filter(None, map(self._asked, cases)))

    def _drawn(self, more: int) -> list[Arguments]:
        return self.exercise.inputs(torch.Generator().manual_seed(self.seed + more))

    def _asked(self, case: Arguments) -> Attempt | None:
        if self.out_of_time:
            return None
        attempt = self.learner.attempt(case)
        return None if isinstance(attempt.answer, TooSlow) else attempt

    @cached_property
    def everything(self) -> list[Attempt]:
        return self.attempts + self.fresh

    @cached_property
    def answered(self) -> list[Attempt]:
        return [attempt for attempt in self.everything if attempt.answered]

    def wrong(self, part: str) -> list[Attempt]:
        """Return the answers of which a part is wrong, as if it were all that was asked for."""
        return [each for a in self.answered if (each := one_part(a, part)).wrong]

    @cached_property
    def table(self) -> list[Facts]:
        """The facts about every call."""
        return facts_of([self.named(each) for each in self.everything], self.exercise.facts)

    @cached_property
    def separating(self) -> str | None:
        """The condition that holds for exactly the wrong answers."""
        return self.separating_for(lambda attempt: attempt.wrong)

    def separating_for(self, fails: Callable[[Attempt], bool]) -> str | None:
        """Return the condition that holds for exactly the calls that fail, or None."""
        found = separating_condition(self.table, [fails(each) for each in self.everything])
        return found if found and self._confirmed(found, fails, both=True) else None

    def sufficient(self) -> tuple[str, int] | None:
        """Return the condition under which every answer is right, and how often that was seen."""
        found = sufficient_condition(self.table, [each.wrong for each in self.everything])
        if found and self._confirmed(found[0], lambda each: not each.wrong, both=False):
            return found
        return None

    def _confirmed(self, text: str, fails: Callable[[Attempt], bool], *, both: bool) -> bool:
        """Tell whether a condition is kept by calls that had no part in finding it.

        Args:
            both: whether it has to fail, too, where the condition does not hold.
        """
        left = {True: CONFIRMING, False: CONFIRMING if both else 0}
        for case in (case for more in MORE_SEEDS[1:] for case in self._drawn(more)):
            held = holds(text, facts(self.exercise.named(case), self.exercise.facts))
            if held is None or not left[held]:
                continue
            attempt = self._asked(case)
            if attempt is None or fails(attempt) != held:
                return False
            left[held] -= 1
            if not any(left.values()):
                return True
        return max(left.values()) <= CONFIRMING // 2

    def named(self, attempt: Attempt) -> Named:
        return self.exercise.named(attempt.arguments)

    @cached_property
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
