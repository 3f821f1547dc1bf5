"""An exercise that is measured: there is more or less of the right, and no wrong answer by name."""

from collections.abc import Callable
from dataclasses import dataclass

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
        measure: takes what the check is given, and `seed`.
    """

    name: str
    task: str
    signature: str
    measure: Callable[..., Measurement]
    hints: tuple[str, str, str]
    solution: str
    misconceptions: tuple[Misconception, ...] = ()
