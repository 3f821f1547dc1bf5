"""Why a line stopped: its own values, and what the commonest messages of Python and torch mean."""

import re
from types import FrameType
from typing import Any

from torch import Tensor

CAUSES = {  # a pattern of the message, and what it says in plain words
    "step must be greater than zero": (
        "A tensor takes no negative step in a slice; .flip(axis) turns an axis round."
    ),
    r"Dimension out of range .*range of \[-(\d+), \d+\], but got (-?\d+)": (
        "That tensor has {0} axes, counted from 0: there is no axis {1}."
    ),
    r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)": (
        "Axis {1} has {2} places, counted from 0: there is no place {0}."
    ),
    r"too many indices for tensor of dimension (\d+)": (
        "The number of axes is {0}, and the line gives more indices than that."
    ),
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at .* (\d+)": (
        "Two tensors meet number by number: along axis {2} one has {0} places, the other {1}."
    ),
    r"shape '(\[.*\])' is invalid for input of size (\d+)": (
        "There are {1} numbers, which do not fill the shape {0}."
    ),
    r"mat1 and mat2 shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)": (
        "In a matrix product the {0} columns of the first meet the {1} rows of the second."
    ),
    "view size is not compatible": (
        "The numbers do not lie one after the other in memory: .reshape copies, .view cannot."
    ),
    r"to have (\d+) channels, but got (\d+) channels": ("A layer for {0} channels is given {1}."),
    r"maximum size for tensor at dimension (\d+) is (\d+) but size is (\d+)": (
        "A window of {2} does not fit: axis {0} has {1} places."
    ),
    "NoneType": "Something in that line is None: which of its names holds no value there?",
    r"numel\(\) == 0|non-empty": "What the line works on is empty. Which slice or list is it?",
    "'float' object cannot be interpreted as an integer": (
        "A whole number is needed there: / gives a fraction, // does not."
    ),
    "Tensor that requires grad. Use tensor.detach": (
        "That tensor is part of a record for gradients; .detach() gives its numbers alone."
    ),
    "does not require grad and does not have a grad_fn": (
        "backward starts from something that was computed without a record for gradients."
    ),
    "backward through the graph a second time": (
        "backward ran twice over one record; which call comes a second time?"
    ),
    "tensors to be on the same device": (
        "What meets in that line lies in two places, on the CPU and on the device: which of the "
        "model, the images and the labels was never moved?"
    ),
    r"same dtype|expected scalar type (?!Long)": (
        "Numbers of two types meet, such as float32 and float64: x.new_zeros(...) takes x's type."
    ),
}


def cause_of(message: str) -> str | None:
    """Return what a message means in plain words, or None where it is not a known one."""
    for pattern, words in CAUSES.items():
        if found := re.search(pattern, message):
            return words.format(*found.groups())
    return None


def values_in(source: str, frame: FrameType) -> str:
    """Return what the names in a line stand for: numbers, and shapes of tensors."""
    found = {}
    for name in re.findall(r"[A-Za-z_]\w*", source):
        if name in frame.f_locals:
            found[name] = _shown(frame.f_locals[name])
    return ", ".join(f"{name} {text}" for name, text in found.items() if text)


def _shown(value: Any) -> str:
    if type(value) in (int, float, bool, type(None)):
        return f"= {value}"
    return f"of shape {tuple(value.shape)}" if type(value) is Tensor else ""
