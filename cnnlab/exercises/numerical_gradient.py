"""Exercise of lesson 04: check a gradient against finite differences."""

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import Arguments, Exercise, misconceptions_from, whole_numbers

ASKED = {"numerical_gradient": ("Lesson 04.3", "04 differences-intro")}


def cubes(point: Tensor) -> Tensor:
    """Weigh each cube by its place, so that every number has another gradient."""
    places = torch.arange(1, point.numel() + 1, dtype=point.dtype, device=point.device)
    return (point.flatten() ** 3 * places).sum() / 10


def product_of_sums(point: Tensor) -> Tensor:
    """Couple the numbers, so that one left in the wrong place shows in the others."""
    return (point.sum(0) ** 2 * point.sum(0).cos()).sum() + point.prod() / 50


def _inputs(generator: Generator) -> list[Arguments]:
    points = [whole_numbers(generator, *shape) / 4 for shape in ((2, 2), (2, 3), (3, 4))]
    coarse = [(function, points[1], 0.25) for function in (cubes, product_of_sums)]
    line = (cubes, points[0].flatten())
    return [line, (product_of_sums, points[2]), (cubes, points[2].T), *coarse]


NUMERICAL_GRADIENT = Exercise(
    name="numerical_gradient",
    task="Return the central differences of a function of a tensor, one number at a time.",
    returns="a tensor of the shape of point",
    inputs=_inputs,
    misconceptions=misconceptions_from("""
    float32
        the differences are taken in float32
        How many digits has float32, and how many remain of 1.000001 - 1?
        edit: gradient = torch.zeros -> point = point.float(); gradient = torch.zeros
    one-sided
        the difference is taken on one side only
        What does a look to the right only get wrong at the bottom of a parabola?
        edit: - function(below) -> - function(point)
        edit: = 2 * step -> = step
    divided by one step
        the difference of two steps is divided by one
        How far apart are point + step and point - step?
        edit: = 2 * step -> = step
    not divided
        the difference is not divided by the distance
        Does the answer change when you halve step?
        edit:  / distance ->
    below minus above
        the sign is reversed
        Is the gradient positive where the function grows?
        edit: = (function(above) -> = -(function(above)
    number not put back
        each number stays moved while the next ones are tried
        What does point look like when its second number has its turn?
        edit: / distance -> / distance; point = below
    all numbers moved
        all numbers are moved at once
        Which number's slope does the difference show then?
        edit: above[cell] -> above
        edit: below[cell] -> below
    """),
    hints=(
        "Move one number up by step, call the function, move it down by step, call it again.",
        "Work on a copy and put each number back before the next one moves.",
        "(function(above) - function(below)) / (2 * step), for each number.",
    ),
    solution="""\
import itertools


def numerical_gradient(function, point, step=1e-6):
    gradient = torch.zeros_like(point)
    distance = 2 * step
    for cell in itertools.product(*map(range, point.shape)):
        above, below = point.clone(), point.clone()
        above[cell] += step
        below[cell] -= step
        gradient[cell] = (function(above) - function(below)) / distance
    return gradient
""",
)
