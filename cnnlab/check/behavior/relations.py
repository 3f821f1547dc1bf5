"""How an answer is related to another value, such as the right answer.

By one step, such as a flip or a root; or by one factor or summand, a constant or a formula.
"""

from collections.abc import Callable, Sequence
from itertools import permutations
from math import isclose
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.check.behavior.quantities import Call, is_number
from cnnlab.check.comparison import along, same

Function = Callable[[Any], Any]

NUMBERS: dict[str, Callable[[Tensor], Tensor]] = {  # of {}, element by element
    "{} without its sign": torch.abs,
    "{} with its negative numbers set to 0": torch.relu,
    "{} cut to whole numbers": torch.trunc,
    "{} rounded up": torch.ceil,
    "{} squared": torch.square,
}
INVERSE = {"a ReLU": torch.relu}  # text of the step that is missing, and the step


def elementwise(function: Callable[[Tensor], Tensor], value: Any) -> Any:
    """Apply a function of tensors to a number, a tensor, or a tuple of them.

    Raises:
        TypeError: for any other value.
    """
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, tuple):
        return tuple(elementwise(function, each) for each in value)
    if not is_number(value):
        raise TypeError(value)
    result = function(torch.tensor(value, dtype=torch.float64, device="cpu")).item()
    return int(result) if isinstance(value, int) and result == int(result) else result


NUMERIC: dict[str, Function] = {  # the same, for any kind of value
    text: lambda value, f=function: elementwise(f, value) for text, function in NUMBERS.items()
}

FEW: dict[str, Function] = {  # those that are tried on other values than the right answer
    "{} with axes 0 and 1 exchanged": lambda t: t.transpose(0, 1),
}


def of_places(value: Any, shape: tuple[int, ...]) -> dict[str, Function]:
    """Return what may have happened to the places of numbers, by text.

    Args:
        value: of the kind that is changed.
        shape: of the answer; empty if it is not a tensor.
    """
    if isinstance(value, tuple) and len(value) > 1:
        return {"{} turned round": lambda v: v[::-1]}
    if not isinstance(value, Tensor):
        return {}
    if len(shape) != value.dim():
        return _fewer_axes(value)
    if shape != tuple(value.shape):
        return _other_sizes(value)
    return _same_sizes(value) | _exchanged(value)


def _fewer_axes(value: Tensor) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for axis in range(value.dim()):
        found |= {
            f"{{}} added up along axis {axis}": lambda t, a=axis: t.sum(a),
            f"only the first index of {{}} along axis {axis}": lambda t, a=axis: t.select(a, 0),
        }
    return found


def _other_sizes(value: Tensor) -> dict[str, Function]:
    """Return ways to another size; each gives nothing where the sizes are the same."""
    found = _exchanged(value)
    for axis in range(value.dim()):
        where = f"along axis {axis}"
        found |= {
            f"{{}} with the first index {where} missing": lambda t, a=axis: along(
                t, a, slice(1, None)
            ),
            f"only every second index of {{}} {where}": lambda t, a=axis: along(
                t, a, slice(None, None, 2)
            ),
            f"only the first index of {{}} {where}": lambda t, a=axis: t.narrow(a, 0, 1),
        }
    return found


def inside_of(answer: Any, right: Any) -> bool:
    """Tell whether the right answer is the middle of a larger one."""
    if not (isinstance(answer, Tensor) and isinstance(right, Tensor)):
        return False
    if answer.dim() != right.dim() or answer.dim() < 2 or answer.shape == right.shape:
        return False
    spare = [answer.shape[axis] - right.shape[axis] for axis in (-2, -1)]
    if min(spare) < 0 or answer.shape[:-2] != right.shape[:-2]:
        return False
    top, left = (each // 2 for each in spare)
    rows, columns = right.shape[-2:]
    return same(answer[..., top : top + rows, left : left + columns], right)


def reordered(answer: Any, right: Any) -> bool:
    """Tell whether an answer holds the right numbers in another order."""
    if not (isinstance(answer, Tensor) and isinstance(right, Tensor)):
        return False
    if answer.numel() != right.numel() or right.numel() < 4:
        return False
    return same(answer.flatten().sort().values, right.flatten().sort().values)


def before_a_sum(answer: Any, right: Any) -> set[str]:
    """Return the steps along an axis that lead from an answer to the right one."""
    if not (isinstance(answer, Tensor) and isinstance(right, Tensor)):
        return set()
    return {
        f"{word} along axis {axis}"
        for axis in range(answer.dim())
        for word, step in (("added up", answer.sum(axis)), ("averaged", answer.mean(axis)))
        if same(step, right)
    }


def zeros_around(answer: Any, value: Any) -> Any:
    """Return `value` with as many zeros on every side as the answer's size has room for."""
    rows = answer.shape[-2] - value.shape[-2]
    columns = answer.shape[-1] - value.shape[-1]
    if rows % 2 or columns % 2 or rows < 0 or columns < 0:
        return None
    return F.pad(value, (columns // 2, columns // 2, rows // 2, rows // 2))


def _exchanged(value: Tensor) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for order in permutations(range(value.dim())):
        swapped = [axis for axis in range(value.dim()) if order[axis] != axis]
        if swapped:
            text = f"{{}} with axes {' and '.join(map(str, swapped))} exchanged"
            if len(swapped) > 2:
                text = f"{{}} with its axes in the order {order}"
            found[text] = lambda t, o=order: t.permute(o)
    return found


def _same_sizes(value: Tensor) -> dict[str, Function]:
    found: dict[str, Function] = {
        "the running total of {}": lambda t: t.flatten().cumsum(0).reshape(t.shape),
        "{}, less the mean of all its numbers": lambda t: t - t.mean(),
        "{} divided by its largest number": lambda t: t / t.max(),
    }
    if value.dim() > 1:
        found["{} rotated by 180 degrees"] = lambda t: t.flip(-1, -2)
    for axis in range(value.dim()):
        found |= _along(axis)
    return found


def _zeros_at(tensor: Tensor, axis: int, lost: slice) -> Tensor:
    copy = tensor.clone()
    along(copy, axis, lost).zero_()
    return copy


def _along(axis: int) -> dict[str, Function]:
    where = f"along axis {axis}"
    return {
        f"{{}} flipped {where}": lambda t: t.flip(axis),
        f"{{}} with its first index {where} each time": (
            lambda t: t.narrow(axis, 0, 1).expand_as(t)
        ),
        f"{{}} with its last index {where} each time": (
            lambda t: t.narrow(axis, t.shape[axis] - 1, 1).expand_as(t)
        ),
        f"{{}} with zeros but at the first index {where}": lambda t: _zeros_at(
            t, axis, slice(1, None)
        ),
        f"{{}} with zeros at the last index {where}": lambda t: _zeros_at(t, axis, slice(-1, None)),
    }


Triple = tuple[Any, Any, Call]  # an answer, the value it may come from, and the call
ANY = "any number fits"


def by_arithmetic(triples: Sequence[Triple], *, early: bool = False) -> str | None:
    """Return how one factor or one summand leads from each value to its answer, or None.

    Args:
        early: only look whether there is a factor or a summand for each.

    Returns:
        a text in which {} stands for the value, such as "{} divided by 2".
    """
    for fit, text_of_constant, text_of_formula in (
        (_summand, _constant_summand, _formula_summand),
        (_factor, _constant_factor, _formula_factor),
    ):
        found = [fit(answer, value) for answer, value, _ in triples]
        if any(each is None for each in found):
            continue
        if early:
            return "{}"
        given = [each for each in found if each is not ANY]
        if len(given) < 2 and len(triples) > 1:
            continue
        if all(isclose(each, given[0], rel_tol=1e-6) for each in given):
            return text_of_constant(given[0])
        left = [t for t, each in zip(triples, found, strict=True) if each is not ANY]
        if text := text_of_formula([call for *_, call in left], given, list(map(_exact, left))):
            return text
    return None


def order_of(answers: Sequence[tuple[Any, Any]]) -> str | None:
    """Return the text for answers that rise, or fall, wherever the right ones rise, or None."""
    together = [pair for answer in answers if (pair := _tensors(*answer))]
    if not answers or len(together) < len(answers):
        return None
    given = torch.cat([answer.flatten() for answer, _ in together])
    right = torch.cat([right.flatten() for _, right in together])
    if len(given) < 20:
        return None
    order = right.argsort()
    steps, moves = right[order].diff(), given[order].diff()
    close = 1e-6 * float(right.abs().max())
    for sign, text in ((1, "in the same order as"), (-1, "in the reverse order of")):
        rises = (sign * moves[steps > close] > 0).all()
        if rises and (moves[steps <= close].abs() <= 1e-5 * given.abs().max()).all():
            return text
    return None


def formula_of(answers: Sequence[Any], calls: Sequence[Call]) -> str | None:
    """Return the simple formula of the arguments that gives every answer, a number, or None."""
    if not answers or not all(map(is_number, answers)):
        return None
    for more, ending in ((0, ""), (1, " + 1"), (-1, " - 1")):
        if text := _formula(calls, answers, lambda value, m=more: value + m):
            return text + ending
    return None


def _tensors(answer: Any, value: Any) -> tuple[Tensor, Tensor] | None:
    if isinstance(answer, tuple) and isinstance(value, tuple) and len(answer) == len(value):
        if not all(map(is_number, answer + value)):
            return None
        answer, value = (
            torch.tensor(t, dtype=torch.float64, device="cpu") for t in (answer, value)
        )
    if not (isinstance(answer, Tensor) and isinstance(value, Tensor)):
        return None
    usable = answer.shape == value.shape and value.numel() and answer.isfinite().all()
    return (answer, value.double()) if usable else None


def _summand(answer: Any, value: Any) -> Any:
    if is_number(answer) and is_number(value):
        return answer - value
    pair = _tensors(answer, value)
    if pair is None:
        return None
    difference = float((pair[0] - pair[1]).flatten()[0])
    return difference if same(pair[0], pair[1] + difference) else None


def _factor(answer: Any, value: Any) -> Any:
    if is_number(answer) and is_number(value):
        if value == 0:
            return ANY if answer == 0 else None
        return answer / value or None
    pair = _tensors(answer, value)
    if pair is None:
        return None
    place = pair[1].abs().flatten().argmax()
    largest = float(pair[1].flatten()[place])
    if largest == 0:
        return ANY if not pair[0].any() else None
    factor = float(pair[0].flatten()[place]) / largest
    return factor if factor and same(pair[0], pair[1] * factor) else None


def _constant_summand(number: float) -> str:
    return f"{abs(number):.6g} {'more' if number > 0 else 'less'} than {{}}"


def _constant_factor(factor: float) -> str:
    size = abs(factor)
    sign = ", with its sign reversed" if factor < 0 else ""
    if size == 1:
        return "{}" + sign
    inverse = 1 / size
    if size < 1 and isclose(inverse, round(inverse), rel_tol=1e-6):
        return f"{{}} divided by {round(inverse)}{sign}"
    return f"{size:.6g} times {{}}{sign}"


def _formula_summand(
    calls: Sequence[Call], given: Sequence[float], exact: Sequence[float]
) -> str | None:
    if text := _formula(calls, given, lambda value: value, exact):
        return f"{{}}, plus {text}"
    text = _formula(calls, given, lambda value: -value, exact)
    return f"{{}}, less {text}" if text else None


def _formula_factor(
    calls: Sequence[Call], given: Sequence[float], _: Sequence[float]
) -> str | None:
    if text := _formula(calls, given, lambda value: value):
        return f"{{}} times {text}"
    text = _formula(calls, given, lambda value: 1 / value if value else 0.0)
    return f"{{}} divided by {text}" if text else None


def _exact(triple: Triple) -> float:
    """Return how exact a summand has to be: to a millionth of the answer, if that is a number."""
    answer = triple[0]
    return 1e-6 * abs(answer) if is_number(answer) else float("inf")


def _formula(
    calls: Sequence[Call],
    given: Sequence[float],
    turn: Callable[[float], float],
    exact: Sequence[float] = (),
) -> str | None:
    """Return the formula that gives every number after `turn`; two numbers are not enough."""
    if len({round(number, 9) for number in given}) < 3:
        return None
    left = list(calls[0].formulas)
    limits = exact or [float("inf")] * len(given)
    for call, number, limit in zip(calls, given, limits, strict=True):
        near = min(1e-6 * abs(number), limit) + 1e-9
        known = call.formulas
        left = [t for t in left if t in known and abs(turn(known[t]) - number) <= near]
        if not left:
            return None
    return left[0].removeprefix("(").removesuffix(")") if left[0].startswith("(") else left[0]
