"""Calls in the place of the one that was made, for which a wrong answer would be the right one.

First what may have been done to one argument, a tensor, a pair or a function: in each text {} is
its name. Then whole calls with such changes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from math import prod
from typing import Any

import torch
from torch import Tensor

from cnnlab.check.behavior.quantities import Call, Named, is_number, quantities
from cnnlab.check.comparison import along

TensorChange = Callable[[Tensor], Tensor]


PAIRS: dict[str, Callable[[Any], Any]] = {
    "{} turned round": lambda v: v[::-1],
    "the larger of {} on both axes": lambda v: (max(v),) * 2,
    "2 * {}": lambda v: (2 * v[0], 2 * v[1]),
    "half of {}": lambda v: (v[0] // 2, v[1] // 2),
}

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "-{}(...) in place of {}(...)": lambda f: lambda x: -f(x),
}


def tensor_changes(tensor: Tensor) -> dict[str, TensorChange]:
    """Return changes of a tensor by their text."""
    return _floats(tensor) if tensor.is_floating_point() else INTEGERS


INTEGERS: dict[str, TensorChange] = {
    "{}.flip(0)": lambda t: t.flip(0),
    "{} of zeros": torch.zeros_like,
    "{} - 1": lambda t: t - 1,
}


def _floats(tensor: Tensor) -> dict[str, TensorChange]:
    found: dict[str, TensorChange] = {
        "{} cut to whole numbers": torch.trunc,
        "-{}": torch.neg,
        "{}.abs()": torch.abs,
        "{} with its negative numbers set to 0": lambda t: t.clamp(min=0),
        "{} of zeros": torch.zeros_like,
        "{} of ones": torch.ones_like,
        "{} less its mean": lambda t: t - t.mean(),
        "2 * {}": lambda t: 2 * t,
        "{} / 2": lambda t: t / 2,
        "{} ** 2": lambda t: t**2,
    }
    for axis in range(tensor.dim()):
        found[f"{{}}.flip({axis})"] = lambda t, a=axis: t.flip(a)
        found |= _parts(axis)
        found[f"{{}}.roll(-1, {axis})"] = lambda t, a=axis: t.roll(-1, a)
    for first, second in combinations(range(tensor.dim()), 2):
        found[f"{{}}.transpose({first}, {second})"] = lambda t, a=first, b=second: t.transpose(a, b)
        found[f"{{}}.rot90(1, ({first}, {second}))"] = lambda t, a=first, b=second: t.rot90(
            1, (a, b)
        )
        found[f"{{}} with zeros off the diagonal of axes {first} and {second}"] = (
            lambda t, a=first, b=second: _diagonal(t, a, b)
        )
        found[f"{{}} with zeros outside its square of axes {first} and {second}"] = (
            lambda t, a=first, b=second: _square(t, a, b)
        )
    return found


def _parts(axis: int) -> dict[str, TensorChange]:
    parts = {
        "but at the first": slice(0, 1),
        "at the last": slice(None, -1),
        "at the first": slice(1, None),
    }
    return {
        f"{{}} with zeros {where} index of axis {axis}": partial(
            _zero_outside, axis=axis, kept=kept
        )
        for where, kept in parts.items()
    }


def _zero_outside(tensor: Tensor, axis: int, kept: slice) -> Tensor:
    result = torch.zeros_like(tensor)
    along(result, axis, kept).copy_(along(tensor, axis, kept))
    return result


def _square(tensor: Tensor, first: int, second: int) -> Tensor:
    side = slice(0, min(tensor.shape[first], tensor.shape[second]))
    return _zero_outside(_zero_outside(tensor, first, side), second, side)


def _diagonal(tensor: Tensor, first: int, second: int) -> Tensor:
    moved = tensor.movedim((first, second), (-2, -1))
    kept = torch.eye(*moved.shape[-2:], dtype=tensor.dtype, device=tensor.device)
    return (moved * kept).movedim((-2, -1), (first, second))


Change = Callable[[Call], Any]  # of one argument: its other value, from all arguments


@dataclass(frozen=True)
class Substitution:
    """Other arguments for a call.

    Attributes:
        text: completes "Every answer is the right one for ...".
        changes: the other value of each argument that is changed.
        then: a substitution that is made in the call that this one leads to.
    """

    text: str
    changes: dict[str, Change]
    then: "Substitution | None" = None

    def apply(self, call: Call) -> Named:
        """Return the arguments of the other call by name."""
        other = {name: change(call) for name, change in self.changes.items()}
        named = call.named | other
        return self.then.apply(Call(named)) if self.then else named

    def __and__(self, other: "Substitution") -> "Substitution":
        return Substitution(f"{self.text} and {other.text}", self.changes, other)


def substitutions(named: Named, columns: Mapping[str, Sequence[str]]) -> list[Substitution]:
    """Return other arguments to try, the simplest first.

    Args:
        named: the arguments of one call, whose kinds are those of every call.
        columns: for an argument that is a list of tuples, the names of a tuple's numbers.
    """
    found = list(_exchanges(named))
    for name, value in named.items():
        if isinstance(value, bool):
            found += _one(name, {"the opposite of {}": lambda v: not v})
        elif is_number(value):
            found += _of_number(name, named)
        elif _is_pair(value):
            found += _of_pair(name, named)
        elif isinstance(value, Tensor):
            found += _one(name, tensor_changes(value))
        elif isinstance(value, list | tuple):
            found += _of_sequence(name, value, columns.get(name, ()))
        elif callable(value):
            found += _one(name, FUNCTIONS)
    return found + list(_all_pairs(named)) + list(_all_tensors(named))


def two_at_once(found: list[Substitution]) -> Iterator[Substitution]:
    """Yield pairs of substitutions, of which one sets a number to a constant."""
    constants = [each for each in found if "=" in each.text]
    for constant in constants:
        for other in found:
            if other is not constant:
                yield other & constant


def _all_tensors(named: Named) -> Iterator[Substitution]:
    tensors = [n for n, v in named.items() if isinstance(v, Tensor) and v.is_floating_point()]
    if len(tensors) < 2:
        return
    alike = len({named[name].dim() for name in tensors}) == 1
    for text, change in tensor_changes(named[tensors[0]]).items() if alike else ():
        each: dict[str, Change] = {
            name: lambda c, m=name, f=change: f(c.named[m]) for name in tensors
        }
        yield Substitution(" and ".join(text.replace("{}", name) for name in tensors), each)


def _one(name: str, changes: dict[str, Callable[[Any], Any]]) -> list[Substitution]:
    return [
        Substitution(text.replace("{}", name), {name: lambda c, f=change: f(c.named[name])})
        for text, change in changes.items()
    ]


def _exchanges(named: Named) -> Iterator[Substitution]:
    for first, second in combinations(named, 2):
        x, y = named[first], named[second]
        if isinstance(x, Tensor) and isinstance(y, Tensor):
            alike = x.dim() == y.dim()
        else:
            alike = (is_number(x) and is_number(y)) or (_is_pair(x) and _is_pair(y))
        if alike:
            swap: dict[str, Change] = {
                first: lambda c, b=second: c.named[b],
                second: lambda c, a=first: c.named[a],
            }
            yield Substitution(f"{first} and {second} exchanged", swap)


def _of_number(name: str, named: Named) -> list[Substitution]:
    found = _one(
        name,
        {
            "{}=0": lambda _: 0,
            "{}=1": lambda _: 1,
            "{} + 1 in place of {}": lambda v: v + 1,
            "{} - 1 in place of {}": lambda v: v - 1,
            "2 * {} in place of {}": lambda v: 2 * v,
            "{} ** 2 in place of {}": lambda v: v * v,
            "{} / 2 in place of {}": lambda v: v / 2,
        },
    )
    for other in quantities(named):
        if other != name:
            found += [
                Substitution(f"{text} in place of {name}", {name: change})
                for text, change in _with_other(name, other).items()
            ]
    return found


def _with_other(name: str, other: str) -> dict[str, Change]:
    def joined(join: Callable[[Any, Any], Any]) -> Change:
        return lambda call: join(call.named[name], call.numbers[other])

    return {
        other: joined(lambda _, y: y),
        f"{other} // 2": joined(lambda _, y: y // 2),
        f"{other} - 1": joined(lambda _, y: y - 1),
        f"{name} * {other}": joined(lambda x, y: x * y),
        f"{name} + {other}": joined(lambda x, y: x + y),
        f"{name} + {other} - 1": joined(lambda x, y: x + y - 1),
    }


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(map(is_number, value))


def _of_pair(name: str, named: Named) -> list[Substitution]:
    found = _one(name, PAIRS)
    for other in (other for other, value in named.items() if _is_pair(value) and other != name):
        for text, join in {
            f"{other} in place of {name}": lambda _, y: y,
            f"{name} * {other} in place of {name}": lambda x, y: x * y,
        }.items():
            found.append(Substitution(text, {name: _of_two_pairs(name, other, join)}))
    return found


def _of_two_pairs(name: str, other: str, join: Callable[[Any, Any], Any]) -> Change:
    return lambda call: tuple(map(join, call.named[name], call.named[other]))


def _all_pairs(named: Named) -> Iterator[Substitution]:
    names = [name for name, value in named.items() if _is_pair(value)]
    settings = {"every pair's": names, "each setting's": names[1:], "each later pair's": names[2:]}
    for which, chosen in settings.items():
        for index, word in ((0, "first"), (1, "second")):
            if len(chosen) > 1:
                same: dict[str, Change] = {
                    name: lambda c, m=name, i=index: (c.named[m][i],) * 2 for name in chosen
                }
                listed = "" if chosen == names else f" ({', '.join(chosen)})"
                yield Substitution(f"{which} {word} number on both axes{listed}", same)


def _of_sequence(name: str, value: Any, columns: Sequence[str]) -> list[Substitution]:
    found = _one(
        name,
        {
            "{} in reverse order": lambda v: v[::-1],
            "only the first of {}": lambda v: v[:1],
            "only the last of {}": lambda v: v[-1:],
            "{} without its last": lambda v: v[:-1],
            "{} twice": lambda v: v + v,
        },
    )
    if value and all(map(is_number, value)):
        for text, change in {
            "every one of {} = 1": lambda v: [1 for _ in v],
            "one number, the product of {}": lambda v: [prod(v)],
            "one number, the largest of {}": lambda v: [max(v)],
        }.items():
            found += _one(name, {text: lambda v, f=change: type(v)(f(v))})
    for index, column in enumerate(columns):
        found += _one(name, dict(_of_column(index, column, columns)))
    return found


def _of_column(
    index: int, column: str, columns: Sequence[str]
) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    def put(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda rows: [(*r[:index], change(r), *r[index + 1 :]) for r in rows]

    for number in (0, 1, 2):
        yield f"every {column}={number}", put(lambda _, n=number: n)
    yield f"{column} + 1 in place of {column}", put(lambda r: r[index] + 1)
    yield f"{column} - 1 in place of {column}", put(lambda r: r[index] - 1)
    for other, name in enumerate(columns):
        if other != index:
            yield f"{name} in place of {column}", put(lambda r, o=other: r[o])
            yield (
                f"{column} * {name} in place of {column}",
                put(lambda r, o=other: r[index] * r[o]),
            )
            yield (
                f"{column} + {name} - 1 in place of {column}",
                put(lambda r, o=other: r[index] + r[o] - 1),
            )
