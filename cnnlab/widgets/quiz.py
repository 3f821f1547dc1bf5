"""Questions whose wrong options are misconceptions, each with its own answer."""

from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from cnnlab import course
from cnnlab.widgets.base import CourseWidget, encoded

KEYS = {"question", "options", "answer"}


class Quiz(CourseWidget):
    """Ask questions; say to each option why it is right or what it mixes up.

    Args:
        questions: each a dict with `question`, a text; `options`, a dict from each option's text
            to what is said to whoever picks it; and `answer`, the text of the right option.
            Text between backticks is shown as code.

    `chosen` is the option checked last for each question, -1 before; `tries` counts the checks;
    `right` tells which questions have the right answer now.

    Raises:
        ValueError: for a question with a part missing, or an answer that is not an option.

    Example:
        >>> Quiz([{"question": "1 + 1?", "options": {"2": "Yes.", "11": "Glued."}, "answer": "2"}])
        Quiz(1 question)
    """

    page = "quiz"

    questions: traitlets.List = traitlets.List().tag(sync=True, to_json=encoded)
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)
    tries = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, questions: Sequence[Mapping[str, Any]]) -> None:
        listed = [_checked(number, question) for number, question in enumerate(questions, 1)]
        if not listed:
            raise ValueError("questions is empty. Give at least one.")
        count = len(listed)
        super().__init__(questions=listed, chosen=[-1] * count, tries=[0] * count)
        self.observe(self._remember, "tries")

    def _remember(self, _: Any) -> None:
        entry = {"right": sum(self.right), "of": len(self.questions)}
        course.remember("quizzes", self.questions[0]["question"], entry)

    @property
    def right(self) -> list[bool]:
        """Which questions have the right answer now."""
        return [
            picked == question["answer"]
            for picked, question in zip(self.chosen, self.questions, strict=True)
        ]

    def __repr__(self) -> str:
        count = len(self.questions)
        return f"Quiz({count} question{'s' if count > 1 else ''})"


def _checked(number: int, question: Mapping[str, Any]) -> dict[str, Any]:
    """Return one question with its options as pairs and its answer as their index."""
    if set(question) != KEYS:
        raise ValueError(f"question {number} has {sorted(question)}. Give it {sorted(KEYS)}.")
    options, answer = question["options"], question["answer"]
    if len(options) < 2:
        raise ValueError(f"question {number} has {len(options)} options. Give at least 2.")
    if answer not in options:
        raise ValueError(
            f"question {number}: answer={answer!r} is not among its options {list(options)}."
        )
    pairs = [[text, feedback] for text, feedback in options.items()]
    return {
        "question": question["question"],
        "options": pairs,
        "answer": list(options).index(answer),
    }
