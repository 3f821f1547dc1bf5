"""Find the reason of a wrong answer in what a function does, where no known idea explains it.

Each sentence says what was seen on every call, and on fresh calls once more; none supposes what
the learner thought.
"""

from collections.abc import Iterator

from cnnlab.check.attempt import Attempt
from cnnlab.check.behavior import dependence, steadiness
from cnnlab.check.behavior.conditions import sufficient_condition
from cnnlab.check.behavior.differences import direction, place
from cnnlab.check.behavior.evidence import Evidence, Reason, one_part
from cnnlab.check.behavior.search import Search
from cnnlab.check.behavior.steadiness import ONLY_ONCE
from cnnlab.check.learner import Asked

__all__ = ["ONLY_ONCE", "Reason", "find_reason"]

COMPARE = "Compare the two by hand on the small example: in which step do they part?"


def find_reason(learner: Asked, attempts: list[Attempt], *, seed: int) -> Reason | None:
    """Return what a wrong function does, or None where only an example can be shown.

    Args:
        learner: the function, to be called again.
        attempts: the calls that were judged; at least one answer is wrong.
        seed: of the judged calls; fresh ones have others.
    """
    return next(filter(None, _reasons(Evidence(learner, attempts, seed))), None)


def _reasons(evidence: Evidence) -> Iterator[Reason | None]:
    """Try one way after the other, each on every part of the answer that is wrong."""
    yield steadiness.unsteady(evidence)
    parts = evidence.parts()
    searches = {part: Search(evidence, _by_size(evidence.answered), part) for part in parts}
    yield from (_every(part, searches[part].quick()) for part in parts)
    yield from (_dependence(evidence, part) for part in parts)
    yield from (_every(part, searches[part].deep()) for part in parts)
    yield from (_every_wrong(evidence, part) for part in parts)
    yield _condition(evidence)
    yield from (_place(evidence, part) for part in parts)
    yield from (_observed(evidence, part) for part in parts)
    yield from (_direction(evidence, part) for part in parts)


def _every(part: str, found: str | None) -> Reason | None:
    return _reason(f"{_subject(part)} is {found}.", COMPARE) if found else None


def _every_wrong(evidence: Evidence, part: str) -> Reason | None:
    """Say what every wrong answer is, and for which inputs answers are wrong."""
    answered = evidence.answered
    wrong = [a for a in answered if one_part(a, part).wrong]
    if not 3 <= len(wrong) < len(answered):
        return None
    found = Search(evidence, _by_size(wrong), part).quick()
    if not found:
        return None
    whose = f"Where it is wrong, {_subject(part)}" if part else "Every wrong answer"
    when = f", and it is wrong whenever {evidence.separating}" if evidence.separating else ""
    return Reason(f"{whose} is {found}{when}.", COMPARE)


def _subject(part: str) -> str:
    return f'the part "{part}"' if part else "every answer"


def _dependence(evidence: Evidence, part: str) -> Reason | None:
    whose = _subject(part) if part else "your answer"
    if found := dependence.ignored(evidence, part):
        return _reason(
            f"{whose} never changes with {found}; the right one does.",
            f"Where in your function should {found} come in?",
        )
    if found := dependence.mixed(evidence, part):
        return _reason(f"{whose} {found}.", "Over which axes does each step of yours run?")
    return None


def _reason(sentence: str, question: str) -> Reason:
    return Reason(sentence[0].upper() + sentence[1:], question)


def _condition(evidence: Evidence) -> Reason | None:
    """Say for which inputs the answers are wrong, or for which they are right."""
    table, wrong = evidence.table
    count, bad = len(wrong), sum(wrong)
    if text := evidence.separating:
        return Reason(
            f"It is wrong whenever {text}, {bad} of {bad} times, and right otherwise, "
            f"{count - bad} of {count - bad} times.",
            "What does your function do differently there, or should it?",
        )
    if found := sufficient_condition(table, wrong):
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
    return Reason(f"Every differing cell {whose}{found}.", COMPARE) if found else None


def _direction(evidence: Evidence, part: str) -> Reason | None:
    """Say on which side of the right ones the wrong answers lie."""
    found = direction(evidence.wrong(part))
    if not found:
        return None
    whose = f"Every differing number of {_subject(part)}" if part else "Every differing number"
    whose = whose.replace("number", "answer") if "ax" in found else whose
    return Reason(f"{whose} is {found}.", "Which step makes it so? Try the smallest input by hand.")


def _observed(evidence: Evidence, part: str) -> Reason | None:
    """Say what was seen of a part that is a word, such as the mode a model is left in."""
    seen = {a.answer for a in evidence.wrong(part) if isinstance(a.answer, str)}
    if not part or len(seen) != 1:
        return None
    return Reason(
        f"The {part}: {seen.pop()}. That is not what the exercise asks for.",
        "Which line of yours decides that?",
    )


def _by_size(attempts: list[Attempt]) -> list[Attempt]:
    return sorted(attempts, key=lambda a: (not a.wrong, a.size))
