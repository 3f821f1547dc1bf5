"""Find the reason of a wrong answer in what a function does, where no known idea explains it.

Each sentence says what was seen on every call, and on fresh calls once more; none supposes what
the learner thought.
"""

from collections.abc import Callable

from cnnlab.check.attempt import Attempt
from cnnlab.check.behaviour import conditions, dependence, effects
from cnnlab.check.behaviour.direction import direction
from cnnlab.check.behaviour.evidence import Evidence, one_part
from cnnlab.check.behaviour.reason import Reason
from cnnlab.check.behaviour.related import Search
from cnnlab.check.behaviour.where import place
from cnnlab.check.learner import Learner

__all__ = ["ONLY_ONCE", "Reason", "find_reason"]

ONLY_ONCE = Reason(
    "Every answer is right the first time, but the same call gives another one later: something "
    "is kept from one call to the next.",
    effects.WHAT_IS_KEPT,
)
COMPARE = "Compare the two by hand on the small example: in which step do they part?"


def find_reason(learner: Learner, attempts: list[Attempt], *, seed: int) -> Reason | None:
    """Return what a wrong function does, or None where only an example can be shown.

    Args:
        learner: the function, to be called again.
        attempts: the calls that were judged; at least one answer is wrong.
        seed: of the judged calls; fresh ones have others.
    """
    evidence = Evidence(learner, attempts, seed)
    if unsteady := effects.unsteady(evidence):
        return Reason(*unsteady)
    parts = evidence.parts()
    searches = {part: Search(evidence, _by_size(_answered(evidence)), part) for part in parts}
    ways: tuple[Callable[[str], Reason | None], ...] = (
        lambda part: _every(part, searches[part].quick()),
        lambda part: _dependence(evidence, part),
        lambda part: _every(part, searches[part].deep()),
        lambda part: _every_wrong(evidence, part),
    )
    last = (
        lambda part: _place(evidence, part),
        lambda part: _observed(evidence, part),
        lambda part: _direction(evidence, part),
    )
    for way in (*ways, lambda _: _condition(evidence), *last):
        if found := next(filter(None, map(way, parts)), None):
            return found
    return None


def _answered(evidence: Evidence) -> list[Attempt]:
    return [attempt for attempt in evidence.everything if attempt.answered]


def _every(part: str, found: str | None) -> Reason | None:
    return _reason(f"{_subject(part)} is {found}.", COMPARE) if found else None


def _every_wrong(evidence: Evidence, part: str) -> Reason | None:
    """Say what every wrong answer is, and for which inputs answers are wrong."""
    answered = _answered(evidence)
    wrong = [a for a in answered if one_part(a, part).wrong]
    if not 3 <= len(wrong) < len(answered):
        return None
    found = Search(evidence, _by_size(wrong), part).quick()
    if not found:
        return None
    whose = f"Where it is wrong, {_subject(part)}" if part else "Every wrong answer"
    when = _separating(evidence)
    return Reason(
        f"{whose} is {found}{f', and it is wrong whenever {when}' if when else ''}.", COMPARE
    )


def _separating(evidence: Evidence) -> str | None:
    attempts = evidence.everything
    named, wrong = [evidence.named(a) for a in attempts], [a.wrong for a in attempts]
    return conditions.separating_condition(named, wrong, evidence.exercise.facts)


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
    attempts = evidence.everything
    named, wrong = [evidence.named(a) for a in attempts], [a.wrong for a in attempts]
    facts = evidence.exercise.facts
    count, bad = len(attempts), sum(wrong)
    if text := _separating(evidence):
        return Reason(
            f"It is wrong whenever {text}, {bad} of {bad} times, and right otherwise, "
            f"{count - bad} of {count - bad} times.",
            "What does your function do differently there, or should it?",
        )
    if found := conditions.sufficient_condition(named, wrong, facts):
        text, inside = found
        return Reason(
            f"It is right whenever {text}, {inside} of {inside} times; of the other "
            f"{count - inside} answers {bad} are wrong.",
            "Which step makes no difference there, and matters elsewhere?",
        )
    return None


def _place(evidence: Evidence, part: str) -> Reason | None:
    wrong = [one_part(a, part) for a in evidence.everything if a.answered]
    found = place([a for a in wrong if a.wrong])
    whose = f"of {_subject(part)} " if part else ""
    return Reason(f"Every differing cell {whose}{found}.", COMPARE) if found else None


def _direction(evidence: Evidence, part: str) -> Reason | None:
    """Say on which side of the right ones the wrong answers lie."""
    wrong = [one_part(a, part) for a in _answered(evidence)]
    found = direction([a for a in wrong if a.wrong])
    if not found:
        return None
    whose = f"Every differing number of {_subject(part)}" if part else "Every differing number"
    whose = whose.replace("number", "answer") if "ax" in found else whose
    return Reason(f"{whose} is {found}.", "Which step makes it so? Try the smallest input by hand.")


def _observed(evidence: Evidence, part: str) -> Reason | None:
    """Say what was seen of a part that is a word, such as the mode a model is left in."""
    wrong = [one_part(a, part) for a in evidence.everything if a.answered]
    seen = {a.answer for a in wrong if a.wrong and isinstance(a.answer, str)}
    if not part or len(seen) != 1:
        return None
    return Reason(
        f"The {part}: {seen.pop()}. That is not what the exercise asks for.",
        "Which line of yours decides that?",
    )


def _by_size(attempts: list[Attempt]) -> list[Attempt]:
    return sorted(attempts, key=lambda a: (not a.wrong, a.size))
