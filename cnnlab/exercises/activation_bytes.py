"""activation_bytes: the memory of a layer's output."""

from math import prod
from typing import Any

import torch

from cnnlab.exercises.exercise import Exercise, Switches, integer, misconceptions_from


def _activation_bytes(switches: Switches, shape: tuple, bytes_per_number: int = 4) -> Any:
    numbers = sum(shape) if "sizes added" in switches else prod(shape)
    if "channels forgotten" in switches:
        numbers = prod(shape[1:])
    if "square picture" in switches:
        numbers = shape[0] * shape[1] ** 2
    size = 4 if "always float32" in switches else bytes_per_number
    total = numbers if "numbers for bytes" in switches else numbers * size
    if "bits for bytes" in switches:
        total *= 8
    return total / 1024 if "kilobytes" in switches else total


ACTIVATION_BYTES = Exercise(
    name="activation_bytes",
    task="Return the bytes of a layer's output; shape is (channels, height, width).",
    returns="one whole number",
    model=_activation_bytes,
    oracle=lambda shape, bytes_per_number=4: (
        torch.empty(shape, dtype=torch.uint8).numel() * bytes_per_number
    ),
    inputs=lambda generator: (
        [((3, 4, 5),), ((32, 32, 32), 2), ((16, 8, 12), 1)]
        + [(tuple(integer(generator, 2, 9) for _ in range(3)), 8) for _ in range(6)]
        + [((2, 5, 7), 4), ((5, 3, 4), 2)]
    ),
    misconceptions=misconceptions_from("""
    numbers for bytes
        the numbers are counted, not their bytes
        How many bytes does one float32 take?
    always float32
        bytes_per_number is not used
        How many bytes does one bfloat16 take?
    bits for bytes
        bits are counted
        How many bits are in a byte?
    kilobytes
        the answer is in kilobytes
        Which unit does the exercise ask for?
    channels forgotten
        one map is counted, whatever the number of channels
        How many maps does a layer with 32 channels return?
    sizes added
        the sizes are added, not multiplied
        How many pixels have 4 rows of 5?
    square picture
        the width is taken to be the height
        How many pixels have 4 rows of 5?
    """),
    hints=(
        "How many numbers does the layer return for one picture?",
        "channels times height times width, and each of them takes bytes_per_number.",
        "math.prod(shape) multiplies all numbers of a shape.",
    ),
    solution="""\
def activation_bytes(shape, bytes_per_number=4):
    channels, height, width = shape
    return channels * height * width * bytes_per_number
""",
)


EXERCISES = (ACTIVATION_BYTES,)
