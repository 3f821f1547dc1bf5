"""Draw the arguments of calls: numbers that are easy to read, settings that are crossed."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator, Tensor


def whole_numbers(generator: Generator, *shape: int) -> Tensor:
    """Return float64 numbers from -9 to 9 without 0: easy to read, exact in any order of sums."""
    size = torch.randint(1, 10, shape, generator=generator, device="cpu")
    sign = torch.randint(0, 2, shape, generator=generator, device="cpu") * 2 - 1
    return (size * sign).double()


def integer(generator: Generator, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (), generator=generator, device="cpu"))


def turned(tensor: Tensor) -> Tensor:
    """Return the same numbers, in memory column by column: not contiguous, and cloned as such."""
    return tensor.mT.contiguous().mT


def crossed(generator: Generator, count: int, *choices: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Draw settings of which no two go together.

    A reason such as "wrong whenever padding is above 0" can be believed only if the kernel, the
    stride and all the rest took several values with padding and without.

    Args:
        count: how many settings.
        choices: for each setting its values; each is drawn about equally often, in an order that
            no other setting has.

    Example:
        >>> crossed(torch.Generator().manual_seed(0), 4, (1, 2), "ab")
        [(1, 'a'), (2, 'a'), (2, 'b'), (1, 'b')]
    """
    return list(zip(*(_shuffled(generator, count, values) for values in choices), strict=True))


def _shuffled(generator: Generator, count: int, values: Sequence[Any]) -> list[Any]:
    order = torch.randperm(count, generator=generator, device="cpu").tolist()
    return [values[index % len(values)] for index in order]
