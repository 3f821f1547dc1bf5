"""Draw the arguments of calls: numbers that are easy to read, settings that are crossed."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import torch
from torch import Generator, Tensor

Pair = tuple[int, int]  # (height, width)
PAIRS = tuple(product(range(1, 5), repeat=2))
TO_FOUR = range(1, 5)
TURNED = (False, False, True)  # how often a tensor is turned in memory
# image, kernel, and as many of stride, padding and dilation as are not left out
READABLE: tuple[tuple[Pair, Pair, tuple[int, ...]], ...] = (
    ((3, 4), (2, 2), ()),
    ((3, 5), (2, 3), ()),
    ((4, 3), (2, 2), (2,)),
    ((3, 4), (2, 2), (1, 1)),
    ((4, 5), (2, 2), (1, 0, 2)),
)


def whole_numbers(generator: Generator, *shape: int, turned: bool = False) -> Tensor:
    """Return float64 numbers from -9 to 9 without 0: easy to read, exact in any order of sums.

    Args:
        turned: whether the last two axes have changed places in memory, so it is not contiguous.
    """
    if turned:
        return whole_numbers(generator, *shape[:-2], shape[-1], shape[-2]).mT
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


def shapes(generator: Generator, count: int, *more: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Draw ((height, width), *more), sizes from 1 to 11; the first are readable, a quarter square.

    Args:
        more: for each further setting its values, crossed with all others.
    """
    drawn = crossed(
        generator, count, range(1, 12), range(1, 12), (False, False, False, True), *more
    )
    sizes = [(height, height if square else width) for height, width, square, *_ in drawn]
    sizes[:3] = (2, 2), (2, 3), (3, 2)
    return [(size, *rest) for size, (_, _, _, *rest) in zip(sizes, drawn, strict=True)]


def image_size(kernel: int, positions: int, spare: int, *settings: int) -> int:
    """Return how many pixels a window needs to fit so often along one axis.

    Args:
        spare: the least, and how many the last step leaves over, as far as the stride allows.
        settings: stride, padding and dilation. With much padding the window may fit more often.
    """
    stride, padding, dilation = settings
    taken = (positions - 1) * stride + dilation * (kernel - 1) + 1
    return max(spare, taken + spare % stride - 2 * padding)


def windows(
    generator: Generator,
    count: int,
    *more: Sequence[Any],
    strides: Sequence[int] = TO_FOUR,
    paddings: Sequence[int] = (0,),
    dilations: Sequence[int] = (1,),
) -> list[tuple[Any, ...]]:
    """Draw (image size, kernel size, (stride, padding, dilation), *more); the first are readable.

    A window fits one to four times down and along the image, or more often by its padding.

    Args:
        more: for each further setting its values, crossed with all others.
    """
    found = []
    ways = PAIRS, PAIRS, PAIRS, strides, paddings, dilations
    for kernel, positions, spare, *rest in crossed(generator, count, *ways, *more):
        axes = zip(kernel, positions, spare, strict=True)
        fitting = (image_size(*axis, *rest[:3]) for axis in axes)
        spans = (rest[2] * (size - 1) + 1 for size in kernel)
        image = tuple(map(max, fitting, spans))  # who forgets the padding gets an answer, too
        found.append((image, kernel, tuple(rest[:3]), *rest[3:]))
    readable = [
        each
        for each in READABLE
        if all(value in values for value, values in zip(each[2], ways[3:], strict=False))
    ]
    first = [(*each, *drawn[3:]) for each, drawn in zip(readable, found, strict=False)]
    return first + found[len(first) :]


def _shuffled(generator: Generator, count: int, values: Sequence[Any]) -> list[Any]:
    order = torch.randperm(count, generator=generator, device="cpu").tolist()
    return [values[index % len(values)] for index in order]
