"""An exercise that is measured: there is more or less of the right, and no wrong answer by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from cnnlab.exercises.kit.exercise import Misconception


@dataclass(frozen=True)
class Measurement:
    """What was measured, in a sentence with its details, and the share of the points it earns."""

    headline: str
    details: tuple[str, ...] = ()
    share: float = 0.0


@dataclass(frozen=True, kw_only=True)
class MeasuredExercise:
    """An exercise whose answer earns a share of the points.

    Attributes:
        signature: how the check is called.
        draw: takes a seed; returns what the answer is shown, and what it is compared with.
        look: takes what the check is given and what the answer is shown; returns what is seen of
            it, in plain JSON. It runs in the learner's process.
        assess: takes what was seen, whoever says so, and what it is compared with.
    """

    name: str
    task: str
    signature: str
    draw: Callable[[int], tuple[Tensor, Tensor]]
    look: Callable[..., dict[str, Any]]
    assess: Callable[[dict[str, Any], Tensor], Measurement]
    hints: tuple[str, str, str]
    solution: str
    misconceptions: tuple[Misconception, ...] = ()

    def measure(self, *given: Any, seed: int = 0) -> Measurement:
        """Measure what was handed in."""
        shown, compared = self.draw(seed)
        return self.assess(self.look(*given, shown), compared)
