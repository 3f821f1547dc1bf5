"""The sentences of a verdict. The right answer is never among them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from cnnlab.check.attempt import Attempt, groups_right, pairs
from cnnlab.check.behavior.evidence import Evidence, Reason
from cnnlab.check.behavior.quantities import is_number
from cnnlab.check.call import Crash
from cnnlab.check.crashes import cause_of
from cnnlab.check.example import AXES, describe_call, localise, value_text
from cnnlab.check.verdict import (
    COURSES_OWN,
    MISCONCEPTION,
    NOT_WRITTEN,
    PASSED,
    Verdict,
)
from cnnlab.exercises.kit.exercise import WRONG_TYPE, Exercise, Misconception
from cnnlab.exercises.kit.measured import MeasuredExercise, Measurement

Applies = Callable[[Attempt], bool]


def passed(exercise: Exercise, count: int) -> Verdict:
    """Say that every answer is right."""
    answers = "The answer is" if count == 1 else f"All {count} answers are"
    return Verdict(f"Passed. {answers} right.", (), exercise.name, PASSED)


def measured(exercise: MeasuredExercise, found: Measurement) -> Verdict:
    """Say what was measured, and what it earns."""
    outcome = PASSED if found.share == 1 else "unknown"
    return Verdict(found.headline, found.details, exercise.name, outcome, earned=found.share)


def not_callable(exercise: Exercise, given: Any) -> Verdict:
    """Say that something other than a function was handed in."""
    headline = f"Not yet: the check needs the function itself, not {_article(given)}."
    name = exercise.name
    hint = f"Run the cell with your {name}, then write check.{name}({name}), without calling it."
    return _stated(Verdict(headline, (hint,), exercise.name, "not callable"))


def not_yours(name: str, exercise: str, found: str) -> Verdict:
    """Say that the cell with the learner's function has to run before its check."""
    return Verdict(f"Run the cell with your {name} first: {found}.", (), exercise, NOT_WRITTEN)


def solution(exercise: Exercise) -> Verdict:
    """Say that the function is the course's own, which shows nothing about the learner's."""
    headline = f"This {exercise.name} is the course's solution: it is right, and it is not yours."
    detail = "Run the cell with your own function again, then this check."
    return Verdict(headline, (detail,), exercise.name, COURSES_OWN)


def wrong_signature(exercise: Exercise, function: Callable) -> Verdict:
    """Say which parameters the function should have."""
    name = getattr(function, "__name__", "the function")
    headline = f"Not yet: {name} does not take the arguments of this exercise."
    hint = f"The first line should read  def {exercise.signature}:"
    return _stated(Verdict(headline, (hint,), exercise.name, "wrong signature"))


def blank(exercise: Exercise, *, stub: bool) -> Verdict:
    """Say that the function is a stub, or that it never returns a value."""
    if stub:
        headline = f"{exercise.name} is not written yet."
        return Verdict(headline, (exercise.task,), exercise.name, NOT_WRITTEN)
    headline = f"Not yet: {exercise.name} returns nothing."
    details = (f"Does it end with a return? The exercise asks for {exercise.returns}.",)
    return _stated(Verdict(headline, details, exercise.name, "nothing returned"))


def returned_nothing(evidence: Evidence, attempt: Attempt, applies: Applies) -> Verdict:
    """Say for which inputs the function returns nothing."""
    exercise = evidence.exercise
    headline = f"Not yet: {exercise.name} returns nothing for some inputs."
    details = (
        f"{describe_call(exercise, attempt.arguments)} returned {attempt.answer}.",
        *_when(evidence, applies),
        "Is there a path through the function without a return?",
    )
    return _stated(Verdict(headline, details, exercise.name, "nothing returned"))


def too_slow(exercise: Exercise, attempt: Attempt) -> Verdict:
    """Say which call had to be stopped."""
    seconds = f"{attempt.answer.seconds:.2g} seconds"
    headline = f"Not yet: {exercise.name} had not returned after {seconds}, so it was stopped."
    details = [f"The call was {describe_call(exercise, attempt.arguments)}."]
    details.append("Is there a loop that never ends? What makes its condition false?")
    if not attempt.answer.stopped:
        details.append("It could not be stopped: restart the kernel before you go on.")
    return _stated(Verdict(headline, tuple(details), exercise.name, "too slow"))


def crash(evidence: Evidence, attempt: Attempt, applies: Applies) -> Verdict:
    """Show the learner's own line that failed, the values in it, and the call."""
    exercise, crashed = evidence.exercise, attempt.answer
    headline = f"Not yet: {exercise.name} stopped with {crashed.headline.splitlines()[0]}"
    details = []
    if crashed.where:
        details.append("\n".join(("It happened in", *crashed.where)))
    cause = cause_of(crashed.headline)
    details += [cause] if cause else []
    details.append(f"The call was {describe_call(exercise, attempt.arguments)}.")
    when = _when(evidence, applies)
    reason = " ".join([cause, *when] if cause else when) or None
    return Verdict(headline, (*details, *when), exercise.name, "crash", diagnosis=reason)


def forbidden(exercise: Exercise, attempt: Attempt, verdict: Verdict) -> Verdict:
    """Say what was used that the exercise is to be done without, and what else was found."""
    headline = f"Not yet: {exercise.name} uses {attempt.used}, and this exercise does without."
    details = [f"It was seen in {describe_call(exercise, attempt.arguments)}."]
    details.append("Which loops or sums does that call do for you? Write them out.")
    if not verdict.passed:
        besides = verdict.headline.removeprefix("Not yet. ").removeprefix("Not yet: ")
        details += [f"Besides: {besides}", *verdict.details]
    stated = _stated(replace(verdict, headline=headline, details=tuple(details)))
    sentences = filter(None, (stated.diagnosis, verdict.diagnosis))
    return replace(stated, outcome="forbidden", diagnosis=" ".join(sentences), earned=0.0)


def right_value_wrong_type(exercise: Exercise, attempts: list[Attempt]) -> Verdict:
    """Say that only the type is wrong."""
    attempt = min(attempts, key=lambda each: each.size)
    headline = "Nearly: every value is right, but its type is not."
    given = f"{value_text(attempt.answer)}, {_article_of(attempt.returned)}"
    details = (
        f"{describe_call(exercise, attempt.arguments)} returned {given}.",
        f"The exercise asks for {exercise.returns}. Which operator or conversion keeps it so?",
    )
    names, reason = (WRONG_TYPE.name,), "Every value is right, but its type is not."
    return Verdict(headline, details, exercise.name, MISCONCEPTION, names, reason)


def left_behind(exercise: Exercise, attempts: list[Attempt], attempt: Attempt) -> Verdict:
    """Say that the values are right, and what the function changes for everyone else."""
    headline = f"Not yet: every value is right, but {attempt.left}."
    details = (
        f"It happens in {describe_call(exercise, attempt.arguments)}.",
        "What does the next cell of the notebook find changed? How can a function put it back?",
    )
    return _stated(Verdict(headline, details, exercise.name))


def wrong_type(evidence: Evidence, attempt: Attempt, _: Applies) -> Verdict:
    """Say what came back, and what the exercise asks for."""
    exercise = evidence.exercise
    given = _article_of(attempt.returned)
    if isinstance(attempt.answer, Tensor | tuple):
        given = value_text(attempt.answer)
    elif is_number(attempt.answer):
        given = f"a single number, {value_text(attempt.answer)}"
    headline = f"Not yet: {exercise.name} returned {given}, not {exercise.returns}."
    details = (f"The call was {describe_call(exercise, attempt.arguments)}.",)
    return Verdict(headline, details, exercise.name, "wrong type")


def wrong_shape(exercise: Exercise, attempt: Attempt, reason: Reason | None) -> Verdict:
    """Name the axes whose length is not right."""
    name, given, right = next(
        (n, torch.as_tensor(a), r)
        for n, a, r in pairs(attempt)
        if isinstance(r, Tensor) and getattr(a, "shape", ()) != r.shape
    )
    what = f"the {name}" if name else "the answer"
    headline = f"Not yet. {reason.sentence}" if reason else f"Not yet: {what} has a wrong shape."
    axes = exercise.axes.get(name) or AXES.get(right.dim(), ())
    call, whose = describe_call(exercise, attempt.arguments), f"for {what} " if name else ""
    shapes = f"{tuple(given.shape)}; right is {tuple(right.shape)}"
    details = [f"{call} returned {whose}the shape {shapes}."]
    if given.dim() != right.dim():
        details.append(f"It has {given.dim()} axes; {exercise.returns} has {right.dim()}.")
    elif len(axes) == right.dim():
        off = [a for a, n, m in zip(axes, given.shape, right.shape, strict=True) if n != m]
        details.append(f"The number along this axis is not right: {', '.join(off)}.")
    details += [reason.question] if reason else []
    return _with_reason(Verdict(headline, tuple(details), exercise.name, "wrong shape"), reason)


def reshaped(exercise: Exercise, attempt: Attempt) -> Verdict:
    """Say that only the shape is not right, and which axis is lost or too many."""
    (_, given, right), *_ = pairs(attempt)
    axes = getattr(given, "ndim", 0)
    text, question = "the shape is not", "Which axes does the exercise ask for, in which order?"
    squeezed = [n for n in getattr(given, "shape", ()) if n > 1] == [
        n for n in right.shape if n > 1
    ]
    if axes < right.dim() and not squeezed:
        text = f"there {'is one axis' if axes == 1 else f'are {axes} axes'}, not {right.dim()}"
    elif axes < right.dim():
        text = "an axis of length 1 is lost"
        question = "What does .squeeze() do with a batch of one, or with a map of one row?"
    elif axes > right.dim():
        text = f"there {'is an axis' if axes == right.dim() + 1 else 'are axes'} too many"
        question = "Which axis has been added up already, and is still there with length 1?"
    sentence = f"Every number is right and in order, but {text}."
    return wrong_shape(exercise, attempt, Reason(sentence, question))


def misconceptions(
    exercise: Exercise, found: tuple[Misconception, ...], attempts: list[Attempt], example: Attempt
) -> Verdict:
    """Name the ideas that explain every answer, with an example and a question."""
    if len(found) == 1:
        headline = f"Not yet. Every answer fits this idea: {found[0].idea}."
    else:
        ideas = "; and ".join(each.idea for each in found)
        headline = f"Not yet. Every answer fits {len(found)} ideas together: {ideas}."
    details = list(localise(exercise, example))
    crashes = sum(isinstance(attempt.answer, Crash) for attempt in attempts)
    if crashes:
        details.append(f"{crashes} of {len(attempts)} calls stopped with an error instead.")
    details += [each.question for each in found]
    names = tuple(each.name for each in found)
    reason = headline.removeprefix("Not yet. ")
    return Verdict(headline, tuple(details), exercise.name, MISCONCEPTION, names, reason)


def unknown(
    exercise: Exercise, attempts: list[Attempt], example: Attempt, reason: Reason | None
) -> Verdict:
    """Give the reason that was found, and the smallest case."""
    wrong = sum(attempt.wrong for attempt in attempts)
    if reason:
        headline = f"Not yet. {reason.sentence}"
    elif wrong == len(attempts):
        headline = "Not yet. The answer is wrong for every input."
    else:
        headline = f"Not yet. {wrong} of {len(attempts)} answers are wrong."
    shown = localise(exercise, example, reason.part if reason else "")
    details = (*shown, *([reason.question] if reason else []))
    return _with_reason(Verdict(headline, details, exercise.name), reason)


def _stated(verdict: Verdict) -> Verdict:
    """Return a verdict whose headline gives the reason."""
    reason = verdict.headline.removeprefix("Not yet: ")
    return replace(verdict, diagnosis=f"{reason.rstrip('.')}.")


def _with_reason(verdict: Verdict, reason: Reason | None) -> Verdict:
    return replace(verdict, diagnosis=reason.sentence) if reason and reason.names else verdict


def not_right(exercise: Exercise, attempts: list[Attempt]) -> Verdict:
    """Say how much is wrong, and leave it to the learner to find out what."""
    wrong, count = sum(attempt.wrong for attempt in attempts), len(attempts)
    headline = f"Not yet: {exercise.name} differs from a right one in {wrong} of {count} trials."
    detail = "What it returns is wrong, or how it uses or leaves the model."
    if exercise.group:
        found = groups_right(exercise.group, attempts[0])
        headline = f"Not yet: {sum(found.values())} of {len(found)} are right."
        detail = f"The exercise asks for {exercise.returns}."
    return Verdict(headline, (detail,), exercise.name)


def adding(verdict: Verdict, text: str) -> Verdict:
    """Add a sentence to a verdict."""
    return replace(verdict, details=(*verdict.details, text))


def naming(verdict: Verdict, function: Any) -> Verdict:
    """Add what was checked to a verdict that is not right, if it has a name of its own."""
    name = getattr(function, "__name__", "<lambda>")
    if verdict or name in ("<lambda>", verdict.exercise) or not verdict.exercise:
        return verdict
    return adding(verdict, f"The function that was checked is {name}.")


def noise(lines: int) -> str:
    """Return the sentence about hidden prints."""
    return f"It printed {lines} {'line' if lines == 1 else 'lines'} on the way; the check hid them."


NO_LIMIT = (
    "No thread can be started here, so checks have no time limit: a loop that never ends runs "
    "until you stop it."
)


def _when(evidence: Evidence, applies: Applies) -> list[str]:
    """Say for which inputs something happens, if one condition separates them from the others."""
    condition = evidence.separating_for(applies)
    return [f"This happens whenever {condition}, and never otherwise."] if condition else []


def _article(value: Any) -> str:
    return "None" if value is None else _article_of(type(value).__name__)


def _article_of(type_name: str) -> str:
    return f"{'an' if type_name[:1].lower() in 'aeiou' else 'a'} {type_name}"
