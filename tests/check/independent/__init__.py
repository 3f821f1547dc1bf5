"""Answers written as code of their own, without the exercises' switches and edits.

A wrong answer is a function whose name is the exercise's, two underscores, and what is wrong.
"""

from collections.abc import Callable
from types import ModuleType

from cnnlab import exercises
from tests.check.independent import (
    later_counting,
    later_homework,
    later_layers,
    later_maps,
    later_signals,
    later_training,
    wrong_attacks,
    wrong_convolutions,
    wrong_counting,
    wrong_gradients,
    wrong_networks,
    wrong_sizes,
    wrong_training,
    wrong_windows,
)

LATER = (  # written when the engine was finished, by someone who had not read it
    *(later_counting, later_layers, later_training),
    *(later_maps, later_signals, later_homework),
)
MODULES = (
    *(wrong_sizes, wrong_counting, wrong_windows, wrong_convolutions),
    *(wrong_gradients, wrong_attacks, wrong_training, wrong_networks),
    *LATER,
)


def _answers(module: ModuleType) -> list[tuple[str, Callable]]:
    named = vars(module).items()
    return [(name, function) for name, function in named if not name.startswith("_")]


WRONG: list[tuple[str, str, Callable]] = [
    (exercise, what.replace("_", " "), function)
    for module in MODULES
    for name, function in _answers(module)
    for exercise, _, what in [name.partition("__")]
    if exercise in exercises.names() and what
]
WRITTEN_LATER = {function for module in LATER for _, function in _answers(module)}
