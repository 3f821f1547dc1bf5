"""Marks leave the gradebook: less what late costs, for an LMS, and told when they change.

Each mark reaches its own student, whatever others call themselves; no cell is a formula.
"""

import codecs
import cProfile
import csv
import os
import pstats
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin
from traitlets.config import PyFileConfigLoader

from cnnlab.__main__ import main
from cnnlab.errors import DataError
from cnnlab.homework.classroom import export, gradebook, lms, tables
from cnnlab.homework.classroom.gradebook import Mark, Marks
from cnnlab.homework.grading import late

from .conftest import HOMEWORK

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


MARKS = {
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


def filled(folder, table, marks=MARKS, *, encoding="utf-8-sig"):
    """Return the table as it is filled, by its first column, and what was said."""
    path, out = folder / "exported.csv", folder / "marks.csv"
    path.write_bytes(table.encode(encoding))
    said = "\n".join(lms.fill(path, marks, out))
    delimiter = ";" if ";" in out.read_text().splitlines()[0] else ","
    with out.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    return {next(iter(row.values())).strip(): row for row in rows}, said


def test_marks_less_what_late_costs(course):
    assert gradebook.read(course) == MARKS


def test_the_command_fills_a_table(course, capsys):
    (course / "exported.csv").write_text(CANVAS)
    words = ["--folder", str(course), "--out", str(course / "marks.csv")]
    assert main(["homework", "marks", str(course / "exported.csv"), *words]) == 0
    assert "hw1: 2 marks in Canvas's 'hw1 (4711)'" in capsys.readouterr().out
    assert '"Ngo, Ann",101,u1,ann,A,13.5' in (course / "marks.csv").read_text().splitlines()
    assert main(["homework", "marks", str(course / "exported.csv"), "hw9", *words]) == 1
    assert "No hw9 in the gradebook. Assignments there: hw1." in capsys.readouterr().err


def test_canvas_gets_its_own_column_and_no_other_mark(tmp_path):
    rows, said = filled(tmp_path, CANVAS)
    column = "hw1 (4711)"
    assert {name: row[column] for name, row in rows.items()} == {
        "Points Possible": "20",
        "Ngo, Ann": "13.5",
        "Ohm, Bob": "16",
    }
    assert list(rows["Ngo, Ann"]) == [*CANVAS.splitlines()[0].split(",")[:5], column]
    assert rows["Ohm, Bob"]["ID"] == "102"
    assert "hw1: 2 marks in Canvas's 'hw1 (4711)'" in said
    assert "hw1: 1 left out, which still wait for a mark" in said
    assert "hw1: not in the table: dan" in said


def test_moodle_is_matched_by_address_and_keeps_its_feedback_out(tmp_path):
    rows, said = filled(tmp_path, MOODLE)
    column = "Assignment: hw1 (Real)"
    assert {name: row[column] for name, row in rows.items()} == {
        "Ann": "13.5",
        "Bob": "16",
    }
    assert "Assignment: hw1 (Feedback)" not in rows["Ann"]
    assert rows["Ann"]["Last name"] == "Ngô"
    assert "in Moodle's" in said


def test_an_assignment_the_lms_does_not_know_gets_a_column(tmp_path):
    rows, _ = filled(tmp_path, CANVAS.replace("hw1 (4711)", "hw11 (4711)"))
    assert rows["Ohm, Bob"]["hw1"] == "16"
    assert rows["Points Possible"]["hw1"] == "20"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("a,b\n1,2\n", "the columns of neither Canvas's export nor Moodle's"),
        ("", "the columns of neither"),
        (CANVAS.encode("utf-16").decode("latin-1"), "NUL characters. Save it as “CSV UTF-8”"),
        (CANVAS.replace("20.0", "100"), "has 100 points there and 20 in the gradebook"),
        (CANVAS.replace("20.0", '"25,0"'), "has 25 points there and 20 in the gradebook"),
        (CANVAS.replace("Section", "ID", 1), "more than one column 'ID'"),
        (CANVAS.replace("quiz (12)", "hw1 (12)"), r"'hw1 \(4711\)', 'hw1 \(12\)'"),
        (CANVAS.replace("B,,9,90", "B,,9,90,x"), "line 6 has 9 cells, the header 8"),
        (CANVAS.replace('"Pal, Cleo"', '"Pal, Cleo'), "expected after '\"'. Save it as"),
        (CANVAS.replace("Ngo", "Ngo" * 50_000), "field larger than"),
        (
            CANVAS.replace("ann", "x1").replace("BOB", "x2").replace("cleo", "x3"),
            "names none of the students",
        ),
    ],
)
def test_what_cannot_be_filled_says_why(tmp_path, table, said):
    with pytest.raises(DataError, match=said):
        filled(tmp_path, table)


def test_an_assignment_that_is_called_like_an_identity_is_refused(tmp_path):
    with pytest.raises(DataError, match="Section may be more than one column"):
        filled(tmp_path, CANVAS, {"Section": MARKS["hw1"]})


def test_two_rows_of_one_student_are_left_out_and_named(tmp_path):
    rows, said = filled(tmp_path, CANVAS.replace(",BOB,", ",ann,"), MARKS)
    assert set(rows) == {"Points Possible"}
    assert "runs: ann" in said


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


def test_a_points_row_that_says_no_number_is_not_compared(tmp_path):
    for said in ("(read only)", "", "N/A", "nan", '"20,0"', " 20.00 "):
        rows, _ = filled(tmp_path, CANVAS.replace("20.0", said))
        assert rows["Points Possible"]["hw1 (4711)"] == "20"


EVE = "Eve;Ex;{};{};-;\n"
OTHERS = MOODLE.replace("Ann;Ngô;1;ann@uni.example", "Ann;Ngô;1;{}")


@pytest.mark.parametrize(
    "address",
    [
        "ann@gmail.example",
        "ann@uni.example.evil.example",
        "ann@uni.example@evil.example",
        "ann@xuni.example",
        "\uff21NN@uni.example",
        "ann\u200b@uni.example",
        "ann\xa0@uni.example",
        "ann\u2003",
    ],
)
@pytest.mark.parametrize("own", ["ann@uni.example", "a.ngo@uni.example"])
def test_an_address_elsewhere_gets_nobodys_mark(tmp_path, address, own):
    rows, said = filled(tmp_path, OTHERS.format(own) + EVE.format(4, address))
    assert "Eve" not in rows
    assert ("Ann" in rows) == (own == "ann@uni.example") == ("not in the table: ann" not in said)


def test_the_kelvin_sign_is_no_k(tmp_path):
    marks = {"hw1": Marks(20, {"kim": Mark(20, False), "bob": Mark(1, False)})}
    _, said = filled(tmp_path, MOODLE.replace("ann@", "\u212aim@"), marks)
    assert "hw1: not in the table: kim" in said


def test_what_a_student_may_edit_does_not_outdo_what_they_may_not(tmp_path):
    """Dan has left; Eve takes his address, so that addresses know one student more than names."""
    table = "First name,Surname,Username,Email address\n" + "".join(
        f"{name},X,{name},{name}@uni.example\n" for name in ("ann", "bob")
    )
    rows, said = filled(tmp_path, f"{table}Eve,X,eve,dan@uni.example\n")
    assert set(rows) == {"ann", "bob"}
    assert "not in the table: dan" in said


def test_columns_are_not_mixed(tmp_path):
    """Canvas's own number of one student is the login of another, who has left."""
    table = CANVAS.replace("103,u3,cleo", "dan,u3,cleo").replace('"Pal, Cleo"', '"Pal, C"')
    rows, said = filled(tmp_path, table)
    assert set(rows) == {"Points Possible", "Ngo, Ann", "Ohm, Bob"}
    assert "not in the table: dan" in said


def test_who_calls_herself_points_possible_gets_her_own_mark(tmp_path):
    rows, _ = filled(tmp_path, CANVAS.replace("Ngo, Ann", "Points Possible"))
    assert rows["Points Possible"]["hw1 (4711)"] == "13.5"
    rows, _ = filled(tmp_path, CANVAS.replace("Student, Test", "Points Possible, Eve"))
    assert "Points Possible, Eve" not in rows


@pytest.mark.parametrize(
    ("logins", "got", "doubtful"),
    [
        (["ann", "Ann", "bob"], {"ann": "1", "Ann": "2", "bob": "3"}, ""),
        (["Ann", "ann", "BOB"], {"ann": "1", "Ann": "2", "BOB": "3"}, ""),
        (["ANN", "x", "bob"], {"bob": "3"}, "Ann, ann"),
        (["ann", "ANN", "bob"], {"ann": "1", "bob": "3"}, "Ann"),
        (["ann", "ann", "bob"], {"bob": "3"}, "Ann, ann"),
        (["ann", "Ann", "bob", "bob@uni.example"], {"ann": "1", "Ann": "2", "bob": "3"}, ""),
        (["bob", "x@uni.example", "ann@uni.example", "Ann@uni.example"],
         {"bob": "3", "ann@uni.example": "1", "Ann@uni.example": "2"}, ""),
        (["bob", "ANN@uni.example", "x@uni.example"], {"bob": "3"}, "Ann, ann"),
    ],
)  # fmt: skip
def test_two_names_that_differ_in_case_never_swap_a_mark(tmp_path, logins, got, doubtful):
    marks = {n: Mark(p, False) for n, p in (("ann", 1), ("Ann", 2), ("bob", 3))}
    table, out = tmp_path / "table.csv", tmp_path / "marks.csv"
    table.write_text("\n".join(["Student,ID,SIS Login ID,hw1", *(f"N,7,{n}," for n in logins)]))
    said = "\n".join(lms.fill(table, {"hw1": Marks(20, marks)}, out))
    with out.open(newline="", encoding="utf-8") as file:
        assert {row["SIS Login ID"]: row["hw1"] for row in csv.DictReader(file)} == got
    assert (f"runs: {doubtful}" in said) == bool(doubtful)


def test_an_address_and_its_local_part_are_two_students(tmp_path):
    marks = {n: Mark(p, False) for n, p in (("ann", 1), ("ann@uni.example", 2))}
    table, out = tmp_path / "table.csv", tmp_path / "marks.csv"
    table.write_text("Student,ID,SIS Login ID,hw1\nA,1,ann@uni.example,\nB,2,b@uni.example,\n")
    said = list(lms.fill(table, {"hw1": Marks(20, marks)}, out))
    assert out.read_text().splitlines()[1:] == ["A,1,ann@uni.example,2"]
    assert any(line.endswith("runs: ann") for line in said)


def test_a_table_of_a_hundred_thousand_rows_is_read_in_proportion(tmp_path):
    def calls(students):
        marks = {"hw1": Marks(20, {f"s{n}": Mark(1, False) for n in range(students)})}
        rows = (f"N,{n},S{n}@uni.example," for n in range(students))
        (tmp_path / "t.csv").write_text("\n".join(["Student,ID,SIS Login ID,hw1", *rows]))
        with cProfile.Profile() as profile:
            said = list(lms.fill(tmp_path / "t.csv", marks, tmp_path / "marks.csv"))
        assert said[0].startswith(f"hw1: {students} marks")
        return pstats.Stats(profile).total_calls

    assert calls(20_000) < 2.5 * calls(10_000)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_an_export_that_went_through_excel_is_read(tmp_path, encoding):
    for table in (MOODLE, MOODLE.replace("\n", "\r\n"), "sep=;\n" + MOODLE):
        rows, _ = filled(tmp_path, table, encoding=encoding)
        assert rows["Ann"]["Last name"] == "Ngô"
        out = tmp_path / "marks.csv"
        assert out.read_bytes().startswith(codecs.BOM_UTF8) == (encoding in ("utf-8-sig", "utf-16"))


FORMULAS = ("=HYPERLINK(1)", "+cmd|x", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\nx", "  =1", '"=1',
            "\uff1d1", "\u200b=1", "'=1", "\ufeff=1", "\xa0+x", "-e5", "+")  # fmt: skip
INSIDE = ("Ngo;=1", "Ngo,+x", "Ngo\t@x", "Ngo\n=1", 'Ngo;"=1')


@pytest.mark.parametrize("text", [*FORMULAS, *INSIDE])
def test_no_cell_is_a_formula(text):
    safe = tables.as_text(text)
    assert safe[4 if text in INSIDE else 0] == "'"
    assert safe.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    "text", ["-5", "+3.5", "-1,5", "-1e5", "20", "ann@x", "a-b", "-", "", "Ngô"]
)
def test_a_number_stays_a_number_and_a_name_a_name(text):
    assert tables.as_text(text) == text


def test_a_name_is_no_formula_in_the_lms_table_and_identities_stay(tmp_path):
    table = CANVAS.replace("Ngo, Ann", "=HYPERLINK(1)").replace(",u2,", ",=u2,")
    rows, said = filled(tmp_path, table)
    assert rows["'=HYPERLINK(1)"]["hw1 (4711)"] == "13.5"
    assert "Ohm, Bob" not in rows
    assert "runs: bob" in said


def test_nbgraders_export_has_no_formula_and_the_same_grades(course):
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        plain, safe = CsvExportPlugin(), export.ExportCsv()
        plain.to, safe.to = str(course / "plain.csv"), str(course / "safe.csv")
        for plugin in (plain, safe):
            plugin.export(book)
        assert (course / "safe.csv").read_text() == (course / "plain.csv").read_text()
        book.update_or_create_student("ann", last_name='=HYPERLINK("x"),1\n=2')
        book.add_student("eve")
        safe.student, safe.assignment = ["ann", "eve"], ["hw1"]
        safe.export(book)
    with (course / "safe.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["student_id"]: row["score"] for row in rows} == {"ann": "13.5", "eve": "0.0"}
    assert rows[-1]["last_name"] == "'=HYPERLINK(\"x\"),1\n'=2"


def test_the_course_exports_with_it():
    config = PyFileConfigLoader("nbgrader_config.py", path=str(HOMEWORK)).load_config()
    assert config.ExportApp.plugin_class is export.ExportCsv
