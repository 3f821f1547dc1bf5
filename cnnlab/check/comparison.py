"""Compare what a learner's function returned, in plain values, with the right answer."""

from collections.abc import Iterator
from math import isclose
from typing import Any

import torch
from torch import Tensor


def same(answer: Any, reference: Any) -> bool:
    """Tell whether two plain values agree: whole numbers exactly, others up to float32's error."""
    if isinstance(answer, Tensor) and isinstance(reference, Tensor):
        if answer.shape != reference.shape:
            return False
        scale = largest(reference) if reference.numel() else 1.0
        tolerance = {"rtol": 1e-5, "atol": 1e-6 * max(scale, 1e-3)}
        return torch.allclose(answer, reference, **tolerance, equal_nan=True)
    if isinstance(answer, dict) and isinstance(reference, dict):
        return answer.keys() == reference.keys() and all(
            same(answer[key], reference[key]) for key in reference
        )
    if isinstance(answer, tuple) and isinstance(reference, tuple):
        return len(answer) == len(reference) and all(map(same, answer, reference))
    if isinstance(answer, int | float) and isinstance(reference, int | float):
        return answer == reference if isinstance(reference, int) else _close(answer, reference)
    return answer is reference or (isinstance(answer, str) and answer == reference)


def largest(tensor: Tensor) -> float:
    """Return the largest finite size of a number in a tensor that is not empty."""
    return float(tensor.nan_to_num(0.0, 0.0, 0.0).abs().max())


def _close(answer: float, reference: float) -> bool:
    if answer != answer and reference != reference:  # neither is a number, as 0 / 0
        return True
    try:
        return isclose(answer, reference, rel_tol=1e-5, abs_tol=1e-12)
    except OverflowError:  # a whole number that no float can hold
        return False


def fits_kind(answer: Any, reference: Any) -> bool:
    """Tell whether `answer` is of the kind of `reference`; a float is not a whole number."""
    if isinstance(reference, bool):
        return isinstance(answer, bool)
    if isinstance(reference, int):
        return isinstance(answer, int) and not isinstance(answer, bool)
    if isinstance(reference, float):
        return isinstance(answer, int | float) and not isinstance(answer, bool)
    if isinstance(reference, tuple):
        return (
            isinstance(answer, tuple)
            and len(answer) == len(reference)
            and all(map(fits_kind, answer, reference))
        )
    if isinstance(reference, dict):
        return isinstance(answer, dict)
    return isinstance(answer, type(reference))


def parts(answer: Any, reference: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, answer, reference) for each part that differs; the whole is named ""."""
    if isinstance(answer, dict) and isinstance(reference, dict):
        for key, value in answer.items():
            if not same(value, reference.get(key)):
                yield key, value, reference.get(key)
    elif not same(answer, reference):
        yield "", answer, reference


def reshaped(answer: Any, reference: Any) -> bool:
    """Tell whether every number is right and in order, and only the shape is not."""
    if not isinstance(reference, Tensor):
        return False
    if not isinstance(answer, Tensor) and (
        reference.numel() != 1 or not isinstance(answer, int | float)
    ):
        return False
    given = answer if isinstance(answer, Tensor) else torch.tensor(answer, dtype=torch.float64)
    if given.numel() != reference.numel() or given.shape == reference.shape:
        return False
    return same(given.reshape(reference.shape), reference)


def differing_cells(answer: Tensor, reference: Tensor) -> Tensor:
    """Return the indices of the cells that differ, first cell first: (cells, axes)."""
    scale = max(largest(reference), 1e-3)
    close = torch.isclose(answer, reference, rtol=1e-5, atol=1e-6 * scale)
    return (~close).nonzero()


def along(tensor: Tensor, axis: int, kept: slice) -> Tensor:
    """Return a view of the indices of one axis that a slice keeps."""
    return tensor.transpose(0, axis)[kept].transpose(0, axis)
