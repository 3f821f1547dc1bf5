"""The minutes that a lesson states are those of a newcomer who reads, predicts and writes."""

import re
import symtable

import nbformat
import pytest

from cnnlab.course import is_lecture
from cnnlab.site import build
from cnnlab.site.lessons import further, unwrapped
from cnnlab.site.reading import OFFER

WORDS, LINES = 200, 12  # read in a minute
PREDICTION, EXERCISE = 1, 8  # minutes
# As code, from top to bottom.
NEVER_READ = {"exercise", "check", "solution", "hide-input", "install", "claim"}
LESSONS = [path for path in build.find_lessons() if not path.name.startswith("00")]


def extra_cells(notebook):
    return [cell for cells in further(notebook) for cell in cells]


def computed(notebook):
    """Return the minutes of the core, of the exercises and of what is marked "Going further"."""
    spent = {"core": 0.0, "exercises": 0.0, "further": 0.0}
    extra = extra_cells(notebook)
    exercises = 0  # the depth of their heading
    for cell in notebook.cells:
        tags, source = set(cell.metadata.get("tags", [])), cell.source
        if is_lecture(cell):
            continue
        heading = re.match(r"(#+) (.*)", source) if cell.cell_type == "markdown" else None
        if heading and (not exercises or len(heading[1]) <= exercises):
            exercises = len(heading[1]) if heading[2] == "Exercises" else 0
        part = "further" if cell in extra else "exercises" if exercises else "core"
        if cell.cell_type == "markdown":
            if part != "exercises":
                spent[part] += len(unwrapped(source).split()) / WORDS
        elif "exercise" in tags:
            spent["exercises"] += EXERCISE
        elif "widgets.Prediction(" in source:
            spent["further" if part == "further" else "core"] += PREDICTION
        elif part != "exercises" and not tags & NEVER_READ:
            read = [line for line in source.splitlines() if line.strip() and OFFER not in line]
            spent[part] += len(read) / LINES
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


def global_names(table):
    """Return the names that a cell, or a function in it, assigns and reads outside functions."""
    symbols = table.get_symbols()
    top = table.get_type() == "module"
    bound = [each for each in symbols if each.is_assigned() or each.is_imported()]
    made = {each.get_name() for each in bound if top}
    used = {
        each.get_name() for each in symbols if each.is_referenced() and (top or each.is_global())
    }
    for child in table.get_children():
        used |= global_names(child)[1]
    return made, used


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_rest_does_without_what_goes_further(path):
    notebook = nbformat.read(path, 4)
    extra = extra_cells(notebook)
    missing = set()  # for a learner who skipped it
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        made, used = global_names(symtable.symtable(cell.source, cell.id, "exec"))
        if cell in extra:
            missing |= made
        else:
            assert not (used - made) & missing, cell.id
            missing -= made
