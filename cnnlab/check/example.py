"""Show one call that went wrong: its arguments, what came back, and where it differs."""

from typing import Any

from torch import Tensor

from cnnlab.check.attempt import Attempt, pairs
from cnnlab.check.call import Crash
from cnnlab.check.comparison import differing_cells
from cnnlab.exercises.kit.exercise import Arguments, Exercise
from cnnlab.exercises.kit.values import Unusable, grid

FEW_NUMBERS = 24  # in all, and at most SHORT in a row
SHORT = 10
AXES = {
    1: ("index",),
    2: ("row", "column"),
    3: ("channel", "row", "column"),
    4: ("picture", "channel", "row", "column"),
}


def localise(exercise: Exercise, attempt: Attempt, part: str = "") -> list[str]:
    """Show the first place where an attempt differs, what is right there, and where it comes from.

    Args:
        part: of the answer, to be shown if it is wrong.
    """
    call = describe_call(exercise, attempt.arguments)
    # What was said first, then what is a number: a wrong result weighs more than a mode left on.
    different = sorted(pairs(attempt), key=lambda p: (p[0] != part, isinstance(p[1], str)))
    if not different:  # right, but the input was changed
        return [f"It happens in {call}."]
    name, given, right = different[0]
    label = f"the {name} " if name else ""
    start = "An example:" if exercise.parameters else ""
    if not isinstance(given, Tensor):
        others = ", ".join(other for other, *_ in different[1:])
        also = [f"Different as well: {others}."] if others else []
        outcome = f"There {label}was {value_text(given)}" if name else _outcome(given)
        shown = f"{start} {call}{'.' if name else ''} {outcome}{_right(exercise, right)}."
        return [shown.strip(), *also, *_few(exercise, attempt.arguments)]
    if not isinstance(right, Tensor) or given.shape != right.shape:
        shape = f"a tensor of shape {tuple(given.shape)}{_right(exercise, right)}"
        return [f"{start} {call} gave {label}{shape}.".strip(), *_few(exercise, attempt.arguments)]
    cells = differing_cells(given, right)
    cell = tuple(cells[0].tolist())
    axes = exercise.axes.get(name) or AXES[given.dim()]
    place = ", ".join(f"{axis} {i}" for axis, i in zip(axes, cell, strict=True))
    wanted = f"; right is {right[cell]:g}" if exercise.parameters else ""
    text = [
        f"{start} {call}. The first differing cell {f'of {label}' if name else ''}"
        f"is {place}: yours has {given[cell]:g}{wanted}.".strip()
    ]
    where = _where(cells.tolist(), tuple(given.shape), axes)
    if where and len(cells) > 1:
        text.append(f"All {len(cells)} differing cells are in {where}.")
    text += _picture(given, right, cell)
    if exercise.window and not name:
        return [*text, exercise.window(attempt.arguments, cell)]
    return [*text, *_few(exercise, attempt.arguments)]


def _right(exercise: Exercise, right: Any) -> str:
    """Say what is right; not where the one answer is the whole exercise, nor of a part too many."""
    return f"; right is {value_text(right)}" if exercise.parameters and right is not None else ""


def _picture(given: Tensor, right: Tensor, cell: tuple[int, ...]) -> list[str]:
    """Mark the cells that differ, in the rows and columns where the first of them is."""
    if given.dim() < 2 or max(given.shape[-2:]) > SHORT:
        return []
    cells = differing_cells(given, right)
    leading = cell[:-2]
    here = {tuple(c[-2:]) for c in cells.tolist() if tuple(c[:-2]) == leading}
    rows, columns = given.shape[-2:]
    if len(here) == rows * columns:
        return []
    lines = (" ".join("x" if (i, j) in here else "." for j in range(columns)) for i in range(rows))
    return ["\n".join(("The cells that differ:", *(f"  {line}" for line in lines)))]


def _outcome(given: Any) -> str:
    if isinstance(given, Crash):
        return f"stopped with {given.headline}"
    return f"gave {value_text(given)}"


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
    long = any(tensor.shape[-1] > SHORT for tensor in tensors.values() if tensor.dim())
    if not tensors or long or sum(t.numel() for t in tensors.values()) > FEW_NUMBERS:
        return []
    return ["\n".join(f"{name} =\n{grid(tensor)}" for name, tensor in tensors.items())]


def describe_call(exercise: Exercise, arguments: Arguments) -> str:
    """Return the call as a learner would write it, with shapes in the place of tensors."""
    named = {p.name: v for p, v in zip(exercise.parameters, arguments, strict=False)}
    return f"{exercise.name}({', '.join(f'{n}={_argument(v)}' for n, v in named.items())})"


def _argument(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"tensor of shape {tuple(value.shape)}"
    return str(value) if not callable(value) else getattr(value, "__name__", str(value))


def value_text(answer: Any) -> str:
    """Return a plain value as a reader would write it; of a tensor only the shape."""
    if isinstance(answer, Tensor):
        return f"a tensor of shape {tuple(answer.shape)}"
    if isinstance(answer, Unusable):
        return f"a {answer.type_name}"
    if isinstance(answer, tuple):
        return f"({', '.join(map(value_text, answer))})"
    return f"{answer:.6g}" if isinstance(answer, float) and answer % 1 else str(answer)
