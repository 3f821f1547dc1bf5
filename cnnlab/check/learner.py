"""A learner's function: how it is called, and what came of each call."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor

from cnnlab.check.attempt import Attempt
from cnnlab.check.call import Caller, Crash, TooSlow
from cnnlab.exercises.exercise import Arguments, Exercise

Call = Callable[[Arguments], Any]


class Learner:
    """A learner's function, called in a thread of its own."""

    def __init__(self, exercise: Exercise, call: Call, caller: Caller) -> None:
        self.exercise, self._call, self._caller = exercise, call, caller

    def attempt(self, case: Arguments) -> Attempt:
        """Call the function once."""
        right = self.exercise.right(case)  # also warms torch up outside the time limit
        prepared = self.exercise.prepare_arguments(case)
        before = [tensor.clone() for tensor in tensors_in(prepared)]
        result = self._caller.call(partial(self._call_and_extract, prepared))
        if isinstance(result, Crash | TooSlow):
            return Attempt(case, right, result)
        after = tensors_in(prepared)
        changed = not all(torch.equal(*pair) for pair in zip(before, after, strict=True))
        answer, returned, left = result
        return Attempt(case, right, answer, returned, changed, left)

    def _call_and_extract(self, prepared: Arguments) -> tuple[Any, str, str]:
        """Return what is seen of a result, its type's name, and what was left changed.

        Extracting may crash, too.
        """
        with _settings_kept() as left:
            returned = self._call(prepared)
            answer = self.exercise.extract_answer(returned, prepared)
            return answer, type(returned).__name__, left()


@contextmanager
def _settings_kept() -> Iterator[Callable[[], str]]:
    """Put torch's settings back after a call; yield a function that says which were changed."""
    grad, dtype = torch.is_grad_enabled(), torch.get_default_dtype()

    def left() -> str:
        if torch.is_grad_enabled() != grad:
            return "it leaves the recording of gradients switched off"
        if torch.get_default_dtype() != dtype:
            return f"it leaves torch's default dtype at {torch.get_default_dtype()}"
        return ""

    try:
        yield left
    finally:
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)


def way_to_call(exercise: Exercise, function: Callable, cases: list[Arguments]) -> Call | None:
    """Pass arguments by position, else those with a default by name; None if neither fits."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return lambda arguments: function(*arguments)
    names = [each.name for each in exercise.parameters]
    required = sum(each.default is each.empty for each in exercise.parameters)

    def by_name(arguments: Arguments) -> tuple[Arguments, dict[str, Any]]:
        named = zip(names[required:], arguments[required:], strict=False)
        return arguments[:required], dict(named)

    def by_position(arguments: Arguments) -> tuple[Arguments, dict[str, Any]]:
        return arguments, {}

    for split in (by_position, by_name):
        try:
            for case in cases:
                args, kwargs = split(case)
                signature.bind(*args, **kwargs)
        except TypeError:
            continue
        return lambda arguments, split=split: function(*split(arguments)[0], **split(arguments)[1])
    return None


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in an argument, however deep in lists and tuples."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [tensor for element in value for tensor in tensors_in(element)]
    return []
