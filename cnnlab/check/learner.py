"""A learner's function: how it is called, and what came of each call."""

import inspect
import linecache
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor

from cnnlab.check.attempt import Attempt, Observed
from cnnlab.check.call import Caller, Crash, TooSlow
from cnnlab.exercises.kit.exercise import RIGHT, Arguments, Exercise
from cnnlab.exercises.kit.forbidden import watching

SOLUTION = "# A solution."  # the first words of a cell with one
OWNERS = {"torch": "torch's", "builtins": "Python's", "cnnlab": "the course's"}
Call = Callable[[Arguments], Any]


class Asked(Protocol):
    """A learner's function, wherever it runs."""

    exercise: Exercise

    def attempt(self, case: Arguments) -> Attempt: ...


class Learner:
    """A learner's function, called in a thread of its own."""

    def __init__(self, exercise: Exercise, call: Call, caller: Caller) -> None:
        self.exercise, self._call, self._caller = exercise, call, caller

    def attempt(self, case: Arguments) -> Attempt:
        """Call the function once, and only then find out what is right."""
        observed = call_once(self._call, case, self.exercise, self._caller)
        return Attempt(arguments=case, right=self.exercise.right(case), **vars(observed))


class View(Protocol):
    """How the arguments of a call are prepared, and what is seen of it: a part of an exercise."""

    @property
    def prepare_arguments(self) -> Callable[[Arguments], Arguments]: ...

    @property
    def extract_answer(self) -> Callable[[Any, Arguments], Any]: ...

    @property
    def without(self) -> tuple[str, ...]: ...


def call_once(call: Call, case: Arguments, view: View, caller: Caller) -> Observed:
    """Call a learner's function once, and return what is seen of it."""
    prepared = view.prepare_arguments(case)
    before = [tensor.clone() for tensor in tensors_in(prepared)]

    def call_and_extract() -> tuple[Any, str, str, str]:
        with _settings_kept() as left:
            with watching(view.without) as watch:
                returned = call(prepared)
            answer = view.extract_answer(returned, prepared)  # may crash, too
            return answer, type(returned).__name__, left(), watch.used if watch else ""

    result = caller.call(call_and_extract)
    if isinstance(result, Crash | TooSlow):
        return Observed(result)
    after = tensors_in(prepared)
    changed = not all(torch.equal(*pair) for pair in zip(before, after, strict=True))
    answer, returned, left, used = result
    return Observed(answer, returned, changed, left, used)


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


def way_to_call(
    parameters: list[inspect.Parameter], function: Callable, cases: list[Arguments]
) -> Call | None:
    """Pass arguments by position, else those with a default by name; None if neither fits.

    Args:
        parameters: those that the exercise asks for.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return lambda arguments: function(*arguments)
    names = [each.name for each in parameters]
    required = sum(each.default is each.empty for each in parameters)

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


def is_stub(function: Callable) -> bool:
    """Tell whether the body is only `...` or `pass`, perhaps under a docstring."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and code.co_code[::2] == _stub.__code__.co_code[::2]


def _stub() -> None: ...


def is_solution(exercise: Exercise, function: Callable) -> bool:
    """Tell whether a function is the course's own: from the cell of the solution, or ours."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return False
    ours = getattr(exercise.variant(RIGHT), "__code__", None)
    return code is ours or linecache.getline(code.co_filename, 1).startswith(SOLUTION)


def owner(function: Callable) -> str:
    """Return whose function it is, such as "torch's", if it is not the learner's; else ""."""
    home = getattr(function, "__module__", None)
    if home is None and not hasattr(function, "__code__"):  # a method of a class in C
        held_by = getattr(function, "__objclass__", type(getattr(function, "__self__", None)))
        home = held_by.__module__
    return OWNERS.get(str(home).partition(".")[0], "")


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in an argument, however deep in lists and tuples."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [tensor for element in value for tensor in tensors_in(element)]
    return []
