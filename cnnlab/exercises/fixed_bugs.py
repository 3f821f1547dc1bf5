"""Exercises of homework 4: broken loops to fix, without a word on what is wrong with them."""

from dataclasses import replace
from typing import Any

from cnnlab.exercises.evaluate import EVALUATE
from cnnlab.exercises.exercise import Arguments, Exercise, Switches, misconceptions_from
from cnnlab.exercises.train_one_epoch import TRAIN_ONE_EPOCH
from cnnlab.exercises.values import plain

HINTS = (
    "Read it line by line and say what each line is for. Which line is missing, or too early?",
    "Lay the loop of lesson 05 beside it. Which line differs?",
    "Run both on two small batches and print what changes: the mode, the gradients, the weights.",
)
BUGS = {  # number: the lesson's exercise that it breaks, and the misconception that does
    1: (TRAIN_ONE_EPOCH, "gradients never cleared"),
    2: (EVALUATE, "mean of batch means"),
    3: (TRAIN_ONE_EPOCH, "softmax before cross-entropy"),
    4: (TRAIN_ONE_EPOCH, "train mode not switched"),
    5: (EVALUATE, "eval mode not switched"),
    6: (TRAIN_ONE_EPOCH, "cleared before the step"),
    7: (TRAIN_ONE_EPOCH, "loss kept with its graph"),
    8: (EVALUATE, "test set augmented"),
}


def _fixed(number: int, lesson: Exercise) -> Exercise:
    """Make the exercise of fixing one function: right or not, and no misconception by name."""
    name = f"fixed_{number}"
    return replace(
        lesson,
        name=name,
        task=f"Fix function {number}. {lesson.task}",
        misconceptions=(),
        hide_diagnosis=True,
        hints=HINTS,
        solution=lesson.solution.replace(f"def {lesson.name}(", f"def {name}("),
    )


def _diagnoses(switches: Switches) -> dict[int, str]:
    wrong = {number for number in BUGS if f"function {number} misnamed" in switches}
    return {number: "another" if number in wrong else name for number, (_, name) in BUGS.items()}


def _named(returned: Any, _: Arguments) -> Any:
    """Tell of each function whether its bug was named, and not what it is."""
    if not isinstance(returned, dict):
        return plain(returned)
    found = {}
    for number, (_, name) in BUGS.items():
        said = returned.get(number)
        right = isinstance(said, str) and said.strip().lower() == name
        missing = said is None or said is Ellipsis
        verdict = "missing" if missing else "right" if right else "of another bug"
        found[f"name for function {number}"] = verdict
    return found


DIAGNOSES = Exercise(
    name="diagnoses",
    task="Return the names of the eight bugs, as a dictionary from the function's number.",
    returns="a dictionary from 1 to 8 to names",
    model=_diagnoses,
    inputs=lambda _: [()],
    extract_answer=_named,
    misconceptions=tuple(
        misconception
        for number in BUGS
        for misconception in misconceptions_from(f"""
        function {number} misnamed
            seven names are right, that of function {number} is not
            Which number that function {number} prints or leaves behind would your bug explain?
        """)
    ),
    hints=(
        "Fix the functions first. The line that you changed tells what was wrong.",
        "Each name in the list stands for one line that is missing, too early, too late or wrong.",
        "Four of the eight show in what is returned, four in the state of the model afterwards.",
    ),
    solution="def diagnoses():\n    return "
    + repr({number: name for number, (_, name) in BUGS.items()})
    + "\n",
)

EXERCISES = (*(_fixed(number, lesson) for number, (lesson, _) in BUGS.items()), DIAGNOSES)
