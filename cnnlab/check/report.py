"""The sentences of a verdict. The right answer is never among them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from cnnlab.check.answers import differing_cells, parts
from cnnlab.check.calls import Crash
from cnnlab.check.conditions import separating_condition
from cnnlab.check.exercise import WRONG_TYPE, Arguments, Exercise, Slip
from cnnlab.check.verdict import PASSED, SLIP, Verdict

if TYPE_CHECKING:
    from cnnlab.check.engine import Attempt

FEW_NUMBERS = 30
AXES = {
    1: ("index",),
    2: ("row", "column"),
    3: ("channel", "row", "column"),
    4: ("picture", "channel", "row", "column"),
}


def passed(exercise: Exercise, count: int) -> Verdict:
    answers = "The answer agrees" if count == 1 else f"All {count} answers agree"
    return Verdict(f"Passed. {answers} with torch.", (), exercise.name, PASSED)


def not_callable(exercise: Exercise, given: Any) -> Verdict:
    headline = f"Not yet: the check needs the function itself, not {_article(given)}."
    hint = f"Write check.{exercise.name}({exercise.name}), without calling the function."
    return Verdict(headline, (hint,), exercise.name, "not callable")


def wrong_signature(exercise: Exercise, function: Callable) -> Verdict:
    name = getattr(function, "__name__", "the function")
    headline = f"Not yet: {name} does not take the arguments of this exercise."
    hint = f"The first line should read  def {exercise.signature}:"
    return Verdict(headline, (hint,), exercise.name, "wrong signature")


def blank(exercise: Exercise, *, stub: bool) -> Verdict:
    if stub:
        headline = f"{exercise.name} is not written yet."
        details = (exercise.task, f'A first hint: check.hint("{exercise.name}").')
        return Verdict(headline, details, exercise.name, "not written")
    headline = f"Not yet: {exercise.name} returns nothing."
    details = (f"Does it end with a return? The exercise asks for {exercise.returns}.",)
    return Verdict(headline, details, exercise.name, "nothing returned")


def returned_nothing(exercise: Exercise, attempts: "list[Attempt]", attempt: "Attempt") -> Verdict:
    headline = f"Not yet: {exercise.name} returns nothing for some inputs."
    details = (
        f"{describe_call(exercise, attempt.arguments)} returned {attempt.answer}.",
        *_condition(exercise, attempts, lambda each: each.answer is None),
        "Is there a path through the function without a return?",
    )
    return Verdict(headline, details, exercise.name, "nothing returned")


def too_slow(exercise: Exercise, attempt: "Attempt") -> Verdict:
    seconds = f"{attempt.answer.seconds:.2g} seconds"
    headline = f"Not yet: {exercise.name} had not returned after {seconds}, so it was stopped."
    details = [f"The call was {describe_call(exercise, attempt.arguments)}."]
    details.append("Is there a loop that never ends? What makes its condition false?")
    if not attempt.answer.stopped:
        details.append("It could not be stopped: restart the kernel before you go on.")
    return Verdict(headline, tuple(details), exercise.name, "too slow")


def crash(exercise: Exercise, attempts: "list[Attempt]", attempt: "Attempt") -> Verdict:
    headline = f"Not yet: {exercise.name} stopped with {attempt.answer.headline.splitlines()[0]}"
    details = []
    if attempt.answer.where:
        details.append("\n".join(("It happened in", *attempt.answer.where)))
    details.append(f"The call was {describe_call(exercise, attempt.arguments)}.")
    details += _condition(exercise, attempts, lambda each: isinstance(each.answer, Crash))
    return Verdict(headline, tuple(details), exercise.name, "crash")


def right_value_wrong_type(exercise: Exercise, attempts: "list[Attempt]") -> Verdict:
    attempt = min(attempts, key=lambda each: each.size)
    headline = "Nearly: every value is right, but its type is not."
    given = _article_of(attempt.returned)
    details = (
        f"{describe_call(exercise, attempt.arguments)} returned {_value(attempt.answer)}, {given}.",
        f"The exercise asks for {exercise.returns}. Which operator or conversion keeps it so?",
    )
    return Verdict(headline, details, exercise.name, SLIP, (WRONG_TYPE.name,))


def wrong_type(exercise: Exercise, attempts: "list[Attempt]", attempt: "Attempt") -> Verdict:
    given = _article_of(attempt.returned)
    headline = f"Not yet: {exercise.name} returned {given}, not {exercise.returns}."
    details = (f"The call was {describe_call(exercise, attempt.arguments)}.",)
    return Verdict(headline, details, exercise.name, "wrong type")


def wrong_shape(exercise: Exercise, attempts: "list[Attempt]", attempt: "Attempt") -> Verdict:
    name, given, right = next(
        (n, a, r) for n, a, r in pairs(attempt) if isinstance(r, Tensor) and a.shape != r.shape
    )
    what = f"the {name}" if name else "the answer"
    shape = tuple(given.shape)
    headline = f"Not yet: the shape of {what} is not right."
    axes = exercise.axes.get(name) or AXES.get(right.dim(), ())
    details = [f"{describe_call(exercise, attempt.arguments)} returned the shape {shape}."]
    if given.dim() != right.dim():
        details.append(f"It has {given.dim()} axes; {exercise.returns} has {right.dim()}.")
    elif len(axes) == right.dim():
        off = [a for a, n, m in zip(axes, given.shape, right.shape, strict=True) if n != m]
        details.append(f"The number along this axis is not right: {', '.join(off)}.")
    details += _condition(exercise, attempts)
    return Verdict(headline, tuple(details), exercise.name, "wrong shape")


def slips(
    exercise: Exercise, found: tuple[Slip, ...], attempts: "list[Attempt]", example: "Attempt"
) -> Verdict:
    if len(found) == 1:
        headline = f"Not yet. Every answer fits this idea: {found[0].idea}."
    else:
        ideas = "; and ".join(slip.idea for slip in found)
        headline = f"Not yet. Every answer fits {len(found)} ideas together: {ideas}."
    details = list(_example(exercise, example))
    crashes = sum(isinstance(attempt.answer, Crash) for attempt in attempts)
    if crashes:
        details.append(f"{crashes} of {len(attempts)} calls stopped with an error instead.")
    details += [slip.question for slip in found]
    names = tuple(slip.name for slip in found)
    return Verdict(headline, tuple(details), exercise.name, SLIP, names)


def unknown(exercise: Exercise, attempts: "list[Attempt]", example: "Attempt") -> Verdict:
    wrong = sum(attempt.wrong for attempt in attempts)
    if wrong == len(attempts):
        headline = "Not yet. The answers differ from torch's on every input."
    else:
        headline = f"Not yet. {wrong} of {len(attempts)} answers differ from torch's."
    details = (*_example(exercise, example), *_condition(exercise, attempts))
    return Verdict(headline, details, exercise.name)


def with_noise(verdict: Verdict, lines: int) -> Verdict:
    """Add that the function printed."""
    if not lines:
        return verdict
    text = f"It printed {lines} {'line' if lines == 1 else 'lines'} on the way; the check hid them."
    details = (*verdict.details, text)
    names = verdict.misconceptions
    return Verdict(verdict.headline, details, verdict.exercise, verdict.outcome, names)


def pairs(attempt: "Attempt") -> list[tuple[str, Any, Any]]:
    """Return (name, answer, right answer) of each part of an attempt that is not right."""
    return list(parts(attempt.answer, attempt.right))


def _condition(
    exercise: Exercise,
    attempts: "list[Attempt]",
    fails: "Callable[[Attempt], bool]" = lambda attempt: attempt.wrong,
) -> list[str]:
    failing = [fails(attempt) for attempt in attempts]
    named = [exercise.named(attempt.arguments) for attempt in attempts]
    condition = separating_condition(named, failing, exercise.facts)
    if condition is None:
        return []
    count, others = sum(failing), [a for a, f in zip(attempts, failing, strict=True) if not f]
    right = not any(attempt.wrong for attempt in others)
    rest = f"the other {len(others)} are right" if right else f"not for the other {len(others)}"
    return [f"This happens only when {condition}: {count} of {count} such inputs; {rest}."]


def _example(exercise: Exercise, attempt: "Attempt") -> list[str]:
    call = describe_call(exercise, attempt.arguments)
    different = pairs(attempt)
    if not different:  # right, but the input was changed
        return [f"It happens in {call}."]
    name, given, right = different[0]
    label = f"the {name} " if name else ""
    start = "The smallest input where it shows:"
    if not isinstance(given, Tensor):
        gave = f"{call}. There {label}was {given}." if name else f"{call} gave {_value(given)}."
        return [f"{start} {gave}", *_few(exercise, attempt.arguments)]
    if not isinstance(right, Tensor) or given.shape != right.shape:
        shape = f"a tensor of shape {tuple(given.shape)}"
        return [f"{start} {call} gave {label}{shape}.", *_few(exercise, attempt.arguments)]
    cells = differing_cells(given, right)
    cell = tuple(cells[0].tolist())
    axes = exercise.axes.get(name) or AXES[given.dim()]
    place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, cell, strict=True))
    text = [
        f"{start} {call}. The first differing cell {f'of {label}' if name else ''}"
        f"is {place}: yours has {given[cell]:g}."
    ]
    where = _where(cells.tolist(), tuple(given.shape), axes)
    if where:
        text.append(f"All {len(cells)} differing cells are in {where}.")
    if exercise.window and not name:
        return [*text, exercise.window(attempt.arguments, cell)]
    return [*text, *_few(exercise, attempt.arguments)]


def _where(cells: list[list[int]], shape: tuple[int, ...], axes: Any) -> str:
    """Name the rows, columns, ... that hold every differing cell, if they are not all cells."""
    found = []
    for axis, (name, size) in enumerate(zip(axes, shape, strict=True)):
        indices = {cell[axis] for cell in cells}
        if len(indices) == 1 and size > 1:
            index = indices.pop()
            found.append(f"the last {name}" if index == size - 1 else f"{name} {index}")
    return ", ".join(found)


def _few(exercise: Exercise, arguments: Arguments) -> list[str]:
    """Show the tensors among the arguments if they are small."""
    named = exercise.named(arguments)
    tensors = {n: v for n, v in named.items() if isinstance(v, Tensor) and v.dim() <= 2}
    if not tensors or sum(tensor.numel() for tensor in tensors.values()) > FEW_NUMBERS:
        return []
    return ["\n".join(f"{name} =\n{grid(tensor)}" for name, tensor in tensors.items())]


def grid(tensor: Tensor) -> str:
    """Return the numbers of a 1-D or 2-D tensor in aligned columns."""
    rows = [[f"{number:g}" for number in row] for row in tensor.reshape(-1, tensor.shape[-1])]
    width = max(len(text) for row in rows for text in row)
    return "\n".join("  " + " ".join(text.rjust(width) for text in row) for row in rows)


def describe_call(exercise: Exercise, arguments: Arguments) -> str:
    """Return the call as a learner would write it, with shapes in the place of tensors."""
    named = {p.name: v for p, v in zip(exercise.parameters, arguments, strict=False)}
    return f"{exercise.name}({', '.join(f'{n}={_argument(v)}' for n, v in named.items())})"


def _argument(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"tensor of shape {tuple(value.shape)}"
    return str(value) if not callable(value) else getattr(value, "__name__", str(value))


def _value(answer: Any) -> str:
    if isinstance(answer, Tensor):
        return f"a tensor of shape {tuple(answer.shape)}"
    if isinstance(answer, tuple):
        return f"({', '.join(map(_value, answer))})"
    return f"{answer:.6g}" if isinstance(answer, float) and answer % 1 else str(answer)


def _article(value: Any) -> str:
    return "None" if value is None else _article_of(type(value).__name__)


def _article_of(type_name: str) -> str:
    return f"{'an' if type_name[:1].lower() in 'aeiou' else 'a'} {type_name}"
