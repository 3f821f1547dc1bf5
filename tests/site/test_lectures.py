"""The lessons as lectures: their slides, notes, solutions, formulas and questions."""

import re

import nbformat
import pytest

from cnnlab.course import FOR_THE_LECTURER
from cnnlab.site import build as site
from cnnlab.site import lessons, pages

LESSONS = site.find_lessons()
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def cells(request):
    return nbformat.read(request.param, 4).cells


def slide_type(cell):
    return cell.metadata.get("slideshow", {}).get("slide_type", "-")


def test_a_lecture_has_15_to_25_slides(cells):
    slides = [cell.id for cell in cells if slide_type(cell) in ("slide", "subslide")]
    least = 7 if cells[0].source.startswith("# 00") else 15
    assert least <= len(slides) <= 25, slides


def test_a_lecture_has_notes_with_times_and_a_question_to_the_room(cells):
    notes = [cell for cell in cells if cell.source.startswith(FOR_THE_LECTURER)]
    assert [cell.id for cell in notes if slide_type(cell) != "notes"] == []
    assert len(notes) >= 2
    assert re.search(r"\d+ minutes", notes[0].source)
    assert "?" in "".join(cell.source for cell in notes)


def test_no_slide_explains_a_result_beside_its_closed_gate(cells):
    """What waits under "What came out" on a page is for the lecturer to say, not to show."""
    shown = [cell for cell in cells if slide_type(cell) not in ("notes", "skip")]
    assert [cell.id for cell in shown if "<summary>What came out" in cell.source] == []


def test_after_a_skipped_cell_the_next_says_where_it_belongs(cells):
    """A cell without a slide type belongs to the last slide, whatever was skipped since."""
    ids, skipped = [], False
    for cell in cells:
        if slide_type(cell) == "-" and skipped:
            ids.append(cell.id)
        elif slide_type(cell) != "notes" and "claim" not in cell.metadata.get("tags", []):
            skipped = slide_type(cell) == "skip"
    assert ids == []


def test_a_lecture_shows_no_solution(cells):
    tagged = [cell for cell in cells if "solution" in cell.metadata.get("tags", [])]
    assert [cell.id for cell in tagged if slide_type(cell) != "skip"] == []


def test_every_lesson_says_what_it_asks():
    for path in LESSONS:
        lesson = lessons.describe(path.stem, nbformat.read(path, 4))
        assert lesson.title.startswith(path.stem[:2])
        assert len(lesson.question) > 20
        assert lesson.question[0].isupper()
        assert "*" not in lesson.question


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_formula_of_the_lessons_is_understood(path):
    for cell in nbformat.read(path, 4).cells:
        prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.DOTALL)
        for block, inline in FORMULA.findall(prose) if cell.cell_type == "markdown" else ():
            html = pages.mathml(block or inline)
            assert "\\" not in html, (cell.id, block or inline)
            assert "<merror" not in html, (cell.id, block or inline)
