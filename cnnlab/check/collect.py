"""Call a learner's function in the learner's process, for a judge in another one.

What is needed for the calls comes with the question; no right answer and no exercise does.
"""

import base64
import inspect
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from cnnlab import exercises
from cnnlab.check.call import Caller, TooSlow, single_thread, suppress_output
from cnnlab.check.learner import call_once, is_stub, way_to_call
from cnnlab.check.transport import MIMETYPE, to_json
from cnnlab.exercises.kit.exercise import Arguments, fresh
from cnnlab.exercises.kit.measured import MeasuredExercise


def as_it_is(returned: Any, _: Arguments) -> Any:
    """Return what came back: its plain values are sent, and looked at elsewhere."""
    return returned


@dataclass(frozen=True)
class Question:
    """What a judge asks: to call the learner's function with each of some cases.

    Attributes:
        parameters: the names of those asked for, and whether each has a default.
    """

    cases: list[Arguments]
    parameters: tuple[tuple[str, bool], ...]
    prepare_arguments: Callable[[Arguments], Arguments] = fresh
    extract_answer: Callable[[Any, Arguments], Any] = as_it_is
    without: tuple[str, ...] = ()

    def code(self, function: str) -> str:
        """Return the call in this module that asks, to be run beside the learner's function."""
        packed = base64.b85encode(pickle.dumps(self)).decode()
        return f"reply({function}, {packed!r})"


def reply(function: Any, question: str) -> None:
    """Answer a question: show what was seen of each call as an output of its own kind."""
    from IPython.display import display

    asked: Question = pickle.loads(base64.b85decode(question))
    display({MIMETYPE: _reply(function, asked)}, raw=True)


def look(exercise: str, given: tuple, path: str) -> None:
    """Show what is seen of an answer that is measured, with what lies at `path` to show to it."""
    from IPython.display import display

    measured = exercises.load(exercise)
    assert isinstance(measured, MeasuredExercise)
    with suppress_output(), single_thread():
        seen = measured.look(*given, torch.load(path, weights_only=True))
    display({MIMETYPE: seen}, raw=True)


def _reply(function: Any, asked: Question) -> dict[str, Any]:
    if not callable(function):
        return {"not callable": None if function is None else type(function).__name__}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter(name, kind, default=None if has_default else inspect.Parameter.empty)
        for name, has_default in asked.parameters
    ]
    call = way_to_call(parameters, function, asked.cases)
    if call is None:
        return {"wrong signature": getattr(function, "__name__", "the function")}
    seen = []
    with suppress_output() as noise, single_thread(), Caller(limited=True) as caller:
        for case in asked.cases:
            observed = call_once(call, case, asked, caller)
            seen.append(to_json(observed))
            if isinstance(observed.answer, TooSlow):
                break
    return {"stub": is_stub(function), "noise": noise.lines, "seen": json.dumps(seen)}
