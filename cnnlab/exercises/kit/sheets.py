"""Sheets of one's own: exercises whose numbers are drawn for each learner.

A sheet is a number. It draws the same exercise wherever it is used: in the learner's notebook and
in the grader.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import torch
from torch import Generator

from cnnlab.exercises.kit.drawing import integer
from cnnlab.exercises.kit.exercise import RIGHT, Exercise

Numbers = dict[str, Any]
TRIES = 1000


@dataclass(frozen=True)
class Varied:
    """What a sheet changes in an exercise.

    Attributes:
        given: the numbers without a sheet.
        draw: other numbers, from a generator.
        build: the exercise with such numbers.
        fits: tells whether drawn numbers keep what the task says of them.
    """

    given: Numbers
    draw: Callable[[Generator], Numbers]
    build: Callable[[Numbers], Exercise]
    fits: Callable[[Numbers], bool] = lambda numbers: True

    def numbers(self, topic: str, sheet: int | None) -> Numbers:
        """Return the numbers of a sheet: drawn until no two answers of the exercise agree.

        Args:
            topic: exercises of one topic are drawn alike.
            sheet: None for the numbers given.

        Raises:
            RuntimeError: if no numbers fit, which is a mistake in `draw` or `fits`.
        """
        if sheet is None:
            return self.given
        generator = Generator().manual_seed(crc32(f"{topic} {sheet}".encode()))
        for _ in range(TRIES):
            numbers = self.draw(generator)
            if self.fits(numbers) and _separates(self.build(numbers)):
                return numbers
        raise RuntimeError(f"No numbers fit {topic} on sheet {sheet}.")


def one_of(generator: Generator, *choices: Any) -> Any:
    """Draw one of some choices."""
    return choices[integer(generator, 0, len(choices) - 1)]


def _separates(exercise: Exercise) -> bool:
    """Tell whether every misconception can be told from the others; only without arguments."""
    if exercise.inputs(torch.Generator().manual_seed(0)) != [()]:
        return True  # its inputs, not its numbers, separate them
    known = [RIGHT, *(frozenset((each.name,)) for each in exercise.misconceptions)]
    answers = [exercise.answer(switches, ()) for switches in known]
    return all(a != b for number, a in enumerate(answers) for b in answers[:number])
