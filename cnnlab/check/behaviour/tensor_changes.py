"""What may have been done to a tensor before it was used."""

from collections.abc import Callable
from itertools import combinations

import torch
from torch import Tensor

TensorChange = Callable[[Tensor], Tensor]


def tensor_changes(tensor: Tensor) -> dict[str, TensorChange]:
    """Return changes of a tensor by their text, in which {} stands for the tensor's name."""
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
        found[f"{{}} with zeros outside its square of axes {first} and {second}"] = (
            lambda t, a=first, b=second: _square(t, a, b)
        )
    return found


def _parts(axis: int) -> dict[str, TensorChange]:
    kept = {"first": slice(0, 1), "last": slice(-1, None)}
    lost = {"last": slice(None, -1), "first": slice(1, None)}
    return {
        f"{{}} with zeros but at the {where} index of axis {axis}": (
            lambda t, s=s: _zero_outside(t, axis, s)
        )
        for where, s in kept.items()
    } | {
        f"{{}} with zeros at the {where} index of axis {axis}": (
            lambda t, s=s: _zero_outside(t, axis, s)
        )
        for where, s in lost.items()
    }


def _zero_outside(tensor: Tensor, axis: int, kept: slice) -> Tensor:
    mask = torch.zeros_like(tensor).transpose(0, axis)
    mask[kept] = 1
    return tensor * mask.transpose(0, axis)


def _square(tensor: Tensor, first: int, second: int) -> Tensor:
    side = slice(0, min(tensor.shape[first], tensor.shape[second]))
    return _zero_outside(_zero_outside(tensor, first, side), second, side)
