"""Questions with fresh numbers: what an exercise asks, and what a misconception would answer."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from random import Random
from typing import Any

from torch import Tensor

from cnnlab import exercises
from cnnlab.exercises.kit.exercise import Arguments, Exercise, Misconception
from cnnlab.widgets.review_numbers import ASKED_AGAIN, Asking, by, row

VARIANTS = 12  # of an item, before its numbers come again
TRIED = 120  # draws, among which each misconception finds its own
FEWEST = 4  # variants of a belief; with fewer its answers would be known by heart
OPTIONS = 4
Answers = dict[str, Any]  # from "" for right, and from each misconception, to its answer
FAILURES = ArithmeticError, LookupError, RuntimeError, TypeError, ValueError


def computed(name: str) -> Iterator[tuple[str, list[dict[str, Any]], str]]:
    """Yield what can be asked again of an exercise: (id, variants, misconception).

    The first is the exercise itself, with "" for a misconception, unless typing its answer would be
    tedious; then come the misconceptions, each as a choice between its answer, the right one and
    others.

    Args:
        name: of an exercise; of one that is not asked again nothing comes.
    """
    if name not in ASKED_AGAIN:
        return
    drawn, asking, exercise = _drawn(name), ASKED_AGAIN[name], exercises.load(name)
    if asking.kind != "choice":
        typed = [_typed(exercise, asking, *each) for each in drawn[:VARIANTS]]
        yield f"compute/{name}", typed, ""
    for misconception in exercise.misconceptions:
        variants = _chosen(exercise, asking, misconception)
        if len(variants) >= FEWEST:
            yield f"belief/{name}/{misconception.name}", variants, misconception.name


@cache
def _drawn(name: str) -> list[tuple[Arguments, Answers]]:
    """Return calls with different questions, and what everybody answers to each."""
    asking, exercise, random = ASKED_AGAIN[name], exercises.load(name), Random(name)
    found = {}
    for _ in range(TRIED):
        arguments = asking.draw(random)
        question = asking.words(*arguments)
        if question not in found:
            right = _plain(exercise.right(arguments))
            found[question] = arguments, {"": right, **_wrong(exercise, arguments)}
    return [each for each in found.values() if each[1][""] is not None]


def _wrong(exercise: Exercise, arguments: Arguments) -> Answers:
    """Return what each misconception answers; none of those that end in an error."""
    answers = {}
    for each in exercise.misconceptions:
        try:
            answers[each.name] = _plain(exercise.answer(frozenset({each.name}), arguments))
        except FAILURES:
            continue
    return {name: answer for name, answer in answers.items() if answer is not None}


def _plain(answer: Any) -> Any:
    """Return a number or a list of numbers, whole ones as int; None for anything else."""
    if isinstance(answer, Tensor):
        answer = answer.tolist()
    if isinstance(answer, list | tuple):
        listed = [_plain(each) for each in answer]
        return None if None in listed or not listed else listed
    if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
        return None
    return int(answer) if answer == int(answer) else round(answer, 4)


def _text(answer: Any, kind: str) -> str:
    if isinstance(answer, list):
        if len(answer) == 1 and not isinstance(answer[0], list):
            return f"{answer[0]:,}"
        return by(*answer) if kind == "shape" else row(answer)
    return f"{answer:,}"


def _said(misconception: Misconception) -> str:
    return f"That fits this idea: {misconception.idea}. {misconception.question}".strip()


def _typed(
    exercise: Exercise, asking: Asking, arguments: Arguments, answers: Answers
) -> dict[str, Any]:
    """Return a question whose answer is typed; what only one misconception gives is explained."""
    given = [_text(answer, asking.kind) for answer in answers.values()]
    common = [
        [answers[each.name], _said(each)]
        for each in exercise.misconceptions
        if _can_be_typed(answers.get(each.name), asking.kind)
        and given.count(_text(answers[each.name], asking.kind)) == 1
    ]
    return {
        "kind": asking.kind,
        "question": asking.words(*arguments),
        "answer": answers[""],
        "unit": "",
        "within": 0,
        "common": common,
        "reason": asking.working(*arguments),
    }


def _can_be_typed(answer: Any, kind: str) -> bool:
    if kind == "shape":
        return isinstance(answer, list) and all(isinstance(each, int) for each in answer)
    return isinstance(answer, int | float)


def _chosen(
    exercise: Exercise, asking: Asking, misconception: Misconception
) -> list[dict[str, Any]]:
    """Return questions that this misconception answers wrongly, those first that it alone does."""
    able: list[tuple[Arguments, dict[str, str]]] = []
    alone: list[tuple[Arguments, dict[str, str]]] = []
    for arguments, answers in _drawn(exercise.name):
        texts = {name: _text(answer, asking.kind) for name, answer in answers.items()}
        its = texts.get(misconception.name)
        if its is not None and its != texts[""]:
            (alone if list(texts.values()).count(its) == 1 else able).append((arguments, texts))
    for found in (able, alone):  # not the same question for each misconception
        Random(misconception.name).shuffle(found)
    return [
        _choice(exercise, asking, arguments, shown=misconception.name, texts=texts)
        for arguments, texts in (alone + able)[:VARIANTS]
    ]


def _choice(
    exercise: Exercise,
    asking: Asking,
    arguments: Arguments,
    *,
    shown: str,
    texts: Mapping[str, str],
) -> dict[str, Any]:
    """Return a choice between the right answer, the one that was shown, and others."""
    ideas = {each.name: each for each in exercise.misconceptions}
    options = {texts[""]: f"Yes. {asking.working(*arguments)}", texts[shown]: _said(ideas[shown])}
    others = [name for name in ideas if name in texts]
    question = asking.words(*arguments)
    Random(question).shuffle(others)
    for name in others:
        if len(options) < OPTIONS:
            options.setdefault(texts[name], _said(ideas[name]))
    return {
        "kind": "choice",
        "question": question,
        "options": [[text, said] for text, said in options.items()],
        "answer": 0,
    }
