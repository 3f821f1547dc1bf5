"""Exercise of lesson 04: check a gradient against finite differences."""

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import Arguments, Exercise, crossed, misconceptions_from, whole_numbers
from cnnlab.exercises.kit.drawing import TO_FOUR, TURNED

ASKED = {"numerical_gradient": ("Lesson 04.2", "04 differences-intro")}


def cubes(point: Tensor) -> Tensor:
    """Weigh each cube by its place, so that every number has another gradient."""
    places = torch.arange(1, point.numel() + 1, dtype=point.dtype, device=point.device)
    return (point.flatten() ** 3 * places).sum() / 10


def product_of_sums(point: Tensor) -> Tensor:
    """Couple the numbers, so that one left in the wrong place shows in the others."""
    sums = point.sum(0)
    return (sums**2 * sums.cos()).sum() + point.prod() / 50


def _inputs(generator: Generator) -> list[Arguments]:
    """Draw small steps, and some so coarse that even a 255th of them shows in the answer."""
    steps, sizes = (1e-6, 1e-6, 0.25, 2.0, 8.0, 16.0), (range(1, 6), TO_FOUR, (1, 2, 3))
    drawn = crossed(generator, 32, (cubes, product_of_sums), (1, 2, 3), *sizes, TURNED, steps)
    cases: list[Arguments] = [
        (cubes, whole_numbers(generator, *shape) / 4) for shape in ((2, 2), (2,))
    ]
    for function, axes, *shape, turned, step in drawn:
        point = whole_numbers(generator, *shape[:axes], turned=turned and axes > 1) / 4
        cases.append((function, point, step))
    return cases


NUMERICAL_GRADIENT = Exercise(
    name="numerical_gradient",
    task="Return the central differences of a function of a tensor, one number at a time.",
    returns="a tensor of the shape of point",
    inputs=_inputs,
    facts={"point has one axis": lambda point, **_: point.dim() == 1},
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
    step ignored
        a small step of its own is taken, whatever step says
        What should the answer show when step is as large as 2?
        edit: gradient = torch.zeros -> step = 1e-6; gradient = torch.zeros
    divided by one step
        the difference of two steps is divided by one
        How far apart are point + step and point - step?
        edit: = 2 * step -> = step
    brackets forgotten
        the difference is divided by 2 and multiplied by step, for want of brackets
        Python divides and multiplies from left to right. What is 8 / 2 * 4?
        edit: / distance -> / 2 * step
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
