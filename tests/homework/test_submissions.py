"""Grade what learners really hand in: each gets its fair mark, none is lost, none hangs."""

import warnings

import pytest

from cnnlab.homework.grading import box

from .submissions import FORMS, SUBMISSIONS, cell_of, solved

pytestmark = pytest.mark.slow

GRADED = [name for name in SUBMISSIONS if name not in FORMS]


@pytest.fixture(scope="module")
def graded(course):
    """Grade the submissions to homework 1, in two processes side by side on one gradebook."""
    boxed = box.problem() is None
    source, release = course.read("source", "hw1"), course.read("release", "hw1")
    for number, student in enumerate(GRADED):
        submission = SUBMISSIONS[student]
        if not boxed and student == "fork":
            continue
        notebook = solved(source, release)
        submission.change(notebook)
        name = f"{'ab'[number % 2]}{student}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # submissions may be invalid in their form
            course.hand_in(name, notebook, "hw1", name=submission.name)
        for beside in ("code.py", "token.py", "random.py"):  # of the names of Python's own modules
            (course.root / "submitted" / name / "hw1" / beside).write_text("1 / 0")
    words = ("--Run.timeout=10", "--Run.patience=2", f"--Run.box={boxed}")
    halves = [course.start("autograde", "hw1", f"--student={half}*", *words) for half in "ab"]
    said = [half.communicate(timeout=280)[0] for half in halves]
    assert [half.returncode for half in halves] == [0, 0], said
    return {student[1:]: mark for student, mark in course.marks("hw1").items()}


@pytest.mark.parametrize("student", GRADED)
def test_the_mark_is_fair(graded, student):
    if student == "fork" and box.problem():
        pytest.skip("a fork bomb is ended by the box, and there is no bubblewrap here")
    mark, waits = graded[student]
    assert mark == SUBMISSIONS[student].mark
    blank = student in ("blank", "patch", "claim")
    assert waits == (not blank)  # the written answer is marked by hand


def printed(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return "".join(output.get("text", "") for cell in cells for output in cell.outputs)


@pytest.fixture
def in_the_box():
    if said := box.problem():
        pytest.skip(said)


def test_gradebook_sources_other_submissions_and_network_are_out_of_reach(
    course, graded, in_the_box
):
    student = next(path.name for path in (course.root / "autograded").glob("?read"))
    text = printed(course.graded(student, "hw1"))
    assert "READ []" in text
    assert "NO NETWORK" in text
    assert "WROTE" not in text


def test_a_fork_bomb_ends(course, graded, in_the_box):
    student = next(path.name for path in (course.root / "autograded").glob("?fork"))
    assert "STOPPED" in printed(course.graded(student, "hw1"))


def test_the_verdict_is_in_the_feedback(course, graded):
    student = next(path.name for path in (course.root / "autograded").glob("?knownslip"))
    cell = cell_of(course.graded(student, "hw1"), "check-find-template")
    shown = next(out for out in cell.outputs if out.output_type == "display_data")
    assert "a bright place responds like a fitting one" in shown.data["text/plain"]


def test_a_flood_of_output_is_cut(course, graded):
    student = next(path.name for path in (course.root / "autograded").glob("?flood"))
    assert len(printed(course.graded(student, "hw1"))) < 2_000_000


def test_no_notebook_grows_beyond_what_is_kept(course, graded):
    for path in course.root.glob("autograded/*/hw1/hw1.ipynb"):
        assert path.stat().st_size < 25_000_000, path
