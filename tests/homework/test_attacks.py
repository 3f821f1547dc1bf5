"""Whoever looks for the answers, or the marks, instead of working earns nothing in the box."""

import pytest

from cnnlab.homework.grading import box

from .attacks import ATTACKS
from .conftest import Course
from .submissions import solved

pytestmark = pytest.mark.slow
WITHOUT_A_BOX = ("verdict", "show", "displays", "messages")  # what needs no exercise's file


@pytest.fixture(scope="module", params=["in the box", "without a box"])
def graded(request, tmp_path_factory):
    boxed = request.param == "in the box"
    if boxed and (said := box.problem()):
        pytest.skip(said)
    course = Course(tmp_path_factory.mktemp("attacks"))
    source, release = course.read("source", "hw1"), course.read("release", "hw1")
    attacks = [name for name in ATTACKS if boxed or name in WITHOUT_A_BOX]
    for student in (*attacks, "right"):
        notebook = solved(source, release)
        if student in ATTACKS:
            ATTACKS[student](notebook)
        course.hand_in(student, notebook, "hw1")
    course.nbgrader("autograde", "hw1", f"--Run.box={boxed}")
    return {student: mark for student, (mark, _) in course.marks("hw1").items()}


def test_no_attack_earns_a_point(graded):
    assert graded.pop("right") == 16
    assert len(graded) >= len(WITHOUT_A_BOX)
    assert graded == dict.fromkeys(graded, 0)
