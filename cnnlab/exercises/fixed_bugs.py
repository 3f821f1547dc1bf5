"""Exercises of homework 4: broken loops to fix, without a word on what is wrong with them."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Generator

from cnnlab.exercises.evaluate import EVALUATE
from cnnlab.exercises.kit import Exercise, Numbers, Varied, plain
from cnnlab.exercises.kit.edits import Edit, apply_edits
from cnnlab.exercises.train_one_epoch import TRAIN_ONE_EPOCH

ASKED = {
    "fixed_1": ("Homework 4.1", "05 bug-zero-grad", 1.5),
    "fixed_2": ("Homework 4.2", "05 loop-intro", 1.5),
    "fixed_3": ("Homework 4.3", "05 bug-softmax", 1.5),
    "fixed_4": ("Homework 4.4", "05 bug-eval", 1.5),
    "fixed_5": ("Homework 4.5", "05 bug-eval", 1.5),
    "fixed_6": ("Homework 4.6", "05 bug-zero-grad", 1.5),
    "fixed_7": ("Homework 4.7", "05 loop-intro", 1.5),
    "fixed_8": ("Homework 4.8", "05 pictures-intro", 1.5),
    "diagnoses": ("Homework 4.9", "05 bugs-intro", 4),
}


@dataclass(frozen=True)
class Bug:
    """How a function of lesson 05 is broken.

    Attributes:
        symptom: what someone notices who runs it.
        edits: those of the misconception of the bug's name.
    """

    lesson: Exercise
    symptom: str
    edits: tuple[Edit, ...]

    def code(self, name: str) -> str:
        """Return the broken function under another name."""
        code = apply_edits(self.lesson.solution, self.edits)
        return code.replace(f"def {self.lesson.name}(", f"def {name}(")


def _bugs(lesson: Exercise, symptoms: dict[str, str]) -> dict[str, Bug]:
    edits = {each.name: each.edits for each in lesson.misconceptions}
    return {name: Bug(lesson, symptom, edits[name]) for name, symptom in symptoms.items()}


BUGS = _bugs(
    TRAIN_ONE_EPOCH,
    {
        "cleared before the step": "Epoch after epoch the loss is the same to the last digit.",
        "gradients never cleared": "Its loss jumps about from batch to batch and never settles.",
        "log-softmax forgotten": "Its loss is soon below 0, and falls without end.",
        "loss kept with its graph": "It learns well, but needs more memory with every batch.",
        "softmax before cross-entropy": "With ten classes its loss never falls below 1.46, "
        "whatever the network.",
        "step forgotten": "Every gradient is right, and every weight is what it was before the "
        "epoch.",
        "train mode not switched": "After a look at some predictions in eval mode, an epoch "
        "leaves\nbatch norm's running mean where it was.",
    },
) | _bugs(
    EVALUATE,
    {
        "eval mode not switched": "With batch norm in the model, its accuracy depends on the "
        "size of the batches.",
        "gradients recorded": "Its figures are right, but large batches that fit into the memory "
        "elsewhere do not here.",
        "last batch dropped": "Of 2,000 images, in batches of 128, its accuracy counts 1,920.",
        "mean of batch means": "Over 2,000 images, in batches of 128, its accuracy is no "
        "multiple of 1/2,000.",
        "mode not restored": "Its figures are right, but dropout does nothing in a training step "
        "right after it.",
        "test set mirrored": "A model that reads letters well takes most b for d here.",
        "test set reordered": "Its figures are right, but a list of the logits does not fit the "
        "list of file names.",
    },
)

HINTS = (
    "Read it line by line and say what each line is for. Which line is missing, or too early?",
    "Lay the loop of lesson 05 beside it. Which line differs?",
    "Run both on two small batches and print what changes: the mode, the gradients, the weights.",
)
NUMBERS = range(1, 9)
GIVEN = {
    "bugs": (
        "gradients never cleared",
        "mean of batch means",
        "softmax before cross-entropy",
        "train mode not switched",
        "eval mode not switched",
        "cleared before the step",
        "loss kept with its graph",
        "test set mirrored",
    )
}


def _draw(generator: Generator) -> Numbers:
    """Draw as many bugs of each lesson's function as are given, in any order."""
    kinds = [[name for name, bug in BUGS.items() if (bug.lesson is EVALUATE) == k] for k in (0, 1)]
    share = sum(BUGS[name].lesson is EVALUATE for name in GIVEN["bugs"])
    drawn: list[str] = []
    for kind, count in zip(kinds, (len(NUMBERS) - share, share), strict=True):
        drawn += [kind[i] for i in torch.randperm(len(kind), generator=generator)[:count]]
    order = torch.randperm(len(drawn), generator=generator)
    return {"bugs": tuple(drawn[i] for i in order)}


def _fixed(number: int, n: Numbers) -> Exercise:
    """Make the exercise of fixing one function: right or not, and no misconception by name."""
    name, lesson = f"fixed_{number}", BUGS[n["bugs"][number - 1]].lesson
    return replace(
        lesson,
        name=name,
        task=f"Fix function {number}. {lesson.task}",
        misconceptions=(),
        hide_diagnosis=True,
        hints=HINTS,
        solution=lesson.solution.replace(f"def {lesson.name}(", f"def {name}("),
    )


def named_bugs(n: Numbers) -> dict[int, str]:
    """Return the bug of each function, by its number."""
    return dict(zip(NUMBERS, n["bugs"], strict=True))


def _named(returned: Any, bugs: dict[int, str]) -> Any:
    """Tell of each function whether its bug was named, and not what it is."""
    if not isinstance(returned, dict):
        return plain(returned)
    return {
        f"function {number}": _words(returned.get(number)) == _words(name)
        for number, name in bugs.items()
    }


def _words(name: Any) -> list[str]:
    """Return the words of a name, whatever their case and hyphens."""
    return str(name).lower().replace("-", " ").split()


def _diagnoses(n: Numbers) -> Exercise:
    bugs = named_bugs(n)
    return Exercise(
        name="diagnoses",
        task="Return the names of the eight bugs, as a dictionary from the function's number.",
        returns="a dictionary from 1 to 8 to names of the list",
        inputs=lambda _: [()],
        extract_answer=lambda returned, _: _named(returned, bugs),
        misconceptions=(),
        group=str,
        hide_diagnosis=True,
        hints=(
            "Fix the functions first. The line that you changed tells what was wrong.",
            "Each name in the list stands for one line that is missing, too early, too late or "
            "wrong.",
            "Some bugs show in what is returned, others in the state of the model afterwards.",
        ),
        solution=f"def diagnoses():\n    return {bugs!r}\n",
    )


VARIED = {
    **{f"fixed_{number}": Varied(GIVEN, _draw, partial(_fixed, number)) for number in NUMBERS},
    "diagnoses": Varied(GIVEN, _draw, _diagnoses),
}
