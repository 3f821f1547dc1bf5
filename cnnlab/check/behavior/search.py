"""Search for what a wrong answer is: the right one of another call, changed, or a formula."""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import cached_property
from typing import Any

from torch import Tensor

from cnnlab.check.attempt import Attempt
from cnnlab.check.behavior.evidence import Evidence, of_part, one_part
from cnnlab.check.behavior.quantities import Call, Named, is_number
from cnnlab.check.behavior.relations import (
    FEW,
    INVERSE,
    NUMERIC,
    before_a_sum,
    by_arithmetic,
    elementwise,
    formula_of,
    inside_of,
    of_places,
    order_of,
    reordered,
    zeros_around,
)
from cnnlab.check.behavior.substitutions import Substitution, substitutions, two_at_once
from cnnlab.check.comparison import same
from cnnlab.exercises.kit.exercise import RIGHT, Switches

LEAST_NUMBERS = 6  # in wrong answers, before a relation is more than a coincidence
ENOUGH = 30  # answers, before it is worth to compare the others
Values = Callable[[Attempt, Call], Any]


class Source:
    """Values to compare answers with, each computed once, and their text."""

    def __init__(self, text: str, compute: Values) -> None:
        self.text, self._compute = text, compute
        self._known: dict[int, Any] = {}

    def value(self, index: int, attempt: Attempt, call: Call) -> Any:
        if index not in self._known:
            self._known[index] = _try(lambda: self._compute(attempt, call))
        return self._known[index]


class Search:
    """Search for one text that says what each of some answers is.

    Args:
        part: the part of the answer that is looked at.
    """

    def __init__(self, evidence: Evidence, part: str) -> None:
        self._evidence, self.exercise, self._part = evidence, evidence.exercise, part
        attempts = sorted(evidence.answered, key=lambda a: (not one_part(a, part).wrong, a.size))
        self.attempts = [one_part(each, part) for each in attempts]
        self.calls = [Call(evidence.named(each)) for each in attempts]
        self._named = [call.named for call in self.calls]
        numbers = [n for n, v in self._named[0].items() if is_number(v)]
        self._largest = {n: 4 * max(abs(c[n]) for c in self._named) + 8 for n in numbers}
        self.right = Source("the right one", lambda attempt, _: attempt.right)

    def of_wrong(self) -> "Search":
        """Return the same search for the wrong answers alone; they come first."""
        search = copy(self)
        search.attempts = [each for each in self.attempts if each.wrong]
        return search

    def quick(self) -> str | None:
        """Return what every answer is, by one change of the call or of the right answer."""
        if not self._worth_a_search():
            return None
        return (
            self.constant()
            or self.argument()
            or self.equal(self.sources)
            or self.changed(self.right)
            or self.step_missing()
        )

    def deep(self) -> str | None:
        """Return what every answer is, by two changes, or by a formula."""
        if not self._worth_a_search():
            return None
        return self.equal(self.two_changes()) or self.formula()

    def last(self) -> str | None:
        """Return what every answer is, by a change of another wrong one, or by its order."""
        if not self._worth_a_search():
            return None
        return self.changed_sources() or self.in_order()

    def _worth_a_search(self) -> bool:
        """Tell whether there are numbers, and enough of them to tell chance from reason."""
        both = [(each.answer, each.right) for each in self.attempts]
        verbal = any(isinstance(value, str | bool) for pair in both for value in pair)
        only = not self.exercise.parameters  # the one answer: what is said of it is about it alone
        enough = _count_numbers(self.attempts) >= LEAST_NUMBERS or len(self.attempts) >= 3
        return (enough or only) and not verbal

    def constant(self) -> str | None:
        first = self.attempts[0].answer
        if not isinstance(first, Tensor):
            several = {str(each.right) for each in self.attempts}
            equal = all(same(each.answer, first) for each in self.attempts)
            return f"the same: {first}" if equal and len(several) > 2 else None
        for number, word in ((0.0, "zeros"), (1.0, "ones")):
            if all(_is_full(each.answer, number) for each in self.attempts):
                return f"full of {word}"
        return None

    def argument(self) -> str | None:
        for name, value in self._named[0].items():
            if isinstance(value, Tensor):
                source = Source(f"{name} itself", lambda _, call, n=name: call.named[n].double())
                if found := self.equal([source]) or self.changed(source):
                    return found
        return None

    @cached_property
    def sources(self) -> list[Source]:
        """What known ideas give, and the right answers of other calls."""
        return [*self._ideas(), *map(self._of_call, self._substitutions)]

    @cached_property
    def _substitutions(self) -> list[Substitution]:
        return substitutions(self._named[0], self.exercise.columns)

    def _ideas(self) -> Iterator[Source]:
        for each in self.exercise.misconceptions:
            yield self._source(
                f"what comes out where {each.idea}",
                lambda call: call.named,
                frozenset((each.name,)),
            )

    def _of_call(self, other: Substitution) -> Source:
        return self._source(f"the right one for {other.text}", other.apply)

    def two_changes(self) -> Iterator[Source]:
        if any(isinstance(value, Tensor) for value in self._named[0].values()):
            return
        yield from map(self._of_call, two_at_once(self._substitutions))

    def _source(
        self, text: str, change: Callable[[Call], Named], switches: Switches = RIGHT
    ) -> Source:
        def compute(_: Attempt, call: Call) -> Any:
            named = change(call)
            if any(abs(named[name]) > most for name, most in self._largest.items()):
                raise ValueError("too large to try")
            arguments = tuple(named.values())
            value = _try(lambda: self.exercise.right(arguments)) if switches == RIGHT else None
            if value is None:  # torch refuses some calls that the solution answers, only slower
                value = self.exercise.answer(switches, arguments)
            return of_part(self._part)(value)

        return Source(text, compute)

    def equal(self, sources: Iterable[Source]) -> str | None:
        """Return the text of the first source whose values are the answers."""
        for source in sources:
            if self._evidence.out_of_time:
                return None
            if self._fits(source, lambda _, value: value):
                return source.text
        return None

    def changed(self, source: Source, *, thorough: bool = True) -> str | None:
        """Return how the answers are made from a source's values, by one change or by numbers."""
        first, answer = self._value(source, 0), self.attempts[0].answer
        if first is None:
            return None
        shape = tuple(answer.shape) if isinstance(answer, Tensor) else ()
        for text, change in (of_places(first, shape) | NUMERIC if thorough else FEW).items():
            if self._fits(source, lambda _, value, f=change: f(value)):
                return text.format(source.text)
        if shape and self._fits(source, zeros_around):
            return f"{source.text}, with zeros around it"
        return self._by_arithmetic(source)

    def _by_arithmetic(self, source: Source) -> str | None:
        if not self.exercise.parameters:
            return None  # one answer: any number can be made from the right one
        triples = []
        for index, attempt in enumerate(self.attempts):
            triples.append((attempt.answer, self._value(source, index), self.calls[index]))
            if index in (0, 2) and by_arithmetic(triples, early=True) is None:
                return None
            if index == ENOUGH and by_arithmetic(triples) is None:
                return None
        text = by_arithmetic(triples)
        return text.format(source.text) if text else None

    def changed_sources(self) -> str | None:
        """Try changes of what known ideas give, and of the right answers of other calls."""
        for source in self.sources:
            if self._evidence.out_of_time:
                return None
            if self._like_right(source):
                continue
            if found := self.changed(source, thorough=False):
                return found
        return None

    def _like_right(self, source: Source) -> bool:
        """Tell whether a source gives the right answers, whose changes were tried already."""
        return all(
            same(self._value(source, index), attempt.right)
            for index, attempt in enumerate(self.attempts)
        )

    def step_missing(self) -> str | None:
        if all(inside_of(each.answer, each.right) for each in self.attempts):
            return "the right one with more around it"
        if all(reordered(each.answer, each.right) for each in self.attempts):
            return "made of the right numbers, in another order"
        steps = [before_a_sum(each.answer, each.right) for each in self.attempts]
        if common := set.intersection(*steps):
            return f"the right one before it is {min(common)}"
        for text, step in INVERSE.items():
            given = [_try(lambda e=e, s=step: elementwise(s, e.answer)) for e in self.attempts]
            pairs = zip(given, self.attempts, strict=True)
            if all(value is not None and same(value, each.right) for value, each in pairs):
                return f"the right one before {text}"
        return None

    def in_order(self) -> str | None:
        text = order_of([(each.answer, each.right) for each in self.attempts])
        return f"{text} the right one, on another scale" if text else None

    def formula(self) -> str | None:
        return formula_of([each.answer for each in self.attempts], self.calls)

    def _value(self, source: Source, index: int) -> Any:
        return source.value(index, self.attempts[index], self.calls[index])

    def _fits(self, source: Source, change: Callable[[Any, Any], Any]) -> bool:
        """Tell whether the change of a source's value is the answer of every attempt."""
        for index, attempt in enumerate(self.attempts):
            value = self._value(source, index)
            given = None if value is None else _try(lambda v=value, a=attempt: change(a.answer, v))
            if given is None or not same(attempt.answer, given):
                return False
        return True


def _is_full(answer: Any, number: float) -> bool:
    return isinstance(answer, Tensor) and answer.numel() > 0 and bool((answer == number).all())


def _try(task: Callable[[], Any]) -> Any:
    """Return what a task returns; None where it fails, or gives a tensor that is not finite."""
    try:
        value = task()
    except Exception:  # the change cannot be made on these numbers
        return None
    return None if isinstance(value, Tensor) and not value.isfinite().all() else value


def _count_numbers(attempts: list[Attempt]) -> int:
    return sum(
        each.answer.numel() if isinstance(each.answer, Tensor) else 1
        for each in attempts
        if each.wrong
    )
