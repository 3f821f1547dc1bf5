"""One factor or one summand between answers and other values: a constant, or a formula."""

from collections.abc import Callable, Sequence
from math import isclose
from typing import Any

import torch
from torch import Tensor

from cnnlab.check.behavior.quantities import Call, is_number
from cnnlab.check.comparison import same

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
        calls = [c for (*_, c), each in zip(triples, found, strict=True) if each is not ANY]
        if text := text_of_formula(calls, given):
            return text
    return None


def order_of(answers: Sequence[tuple[Any, Any]]) -> str | None:
    """Return the text for answers that rise, or fall, wherever the right ones rise, or None."""
    together = [_tensors(*pair) for pair in answers]
    if not all(together):
        return None
    given, right = (torch.cat([p[i].flatten() for p in together if p]) for i in (0, 1))
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


def _formula_summand(calls: Sequence[Call], given: Sequence[float]) -> str | None:
    if text := _formula(calls, given, lambda value: value):
        return f"{{}}, plus {text}"
    text = _formula(calls, given, lambda value: -value)
    return f"{{}}, less {text}" if text else None


def _formula_factor(calls: Sequence[Call], given: Sequence[float]) -> str | None:
    if text := _formula(calls, given, lambda value: value):
        return f"{{}} times {text}"
    text = _formula(calls, given, lambda value: 1 / value if value else 0.0)
    return f"{{}} divided by {text}" if text else None


def _formula(
    calls: Sequence[Call], given: Sequence[float], turn: Callable[[float], float]
) -> str | None:
    """Return the formula that gives every number after `turn`; two numbers are not enough."""
    if len({round(number, 9) for number in given}) < 3:
        return None
    left = list(calls[0].formulas)
    for call, number in zip(calls, given, strict=True):
        left = [t for t in left if t in call.formulas and _near(turn(call.formulas[t]), number)]
        if not left:
            return None
    return left[0].removeprefix("(").removesuffix(")") if left[0].startswith("(") else left[0]


def _near(value: float, number: float) -> bool:
    return abs(value - number) <= 1e-6 * abs(number) + 1e-9
