"""Where in a tensor the wrong numbers stand, if they stand in one place in every answer."""

from collections.abc import Callable

import torch
from torch import Tensor

from cnnlab.check.attempt import Attempt
from cnnlab.check.behavior.changes import along
from cnnlab.check.comparison import differing_cells


def place(wrong: list[Attempt]) -> str | None:
    """Return the place that holds every differing cell of every answer, or None.

    A place counts only if it is a part of some answer, and if two answers at least differ.
    """
    masks = []
    for attempt in wrong:
        answer, right = attempt.answer, attempt.right
        if not (isinstance(answer, Tensor) and isinstance(right, Tensor)):
            return None
        if answer.shape != right.shape:
            return None
        mask = torch.zeros(right.shape, dtype=torch.bool, device="cpu")
        mask[tuple(differing_cells(answer, right).T)] = True
        masks.append(mask)
    if len(masks) < 2:
        return None
    for text, region in _regions(masks[0].dim()).items():
        inside = [region(mask) for mask in masks]
        small = any(0 < r.sum() < r.numel() for r in inside)
        if small and not any((m & ~r).any() for m, r in zip(masks, inside, strict=True)):
            return text
    return None


def _regions(axes: int) -> dict[str, Callable[[Tensor], Tensor]]:
    found: dict[str, Callable[[Tensor], Tensor]] = {}
    for axis in range(axes):
        found |= {
            f"stands at the last index of axis {axis}": lambda m, a=axis: _at(
                m, a, slice(-1, None)
            ),
            f"stands at the first index of axis {axis}": lambda m, a=axis: _at(m, a, slice(0, 1)),
            f"stands beyond the first index of axis {axis}": (
                lambda m, a=axis: _at(m, a, slice(1, None))
            ),
            f"stands before the last index of axis {axis}": (
                lambda m, a=axis: _at(m, a, slice(None, -1))
            ),
        }
    if axes > 1:
        found["stands on the border"] = lambda m: ~_inner(m)
        found["stands inside, off the border"] = _inner
        found["stands on the diagonal"] = lambda m: torch.eye(*m.shape[-2:]).bool().expand_as(m)
        found["stands off the diagonal"] = lambda m: ~torch.eye(*m.shape[-2:]).bool().expand_as(m)
    return found


def _at(mask: Tensor, axis: int, kept: slice) -> Tensor:
    region = torch.zeros_like(mask)
    along(region, axis, kept).fill_(True)
    return region


def _inner(mask: Tensor) -> Tensor:
    region = torch.zeros_like(mask)
    region[..., 1:-1, 1:-1] = True
    return region
