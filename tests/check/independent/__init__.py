"""Answers written as code of their own, without the exercises' switches and edits.

A wrong answer is a function whose name is the exercise's, two underscores, and what is wrong. The
published ones say their cause in the first line of their docstring, and after "Named by:" the
patterns, separated by bars between blanks, of which a true reason matches at least one.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from cnnlab import exercises
from cnnlab.check.verdict import Verdict
from tests.check.independent import (
    later_counting,
    later_homework,
    later_layers,
    later_maps,
    later_signals,
    later_training,
    published_convolution,
    published_correlation,
    published_counting,
    published_gradients,
    published_maps,
    published_signals,
    published_training,
    published_windows,
    wrong_attacks,
    wrong_convolutions,
    wrong_counting,
    wrong_gradients,
    wrong_networks,
    wrong_programs,
    wrong_sizes,
    wrong_statistics,
    wrong_training,
    wrong_transfer,
    wrong_windows,
)

LATER = (  # written when the engine was finished, by someone who had not read it
    *(later_counting, later_layers, later_training),
    *(later_maps, later_signals, later_homework),
)
PUBLISHED = (  # mistakes seen in published solutions, with a known cause
    *(published_correlation, published_windows, published_convolution, published_gradients),
    *(published_counting, published_training, published_maps, published_signals),
)
MODULES = (
    *(wrong_sizes, wrong_counting, wrong_windows, wrong_convolutions),
    *(wrong_gradients, wrong_attacks, wrong_training, wrong_networks, wrong_programs),
    *(wrong_transfer, wrong_statistics),
    *LATER,
    *PUBLISHED,
)


def _answers(module: ModuleType) -> list[tuple[str, Callable]]:
    named = vars(module).items()
    return [(name, function) for name, function in named if not name.startswith("_")]


def _cause(function: Callable) -> tuple[str, re.Pattern[str]]:
    """Return what a docstring says: the cause, and a pattern that true reasons match."""
    cause, _, named_by = (function.__doc__ or "").partition("Named by:")
    patterns = [each.strip() for each in " ".join(named_by.split()).split(" | ")]
    return cause.strip(), re.compile("|".join(filter(None, patterns)), re.IGNORECASE)


WRONG: list[tuple[str, str, Callable]] = [
    (exercise, what.replace("_", " "), function)
    for module in MODULES
    for name, function in _answers(module)
    for exercise, _, what in [name.partition("__")]
    if exercise in exercises.names() and what
]
WRITTEN_LATER = {function for module in LATER for _, function in _answers(module)}
CAUSES: dict[Callable, tuple[str, re.Pattern[str]]] = {
    function: _cause(function)
    for module in PUBLISHED
    for name, function in _answers(module)
    if name.partition("__")[0] in exercises.names()
}


def _reviewed() -> dict[tuple[str, str, str], str]:
    with Path(__file__).with_name("reviewed.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t")
        return {(exercise, what, said): label for exercise, what, label, said in rows}


# What a reader who knew the cause thought of each reason: "true", "false", or "weak", which is
# true and says next to nothing.
REVIEWED = _reviewed()
LABELS = ("true", "false", "weak", "not reviewed", "no reason")


def label(exercise: str, what: str, function: Callable, verdict: Verdict) -> str:
    """Return whether the reason that a wrong answer gets is true, as somebody read it."""
    said = generic(verdict.diagnosis or "")
    if not said:
        return "no reason"
    if (exercise, what, said) in REVIEWED:
        return REVIEWED[exercise, what, said]
    known = function in CAUSES and CAUSES[function][1].search(said)
    return "true" if known or verdict.misconceptions else "not reviewed"


def generic(said: str) -> str:
    """Return a reason without its counts, which change with the inputs."""
    return re.sub(r"\d+ of \d+ times|other \d+ answers \d+ are", "... times", said)
