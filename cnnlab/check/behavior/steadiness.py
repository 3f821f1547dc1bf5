"""Answers that change from one call to the next: state that is kept, or random numbers."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from cnnlab.check.attempt import Attempt
from cnnlab.check.behavior.evidence import Evidence, Reason, alike

WHAT_IS_KEPT = (
    "What does your function find changed when it is called again: a default argument, a global "
    "variable, one of its inputs?"
)
ONLY_ONCE = Reason(
    "Every answer is right the first time, but the same call gives another one later: something "
    "is kept from one call to the next.",
    WHAT_IS_KEPT,
)


def unsteady(evidence: Evidence) -> Reason | None:
    """Return what makes the same call give another answer, or None."""
    answered = sorted((a for a in evidence.attempts if a.answered), key=lambda a: a.size)[:2]
    for attempt in answered:
        again = evidence.learner.attempt(attempt.arguments)
        if not again.answered or alike(attempt.answer, again.answer):
            continue
        if _same_after_seeding(evidence, attempt):
            return Reason(
                "The same call gave another answer the second time, but not after the random "
                "numbers were started anew: the answer depends on them.",
                "Where does your function draw random numbers, and is it asked to?",
            )
        return Reason(
            "The same call gave another answer the second time: something is kept from one call "
            "to the next.",
            WHAT_IS_KEPT,
        )
    return None


def _same_after_seeding(evidence: Evidence, attempt: Attempt) -> bool:
    answers = []
    with _own_random_state():
        for _ in range(2):
            torch.manual_seed(0)
            random.seed(0)
            np.random.seed(0)
            answers.append(evidence.learner.attempt(attempt.arguments).answer)
    return alike(answers[0], answers[1])


@contextmanager
def _own_random_state() -> Iterator[None]:
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
