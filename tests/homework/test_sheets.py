"""Sheets of one's own: who has which, what they say, and how they are graded."""

import time
import warnings
from itertools import combinations

import nbformat
import pytest
from traitlets.config import PyFileConfigLoader

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from cnnlab.__main__ import main
from cnnlab.errors import DataError
from cnnlab.homework.classroom import sheets
from cnnlab.homework.classroom.wordings import PIECES
from cnnlab.homework.grading import box

from .conftest import HOMEWORK, Course
from .submissions import solved

SOURCES = {
    path.stem: nbformat.read(path, 4) for path in sorted(HOMEWORK.glob("source/hw*/hw*.ipynb"))
}
VARIED = ("hw1", "hw2", "hw4")
CONFIG = PyFileConfigLoader("nbgrader_config.py", path=str(HOMEWORK)).load_config()


def cells_of(notebook):
    return {cell.id: cell.source for cell in notebook.cells}


@pytest.mark.parametrize("assignment", SOURCES)
def test_the_sources_say_the_numbers_given(assignment):
    cells = cells_of(SOURCES[assignment])
    assert {
        ident: sheets._cell_on_sheet(cell, None)
        for ident, cell in zip(cells, SOURCES[assignment].cells, strict=True)
    } == cells


def test_every_piece_belongs_to_a_cell():
    known = {ident for notebook in SOURCES.values() for ident in cells_of(notebook)}
    assert set(PIECES) <= known


@pytest.mark.parametrize("assignment", SOURCES)
def test_what_is_handed_out_without_a_sheet_is_the_release(assignment):
    release = HOMEWORK / "release" / assignment / f"{assignment}.ipynb"
    assert sheets.hand_out(SOURCES[assignment], CONFIG) == nbformat.read(release, 4)


@pytest.mark.parametrize("assignment", VARIED)
def test_a_sheet_changes_text_and_answers_but_no_check(assignment):
    source = SOURCES[assignment]
    notebook = sheets.hand_out(sheets.on_sheet(source, 4711), CONFIG)
    nbformat.validate(notebook)
    cells, given = cells_of(notebook), cells_of(source)
    assert list(cells) == list(given)
    assert cells["imports"].endswith("\n\ncheck.sheet(4711)")
    assert "sheet 4711" in cells["title"]
    for ident, text in cells.items():
        assert "SOLUTION" not in text
        assert "HANDED OUT" not in text
        if ident.startswith("check-"):
            assert text == given[ident].partition("\n### BEGIN HIDDEN")[0]


def test_two_sheets_share_what_the_page_says():
    """In homework 4 all eight bugs; in the others what no number can change."""
    shared = {}
    for assignment in VARIED:
        notebooks = [cells_of(sheets.on_sheet(SOURCES[assignment], n)) for n in range(12)]
        answers = [i for i in notebooks[0] if f"check-{i}" in notebooks[0]]
        pairs = list(combinations(notebooks, 2))
        for ident in answers:
            shared[ident] = sum(a[ident] == b[ident] for a, b in pairs) / len(pairs)
    assert shared.pop("output-size") == 1
    for name in ("diagnoses", "count-lenet5", "count-plain", "count-modern", "budget-network"):
        assert shared[name] == 0
    assert shared["diagonal-kernel"] < 0.4
    assert shared["dot-kernel"] < 0.2


LISTS = (
    "ann\nbob\n",
    "id,first_name\nann,A\nbob,Ö\n",
    'name\tid\n"Öhm\tA"\tann\n"B\nB"\tbob',
    "sep=;\nid;name\nann;Ö\n;\nid;name\nbob;B\n",
    'Student,ID,SIS User ID,SIS Login ID,Section,hw1 (1)\n    Points Possible,,,,,(read only)\n'
    '"Ngo, Ann",1,u1,ann,A,\n"Öhm, Bob",2,,bob,A,',
    "First name;Surname;Username;ID number;Email address\nA;N;ann;;a@x\nB;Ö;bob;7;b@x\n",
    "First name;Surname;ID number;Email address\nA;N;;ann\nB;Ö;7;bob\n",
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("text", LISTS)
def test_a_list_of_students_is_lines_or_a_table(tmp_path, text, encoding):
    path = tmp_path / "students"
    for ends in ("\n", "\r\n"):
        path.write_bytes(text.replace("\n", ends).encode(encoding))
        assert sheets.read_students(path) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n", "names no student"),
        ("", "names no student"),
        ("ann\nann", "'ann' and 'ann'"),
        ("ann\nbob\nAnn", "'ann' and 'Ann'"),
        ("ann\n\uff21nn", "'ann' and '\uff21nn'"),
        ("id\nstrasse\nstraße", "'strasse' and 'straße'"),
        ("../bob", "'../bob' cannot name a folder"),
        ("bob.", "'bob.' cannot name a folder"),
        ("=bob", "'=bob' cannot name a folder"),
        ("id\n", "names no student"),
        ("id,id\nann,bob\n", "more than one column 'id'"),
        ("id,name\nann,Ngo, Ann\n", "line 2 has 3 cells, the header 2"),
        ("name,mail\nAnn,x\n", "no column says who everyone is: id, SIS Login ID"),
        ("First name,ID number,Email address\nA,1,\nB,,b@x\n", "no column says who everyone is"),
        ("ann\0\nbob\n", "NUL characters. Save it as “CSV UTF-8”"),
        ('id,name\nann,"A\nbob,B\n', "unexpected end of data"),
        ("PK\x03\x04\x81", "Save it as “CSV UTF-8”"),
    ],
)
def test_a_list_that_names_nobody_or_somebody_else_is_refused(tmp_path, text, said):
    path = tmp_path / "students.txt"
    path.write_bytes(text.encode("latin-1" if "PK" in text else "utf-8"))
    with pytest.raises(DataError, match=said):
        sheets.read_students(path)


def test_who_has_a_sheet_keeps_it(tmp_path):
    first = sheets.assign(tmp_path, "hw2", ["ann", "bob"], seed=1)
    again = sheets.assign(tmp_path, "hw2", ["cid", "ann"], seed=2)
    assert again["ann"] == first["ann"]
    assert sheets.sheet_of(tmp_path, "hw2", "bob") == first["bob"]
    assert sheets.sheet_of(tmp_path, "hw1", "bob") is None
    with pytest.raises(DataError, match=r"dan has no sheet of hw2 in sheets\.csv"):
        sheets.sheet_of(tmp_path, "hw2", "dan")
    with pytest.raises(DataError, match=r"sheets\.csv names 'Ann' and 'ann'"):
        sheets.assign(tmp_path, "hw2", ["Ann"], seed=1)
    text = (tmp_path / "sheets.csv").read_text()
    (tmp_path / "sheets.csv").write_bytes(text.replace(",", ";").encode("utf-16"))
    assert sheets.sheet_of(tmp_path, "hw2", "bob") == first["bob"]
    many = sheets.assign(tmp_path, "hw2", [f"s{n}" for n in range(500)], seed=1)
    assert len(set(many.values())) == 500


def test_a_long_list_takes_no_quadratic_time(tmp_path):
    names = [f"s{number}" for number in range(40_000)]
    (tmp_path / "list").write_text("\n".join(names))
    began = time.process_time()
    assert sheets.read_students(tmp_path / "list") == names
    assert time.process_time() - began < 5  # 0.3; 20 if each name is looked for in the list


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Two students of homework 2 and 4: one hands in her sheet, one what she had."""
    course = Course(tmp_path_factory.mktemp("sheets"))
    (course.root / "students.txt").write_text("ann\nbob\n")
    for assignment in ("hw2", "hw4"):
        course.generate(assignment)
        words = ("--students", str(course.root / "students.txt"), "--folder", str(course.root))
        assert main(["homework", "generate", assignment, *words]) == 0
        source = nbformat.read(course.root / "solutions" / assignment / "ann.ipynb", 4)
        path = course.root / "sheets" / assignment / "ann" / f"{assignment}.ipynb"
        answers = solved(source, nbformat.read(path, 4))
        for student in ("ann", "bob", "dan"):
            course.hand_in(student, answers, assignment)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            boxed = f"--Run.box={box.problem() is None}"
            process = course.start("autograde", assignment, boxed)
            course.said = process.communicate(timeout=280)[0]
    return course


@pytest.mark.slow
def test_the_own_sheet_earns_everything_and_another_little(graded):
    assert graded.marks("hw2")["ann"][0] == 16
    assert graded.marks("hw2")["bob"][0] <= 5  # only a network can fit two budgets
    assert graded.marks("hw4")["ann"][0] == 16
    assert graded.marks("hw4")["bob"][0] < 16 - 4


@pytest.mark.slow
def test_who_has_no_sheet_is_named_and_not_graded(graded):
    assert "dan has no sheet of hw4 in sheets.csv" in graded.said
    assert "dan" not in graded.marks("hw4") or graded.marks("hw4")["dan"][0] == 0
    assert not (graded.root / "autograded" / "dan" / "hw4").exists()


def test_an_assignment_without_numbers_says_so(tmp_path, capsys):
    course = Course(tmp_path)
    (tmp_path / "students.txt").write_text("ann\n")
    words = ("--students", str(tmp_path / "students.txt"), "--folder", str(course.root))
    assert main(["homework", "generate", "hw3", *words]) == 1
    assert "hw3 has no numbers of its own" in capsys.readouterr().err
