"""Patches of 3x3 pixels, and a kernel described by its responses to them."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from cnnlab.exercises.kit.values import plain

EVEN = torch.full((3, 3), 4.0, dtype=torch.float64)
DOT = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=torch.float64)
COLUMN = torch.tensor([[0.0, 1, 0]], dtype=torch.float64).repeat(3, 1)
RISING = torch.tensor([[1.0, 2, 3]], dtype=torch.float64).repeat(3, 1)
DIAGONAL = torch.eye(3, dtype=torch.float64)
COMPARED = {"negative": "weaker", "0": "as strong", "positive": "stronger"}


def describe_kernel(
    returned: Any, patches: Mapping[str, Tensor], rivals: Mapping[str, Tensor] | None = None
) -> Any:
    """Describe a kernel by the signs of its responses: many kernels are right.

    A rival of several patches counts by the largest response to one of them.
    """
    kernel = plain(returned)
    if not isinstance(kernel, Tensor) or kernel.shape != (3, 3):
        return kernel
    strength = {name: float((patch * kernel).sum()) for name, patch in patches.items()}
    signs = {f"response to {name}": _sign(value) for name, value in strength.items()}
    wanted = next(iter(strength.values()))
    for name, patch in (rivals or {}).items():
        strongest = float((patch * kernel).sum((-2, -1)).max())
        signs[f"response to {name}"] = COMPARED[_sign(strongest - wanted)]
    return signs


def _sign(number: float) -> str:
    if abs(number) < 1e-6:
        return "0"
    return "positive" if number > 0 else "negative"


def shown(patch: Tensor, bright: bool) -> Tensor:
    """Return a patch of zeros and ones, bright on dark or dark on bright."""
    return patch if bright else 1 - patch
