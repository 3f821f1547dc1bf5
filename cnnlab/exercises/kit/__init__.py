"""What exercises are made of: how one is declared, and what is seen of a learner's answer.

Nothing here knows a right answer, so the grader's box shows this folder to a submission.
"""

from cnnlab.exercises.kit.drawing import crossed, integer, turned, whole_numbers
from cnnlab.exercises.kit.exercise import (
    RIGHT,
    Arguments,
    Exercise,
    Misconception,
    Switches,
    misconceptions_from,
)
from cnnlab.exercises.kit.forbidden import AUTOGRAD, CONVOLUTION
from cnnlab.exercises.kit.sheets import Numbers, Varied, one_of
from cnnlab.exercises.kit.values import grid, plain

__all__ = [
    "AUTOGRAD",
    "CONVOLUTION",
    "RIGHT",
    "Arguments",
    "Exercise",
    "Misconception",
    "Numbers",
    "Switches",
    "Varied",
    "crossed",
    "grid",
    "integer",
    "misconceptions_from",
    "one_of",
    "plain",
    "turned",
    "whole_numbers",
]
