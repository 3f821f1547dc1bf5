"""Find the reason of a wrong answer in what a function does, where no known idea explains it.

Each sentence says what was seen on every call, and on calls with other settings that had no part in
finding it; none supposes what the learner thought.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from torch import Tensor

from cnnlab.check.attempt import Attempt
from cnnlab.check.behavior import dependence, steadiness
from cnnlab.check.behavior.differences import direction, place
from cnnlab.check.behavior.evidence import Evidence, Reason, one_part
from cnnlab.check.behavior.search import Search
from cnnlab.check.behavior.steadiness import ONLY_ONCE

__all__ = ["ONLY_ONCE", "Evidence", "Reason", "find_reason"]

Shows = Callable[[Attempt], bool]
STEP = "Go through the example by hand: which of your steps gives another number than it should?"


def find_reason(evidence: Evidence) -> Reason | None:
    """Return what a wrong function does, or None where only an example can be shown."""
    return next(filter(None, _reasons(evidence)), None)


def _reasons(evidence: Evidence) -> Iterator[Reason | None]:
    """Try one way after the other, each on every part of the answer that is wrong."""
    yield steadiness.unsteady(evidence)
    parts = evidence.parts
    yield from (_empty(evidence, part) for part in parts)
    searches = {part: Search(evidence, part) for part in parts}
    yield from (_every(part, searches[part].quick()) for part in parts)
    yield from (_observed(evidence, part) for part in parts)
    yield from (_dependence(evidence, part) for part in parts)
    yield from (_every(part, searches[part].deep()) for part in parts)
    yield from (_every_wrong(evidence, part, searches[part].of_wrong()) for part in parts)
    condition = _condition(evidence)  # before the longest search: it can be said, however that ends
    yield from (_every(part, searches[part].last()) for part in parts)
    yield condition
    yield from (_place(evidence, part) for part in parts)
    yield from (_direction(evidence, part) for part in parts)


def _subject(part: str) -> str:
    return f'the part "{part}"' if part else "every answer"


def _reason(part: str, sentence: str, question: str = STEP, shows: Shows | None = None) -> Reason:
    shows = shows or partial(_is_wrong, part=part)
    return Reason(sentence[0].upper() + sentence[1:], question, part, shows)


def _is_wrong(attempt: Attempt, part: str) -> bool:
    return one_part(attempt, part).wrong


def _empty(evidence: Evidence, part: str) -> Reason | None:
    """Say that nothing is in an answer, and for which inputs."""

    def empty(attempt: Attempt) -> bool:
        each = one_part(attempt, part)
        return _has_no_number(each.answer) and not _has_no_number(each.right)

    hollow = [attempt for attempt in evidence.answered if empty(attempt)]
    if not hollow or len(hollow) < len(evidence.wrong(part)):
        return None
    found = evidence.separating_for(empty)
    when = f" whenever {found}" if found else ""
    sentence = f"{_subject(part) if part else 'your answer'} is empty{when}: it holds no number."
    question = "Which slice of yours has no index left, such as [:-0], which is [:0]?"
    return _reason(part, sentence, question, empty)


def _has_no_number(value: object) -> bool:
    return isinstance(value, Tensor) and not value.numel()


def _every(part: str, found: str | None) -> Reason | None:
    return _reason(part, f"{_subject(part)} is {found}.") if found else None


def _every_wrong(evidence: Evidence, part: str, search: Search) -> Reason | None:
    """Say what every wrong answer is, and for which inputs answers are wrong."""
    if not 6 <= len(search.attempts) < len(evidence.answered):
        return None
    found = search.quick()
    if not found:
        return None
    whose = f"where it is wrong, {_subject(part)}" if part else "every wrong answer"
    when = f", and it is wrong whenever {evidence.separating}" if evidence.separating else ""
    return _reason(part, f"{whose} is {found}{when}.")


def _dependence(evidence: Evidence, part: str) -> Reason | None:
    whose = _subject(part) if part else "your answer"
    if found := dependence.ignored(evidence, part):
        text, shows = found
        sentence = f"{whose} never changes with {text}; the right one does."
        return _reason(part, sentence, f"Where in your function should {text} come in?", shows)
    if mixed := dependence.mixed(evidence, part):
        return _reason(part, f"{whose} {mixed}.", "Over which axes does each step of yours run?")
    return None


def _condition(evidence: Evidence) -> Reason | None:
    """Say for which inputs the answers are wrong, or for which they are right."""
    count, bad = len(evidence.everything), sum(each.wrong for each in evidence.everything)
    if text := evidence.separating:
        return Reason(
            f"It is wrong whenever {text}, {bad} of {bad} times, and right otherwise, "
            f"{count - bad} of {count - bad} times.",
            "What does your function do differently there, or should it?",
        )
    if found := evidence.sufficient():
        text, inside = found
        return Reason(
            f"It is right whenever {text}, {inside} of {inside} times; of the other "
            f"{count - inside} answers {bad} are wrong.",
            "Which step makes no difference there, and matters elsewhere?",
        )
    return None


def _place(evidence: Evidence, part: str) -> Reason | None:
    found = place(evidence.wrong(part))
    whose = f"of {_subject(part)} " if part else ""
    return _reason(part, f"every differing cell {whose}{found}.") if found else None


def _direction(evidence: Evidence, part: str) -> Reason | None:
    """Say on which side of the right ones the wrong answers lie: seen, but no reason yet."""
    found = direction(evidence.wrong(part))
    if not found:
        return None
    whose = f"every differing number of {_subject(part)}" if part else "every differing number"
    axes = "ax" in found
    whose = whose.replace("number", "answer") if axes else whose
    return replace(_reason(part, f"{whose} is {found}."), names="along axis" in found)


def _observed(evidence: Evidence, part: str) -> Reason | None:
    """Say what was seen of a part that is a word, such as the mode a model is left in.

    Only where no number is wrong: a wrong result weighs more than a graph that is kept.
    """
    seen = {a.answer for a in evidence.wrong(part) if isinstance(a.answer, str)}
    others = (a for p in evidence.parts if p != part for a in evidence.wrong(p))
    if len(seen) != 1 or any(not isinstance(a.answer, str) for a in others):
        return None
    wanted = {str(a.right) for a in evidence.wrong(part) if isinstance(a.right, str)}
    right = f"; the exercise asks for: {wanted.pop()}" if len(wanted) == 1 else ""
    whose = f"the {part}" if part else "what came back"
    return _reason(part, f"{whose}: {seen.pop()}{right}.", "Which line of yours decides that?")
