"""Marks: kept by the grader while a notebook runs, written once, and not lost in between."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from nbgrader.api import Gradebook

from cnnlab.__main__ import main
from cnnlab.errors import DataError
from cnnlab.homework.classroom import gradebook, hand_out
from cnnlab.homework.grading import box, grade, marks, run

from .conftest import Course
from .submissions import FULL, SUBMISSIONS, add, solved

POINTS = {"grade": True, "solution": False, "points": 4, "grade_id": "q"}


def result(text):
    return new_output("execute_result", data={"text/plain": text})


@pytest.mark.parametrize(
    ("outputs", "mark"),
    [
        ([result("3.0")], 3),
        ([result("Passed."), result("2.0")], 2),
        ([new_output("stream", name="stderr", text="a warning"), result("4")], 4),
        ([], 0),
        ([result("Passed.")], 0),
        ([result("1000")], 0),
        ([result("nan")], 0),
        ([result("-1")], 0),
        ([result(["4"])], 0),
        ([result("4"), new_output("error", ename="E", evalue="", traceback=[])], 0),
    ],
)
def test_the_mark_of_a_cell_without_a_check_is_the_number_it_ends_with(outputs, mark):
    cell = new_code_cell("q()", metadata={"nbgrader": POINTS}, outputs=outputs)
    assert marks.mark_in(cell) == mark


@pytest.fixture
def quick_course(fresh):
    """Return a course whose grader runs no kernel."""
    with (fresh.root / "nbgrader_config.py").open("a") as file:
        file.write(FAKE)
    return fresh


# Marks as if all had been judged; the first word of the notebook's title says what happens.
FAKE = """
import os, time
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

class Fake(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        name = resources["nbgrader"]["student"]
        if name.startswith("dies"):
            os.kill(os.getpid(), 9)
        if name.startswith("slow"):
            time.sleep(60)
        resources["nbgrader"]["marks"] = {
            cell.metadata.nbgrader.grade_id: 1.0
            for cell in nb.cells
            if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
        }
        return nb, resources

class SaveMarks(marks.SaveMarks):
    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        if self.student_id.startswith("half") and not os.path.exists("again"):
            open("again", "w").close()
            os.kill(os.getpid(), 9)

c.Autograde.autograde_preprocessors = [
    {run.Run: Fake, marks.SaveMarks: SaveMarks}.get(step, step)
    for step in c.Autograde.autograde_preprocessors
]
"""


@pytest.fixture
def any_steps(monkeypatch):
    monkeypatch.setattr(grade, "_seconds_of_a_submission", lambda folder: 100)
    gradebook.course.cache_clear()


def grade_all(course, **words):
    gradebook.course.cache_clear()
    return {each.student: each.problem for each in grade.grade(course.root, "hw1", **words)}


def test_one_that_ends_its_process_stops_nobody(quick_course, any_steps):
    release = quick_course.read("release", "hw1")
    for student in ("ann", "dies", "half", "zoe"):
        quick_course.hand_in(student, release, "hw1")
    found = grade_all(quick_course)
    assert found == {
        "ann": None,
        "dies": grade.NO_PROCESS,
        "half": grade.NO_PROCESS,
        "zoe": None,
    }
    read = gradebook.read(quick_course.root)["hw1"].of
    assert {name: mark.points for name, mark in read.items() if name in ("ann", "zoe")} == {
        "ann": 5,
        "zoe": 5,
    }
    assert read["half"].waits  # no mark, rather than half of one
    assert (quick_course.root / "autograded/half/hw1/hw1.ipynb").exists()
    assert grade_all(quick_course) == {"dies": grade.NO_PROCESS, "half": None}
    assert gradebook.read(quick_course.root)["hw1"].of["half"].points == 5


def test_one_that_takes_too_long_is_ended(quick_course, monkeypatch):
    monkeypatch.setattr(grade, "_seconds_of_a_submission", lambda folder: -200)
    monkeypatch.setattr(grade, "MARGIN", 410)  # 10 s are left
    quick_course.hand_in("slow", quick_course.read("release", "hw1"), "hw1")
    assert grade_all(quick_course) == {"slow": grade.TOO_LONG}


@pytest.mark.parametrize("student", ["[x]", "a*", "Ann Ngo", "ann", "Ann", "ümit"])
def test_a_student_of_any_name_is_graded(quick_course, any_steps, student):
    quick_course.hand_in(student, quick_course.read("release", "hw1"), "hw1")
    assert grade_all(quick_course) == {student: None}
    assert grade_all(quick_course) == {}


def test_who_hands_in_again_is_graded_again(quick_course, any_steps):
    quick_course.hand_in("ann", quick_course.read("release", "hw1"), "hw1")
    stamp = quick_course.root / "submitted/ann/hw1/timestamp.txt"
    stamp.write_text("2026-11-20 12:00:00 UTC")
    assert grade_all(quick_course) == {"ann": None}
    assert grade_all(quick_course) == {}
    stamp.write_text("2026-11-21 12:00:00 UTC")
    assert grade_all(quick_course) == {"ann": None}


def test_marks_of_an_earlier_grading_do_not_outlast_one_that_is_interrupted(
    quick_course, any_steps
):
    quick_course.hand_in("half", quick_course.read("release", "hw1"), "hw1")
    (quick_course.root / "again").touch()
    assert grade_all(quick_course) == {"half": None}
    (quick_course.root / "again").unlink()
    assert grade_all(quick_course, force=True) == {"half": grade.NO_PROCESS}
    assert gradebook.read(quick_course.root)["hw1"].of["half"].waits
    assert grade_all(quick_course) == {"half": None}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.Run.box = Flase", "NameError: name 'Flase' is not defined"),
        ("c.Run.box = (", "SyntaxError"),
        ("import no_such_thing", "No module named 'no_such_thing'"),
        ("raise OSError('no')", "OSError: no"),
    ],
)
def test_settings_with_a_mistake_grade_nothing(fresh, capsys, line, said):
    fresh.hand_in("ann", fresh.read("release", "hw1"), "hw1")
    config = fresh.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}{line}\n")
    number = len(config.read_text().splitlines())
    gradebook.course.cache_clear()
    assert main(["homework", "grade", "hw1", "--folder", str(fresh.root)]) == 1
    text = capsys.readouterr().err
    assert "nbgrader_config.py cannot be read, so nothing is done" in text
    assert f"Line {number}: " in text
    assert said in text


@pytest.mark.parametrize("mistake", ["c.Run.box = Flase\n", "c.Autograde.autograde_preprocessor"])
def test_nbgrader_itself_starts_nothing_outside_the_box(fresh, mistake):
    """It goes on with its own steps, and does not find the kernel for them."""
    fresh.hand_in("ann", fresh.read("release", "hw1"), "hw1")
    config = fresh.root / "nbgrader_config.py"
    text = config.read_text()
    config.write_text(
        text + mistake
        if mistake.endswith("\n")
        else text.replace("c.Autograde.autograde_preprocessors", mistake)
    )
    process = fresh.start("autograde", "hw1")
    said, _ = process.communicate(timeout=200)
    assert process.returncode
    assert f"No such kernel named {hand_out.IN_BOX_ONLY['name']}" in said
    assert not (fresh.root / "autograded" / "ann" / "hw1").exists()


@pytest.mark.parametrize("step", ["run.Run", "marks.SaveMarks"])
def test_settings_that_leave_a_step_out_grade_nothing(fresh, step):
    config = fresh.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace(f"    {step},\n", ""))
    fresh.hand_in("ann", fresh.read("source", "hw1"), "hw1")
    with pytest.raises(DataError, match=f"does not name {step.split('.')[1]} in"):
        grade_all(fresh)


def test_the_release_names_a_kernel_that_learners_have(fresh):
    assert fresh.read("release", "hw1").metadata.kernelspec.name == "python3"
    with Gradebook(f"sqlite:///{fresh.root}/gradebook.db") as book:
        spec = json.loads(book.find_notebook("hw1", "hw1").kernelspec)
    assert spec == hand_out.IN_BOX_ONLY


def in_the_box_or_not(course):
    config = course.root / "nbgrader_config.py"
    if box.problem():
        config.write_text(config.read_text() + "c.Run.box = False\n")


@pytest.mark.slow
def test_killed_at_any_moment_every_mark_is_right_after_a_second_run(fresh, tmp_path):
    course = fresh
    in_the_box_or_not(course)
    source, release = course.read("source", "hw1"), course.read("release", "hw1")
    expected = {}
    for number, kind in enumerate(("right", "knownslip", "crash")):
        notebook = solved(source, release)
        SUBMISSIONS[kind].change(notebook)
        course.hand_in(f"s{number}", notebook, "hw1")
        expected[f"s{number}"] = SUBMISSIONS[kind].mark
    command = [sys.executable, "-m", "cnnlab", "homework", "grade", "hw1"]
    env = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    }
    moments = random.Random(0)
    for _ in range(2):
        process = subprocess.Popen(command, cwd=tmp_path, env=env, start_new_session=True)
        time.sleep(moments.uniform(4, 14))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(command, cwd=tmp_path, env=env, check=True)
    assert {name: points for name, (points, _) in course.marks("hw1").items()} == expected


SLEEP = "import time\ntime.sleep(8)"
GROW = """
import os
from IPython import get_ipython
kernel = get_ipython().kernel
text = "x" * 3_000_000
while True:
    content = {"name": "stdout", "text": text}
    kernel.session.send(kernel.iopub_socket, "stream", content, parent=kernel.get_parent())
"""


@pytest.fixture(scope="module")
def limited(generated, tmp_path_factory):
    """Grade, within 25 s each, what would take hours, and what would fill the grader's memory."""
    course = Course(tmp_path_factory.mktemp("limits"), of=generated)
    in_the_box_or_not(course)
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(
            "c.Run.seconds = 25\nc.Run.timeout = 10\nc.Run.patience = 2\nc.Run.restarts = 2\n"
        )
    source, release = course.read("source", "hw1"), course.read("release", "hw1")
    for student, code, times in (
        ("sleeps", SLEEP, 20),
        ("exits", "import os\nos._exit(0)", 20),
        ("grows", GROW, 1),
    ):
        notebook = solved(source, release)
        for _ in range(times):
            add(code, after="check-find-template")(notebook)
        course.hand_in(student, notebook, "hw1")
    found = {each.student: each for each in grade.grade(course.root, "hw1")}
    return course, found


@pytest.mark.slow
@pytest.mark.parametrize("student", ["sleeps", "exits", "grows"])
def test_a_submission_has_limits_in_sum(limited, student):
    course, found = limited
    assert found[student].problem is None
    assert found[student].seconds < 80  # the limit, an interrupt, and all that is not the learner's
    assert course.marks("hw1")[student][0] >= FULL - 6  # what stood before is marked
    size = (course.root / "autograded" / student / "hw1" / "hw1.ipynb").stat().st_size
    assert size < 3_000_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("student", "why"),
    [("sleeps", run.TIME_OVER.format(25)), ("exits", run.TOO_OFTEN.format(2))],
)
def test_what_was_not_run_says_why(limited, student, why):
    course, _ = limited
    cells = [cell for cell in course.graded(student, "hw1").cells if cell.cell_type == "code"]
    assert [output.get("evalue") for output in cells[-1].outputs] == [why]


def test_a_kernel_that_does_not_start_marks_nothing_and_says_so(fresh, monkeypatch):
    """Such as one whose Python cannot import what it needs: not 0 points for a whole class."""
    in_the_box_or_not(fresh)
    config = fresh.root / "nbgrader_config.py"
    config.write_text(config.read_text() + "run.WARM = 'import no_such_thing'\n")
    fresh.hand_in("ann", fresh.read("release", "hw1"), "hw1")
    (problem,) = grade_all(fresh).values()
    assert "nothing of this submission has been marked" in problem
    assert "no_such_thing" in problem
    assert gradebook.read(fresh.root)["hw1"].of["ann"].waits
