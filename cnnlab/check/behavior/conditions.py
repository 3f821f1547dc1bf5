"""Find the one condition that separates the inputs answered wrongly from the others."""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

from torch import Tensor

Facts = dict[str, bool]
FEW = 4


def facts_of(named: list[dict[str, Any]], extra: Mapping[str, Callable[..., bool]]) -> list[Facts]:
    """Return what is true of each call, and what is not.

    Args:
        named: the arguments of every call, by name.
        extra: the exercise's own conditions, as functions of the arguments.
    """
    return [_facts(arguments, extra) for arguments in named]


def separating_condition(table: list[Facts], wrong: list[bool]) -> str | None:
    """Return the condition, in words, that holds for exactly the wrong inputs, or None.

    Args:
        table: the facts about every call, from `facts_of`.
        wrong: for each call, whether the answer was wrong.
    """
    if all(wrong) or not any(wrong):
        return None
    wanted = _bits(wrong)
    masks = {
        text: _bits([facts[text] for facts in table])
        for text in table[0]
        if all(text in facts for facts in table)
    }
    for text, mask in masks.items():
        if mask == wanted:
            return text
    masks = {text: mask for text, mask in masks.items() if ".shape[" not in text}
    if len(wrong) - sum(wrong) < FEW:  # two conditions together fit few answers by chance
        return None
    covering = {text: mask for text, mask in masks.items() if mask & wanted == wanted}
    for first, second in combinations(covering, 2):
        if covering[first] & covering[second] == wanted:
            return f"{first} and {second}"
    inside = {text: mask for text, mask in masks.items() if mask and mask | wanted == wanted}
    for first, second in combinations(inside, 2):
        if inside[first] | inside[second] == wanted:
            return f"{first} or {second}"
    return None


def sufficient_condition(table: list[Facts], wrong: list[bool]) -> tuple[str, int] | None:
    """Return the condition under which every answer is right, and for how many, or None.

    It has to hold for at least three calls, and leave at least six of ten others wrong.
    """
    best: tuple[str, int] | None = None
    for text in table[0]:
        if not all(text in facts for facts in table):
            continue
        inside = [flag for facts, flag in zip(table, wrong, strict=True) if facts[text]]
        others = len(wrong) - len(inside)
        enough = len(inside) >= 3 and others and sum(wrong) >= 0.6 * others
        if enough and not any(inside) and (best is None or len(inside) > best[1]):
            best = text, len(inside)
    return best


def _bits(flags: list[bool]) -> int:
    """Return the flags as the bits of one number, so that `&` compares them all at once."""
    return sum(1 << index for index, flag in enumerate(flags) if flag)


def _facts(arguments: dict[str, Any], extra: Mapping[str, Callable[..., bool]]) -> Facts:
    facts = {text: bool(holds(**arguments)) for text, holds in extra.items()}
    numbers: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for name, value in arguments.items():
        if isinstance(value, bool):
            facts |= {f"{name} is True": value, f"{name} is False": not value}
        elif isinstance(value, int):
            numbers[name] = value
            facts |= _number_facts(name, value)
        elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int):
            facts |= {f"{name} is square": value[0] == value[1]}
            facts |= {f"{name} is not square": value[0] != value[1]}
            for axis, size in zip(("height", "width"), value, strict=True):
                facts |= _number_facts(f"the {axis} of {name}", size)
        elif isinstance(value, Tensor) and value.dim() >= 2:
            facts |= _tensor_facts(name, value)
        elif isinstance(value, list | tuple):
            facts |= _number_facts(f"len({name})", len(value))
        if isinstance(value, Tensor):
            sizes |= {f"{name}.shape[{axis}]": size for axis, size in enumerate(value.shape)}
            facts |= _content_facts(name, value)
    for first, second in combinations(numbers | sizes, 2):
        x, y = (numbers | sizes)[first], (numbers | sizes)[second]
        facts |= {f"{first} is larger than {second}": x > y}
        facts |= {f"{first} is smaller than {second}": x < y}
        facts |= {f"{first} is {second}": x == y, f"{first} is not {second}": x != y}
    for size in sizes:
        facts |= {f"{size} is 1": sizes[size] == 1, f"{size} is above 1": sizes[size] > 1}
    return facts


def _content_facts(name: str, value: Tensor) -> Facts:
    if not value.is_floating_point():
        return {}
    return {
        f"{name} has a negative number": bool((value < 0).any()),
        f"{name} has no negative number": not (value < 0).any(),
    }


def _number_facts(name: str, value: int) -> Facts:
    return {
        f"{name} is 0": value == 0,
        f"{name} is above 0": value > 0,
        f"{name} is 1": value == 1,
        f"{name} is above 1": value > 1,
        f"{name} is above 2": value > 2,
        f"{name} is even": value % 2 == 0,
        f"{name} is odd": value % 2 == 1,
    }


def _tensor_facts(name: str, value: Tensor) -> Facts:
    height, width = value.shape[-2:]
    return {
        f"{name} is square": height == width,
        f"{name} is not square": height != width,
        f"{name} is wider than high": width > height,
        f"{name} is higher than wide": height > width,
        f"{name} is not contiguous in memory": not value.is_contiguous(),
        f"the height of {name} is even": height % 2 == 0,
        f"the width of {name} is even": width % 2 == 0,
        f"the height of {name} is odd": height % 2 == 1,
        f"the width of {name} is odd": width % 2 == 1,
    }
