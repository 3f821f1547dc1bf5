"""Feedback: of which lesson and which sections it is."""

import nbformat
import pytest

import cnnlab
from cnnlab import course, widgets
from cnnlab.site import build, lessons


@pytest.mark.parametrize("path", build.find_lessons(), ids=lambda path: path.stem)
def test_it_offers_the_sections_that_a_lessons_page_has(path):
    found = lessons.sections(nbformat.read(path, 4))
    titles = [each.title for each in found if each.level == 2]
    assert widgets.Feedback(path.stem).sections == ["the lesson as a whole", *titles]


@pytest.mark.parametrize("path", build.find_lessons(), ids=lambda path: path.stem)
def test_every_lesson_ends_with_its_own(path):
    code = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert [each for each in code if "Feedback(" in each] == [f'widgets.Feedback("{path.stem}")']


def test_it_states_the_version_and_the_address(monkeypatch):
    monkeypatch.setattr(course, "address", lambda: "https://github.com/owner/name")
    made = widgets.Feedback("a", ["One"])
    assert (made.version, made.repository) == (cnnlab.__version__, "https://github.com/owner/name")
    monkeypatch.setattr(course, "address", lambda: None)
    assert widgets.Feedback("a", ["One"]).repository == ""


def test_a_lesson_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="There is no lesson '99_none'"):
        widgets.Feedback("99_none")
