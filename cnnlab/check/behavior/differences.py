"""Where the wrong numbers stand, and on which side of the right ones they lie."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from cnnlab.check.attempt import Attempt
from cnnlab.check.behavior.quantities import is_number
from cnnlab.check.comparison import along, differing_cells


def place(wrong: list[Attempt]) -> str | None:
    """Return the place that holds every differing cell of every answer, or None.

    A place counts only if it is a part of some answer, and if two answers at least differ.
    """
    masks = []
    for attempt in wrong:
        answer, right = attempt.answer, attempt.right
        if not (isinstance(answer, Tensor) and isinstance(right, Tensor)):
            return None
        if answer.shape != right.shape or answer.dim() != wrong[0].answer.dim():
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


LEAST = 4  # numbers that differ, before one side is more than a coincidence


def direction(wrong: list[Attempt]) -> str | None:
    """Return how all differing numbers differ, such as "too large", or None.

    Sizes are compared where shapes differ.
    """
    found = [_tensors(attempt.answer, attempt.right) for attempt in wrong]
    pairs = [pair for pair in found if pair is not None]
    if not pairs or len(pairs) < len(found):
        return None
    if all(answer.shape != right.shape for answer, right in pairs):
        return _of_shapes(pairs)
    if any(answer.shape != right.shape for answer, right in pairs):
        return None
    given = torch.cat([answer.flatten() for answer, _ in pairs])
    right = torch.cat([right.flatten() for _, right in pairs])
    differ = ~torch.isclose(given, right, rtol=1e-5, atol=1e-9)
    given, right = given[differ], right[differ]
    if len(given) < LEAST or not given.isfinite().all():
        return None
    tests: dict[str, Callable[[], Tensor]] = {
        "too large": lambda: given > right,
        "too small": lambda: given < right,
        "of the opposite sign": lambda: given * right < 0,
        "too far from 0, on the right side of it": lambda: (
            (given * right > 0) & (given.abs() > right.abs())
        ),
        "too near 0, on the right side of it": lambda: (
            (given * right >= 0) & (given.abs() < right.abs())
        ),
    }
    return next((text for text, test in tests.items() if test().all()), None)


def _of_shapes(pairs: list[tuple[Tensor, Tensor]]) -> str | None:
    axes = {answer.dim() for answer, _ in pairs} | {right.dim() for _, right in pairs}
    if len(axes) != 1:
        given = {answer.dim() for answer, _ in pairs}
        wanted = {right.dim() for _, right in pairs}
        both_one = len(given) == len(wanted) == 1
        return f"of {given.pop()} axes, and the right one of {wanted.pop()}" if both_one else None
    off = torch.tensor(
        [[a - r for a, r in zip(answer.shape, right.shape, strict=True)] for answer, right in pairs]
    )
    for sign, word in ((1, "long"), (-1, "short")):
        wrong = [str(axis) for axis in range(off.shape[1]) if (sign * off[:, axis] > 0).all()]
        rest = [axis for axis in range(off.shape[1]) if not (off[:, axis] == 0).all()]
        if wrong and len(wrong) == len(rest):
            amounts = {abs(n) for n in off[:, rest].flatten().tolist()}
            by = f", by {amounts.pop()}" if len(amounts) == 1 else ""
            return f"too {word} along axis {' and '.join(wrong)}{by}"
    return None


def _tensors(answer: Any, right: Any) -> tuple[Tensor, Tensor] | None:
    if is_number(answer) and is_number(right):
        answer = torch.tensor([float(answer)], dtype=torch.float64)
        right = torch.tensor([float(right)], dtype=torch.float64)
    if not (isinstance(answer, Tensor) and isinstance(right, Tensor)):
        return None
    return answer, right
