"""The class report: what it counts, what it says, and whom it does not name."""

import cProfile
import csv
import json
import pstats

import nbformat
import pytest

from cnnlab import __main__ as command_line
from cnnlab import course, exercises
from cnnlab.check.verdict import Verdict
from cnnlab.errors import DataError
from cnnlab.homework.classroom import class_report, findings, outcomes, sections

from .classes import error, named, shown, write_class, write_graded

FLIPPED = {"find_template": [shown(named("find_template", "kernel flipped"))]}


@pytest.fixture
def small_class(tmp_path):
    """Seven learners: three with the same two misconceptions, the others each for itself."""
    both = FLIPPED | {"output_size": [shown(named("output_size", "padding once"))]}
    for student in ("ada", "bo", "cy"):
        write_graded(tmp_path, student, "hw1", both)
    verdict = Verdict("Not yet. Odd.", ("<b>7</b>",), "dot_kernel", "unknown")
    write_graded(tmp_path, "di", "hw1", {"dot_kernel": [shown(verdict)]})
    write_graded(tmp_path, "ed", "hw1", {"output_size": [error("NameError")]})
    two = named("correlate2d_dilated", "kernel flipped", "stride ignored")
    write_graded(tmp_path, "flo", "hw1", {"correlate2d_dilated": [shown(two)]})
    write_graded(tmp_path, "gus", "hw1", {"output_size": []})
    return tmp_path


def result_of(found, exercise):
    return next(each for each in found if each.exercise == exercise)


def test_each_group_is_counted(small_class):
    found = findings.results(outcomes.read_graded(small_class, ["hw1"]))
    assert [each.exercise for each in found] == [
        "output_size",
        "dot_kernel",
        "diagonal_kernel",
        "find_template",
        "correlate2d_dilated",
    ]
    groups = result_of(found, "output_size").groups
    assert {group: who for group, who in groups.items() if who} == {
        "right": ("di", "flo"),
        "known misconception": ("ada", "bo", "cy"),
        "crashed or too slow": ("ed",),
        "graded without a verdict": ("gus",),
    }
    assert result_of(found, "dot_kernel").examples == (("Not yet. Odd.\n<b>7</b>", 1),)


def test_a_misconception_leads_to_its_section_and_a_question(small_class):
    found = findings.results(outcomes.read_graded(small_class, ["hw1"]))
    finding = result_of(found, "output_size").findings[0]
    assert finding.misconception.name == "padding once"
    assert finding.section == "Lesson 02, Padding"
    assert finding.question == "padding=1 puts a pixel on the left. And on the right?"
    two = result_of(found, "correlate2d_dilated").findings
    assert {each.misconception.name for each in two} == {"kernel flipped", "stride ignored"}
    assert findings.discuss_first(found).exercise in ("output_size", "find_template")


def test_who_keeps_a_misconception_and_who_passed_since(tmp_path):
    flipped = {"conv_forward": [shown(named("conv_forward", "kernel flipped"))]}
    blank = {"conv_forward": [shown(Verdict("", (), "conv_forward", "not written"))]}
    for student, first, second in (
        ("keeps", FLIPPED, flipped),
        ("passes", FLIPPED, {}),
        ("blank", FLIPPED, blank),
        ("new", {}, flipped),
    ):
        write_graded(tmp_path, student, "hw1", first)
        write_graded(tmp_path, student, "hw3", second)
    write_graded(tmp_path, "absent", "hw1", FLIPPED)
    found = findings.results(outcomes.read_graded(tmp_path, ["hw1", "hw3"]))
    (change,) = findings.changes(found)
    assert (change.name, change.earlier, change.later) == ("kernel flipped", "hw1", "hw3")
    assert (change.kept, change.passed) == (("keeps",), ("passes",))
    assert (change.unseen, change.new) == (("absent", "blank"), ("new",))


def test_no_learner_is_named_unless_asked(small_class, capsys):
    (small_class / "submitted" / "zoe" / "hw1").mkdir(parents=True)
    (small_class / "autograded" / "ada" / "hw1" / "hw1.ipynb").write_text("{")
    words = ["homework", "report", "hw1", "--folder", str(small_class), "--out"]
    assert command_line.main([*words, str(small_class / "page.html")]) == 0
    said = capsys.readouterr().out
    texts = [(small_class / name).read_text() for name in ("page.html", "page.csv")]
    for student in ("ada", "gus", "zoe"):
        assert all(f"{student}" not in text.split("</style>")[-1] for text in (*texts[:1], said))
        assert student not in texts[1]
    assert "1 files are damaged" in texts[0]
    assert "1 submissions were handed in and have no graded notebook" in texts[0]
    assert "&lt;b&gt;7&lt;/b&gt;" in texts[0]
    assert command_line.main([*words, str(small_class / "page.html"), "--names"]) == 0
    page = (small_class / "page.html").read_text()
    assert "bo, cy" in page
    assert "keep it to yourself" in page
    said = capsys.readouterr().out
    assert "not graded: zoe, hw1" in said
    assert "damaged: autograded/ada/hw1/hw1.ipynb: not JSON (or" in said


def test_the_table_has_a_row_for_each_group_and_misconception(small_class):
    found = outcomes.read_graded(small_class, ["hw1"])
    _, table = class_report.write_report(found, small_class / "page.html", names=True)
    with table.open() as file:
        rows = [row for row in csv.DictReader(file) if row["exercise"] == "output_size"]
    assert [row["result"] for row in rows] == [*findings.GROUPS, "misconception"]
    assert rows[-1]["misconception"] == "padding once"
    assert (rows[-1]["learners"], rows[-1]["of"], rows[-1]["share"]) == ("3", "7", "0.429")
    assert rows[-1]["names"] == "ada bo cy"


def test_progress_files_are_read_like_a_class(tmp_path):
    answers = {
        "output_size": {"outcome": "misconception", "misconception": "padding once", "tries": 3},
        "flip": {"outcome": "passed", "misconception": None, "tries": 1},
        "gone_exercise": {"outcome": "passed", "misconception": None, "tries": 1},
    }
    for version, name in enumerate(("one", "two"), 1):
        text = json.dumps({"version": version, "exercises": answers})
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "three.json").write_text(json.dumps({"version": 3, "exercises": {}}))
    found = outcomes.read_progress(tmp_path)
    assert found.assignments == ("Lesson 02",)
    assert found.unread == ("three.json: not of version 1 to 2",)
    sizes = result_of(findings.results(found), "output_size")
    assert sizes.findings[0].learners == ("one", "two")
    assert sizes.tries == 3
    out = tmp_path / "class.html"
    assert (
        command_line.main(["homework", "report", "--progress", str(tmp_path), "--out", str(out)])
        == 0
    )
    assert "Class report: Lesson 02" in out.read_text()


def test_what_the_course_remembers_is_a_progress_file(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "find_progress", lambda: tmp_path / "progress.json")
    shown_once = named("output_size", "padding once")
    entry = {"outcome": shown_once.outcome, "misconception": shown_once.misconception}
    for _ in range(2):
        course.remember("exercises", "output_size", entry)
    (answer,) = outcomes.read_progress(tmp_path).answers
    assert (answer.outcome, answer.tries) == ("misconception", 2)
    assert answer.misconceptions == ("padding once",)


def test_what_is_missing_is_said(tmp_path, capsys):
    with pytest.raises(DataError, match=r"no graded notebook of 'hw1'.*homework grade hw1"):
        outcomes.read_graded(tmp_path, ["hw1"])
    with pytest.raises(DataError, match="holds no progress file"):
        outcomes.read_progress(tmp_path)
    assert command_line.main(["homework", "report"]) == 1
    assert "Name assignments, such as hw1" in capsys.readouterr().err


def test_every_exercise_has_a_section_that_its_lesson_has():
    asked = exercises.asked().values()
    assert {each.words for each in asked} == {"", *sections.WORDS}
    places = {each.section for each in asked}
    places.update(place for words in sections.WORDS.values() for place in words.values())
    missing = [p for p in places if p.split()[1] not in sections.headings(p.split()[0])]
    assert missing == []


def test_every_word_of_a_section_is_in_a_misconception():
    for exercise, asked in exercises.asked().items():
        names = [each.name for each in exercises.load(exercise).misconceptions]
        words = sections.WORDS.get(asked.words)
        assert not words or any(word in name for word in words for name in names), exercise


def report_on_a_class(folder, students):
    """Return the class, its page, and how many functions reading and reporting called."""
    assignments = [f"hw{number}" for number in range(1, 6)]
    write_class(folder, assignments, students=students)
    with cProfile.Profile() as profile:
        found = outcomes.read_graded(folder, assignments)
        class_report.write_report(found, folder / "page.html")
    calls = pstats.Stats(profile).total_calls
    return found, (folder / "page.html").read_text(), calls


def test_a_class_costs_in_proportion_to_its_size(tmp_path):
    report_on_a_class(tmp_path / "first", 10)  # what is loaded once
    calls = {n: report_on_a_class(tmp_path / str(n), n)[2] for n in (50, 100, 200)}
    assert calls[200] - calls[100] < 2.5 * (calls[100] - calls[50])
    assert calls[200] - calls[100] < 100 * 10_000  # 2,000 for each student and 26 answers


def test_the_report_on_a_class_of_two_hundred_names_no_student(tmp_path):
    found, text, _ = report_on_a_class(tmp_path, 200)
    assert len(found.answers) == 200 * 26
    assert "student" not in text.split("</style>")[1].replace("students", "")


def test_a_record_is_valid_in_a_notebook(tmp_path):
    write_graded(tmp_path, "ada", "hw1", FLIPPED)
    nbformat.validate(nbformat.read(tmp_path / "autograded/ada/hw1/hw1.ipynb", 4))
