"""A submission comes back into the shape in which it was handed out."""

from copy import deepcopy

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from cnnlab.homework.grading import restore

from . import submissions
from .conftest import HOMEWORK

SOURCE = nbformat.read(HOMEWORK / "source" / "hw1" / "hw1.ipynb", 4)
RELEASE = nbformat.read(HOMEWORK / "release" / "hw1" / "hw1.ipynb", 4)
FORMS = (*submissions.FORMS, "bare")


@pytest.mark.parametrize("form", ["right", *FORMS])
def test_a_submission_comes_back_into_its_shape(form):
    handed_in = submissions.solved(SOURCE, RELEASE)
    submissions.SUBMISSIONS[form].change(handed_in)
    restored = restore.restored(handed_in, SOURCE)
    nbformat.validate(restored)
    ids = [cell.id for cell in restored.cells]
    assert len(set(ids)) == len(ids)
    known = [cell for cell in restored.cells if not cell.id.startswith("added-")]
    assert [cell.id for cell in known] == [cell.id for cell in SOURCE.cells]
    for cell, origin in zip(known, SOURCE.cells, strict=True):
        assert cell.metadata == origin.metadata
        if not origin.metadata.get("nbgrader", {}).get("solution"):
            assert cell.source == origin.source


@pytest.mark.parametrize("form", ["right", *FORMS])
def test_the_answers_of_a_submission_are_those_that_are_marked(form):
    handed_in = submissions.solved(SOURCE, RELEASE)
    submissions.SUBMISSIONS[form].change(handed_in)
    restored = restore.restored(handed_in, SOURCE)
    expected = submissions.solved(SOURCE, RELEASE)
    if form == "easier":
        submissions.blank(expected)
    for ident in submissions.ANSWERS:
        marked = submissions.cell_of(restored, ident).source
        assert marked == submissions.cell_of(expected, ident).source


def test_a_written_answer_is_kept_without_its_marks():
    handed_in = submissions.solved(SOURCE, RELEASE)
    submissions.cell_of(handed_in, "written-templates").source = "Because of the mean."
    submissions.strip_everything(handed_in)
    restored = restore.restored(handed_in, SOURCE)
    assert submissions.cell_of(restored, "written-templates").source == "Because of the mean."


def test_an_answer_that_is_gone_is_empty():
    handed_in = deepcopy(RELEASE)
    gone = ("find-template", "written-templates")
    handed_in.cells = [cell for cell in handed_in.cells if cell.id not in gone]
    restored = restore.restored(handed_in, SOURCE)
    assert submissions.cell_of(restored, "find-template").source == ""
    assert submissions.cell_of(restored, "written-templates").source == restore.NO_ANSWER
