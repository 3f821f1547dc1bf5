"""The numbers of a call: its arguments, their parts and sizes, as a learner would write them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from math import prod
from typing import Any

from torch import Tensor

Named = dict[str, Any]
Number = int | float


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass
class Call:
    """The arguments of one call by name, and the numbers in them."""

    named: Named

    @cached_property
    def numbers(self) -> dict[str, Number]:
        return quantities(self.named)

    @cached_property
    def formulas(self) -> dict[str, Number]:
        return dict(formulas(self.numbers))


def quantities(named: Named) -> dict[str, Number]:
    """Return the numbers of a call by the expression that gives each.

    Example:
        >>> quantities({"padding": 2, "kernel_size": (3, 5)})["kernel_size[1]"]
        5
    """
    found: dict[str, Number] = {}
    for name, value in named.items():
        if is_number(value):
            found[name] = value
        elif isinstance(value, Tensor):
            found |= {f"{name}.shape[{axis}]": size for axis, size in enumerate(value.shape)}
            if value.dim() > 1:
                found[f"{name}.numel()"] = value.numel()
            if value.is_floating_point() and value.numel():
                found |= {f"{name}.sum()": value.sum().item(), f"{name}.max()": value.max().item()}
                found[f"{name}.norm()"] = value.norm().item()
        elif isinstance(value, list | tuple):
            found |= _of_sequence(name, value)
    return found


def _of_sequence(name: str, value: Any) -> dict[str, Number]:
    found: dict[str, Number] = {f"len({name})": len(value)}
    if value and all(map(is_number, value)):
        found |= {f"{name}[{index}]": each for index, each in enumerate(value[:4])}
        found |= {f"sum({name})": sum(value), f"max({name})": max(value)}
        found[f"the product of {name}"] = prod(value)
    return found


def formulas(known: dict[str, Number]) -> Iterator[tuple[str, Number]]:
    """Yield simple formulas of known numbers with their values, the simplest first."""
    yield from known.items()
    for text, value in known.items():
        yield f"({text} - 1)", value - 1
        yield f"({text} + 1)", value + 1
    for (first, x), (second, y) in permutations(known.items(), 2):
        yield f"{first} * {second}", x * y
        yield f"({first} - {second})", x - y
        yield f"({first} + {second})", x + y
        if y:
            yield f"{first} // {second}", x // y
            yield f"{first} / {second}", x / y
