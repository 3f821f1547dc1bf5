"""An exercise: its right answer, and a wrong one for each known misconception.

A wrong answer is the solution with some edits. Where the solution is data and not a computation, a
model computes that data instead, and takes the misconceptions as switches.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit.edits import Edit, apply_edits, parse_edit
from cnnlab.exercises.kit.values import plain

Switches = frozenset[str]
Arguments = tuple[Any, ...]
RIGHT: Switches = frozenset()
EDIT = "edit: "


@dataclass(frozen=True)
class Misconception:
    """A known misconception.

    Attributes:
        name: what `Verdict.misconception` says.
        idea: completes "Every answer fits this idea: ...".
        question: leads on without giving the answer.
        edits: how the solution is changed by someone who has it; none where there is a model.
    """

    name: str
    idea: str
    question: str
    edits: tuple[Edit, ...] = ()


def misconceptions_from(text: str) -> tuple[Misconception, ...]:
    """Read misconceptions from a text: lines of name, idea, question, and then the edits.

    Example:
        >>> text = "sign lost \\n no sign \\n What of -3? \\n edit: .sum() -> .sum().abs()"
        >>> misconceptions_from(text)[0].edits
        (('.sum()', '.sum().abs()'),)
    """
    blocks: list[tuple[list[Any], list[Edit]]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith(EDIT):
            blocks[-1][1].append(parse_edit(line.removeprefix(EDIT)))
        elif blocks and len(blocks[-1][0]) < 3:
            blocks[-1][0].append(line)
        else:
            blocks.append(([line], []))
    return tuple(Misconception(*lines, edits=tuple(edits)) for lines, edits in blocks)


IN_PLACE = Misconception(
    "input changed in place",
    "the function changes its own input",
    "What does the caller find in that tensor afterwards? Work on a copy, for example .clone().",
)
WRONG_TYPE = Misconception("wrong type", "the value is right, its type is not", "")


def fresh(arguments: Arguments) -> Arguments:
    """Copy every tensor, so that a learner's function may do to it what it likes."""
    return tuple(map(_copy, arguments))


def _copy(argument: Any) -> Any:
    if isinstance(argument, Tensor):
        return argument.clone()
    if isinstance(argument, list | tuple):
        return type(argument)(map(_copy, argument))
    return argument


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """Everything the engine needs to know about an exercise.

    Attributes:
        task: what the function does, in one sentence.
        returns: what it returns, as in "the exercise asks for {returns}".
        inputs: the arguments of every call, drawn from a generator.
        oracle: `oracle(*arguments)`, the answer by torch; None where the solution is torch's own.
        model: `model(switches, *arguments)`, the answer of someone with these misconceptions; only
            where the solution is data, which no edit of its text would compute anew.
        prepare_arguments: makes the arguments of one call, so that no call sees what another did.
        extract_answer: makes plain values of what came back and of the prepared arguments
            after the call.
        window: `window(arguments, cell)`, the numbers that one cell of the answer comes from.
        facts: conditions on the arguments that may separate right from wrong inputs.
        axes: the names of a part's axes; the whole answer is the part "".
        columns: for an argument that is a list of tuples, the names of a tuple's numbers.
        without: what must not be used: `CONVOLUTION`, `AUTOGRAD`.
        live: extract_answer has to see what came back itself, not its plain values: it is then a
            function of a module that knows no answers, or a partial one.
        hide_diagnosis: a wrong answer is only called wrong, because finding the cause is the task.
        group: of an answer that is marked in groups of parts: the name of a part's group.
    """

    name: str
    task: str
    returns: str
    inputs: Callable[[Generator], list[Arguments]]
    misconceptions: tuple[Misconception, ...]
    hints: tuple[str, str, str]
    solution: str
    oracle: Callable[..., Any] | None = None
    model: Callable[..., Any] | None = None
    prepare_arguments: Callable[[Arguments], Arguments] = fresh
    extract_answer: Callable[[Any, Arguments], Any] = lambda returned, _: plain(returned)
    window: Callable[[Arguments, tuple[int, ...]], str] | None = None
    facts: Mapping[str, Callable[..., bool]] = field(default_factory=dict)
    axes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    live: bool = False
    hide_diagnosis: bool = False
    group: Callable[[str], str] | None = None

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """The parameters of the learner's function, without annotations."""
        parameters = inspect.signature(self.variant(RIGHT)).parameters.values()
        return [each.replace(annotation=inspect.Parameter.empty) for each in parameters]

    def variant(self, switches: Switches) -> Callable[..., Any]:
        """Return the function of a learner with these misconceptions.

        Raises:
            ValueError: if two of them change the same piece of the solution.
        """
        if self.model is not None:
            return partial(self.model, switches)
        held = (each.edits for each in self.misconceptions if each.name in switches)
        return _edited(self.name, self.solution, tuple(chain.from_iterable(held)))

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join(map(str, self.parameters))})"

    def named(self, arguments: Arguments) -> dict[str, Any]:
        """Return the arguments by name, defaults included."""
        names = self.parameters
        defaults = [parameter.default for parameter in names[len(arguments) :]]
        values = (*arguments, *defaults)
        return {parameter.name: value for parameter, value in zip(names, values, strict=True)}

    def answer(self, switches: Switches, arguments: Arguments) -> Any:
        """Return what a learner with these misconceptions would be seen to answer."""
        prepared = self.prepare_arguments(arguments)
        return self.extract_answer(self.variant(switches)(*prepared), prepared)

    def right(self, arguments: Arguments) -> Any:
        """Return the right answer, by torch."""
        if self.oracle is None:
            return self.answer(RIGHT, arguments)
        prepared = self.prepare_arguments(arguments)
        return self.extract_answer(self.oracle(*prepared), prepared)


@cache
def _edited(name: str, solution: str, edits: tuple[Edit, ...]) -> Callable[..., Any]:
    namespace: dict[str, Any] = {"torch": torch, "F": F}
    try:
        exec(apply_edits(solution, edits), namespace)
    except SyntaxError as error:
        raise ValueError(f"The edits {edits} of {name} do not go together: {error}.") from None
    return namespace[name]
