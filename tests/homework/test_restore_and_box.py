"""The parts of the lecturer's loop by themselves: the restored notebook, the marks, the box."""

import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from cnnlab.homework.grading import box, restore, run

from . import submissions
from .conftest import HOMEWORK

SOURCE = nbformat.read(HOMEWORK / "source" / "hw1" / "hw1.ipynb", 4)
RELEASE = nbformat.read(HOMEWORK / "release" / "hw1" / "hw1.ipynb", 4)
FORMS = (*submissions.FORMS, "bare")


@pytest.mark.parametrize("form", ["right", *FORMS])
def test_a_submission_comes_back_into_its_shape(form):
    handed_in = submissions.solved(SOURCE, RELEASE)
    submissions.SUBMISSIONS[form].change(handed_in)
    restored = restore.restored(handed_in, SOURCE)
    nbformat.validate(restored)
    ids = [cell.id for cell in restored.cells]
    assert len(set(ids)) == len(ids)
    known = [cell for cell in restored.cells if not cell.id.startswith("added-")]
    assert [cell.id for cell in known] == [cell.id for cell in SOURCE.cells]
    for cell, origin in zip(known, SOURCE.cells, strict=True):
        assert cell.metadata == origin.metadata
        if not origin.metadata.get("nbgrader", {}).get("solution"):
            assert cell.source == origin.source


@pytest.mark.parametrize("form", ["right", *FORMS])
def test_the_answers_of_a_submission_are_those_that_are_marked(form):
    handed_in = submissions.solved(SOURCE, RELEASE)
    submissions.SUBMISSIONS[form].change(handed_in)
    restored = restore.restored(handed_in, SOURCE)
    expected = submissions.solved(SOURCE, RELEASE)
    if form == "easier":
        submissions.blank(expected)
    for ident in submissions.ANSWERS:
        marked = submissions.cell_of(restored, ident).source
        assert marked == submissions.cell_of(expected, ident).source


def test_a_written_answer_is_kept_without_its_marks():
    handed_in = submissions.solved(SOURCE, RELEASE)
    submissions.cell_of(handed_in, "written-templates").source = "Because of the mean."
    submissions.strip_everything(handed_in)
    restored = restore.restored(handed_in, SOURCE)
    assert submissions.cell_of(restored, "written-templates").source == "Because of the mean."


def test_an_answer_that_is_gone_is_empty():
    handed_in = deepcopy(RELEASE)
    gone = ("find-template", "written-templates")
    handed_in.cells = [cell for cell in handed_in.cells if cell.id not in gone]
    restored = restore.restored(handed_in, SOURCE)
    assert submissions.cell_of(restored, "find-template").source == ""
    assert submissions.cell_of(restored, "written-templates").source == restore.NO_ANSWER


def graded_cell(*outputs):
    marks = {"grade": True, "solution": False, "points": 4, "grade_id": "q"}
    return new_code_cell("q()", metadata={"nbgrader": marks}, outputs=list(outputs))


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
        ([result("4"), new_output("error", ename="E", evalue="", traceback=[])], 0),
    ],
)
def test_the_mark_is_the_number_the_cell_ends_with(outputs, mark):
    from nbgrader.utils import determine_grade

    cell, _ = run.Marks().preprocess_cell(graded_cell(*outputs), {}, 0)
    assert determine_grade(cell) == (mark, 4)


def test_the_box_has_no_network_and_reads_little():
    course, own = Path("/course"), Path("/course/autograded/jo/hw1")
    words = box.around(own, course=course, private=Path("/tmp/x"))
    line = " ".join(words)
    assert words[0] == "bwrap"
    for word in ("--unshare-all", "--die-with-parent", "--new-session", "--clearenv"):
        assert word in words
    assert "--share-net" not in words
    assert f"--tmpfs {course} --ro-bind {own} {own}" in line
    binds = [words[i + 1] for i, word in enumerate(words) if word.startswith("--ro-bind")]
    repository = str(Path(box.__file__).resolve().parents[3])
    assert not {"/", "/etc", "/home", "/root", "/tmp", repository} & set(binds)
    written = [words[i + 1] for i, word in enumerate(words) if word == "--bind"]
    assert written == ["/tmp/x"]
    assert words[words.index("prlimit") :] == [
        "prlimit",
        "--cpu=600",
        "--as=17179869184",
        "--fsize=104857600",
        "--nproc=256",
        "--core=0",
    ]


def test_without_bubblewrap_nothing_is_graded_silently(monkeypatch):
    monkeypatch.setattr(box.shutil, "which", lambda name: None)
    box.problem.cache_clear()
    with pytest.raises(box.BoxError, match=r"bwrap and prlimit cannot.*c\.Run\.box = False"):
        box.require()
    box.problem.cache_clear()


def test_a_box_that_does_not_start_says_why(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, stderr="bwrap: No permissions to create namespace")
    monkeypatch.setattr(box.shutil, "which", lambda name: name)
    monkeypatch.setattr(box.subprocess, "run", lambda *_, **__: failed)
    box.problem.cache_clear()
    with pytest.raises(box.BoxError, match=r"No permissions to create namespace.*AppArmor"):
        box.require()
    box.problem.cache_clear()


def test_python_runs_in_the_box(tmp_path):
    if said := box.problem():
        pytest.skip(said)
    own = tmp_path / "course" / "autograded" / "jo"
    own.mkdir(parents=True)
    (tmp_path / "course" / "gradebook.db").write_text("marks")
    words = box.around(own, course=tmp_path / "course", private=own)
    code = "import os, cnnlab; print(os.listdir('../..'), os.environ.get('SECRET'))"
    run = subprocess.run([*words, sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "['autograded'] None\n", run.stderr
