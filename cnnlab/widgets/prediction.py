"""Predictions: commit to one before an experiment, then compare it with what was measured."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets

from cnnlab import course
from cnnlab.widgets.base import CourseWidget, encoded

KINDS = ("number", "shape", "choice", "word")
NO_SHAPE = re.compile("[^\\s\\d()[\\],x\N{MULTIPLICATION SIGN}*]")
DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


class Prediction(CourseWidget):
    """Ask for a prediction; `compare` shows it beside what the experiment measured.

    Args:
        name: what the prediction is remembered by; no two in the course are the same.
        question: one sentence. Text between backticks is shown as code.
        kind: "number", "shape" or "word"; with `choices` it is "choice".
        choices: the texts to choose from.
        unit: what stands behind a number, such as "%".
        within: a number this close counts as right, as a share of the measured one.
        common: from each common wrong answer to the sentence that says what it mixes up.

    `guess` is the text that was committed, empty before; what was committed on an earlier day comes
    back from the progress file.

    Raises:
        ValueError: for a kind that is not known, fewer than two choices, or a common answer that
            is not of the prediction's kind.

    Example:
        >>> guess = Prediction("share", "How many of 100?", unit="%", common={50: "A coin."})
        >>> guess.compare(31)
        Comparison('share', 31.0)
    """

    page = "prediction"

    part = traitlets.Unicode("ask").tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    kind = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    guess = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        name: str,
        question: str,
        *,
        kind: str = "number",
        choices: Sequence[str] = (),
        unit: str = "",
        within: float = 0.1,
        common: Mapping[Any, str] | None = None,
    ) -> None:
        kind = "choice" if choices else kind
        if kind not in KINDS or (kind == "choice" and len(choices) < 2):
            raise ValueError(f"kind={kind!r}, {len(choices)} choices. Use {KINDS}, 2 choices.")
        super().__init__(name=name, question=question, kind=kind, choices=list(choices), unit=unit)
        self.within = within
        self.common = [[self._answer(key), text] for key, text in (common or {}).items()]
        before = course.read_progress(course.find_progress())["predictions"].get(name, {})
        if self._answers(before.get("guess")):
            self.guess = before["guess"]
        self.observe(self._remember, "guess")

    def compare(self, measured: Any) -> "Comparison":
        """Return the widget that shows the prediction beside the measured value.

        Raises:
            ValueError: for a value that is not of the prediction's kind.
        """
        return Comparison(self, self._answer(measured))

    def _answer(self, value: Any) -> Any:
        """Return an answer as the page has it: a float, a list of ints, or a text."""
        try:
            if self.kind == "number" and math.isfinite(value):
                return float(value)
            if self.kind == "shape":
                return [int(size) for size in value]
        except (TypeError, ValueError):
            pass
        if self.kind == "word" and isinstance(value, str):
            return value
        if value in self.choices:
            return value
        wanted = f"one of {self.choices}" if self.choices else f"a {self.kind}"
        raise ValueError(f"prediction {self.name!r}: {value!r} is not {wanted}.")

    def _answers(self, guess: Any) -> bool:
        """Return whether a text answers the question; `refuse` in answers.mjs decides alike."""
        if not isinstance(guess, str):
            return False
        if self.kind == "shape":
            return bool(re.search(r"\d", guess)) and not NO_SHAPE.search(guess)
        if self.kind != "number":
            return guess in self.choices if self.choices else bool(guess.strip())
        number = read_number(guess, self.unit)
        return 0 <= number <= 100 if self.unit == "%" else math.isfinite(number)

    def _remember(self, change: Any) -> None:
        course.remember("predictions", self.name, {"guess": change.new})

    def __repr__(self) -> str:
        return f"Prediction({self.name!r}, guess={self.guess!r})"


def read_number(text: str, unit: str = "") -> float:
    """Return the number that a learner wrote, nan if it is none; `readAnswer` does so in the page.

    Example:
        >>> read_number("112,384"), read_number("~ 40 %", "%"), read_number("1/4"), read_number("x")
        (112384.0, 40.0, 0.25, nan)
    """
    plain = re.sub(r"^[~≈]\s*", "", text.strip()).removesuffix(unit).strip()
    plain = re.sub(r"\s(?=\d{3}\b)", "", plain).replace("\N{MINUS SIGN}", "-")
    if re.fullmatch(r"-?[1-9]\d{0,2}(,\d{3})+", plain):
        plain = plain.replace(",", "")
    plain = re.sub(r"^10\^(\d+)$", r"1e\1", plain)
    parts = [part.strip() for part in plain.replace(",", ".").split("/")]
    if len(parts) > 2 or not all(map(DECIMAL.fullmatch, parts)):
        return math.nan
    top, bottom = float(parts[0]), float(parts[1]) if parts[1:] else 1
    return top / bottom if bottom else math.nan


class Comparison(CourseWidget):
    """What `Prediction.compare` returns: the guess and the measured value, side by side.

    Until a prediction was made, or the reader asks to see it, the other outputs of its cell wait,
    and what stands below it up to the next heading, prediction or exercise.
    """

    page = "prediction"

    part = traitlets.Unicode("compare").tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    guess = traitlets.Unicode().tag(sync=True)
    asked = traitlets.Dict().tag(sync=True, to_json=encoded)

    def __init__(self, prediction: Prediction, measured: Any) -> None:
        self.measured = measured
        asked = {
            "question": prediction.question,
            "kind": prediction.kind,
            "unit": prediction.unit,
            "choices": prediction.choices,
            "within": prediction.within,
            "common": prediction.common,
            "measured": measured,
        }
        super().__init__(name=prediction.name, asked=asked)
        traitlets.dlink((prediction, "guess"), (self, "guess"))

    def __repr__(self) -> str:
        return f"Comparison({self.name!r}, {self.measured!r})"


class PredictionSummary(CourseWidget):
    """At the end of a lesson: how many predictions were made, how close, which surprised.

    Args:
        predictions: the lesson's, in order.
    """

    page = "prediction"

    part = traitlets.Unicode("summary").tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, *predictions: Prediction) -> None:
        super().__init__(names=[prediction.name for prediction in predictions])

    def __repr__(self) -> str:
        return f"PredictionSummary({len(self.names)} predictions)"
