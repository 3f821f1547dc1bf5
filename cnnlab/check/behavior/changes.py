"""What may have been done to an argument before it was used: a tensor, a pair, a function.

In each text {} stands for the argument's name.
"""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

TensorChange = Callable[[Tensor], Tensor]


def along(tensor: Tensor, axis: int, kept: slice) -> Tensor:
    """Return a view of the indices of one axis that a slice keeps."""
    return tensor.transpose(0, axis)[kept].transpose(0, axis)


PAIRS: dict[str, Callable[[Any], Any]] = {
    "{} turned round": lambda v: v[::-1],
    "{}[0] on both axes": lambda v: (v[0], v[0]),
    "{}[1] on both axes": lambda v: (v[1], v[1]),
    "{}=(0, 0)": lambda _: (0, 0),
    "{}=(1, 1)": lambda _: (1, 1),
    "{} with 1 more on each axis": lambda v: (v[0] + 1, v[1] + 1),
    "{} with 1 less on each axis": lambda v: (v[0] - 1, v[1] - 1),
    "the larger of {} on both axes": lambda v: (max(v),) * 2,
    "the smaller of {} on both axes": lambda v: (min(v),) * 2,
    "2 * {}": lambda v: (2 * v[0], 2 * v[1]),
    "half of {}": lambda v: (v[0] // 2, v[1] // 2),
}

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "-{}(...) in place of {}(...)": lambda f: lambda x: -f(x),
    "2 * {}(...) in place of {}(...)": lambda f: lambda x: 2 * f(x),
    "0 * {}(...) in place of {}(...)": lambda f: lambda x: 0 * f(x),
    "the identity in place of {}": lambda _: lambda x: x,
}


def tensor_changes(tensor: Tensor) -> dict[str, TensorChange]:
    """Return changes of a tensor by their text."""
    return _floats(tensor) if tensor.is_floating_point() else INTEGERS


INTEGERS: dict[str, TensorChange] = {
    "{}.flip(0)": lambda t: t.flip(0),
    "{}.argsort()": torch.argsort,
    "{} of zeros": torch.zeros_like,
    "{} + 1": lambda t: t + 1,
    "{} - 1": lambda t: t - 1,
    "{}.roll(1)": lambda t: t.roll(1),
    "only {}[0], for all": lambda t: t[:1].expand_as(t),
}


def _floats(tensor: Tensor) -> dict[str, TensorChange]:
    found: dict[str, TensorChange] = {
        "{} cut to whole numbers": torch.trunc,
        "{} rounded to whole numbers": torch.round,
        "-{}": torch.neg,
        "{}.abs()": torch.abs,
        "{} with its negative numbers set to 0": lambda t: t.clamp(min=0),
        "{} of zeros": torch.zeros_like,
        "{} of ones": torch.ones_like,
        "{} less its mean": lambda t: t - t.mean(),
        "{} divided by its sum": lambda t: t / t.sum(),
        "2 * {}": lambda t: 2 * t,
        "{} / 2": lambda t: t / 2,
        "{} ** 2": lambda t: t**2,
    }
    for axis in range(tensor.dim()):
        found[f"{{}}.flip({axis})"] = lambda t, a=axis: t.flip(a)
        found |= _parts(axis)
        found[f"{{}}.roll(1, {axis})"] = lambda t, a=axis: t.roll(1, a)
        found[f"{{}}.roll(-1, {axis})"] = lambda t, a=axis: t.roll(-1, a)
        found[f"{{}} averaged along axis {axis}"] = lambda t, a=axis: t.mean(
            a, keepdim=True
        ).expand_as(t)
    for first, second in combinations(range(tensor.dim()), 2):
        found[f"{{}}.transpose({first}, {second})"] = lambda t, a=first, b=second: t.transpose(a, b)
        found[f"{{}}.flip({first}, {second})"] = lambda t, a=first, b=second: t.flip(a, b)
        turned = f"{{}}.rot90(%d, ({first}, {second}))"
        found[turned % 1] = lambda t, a=first, b=second: t.rot90(1, (a, b))
        found[turned % -1] = lambda t, a=first, b=second: t.rot90(-1, (a, b))
        found[f"{{}} with zeros off the diagonal of axes {first} and {second}"] = (
            lambda t, a=first, b=second: _diagonal(t, a, b)
        )
        found[f"{{}} with zeros outside its square of axes {first} and {second}"] = (
            lambda t, a=first, b=second: _square(t, a, b)
        )
    return found


def _parts(axis: int) -> dict[str, TensorChange]:
    parts = {
        "but at the first": slice(0, 1),
        "but at the last": slice(-1, None),
        "at the last": slice(None, -1),
        "at the first": slice(1, None),
    }
    return {
        f"{{}} with zeros {where} index of axis {axis}": partial(
            _zero_outside, axis=axis, kept=kept
        )
        for where, kept in parts.items()
    }


def _zero_outside(tensor: Tensor, axis: int, kept: slice) -> Tensor:
    result = torch.zeros_like(tensor)
    along(result, axis, kept).copy_(along(tensor, axis, kept))
    return result


def _square(tensor: Tensor, first: int, second: int) -> Tensor:
    side = slice(0, min(tensor.shape[first], tensor.shape[second]))
    return _zero_outside(_zero_outside(tensor, first, side), second, side)


def _diagonal(tensor: Tensor, first: int, second: int) -> Tensor:
    moved = tensor.movedim((first, second), (-2, -1))
    kept = torch.eye(*moved.shape[-2:], dtype=tensor.dtype, device=tensor.device)
    return (moved * kept).movedim((-2, -1), (first, second))
