"""What a class has understood: misconceptions by frequency, and what stays."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from cnnlab import exercises
from cnnlab.exercises.kit.exercise import IN_PLACE, WRONG_TYPE, Misconception
from cnnlab.homework.classroom.outcomes import NO_VERDICT, Answer, Class
from cnnlab.homework.classroom.sections import section

KNOWN, UNKNOWN = "known misconception", "unknown mistake"
# The groups of a report, in its order, and the outcomes that they hold.
GROUPS = {
    "right": ("passed",),
    KNOWN: ("misconception",),
    UNKNOWN: ("unknown",),
    "wrong form": (
        "nothing returned",
        "wrong type",
        "wrong shape",
        "not callable",
        "wrong signature",
        "forbidden",
    ),
    "crashed or too slow": ("crash", "too slow"),
    "not written": ("not written",),
    "graded without a verdict": (NO_VERDICT,),
}
GROUP_OF = {outcome: group for group, outcomes in GROUPS.items() for outcome in outcomes}
EXAMPLES = 3
LONGEST = 2000  # characters of an example
OTHER_QUESTIONS = {WRONG_TYPE.name: "What type does each step of the computation return?"}


@dataclass(frozen=True)
class Finding:
    """A misconception in one exercise, and the learners whose answers showed it."""

    exercise: str
    misconception: Misconception
    section: str
    learners: tuple[str, ...]

    @property
    def question(self) -> str:
        """What to ask the room."""
        return self.misconception.question or OTHER_QUESTIONS.get(self.misconception.name, "")


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise of one assignment.

    Attributes:
        groups: the learners in each group of `GROUPS`.
        findings: the misconceptions, the most frequent first.
        examples: texts of unknown mistakes, each with how many learners read it.
        tries: the median number of tries, if it is known.
    """

    assignment: str
    exercise: str
    task: str
    groups: dict[str, tuple[str, ...]]
    findings: tuple[Finding, ...]
    examples: tuple[tuple[str, int], ...]
    tries: float | None

    @property
    def answers(self) -> int:
        return sum(map(len, self.groups.values()))


@dataclass(frozen=True)
class Change:
    """What became of a misconception from one assignment to a later one that can show it.

    Attributes:
        passed: learners who showed it before and passed an exercise that would show it again,
            in what they handed in: after any number of tries, so it need not be gone.
        unseen: learners who showed it before, and neither show it nor pass.
    """

    name: str
    earlier: str
    later: str
    kept: tuple[str, ...]
    passed: tuple[str, ...]
    unseen: tuple[str, ...]
    new: tuple[str, ...]


def results(course: Class) -> list[ExerciseResult]:
    """Return the result of each exercise, assignment by assignment, in the order of the sheets."""
    found: dict[tuple[str, str], list[Answer]] = {}
    for assignment in course.assignments:
        for answer in course.answers:
            if answer.assignment == assignment:
                found.setdefault((assignment, answer.exercise), []).append(answer)
    return [_result(*names, answers) for names, answers in found.items()]


def _result(assignment: str, exercise: str, answers: list[Answer]) -> ExerciseResult:
    known = _known(exercise)
    grouped: dict[str, list[Answer]] = {group: [] for group in GROUPS}
    holders: dict[str, list[Answer]] = {}
    for answer in answers:
        group, names = GROUP_OF.get(answer.outcome, UNKNOWN), set(answer.misconceptions)
        if group == KNOWN:
            for name in known.keys() & names:
                holders.setdefault(name, []).append(answer)
            group = KNOWN if known.keys() & names else UNKNOWN
        grouped[group].append(answer)
    findings = [
        Finding(
            exercise,
            known[name],
            section(exercise, name),
            _learners(who),
        )
        for name, who in sorted(holders.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    unknown = (each.text[:LONGEST] for each in grouped[UNKNOWN])
    texts = Counter(filter(None, unknown))
    tries = [answer.tries for answer in answers if answer.tries]
    return ExerciseResult(
        assignment,
        exercise,
        task_of(exercise),
        {group: _learners(who) for group, who in grouped.items()},
        tuple(findings),
        tuple(texts.most_common(EXAMPLES)),
        median(tries) if tries else None,
    )


def _learners(answers: Iterable[Answer]) -> tuple[str, ...]:
    return tuple(sorted({answer.learner for answer in answers}))


def _known(exercise: str) -> dict[str, Misconception]:
    own = exercises.load(exercise).misconceptions if exercise in exercises.asked() else ()
    return {each.name: each for each in (*own, IN_PLACE, WRONG_TYPE)}


def task_of(exercise: str) -> str:
    """Return what an exercise asks, in one sentence; nothing if the course does not have it."""
    return exercises.load(exercise).task if exercise in exercises.asked() else ""


def discuss_first(found: list[ExerciseResult]) -> ExerciseResult | None:
    """Return the exercise in which most learners hold a misconception that has a name.

    None if there is no such learner: then there is nothing that a talk could take up by name.
    """
    most = max(found, key=lambda each: len(each.groups[KNOWN]), default=None)
    return most if most and most.groups[KNOWN] else None


def changes(found: list[ExerciseResult]) -> list[Change]:
    """Return what became of each misconception that a later assignment can show again."""
    held: dict[str, dict[str, set[str]]] = {}  # by misconception and assignment: who showed it
    passed: dict[str, dict[str, set[str]]] = {}  # and who passed where it would have shown
    for result in found:
        shown = {each.misconception.name: each.learners for each in result.findings}
        for name in (
            _known(result.exercise).keys() - {IN_PLACE.name, WRONG_TYPE.name}
        ) | shown.keys():
            for table, who in ((held, shown.get(name, ())), (passed, result.groups["right"])):
                table.setdefault(name, {}).setdefault(result.assignment, set()).update(who)
    return [
        _change(name, sheets, held[name], passed[name])
        for name in sorted(held)
        for sheets in pairwise(held[name])
        if held[name][sheets[0]]
    ]


def _change(
    name: str, sheets: tuple[str, str], held: dict[str, set[str]], passed: dict[str, set[str]]
) -> Change:
    earlier, later = sheets
    gone = held[earlier] - held[later]
    return Change(
        name,
        earlier,
        later,
        kept=tuple(sorted(held[earlier] & held[later])),
        passed=tuple(sorted(gone & passed[later])),
        unseen=tuple(sorted(gone - passed[later])),
        new=tuple(sorted(held[later] - held[earlier])),
    )
