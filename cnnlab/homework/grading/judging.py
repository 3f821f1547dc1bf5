"""Judge an answer in the grader's process: the learner's only calls the learner's function.

What the kernel's process does to torch, to the checks or to IPython changes what the function
gives, and nothing else: no right answer and no mark is ever there.
"""

import ast
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import torch
from nbformat import NotebookNode
from nbformat.v4 import new_output

from cnnlab import exercises
from cnnlab.check import report
from cnnlab.check.attempt import Attempt, Observed
from cnnlab.check.call import Crash
from cnnlab.check.collect import Question
from cnnlab.check.judge import cases_of, checking, judge_learner
from cnnlab.check.transport import MIMETYPE, TEXT, from_json
from cnnlab.check.verdict import MIMETYPE as VERDICT
from cnnlab.check.verdict import Verdict
from cnnlab.exercises.kit.exercise import Arguments, Exercise
from cnnlab.exercises.kit.measured import MeasuredExercise

Ask = Callable[[str], list[NotebookNode]]  # runs a line in the kernel and returns its outputs


class Checked(NamedTuple):
    """What a graded cell checks: `check.<exercise>(<function>, *<given>, seed=<seed>)`."""

    exercise: str
    function: str
    seed: int
    given: tuple = ()


class NoAnswerError(Exception):
    """The kernel did not say what it saw; `outputs` are what it said instead."""

    def __init__(self, outputs: list[NotebookNode]) -> None:
        super().__init__("the kernel did not answer")
        self.outputs = outputs


def checked(source: str) -> Checked | None:
    """Return what the last check of a graded cell checks; None if that is not an exercise.

    Example:
        >>> checked("display(verdict := check.flip(turned, seed=7))\\nverdict.points(2)")
        Checked(exercise='flip', function='turned', seed=7, given=())
    """
    found = None
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        known = ast.unparse(node.func.value) == "check" and node.func.attr in exercises.asked()
        if known and node.args and isinstance(node.args[0], ast.Name):
            seeds = [ast.literal_eval(word.value) for word in node.keywords if word.arg == "seed"]
            given = tuple(map(ast.literal_eval, node.args[1:]))
            this = Checked(node.func.attr, node.args[0].id, seeds[0] if seeds else 0, given)
            found = this if found is None or seeds else found
    return found


def judged(
    checked: Checked, ask: Ask, *, sheet: int | None, secret: str = "", lent: Path | None = None
) -> Verdict:
    """Return the verdict on a function that only the kernel has.

    Args:
        secret: what is drawn for an answer that is measured depends on it: no learner knows it.
        lent: a folder that the kernel can read, for what such an answer is shown.

    Raises:
        NoAnswerError: if the kernel ends, runs out of time or says something else.
    """
    exercise = exercises.load(checked.exercise, sheet)
    if isinstance(exercise, MeasuredExercise):
        assert lent is not None
        return _measured(exercise, checked, ask, secret=secret, lent=lent)
    with checking():
        cases = cases_of(exercise, checked.seed)
        learner = Distant(exercise, checked.function, ask)
        refused = learner.begin(cases)
        if refused is not None:
            return refused
        verdict = judge_learner(learner, cases, stub=learner.stub, seed=checked.seed)
    return report.adding(verdict, report.noise(learner.noise)) if learner.noise else verdict


def _measured(
    exercise: MeasuredExercise, checked: Checked, ask: Ask, *, secret: str, lent: Path
) -> Verdict:
    digest = sha256(f"{secret} {checked.seed}".encode()).digest()
    shown, compared = exercise.draw(int.from_bytes(digest[:7]))
    path = lent / "shown.pt"
    torch.save(shown, path)
    given = ", ".join([checked.function, *map(repr, checked.given)])
    line = f"look({exercise.name!r}, ({given},), {str(path)!r})"
    try:
        found = exercise.assess(_reply(ask, line), compared)
    except (ValueError, TypeError, KeyError, RuntimeError, OverflowError):
        raise NoAnswerError([]) from None
    return report.measured(exercise, found)


def _reply(ask: Ask, line: str) -> dict[str, Any]:
    """Let `cnnlab.check.collect` do something beside the learner's function; return its answer."""
    outputs = ask(f"__import__('cnnlab.check.collect').check.collect.{line}")
    for output in outputs:
        reply = output.get("data", {}).get(MIMETYPE)
        if isinstance(reply, dict):
            return reply
    raise NoAnswerError(outputs)


def outputs_of(verdict: Verdict, points: float) -> list[NotebookNode]:
    """Return what a graded cell shows: the verdict, and the points as its result."""
    shown = {"text/plain": str(verdict), "text/html": verdict._repr_html_()}
    display = new_output("display_data", data=shown | {VERDICT: verdict.record})
    mark = {"text/plain": repr(verdict.points(points))}
    return [display, new_output("execute_result", data=mark, execution_count=None)]


@dataclass
class Distant:
    """A learner's function in the kernel's process. See `cnnlab.check.learner.Asked`."""

    exercise: Exercise
    function: str
    ask: Ask
    stub: bool = False
    noise: int = 0

    def begin(self, cases: list[Arguments]) -> Verdict | None:
        """Call the function with all cases at once; return the verdict if it cannot be called."""
        reply = self._reply(cases)
        if "not callable" in reply:
            name = reply["not callable"]
            given = None if name is None else type(str(name)[:TEXT], (), {})()
            return report.not_callable(self.exercise, given)
        if "wrong signature" in reply:
            named = type("Named", (), {"__name__": str(reply["wrong signature"])[:TEXT]})()
            return report.wrong_signature(self.exercise, named)
        self.stub, noise = reply.get("stub") is True, reply.get("noise")
        self.noise = noise if isinstance(noise, int) else 0
        seen = self._read(reply)
        self._known = dict(zip(map(id, cases), seen, strict=False))
        return None

    def attempt(self, case: Arguments) -> Attempt:
        """Return what came of a call: of those at the beginning, or of another one."""
        observed = self._known.pop(id(case), None) or self._read(self._reply([case]))[0]
        if observed.answered and not self.exercise.live:
            observed = replace(observed, answer=self._extracted(observed.answer, case))
        return Attempt(arguments=case, right=self.exercise.right(case), **vars(observed))

    def _extracted(self, answer: Any, case: Arguments) -> Any:
        prepared = self.exercise.prepare_arguments(case)
        try:
            return self.exercise.extract_answer(answer, prepared)
        except Exception as error:  # as beside the learner's function: it ends the call
            return Crash(error, ())

    def _reply(self, cases: list[Arguments]) -> dict[str, Any]:
        parameters = tuple((p.name, p.default is not p.empty) for p in self.exercise.parameters)
        live = self.exercise.live
        view = (self.exercise.prepare_arguments, self.exercise.extract_answer) if live else ()
        question = Question(cases, parameters, *view, without=self.exercise.without)
        return _reply(self.ask, question.code(self.function))

    def _read(self, reply: dict[str, Any]) -> list[Observed]:
        with contextlib.suppress(ValueError, TypeError):
            if seen := from_json(str(reply.get("seen"))):
                return seen
        raise NoAnswerError([])
