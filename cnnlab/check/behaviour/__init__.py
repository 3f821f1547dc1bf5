"""Find the reason of a wrong answer in what a function does, where no known idea explains it.

Each sentence says what was seen on every call, and on fresh calls once more; none supposes what
the learner thought.
"""

from cnnlab.check.attempt import Attempt
from cnnlab.check.behaviour import conditions, dependence, effects
from cnnlab.check.behaviour.evidence import Evidence, one_part
from cnnlab.check.behaviour.reason import Reason
from cnnlab.check.behaviour.related import relation
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
    if found := effects.unsteady(evidence):
        return Reason(*found)
    parts = evidence.parts()
    for part in parts:
        if found := _relation(evidence, part):
            return found
    for part in parts:
        if found := _dependence(evidence, part):
            return found
    return _condition(evidence) or next(filter(None, (_place(evidence, p) for p in parts)), None)


def _relation(evidence: Evidence, part: str) -> Reason | None:
    """Say what every answer is, or else every wrong one, and for which inputs."""
    answered = [a for a in evidence.everything if a.answered]
    wrong = [a for a in answered if one_part(a, part).wrong]
    if found := relation(evidence, _by_size(answered), part):
        return Reason(f"{f'The {part}' if part else 'Every answer'} is {found}.", COMPARE)
    some = 3 <= len(wrong) < len(answered)
    if some and (found := relation(evidence, _by_size(wrong), part, thorough=False)):
        whose = f"Where the {part} is wrong, it" if part else "Every wrong answer"
        when = _separating(evidence)
        ending = f", and it is wrong whenever {when}" if when else ""
        return Reason(f"{whose} is {found}{ending}.", COMPARE)
    return None


def _separating(evidence: Evidence) -> str | None:
    attempts = evidence.everything
    named, wrong = [evidence.named(a) for a in attempts], [a.wrong for a in attempts]
    return conditions.separating_condition(named, wrong, evidence.exercise.facts)


def _dependence(evidence: Evidence, part: str) -> Reason | None:
    whose = f"The {part}" if part else "Your answer"
    if found := dependence.ignored(evidence, part):
        return Reason(
            f"{whose} never changes with {found}; the right one does.",
            f"Where in your function should {found} come in?",
        )
    if found := dependence.mixed(evidence, part):
        sentence = f"{whose} {found.replace('depends', 'depend') if part else found}."
        return Reason(sentence, "Over which axes does each step of yours run?")
    return None


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
    whose = f"of the {part} " if part else ""
    return Reason(f"Every differing cell {whose}{found}.", COMPARE) if found else None


def _by_size(attempts: list[Attempt]) -> list[Attempt]:
    return sorted(attempts, key=lambda a: (not a.wrong, a.size))
