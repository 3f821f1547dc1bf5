"""What a learner sees: a verdict on an exercise, or a note such as a hint."""

from dataclasses import dataclass
from html import escape
from typing import Any

MIMETYPE = "application/vnd.cnnlab.verdict+json"  # of `Verdict.record` in a graded notebook
PASSED, MISCONCEPTION = "passed", "misconception"
NOT_WRITTEN, COURSES_OWN = "not written", "the course's solution"


@dataclass(frozen=True, repr=False)
class Note:
    """A few sentences that show themselves in a terminal and in a notebook.

    Attributes:
        headline: the first line.
        details: what follows it; text of several lines keeps its layout.
    """

    headline: str
    details: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """Everything it says, the headline first."""
        return "\n".join((self.headline, *self.details))

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        body = "".join(_html_block(text) for text in self.details) + self._folded
        return (
            f'<div class="cnnlab-check" style="border-left: 4px solid {self._color}; '
            'padding: 2px 10px">'
            f"<strong>{escape(self.headline)}</strong>{body}</div>"
        )

    @property
    def _folded(self) -> str:
        return ""

    @property
    def _color(self) -> str:
        return "#4c78a8"


@dataclass(frozen=True, repr=False)
class Verdict(Note):
    """The outcome of one check; true if the exercise is solved.

    Attributes:
        exercise: the exercise's name.
        outcome: "passed", "misconception" (one or two known ones), "unknown", "not written",
            "nothing returned", "wrong type", "wrong shape", "crash", "too slow",
            "forbidden", "not callable", "wrong signature" or "the course's solution".
        misconceptions: the names of those recognized.
        diagnosis: the sentence that gives the reason, known or found in what the function does;
            None where nothing but an example could be shown.
        hints: the exercise's; a notebook folds them up, a terminal says how to ask for one.
        earned: the share of the points for what is right in an answer that is not, or a measured
            one's.

    Example:
        >>> verdict = Verdict("Not yet.", (), "output_size", "misconception", ("stride ignored",))
        >>> bool(verdict), verdict.misconception, verdict.points(4)
        (False, 'stride ignored', 2.0)
    """

    exercise: str = ""
    outcome: str = "unknown"
    misconceptions: tuple[str, ...] = ()
    diagnosis: str | None = None
    hints: tuple[str, ...] = ()
    earned: float = 0.0

    @property
    def message(self) -> str:
        asking = f'\nA hint: check.hint("{self.exercise}").' if self.hints else ""
        return super().message + asking

    @property
    def passed(self) -> bool:
        return self.outcome == PASSED

    @property
    def misconception(self) -> str | None:
        """The misconception that was recognized; two are joined by "and"; None if none was."""
        return " and ".join(self.misconceptions) or None

    @property
    def share(self) -> float:
        """1 if right, one half for each known misconception, else what was `earned`."""
        if self.passed:
            return 1.0
        known = 0.5 ** len(self.misconceptions) if self.outcome == MISCONCEPTION else 0.0
        return max(known, self.earned)

    def points(self, maximum: float = 1.0) -> float:
        """Return the share of `maximum` that the answer earns."""
        return self.share * maximum

    @property
    def record(self) -> dict[str, Any]:
        """What a program keeps of it, without its sentences."""
        return {
            "exercise": self.exercise,
            "outcome": self.outcome,
            "misconceptions": list(self.misconceptions),
        }

    def __bool__(self) -> bool:
        return self.passed

    @property
    def _folded(self) -> str:
        return _nested(self.hints)

    @property
    def _color(self) -> str:
        return "#2e8540" if self.passed else "#b35900"


def _html_block(text: str) -> str:
    if "\n" in text:
        return f'<pre style="margin: 4px 0">{escape(text)}</pre>'
    return f'<p style="margin: 4px 0">{escape(text)}</p>'


def _nested(hints: tuple[str, ...], number: int = 1) -> str:
    """Fold hints up, each with the next one inside: one press opens one more."""
    if number > len(hints):
        return ""
    summary = f'<summary style="cursor: pointer">Hint {number} of {len(hints)}</summary>'
    inside = _html_block(hints[number - 1]) + _nested(hints, number + 1)
    return f'<details style="margin: 4px 0">{summary}{inside}</details>'
