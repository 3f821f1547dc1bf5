"""The reason of a wrong answer: a sentence that says what was seen, and a question."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """What a function does.

    Attributes:
        sentence: true of every call that was made.
        question: leads on without giving the answer.
    """

    sentence: str
    question: str
