"""What one can do after a lesson: three things, each tested by an exercise or a quiz question."""

import ast
import re
from itertools import pairwise

import nbformat
import pytest

from cnnlab.course import is_lecture
from cnnlab.site.build import find_lessons
from cnnlab.site.lessons import describe, objectives
from tests.lessons import tagged

EVERY = find_lessons()
QUESTION = re.compile(r'"question":\s*\(?\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')


@pytest.fixture(params=EVERY, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, 4)


def asked_in(notebook):
    """Return the names of a lesson's exercises, and the questions of its quizzes."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    checks = [cell.source for cell in code if tagged(cell, "check")]
    names = {name for source in checks for name in re.findall(r"check\.(\w+)\(", source)}
    asked = {
        ast.literal_eval(f"({found})") for cell in code for found in QUESTION.findall(cell.source)
    }
    return names | asked


def test_three_objectives_each_tested(notebook):
    first = notebook.cells[0]
    stated, tests = objectives(first.source), first.metadata.get("objectives", [])
    assert len(stated) == len(set(stated)) == 3
    assert len(tests) == 3
    assert set(tests) <= asked_in(notebook)
    assert len(set(tests)) == 3


def test_an_objective_is_something_one_does(notebook):
    vague = ("know", "understand", "learn", "appreciate", "be familiar", "see", "have")
    stated = objectives(notebook.cells[0].source)
    assert [each for each in stated if each.startswith(vague)] == []
    assert all(each[0].islower() for each in stated)


def test_the_index_shows_them(notebook):
    assert describe("00_a", notebook).objectives[2:]


@pytest.mark.parametrize(("path", "following"), list(pairwise(EVERY)))
def test_a_lesson_ends_with_a_link_to_the_next(path, following):
    cells = [cell for cell in nbformat.read(path, 4).cells if not is_lecture(cell)]
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert any(f"]({following.name})" in source for source in texts[-2:])


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_each_link_to_a_lesson_leads_to_one(path):
    linked = re.findall(r"\]\((\d\d_\w+\.ipynb)\)", path.read_text("utf-8"))
    assert set(linked) <= {each.name for each in EVERY}
