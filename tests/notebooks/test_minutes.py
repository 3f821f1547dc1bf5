"""The minutes that a lesson states are those of a newcomer who reads, predicts and writes."""

import re

import nbformat
import pytest

from cnnlab.lab import FOR_THE_LECTURER
from cnnlab.site import build

WORDS, LINES = 200, 12  # read in a minute
PREDICTION, EXERCISE = 1, 8  # minutes
NEVER_READ = {"exercise", "check", "solution", "hide-input"}  # as code, from top to bottom
LESSONS = [path for path in build.find_lessons() if not path.name.startswith("00")]


def computed(notebook):
    """Return the minutes of the core, of the exercises and of what is marked "Going further"."""
    spent = {"core": 0.0, "exercises": 0.0, "further": 0.0}
    part, level = "core", 0
    for cell in notebook.cells:
        tags, source = set(cell.metadata.get("tags", [])), cell.source
        if source.startswith(FOR_THE_LECTURER):
            continue
        if cell.cell_type == "markdown":
            heading = re.match(r"(#+) (.*)", source)
            if heading and (part == "core" or len(heading[1]) <= level):
                level = len(heading[1])
                part = "further" if heading[2].startswith("Going further") else "core"
                part = "exercises" if heading[2] == "Exercises" else part
            if part != "exercises":
                spent[part] += len(source.split()) / WORDS
        elif "exercise" in tags:
            spent["exercises"] += EXERCISE
        elif "widgets.Prediction(" in source:
            spent["core"] += PREDICTION
        elif part != "exercises" and not tags & NEVER_READ:
            spent[part] += sum(bool(line.strip()) for line in source.splitlines()) / LINES
    return spent


def stated(notebook):
    first = " ".join(notebook.cells[0].source.split())
    found = re.search(
        r"Time: about (\d+) minutes, and (\d+) for the exercises"
        r"(?:; (\d+) more for what is marked \*Going further\*)?\.",
        first,
    )
    assert found, first
    return dict(
        zip(("core", "exercises", "further"), (int(n or 0) for n in found.groups()), strict=True)
    )


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_stated_minutes_are_the_computed_ones(path):
    notebook = nbformat.read(path, 4)
    told = stated(notebook)
    assert told["core"] <= 45
    for part, minutes in computed(notebook).items():
        assert abs(told[part] - minutes) <= 3, (part, minutes)
