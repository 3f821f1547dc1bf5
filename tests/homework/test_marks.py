"""Marks leave the gradebook: less what late costs, for an LMS, and told when they change."""

import csv
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from nbgrader.api import Gradebook

from cnnlab.__main__ import main
from cnnlab.homework.classroom import gradebook
from cnnlab.homework.classroom.gradebook import Mark, Marks
from cnnlab.homework.grading import late

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # as the config does

DUE = datetime(2026, 11, 20, 12)
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,hw1 (4711),quiz (12),Current Score
    Manual Posting,,,,,,,
    Points Possible,,,,,20.0,10.0,(read only)
"Ngo, Ann",101,u1,ann,A,,7,70
"Ohm, Bob",102,u2,BOB,A,3,8,80
"Pal, Cleo",103,u3,cleo,B,,9,90
"Student, Test",104,,abc,A,,,
"""
MOODLE = """\
First name;Last name;ID number;Email address;Assignment: hw1 (Real);Assignment: hw1 (Feedback)
Ann;Ngô;1;ann@uni.example;-;"well
done"
Bob;Ohm;2;bob@uni.example;3;
Cleo;Pal;3;cleo@uni.example;-;
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return a course in which Ann is late, Bob is not, Cleo waits, and Dan is in no table."""
    programs = [str(Path(sys.executable).parent), os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(programs))  # nbgrader starts alembic by its name
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(tmp_path)!r}\n"
    )
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as book:
        book.add_assignment("hw1", duedate=DUE)
        book.add_notebook("hw1", "hw1")
        book.add_grade_cell("check", "hw1", "hw1", max_score=16, cell_type="code")
        book.add_grade_cell("written", "hw1", "hw1", max_score=4, cell_type="markdown")
        for student, by_hand, days in (
            ("ann", 3.5, 1),
            ("bob", 4, 0),
            ("cleo", None, 0),
            ("dan", 1, 0),
        ):
            book.add_student(student)
            book.add_submission("hw1", student, timestamp=DUE + timedelta(days=days))
            check = book.find_grade("check", "hw1", "hw1", student)
            check.auto_score, check.needs_manual_grade = 12, False
            written = book.find_grade("written", "hw1", "hw1", student)
            written.manual_score, written.needs_manual_grade = by_hand, by_hand is None
            notebook = book.find_submission_notebook("hw1", "hw1", student)
            notebook.late_submission_penalty = 2.0 * days
        book.db.commit()
    return tmp_path


def filled(course, table, capsys, *words):
    """Return the table as the command fills it, by its first column, and what it said."""
    path, out = course / "exported.csv", course / "marks.csv"
    path.write_text(table, "utf-8-sig")
    status = main(
        ["homework", "marks", str(path), *words, "--folder", str(course), "--out", str(out)]
    )
    said = capsys.readouterr()
    if status:
        return said.err
    delimiter = ";" if ";" in table.splitlines()[0] else ","
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    return {next(iter(row.values())).strip(): row for row in rows}, said.out


def test_marks_less_what_late_costs(course):
    assert gradebook.read(course) == {
        "hw1": Marks(
            20,
            {
                "ann": Mark(13.5, False),
                "bob": Mark(16, False),
                "cleo": Mark(12, True),
                "dan": Mark(13, False),
            },
        )
    }


def test_canvas_gets_its_own_column_and_no_other_mark(course, capsys):
    rows, said = filled(course, CANVAS, capsys)
    column = "hw1 (4711)"
    assert {name: row[column] for name, row in rows.items()} == {
        "Points Possible": "20",
        "Ngo, Ann": "13.5",
        "Ohm, Bob": "16",
    }
    assert list(rows["Ngo, Ann"]) == [*CANVAS.splitlines()[0].split(",")[:5], column]
    assert rows["Ohm, Bob"]["ID"] == "102"
    assert "hw1: 2 marks in Canvas's 'hw1 (4711)'" in said
    assert "hw1: 1 left out, which wait for marks by hand" in said
    assert "hw1: not in the table: dan" in said


def test_moodle_is_matched_by_address_and_keeps_its_feedback_out(course, capsys):
    rows, said = filled(course, MOODLE, capsys, "hw1")
    column = "Assignment: hw1 (Real)"
    assert {name: row[column] for name, row in rows.items()} == {
        "Ann": "13.5",
        "Bob": "16",
    }
    assert "Assignment: hw1 (Feedback)" not in rows["Ann"]
    assert rows["Ann"]["Last name"] == "Ngô"
    assert "in Moodle's" in said


def test_an_assignment_the_lms_does_not_know_gets_a_column(course, capsys):
    rows, _ = filled(course, CANVAS.replace("hw1 (4711)", "hw11 (4711)"), capsys)
    assert rows["Ohm, Bob"]["hw1"] == "16"
    assert rows["Points Possible"]["hw1"] == "20"


@pytest.mark.parametrize(
    ("table", "words", "said"),
    [
        ("a,b\n1,2\n", [], "the columns of neither Canvas's export nor Moodle's"),
        ("", [], "the columns of neither"),
        (CANVAS.encode("utf-16").decode("latin-1"), [], "the columns of neither"),
        (CANVAS.replace("20.0", "100"), [], "has 100 points there and 20 in the gradebook"),
        (CANVAS.replace(",BOB,", ",ann,"), [], "more than one row for ann"),
        (MOODLE.replace("uni.example", "x").replace("ann@", "z@"), ["hw9"], "No hw9 in the"),
        (
            CANVAS.replace("ann", "x1").replace("BOB", "x2").replace("cleo", "x3"),
            [],
            "names none of the students",
        ),
    ],
)
def test_what_cannot_be_filled_says_why(course, capsys, table, words, said):
    assert said in filled(course, table, capsys, *words)


def test_a_course_without_a_gradebook_has_no_marks(tmp_path, capsys):
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(tmp_path)!r}\n"
    )
    assert gradebook.read(tmp_path) == {}
    assert main(["homework", "marks", "x.csv", "hw1", "--folder", str(tmp_path)]) == 1
    assert "No hw1 in the gradebook. Assignments there: none." in capsys.readouterr().err
    assert not (tmp_path / "gradebook.db").exists()


def test_no_course_says_so(tmp_path, capsys):
    assert main(["homework", "marks", "x.csv", "--folder", str(tmp_path)]) == 1
    assert "is not a course: there is no nbgrader_config.py" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("hours", "score", "points"),
    [(0.2, 16, None), (0.3, 16, 2), (24.2, 16, 2), (24.3, 16, 4), (200, 16, 7), (24, 1.5, 1.5)],
)
def test_each_day_begun_costs_points(hours, score, points):
    plugin = late.PointsPerDay(points=2, most=7)
    assert plugin.late_submission_penalty("ann", score, 3600 * hours) == points


def test_late_costs_nothing_unless_asked():
    assert late.PointsPerDay().late_submission_penalty("ann", 16, 1e6) is None


def test_changed_marks_are_told():
    before = {"hw1": Marks(20, {"ann": Mark(12, True), "bob": Mark(16, True)})}
    after = {"hw1": Marks(20, {"ann": Mark(14, True), "bob": Mark(16, True), "eve": Mark(1, True)})}
    (line,) = gradebook.changes(before, after, "hw1")
    assert line.split() == ["ann", "12", "->", "14", "points"]
    assert gradebook.changes({}, after, "hw1") == []
