"""Grade several submissions side by side: each gets its mark, and a broken one stops nobody."""

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from cnnlab.check.verdict import MIMETYPE
from cnnlab.errors import DataError
from cnnlab.homework.classroom import outcomes
from cnnlab.homework.grading import box, grade, run

from .conftest import Course
from .submissions import FULL, SUBMISSIONS, add, cell_of, solved

FAT = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        held = bytearray(400 * 2**20)
        time.sleep(30)
        os._exit(0)
time.sleep(30)
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("side-by-side"))
    source, release = course.read("source", "hw1"), course.read("release", "hw1")
    for student in ("right", "knownslip", "crash"):
        notebook = solved(source, release)
        SUBMISSIONS[student].change(notebook)
        course.hand_in(student, notebook, "hw1")
    course.hand_in("link", solved(source, release), "hw1")
    (course.root / "submitted/link/hw1/data.csv").symlink_to(course.root / "gradebook.db")
    fat = solved(source, release)
    add(FAT, after="dot-kernel")(fat)
    course.hand_in("fat", fat, "hw1")
    broken = course.root / "submitted" / "broken" / "hw1"
    broken.mkdir(parents=True)
    (broken / "hw1.ipynb").write_text("{")
    settings = "c.Run.memory_bytes = 1200 * 2**20\n"
    if box.problem():
        settings += "c.Run.box = False\n"
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + settings)
    found = {each.student: each for each in grade.grade(course.root, "hw1", processes=2)}
    return course, found


@pytest.mark.slow
def test_everyone_but_the_broken_gets_the_fair_mark(graded):
    course, found = graded
    assert {name for name, each in found.items() if each.problem} == {"link", "broken"}
    assert "data.csv is a symbolic link" in found["link"].problem
    assert "JSON" in found["broken"].problem
    marks = course.marks("hw1")
    for student in ("right", "knownslip", "crash"):
        assert marks[student][0] == SUBMISSIONS[student].mark
    assert not (course.root / "autograded" / "link" / "hw1").exists()


@pytest.mark.slow
def test_too_much_memory_costs_only_the_cell_that_holds_it(graded):
    course, _ = graded
    assert course.marks("hw1")["fat"][0] == FULL
    cells = [cell for cell in course.graded("fat", "hw1").cells if cell.cell_type == "code"]
    failed = {
        cell.source: each.evalue for cell in cells for each in cell.outputs if "evalue" in each
    }
    said = run.TOO_MUCH.format(1200 * 2**20 / 1e9)
    assert failed == {FAT: said}


@pytest.mark.slow
def test_the_name_of_a_misconception_is_kept(graded):
    course, _ = graded
    outputs = cell_of(course.graded("knownslip", "hw1"), "check-find-template").outputs
    (record,) = [each.data[MIMETYPE] for each in outputs if MIMETYPE in each.get("data", {})]
    assert record == {
        "exercise": "find_template",
        "outcome": "misconception",
        "misconceptions": ["mean not subtracted"],
    }
    found = outcomes.read_graded(course.root, ["hw1"])
    crash = [each for each in found.answers if each.learner == "crash" and each.outcome == "crash"]
    assert [each.exercise for each in crash] == ["find_template"]
    assert found.ungraded == ("broken, hw1", "link, hw1")


@pytest.mark.slow
def test_what_is_graded_is_not_graded_again(graded):
    course, _ = graded
    again = {each.student for each in grade.grade(course.root, "hw1", processes=1)}
    assert again == {"link", "broken"}


def test_an_empty_course_says_so(tmp_path):
    with pytest.raises(DataError, match="holds no submission of 'hw9'"):
        list(grade.grade(tmp_path, "hw9"))
