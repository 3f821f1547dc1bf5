"""Find the one condition that separates the inputs answered wrongly from the others.

A condition is one of many that could have fitted. So it has to be unlikely that any of them fits
by chance: of all ways to choose as many wrong inputs, they may explain one in a thousand.
"""

from collections.abc import Callable, Mapping
from itertools import combinations
from math import comb
from typing import Any

from torch import Tensor

Facts = dict[str, bool]
FEW = 4  # calls for which a fact holds, and for which it does not, before it says anything
CHANCE = 1_000


def facts_of(named: list[dict[str, Any]], extra: Mapping[str, Callable[..., bool]]) -> list[Facts]:
    """Return what is true of each call, and what is not.

    What holds for fewer than four calls, or fails for fewer, is left out.

    Args:
        named: the arguments of every call, by name.
        extra: the exercise's own conditions, as functions of the arguments.
    """
    table = [facts(arguments, extra) for arguments in named]
    often = []
    for text in table[0]:
        if all(text in each for each in table):
            count = sum(each[text] for each in table)
            if FEW <= count <= len(table) - FEW:
                often.append(text)
    return [{text: each[text] for text in often} for each in table]


def separating_condition(table: list[Facts], wrong: list[bool]) -> str | None:
    """Return the condition, in words, that holds for exactly the wrong inputs, or None.

    Args:
        table: the facts about every call, from `facts_of`.
        wrong: for each call, whether the answer was wrong.
    """
    wanted = _bits(wrong)
    masks = {text: _bits([each[text] for each in table]) for text in table[0]}
    ways = comb(len(wrong), sum(wrong))
    kinds = len(set(masks.values()))
    if ways < CHANCE * kinds:
        return None
    for text, mask in masks.items():
        if mask == wanted:
            return text
    if ways < CHANCE * kinds**2:
        return None
    covering = {text: mask for text, mask in masks.items() if mask & wanted == wanted}
    for first, second in combinations(covering, 2):
        if covering[first] & covering[second] == wanted:
            return f"{first} and {second}"
    inside = {text: mask for text, mask in masks.items() if mask | wanted == wanted}
    for first, second in combinations(inside, 2):
        if inside[first] | inside[second] == wanted:
            return f"{first} or {second}"
    return None


def sufficient_condition(table: list[Facts], wrong: list[bool]) -> tuple[str, int] | None:
    """Return the condition under which every answer is right, and for how many, or None.

    At least six of ten others have to be wrong.
    """
    best: tuple[str, int] | None = None
    kinds = len({tuple(each[text] for each in table) for text in table[0]})
    for text in table[0]:
        inside = [flag for each, flag in zip(table, wrong, strict=True) if each[text]]
        others = len(wrong) - len(inside)
        if any(inside) or sum(wrong) < 0.6 * others:
            continue
        # Of all ways to choose the wrong ones, how many leave those inside right?
        chosen = comb(others, sum(wrong))
        by_chance = kinds * CHANCE * chosen > comb(len(wrong), sum(wrong))
        if not by_chance and (best is None or len(inside) > best[1]):
            best = text, len(inside)
    return best


def holds(condition: str, known: Facts) -> bool | None:
    """Tell whether a condition of `separating_condition` holds; None if that cannot be said."""
    for word, join in ((" and ", all), (" or ", any)):
        if word in condition and condition not in known:
            pieces = condition.split(word)
            return join(known[each] for each in pieces) if known.keys() >= set(pieces) else None
    return known.get(condition)


def _bits(flags: list[bool]) -> int:
    """Return the flags as the bits of one number, so that `&` compares them all at once."""
    return sum(1 << index for index, flag in enumerate(flags) if flag)


def facts(arguments: dict[str, Any], extra: Mapping[str, Callable[..., bool]]) -> Facts:
    """Return what is true of one call, and what is not. See `facts_of`."""
    found = {text: bool(condition(**arguments)) for text, condition in extra.items()}
    numbers: dict[str, int] = {}
    sizes: dict[tuple[str, int], int] = {}
    for name, value in arguments.items():
        if isinstance(value, bool):
            found |= {f"{name} is True": value, f"{name} is False": not value}
        elif isinstance(value, int):
            numbers[name] = value
            found |= _number_facts(name, value)
        elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int):
            found |= {f"{name} is square": value[0] == value[1]}
            found |= {f"{name} is not square": value[0] != value[1]}
            for axis, size in zip(("height", "width"), value, strict=True):
                found |= _number_facts(f"the {axis} of {name}", size)
        elif isinstance(value, list | tuple):
            found |= _number_facts(f"len({name})", len(value))
        elif isinstance(value, Tensor):
            sizes |= {(name, axis): size for axis, size in enumerate(value.shape)}
            found |= _tensor_facts(name, value)
    return found | _comparisons(numbers, sizes)


def _comparisons(numbers: dict[str, int], sizes: dict[tuple[str, int], int]) -> Facts:
    """Compare settings with each other and with sizes, and sizes of different tensors."""
    found: Facts = {}
    named = {f"{name}.shape[{axis}]": size for (name, axis), size in sizes.items()}
    for first, second in combinations(numbers, 2):
        found |= _compared(first, second, numbers[first] - numbers[second])
    for first, number in numbers.items():
        for second, size in named.items():
            found |= _compared(first, second, number - size)
    for (first, axis), (second, other) in combinations(sizes, 2):
        if first != second:
            texts = f"{first}.shape[{axis}]", f"{second}.shape[{other}]"
            equal = sizes[first, axis] == sizes[second, other]
            found |= {"{} equals {}".format(*texts): equal}
            found |= {"{} differs from {}".format(*texts): not equal}
    return found


def _compared(first: str, second: str, difference: int) -> Facts:
    return {
        f"{first} is larger than {second}": difference > 0,
        f"{first} is smaller than {second}": difference < 0,
        f"{first} equals {second}": difference == 0,
        f"{first} differs from {second}": difference != 0,
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
    found: Facts = {}
    for axis, size in enumerate(value.shape):
        found |= {f"{name}.shape[{axis}] is 1": size == 1}
        found |= {f"{name}.shape[{axis}] is above 1": size > 1}
    if value.is_floating_point():
        negative = bool((value < 0).any())
        found |= {f"{name} has a negative number": negative}
        found |= {f"{name} has no negative number": not negative}
    if value.dim() < 2:
        return found
    height, width = value.shape[-2:]
    return found | {
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
