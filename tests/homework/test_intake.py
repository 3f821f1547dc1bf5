"""What is in a submission's folder before it is graded: the right notebook, or one sentence."""

import os
import re
import shutil
import socket
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from cnnlab.homework.grading import intake
from cnnlab.homework.grading.door import RefusedError

from . import submissions
from .conftest import HOMEWORK
from .folders import write, zipped

SOURCE = nbformat.read(HOMEWORK / "source" / "hw1" / "hw1.ipynb", 4)
RELEASE = (HOMEWORK / "release" / "hw1" / "hw1.ipynb").read_bytes()
NOTEBOOK = submissions.solved(SOURCE, nbformat.reads(RELEASE.decode(), 4))
SOLVED = nbformat.writes(NOTEBOOK).encode()
OTHER = SOLVED.replace(b"return ", b"return 0 + ")
FOREIGN = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_raw_cell()])).encode()
TOO_MANY = b'{"cells": [' + b"{}," * 1999 + b'{}], "nbformat": 4}'


def commented(comment):
    """Return the solved homework with a comment, which may be in any encoding, in an answer."""
    return SOLVED.replace(b"def dot_kernel", b"# " + comment + b"\\ndef dot_kernel")


@pytest.fixture
def course(tmp_path):
    for kind in ("source", "release"):
        shutil.copytree(HOMEWORK / kind / "hw1", tmp_path / kind / "hw1")
    (tmp_path / "gradebook.db").write_text("marks")
    return tmp_path


def hand_in(course, files, student="jo"):
    """Put files, each a name and its content, into a student's folder."""
    return write(course / "submitted" / student / "hw1", files)


def answers(content):
    return intake.answers(nbformat.reads(content.decode(), 4), SOURCE)


BY_ANOTHER_NAME = {
    "a browser's": {"hw1 (2).ipynb": SOLVED},
    "deeper": {"hw1/hw1/hw1.ipynb": SOLVED},
    "in a folder of its name": {"hw1.ipynb/hw1.ipynb": SOLVED},
    "as text": {"hw1.ipynb.txt": SOLVED},
    "as JSON": {"hw1.json": SOLVED},
    "capitals": {"HW1.IPYNB": SOLVED},
    "solved in a copy": {"hw1.ipynb": RELEASE, "hw1-Copy1.ipynb": SOLVED},
    "beside a broken one": {"hw1.ipynb": b"{", "hw1(1).ipynb": SOLVED},
    "beside one of another kind": {"hw1.ipynb": FOREIGN, "mine.ipynb": SOLVED},
    "in an archive": {"hw1.zip": zipped({"a/hw1.ipynb": SOLVED})},
    "in an archive in one": {"x.zip": zipped({"hw1.zip": zipped({"hw1.ipynb": SOLVED})})},
    "in one beside the release": {"hw1.ipynb": RELEASE, "a.ZIP": zipped({"hw1.ipynb": SOLVED})},
    "nothing solved": {"hw1-Copy1.ipynb": RELEASE},
}


@pytest.mark.parametrize("kind", BY_ANOTHER_NAME)
def test_a_notebook_by_another_name_is_graded_with_a_word(course, kind):
    files = BY_ANOTHER_NAME[kind]
    folder = hand_in(course, files)
    said = intake.ready(course, "hw1", "jo")
    assert re.search(r"submitted/jo/hw1/.*(?i:ipynb|json|txt) is graded as hw1\.ipynb", said)
    assert (folder / "hw1.ipynb").read_bytes() == (RELEASE if kind == "nothing solved" else SOLVED)
    kept = {path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert set(files.values()) <= kept  # what was handed in is still there
    assert intake.ready(course, "hw1", "jo") is None  # once is enough


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"\xef\xbb\xbf" + SOLVED, "utf-8-sig"),
        (SOLVED.decode().encode("utf-16"), "utf-16"),
        (SOLVED.decode().encode("utf-16-be"), "utf-16-be"),
        (commented(b"\xe4"), "cp1252"),
        (commented(b"\\ud83d"), "half a letter"),
    ],
)
def test_a_notebook_of_another_encoding_is_graded_with_a_word(course, content, encoding):
    folder = hand_in(course, {"hw1.ipynb": content})
    said = intake.ready(course, "hw1", "jo")
    assert f"though saved with {encoding}; what was hw1.ipynb is kept as" in said
    assert (folder / "hw1.ipynb.handed-in-1").read_bytes() == content
    graded = answers((folder / "hw1.ipynb").read_bytes())
    assert [re.sub("# .\n", "", each) for each in graded] == list(answers(SOLVED))


AS_IT_SHOULD_BE = {
    "alone": {},
    "with others": {"b.ipynb": FOREIGN, "hw1 (1).ipynb": RELEASE, "a.txt": b"x", "c.json": b"[]"},
    "with the same": {"hw1 (1).ipynb": SOLVED},
    "with what Jupyter keeps": {".ipynb_checkpoints/hw1-checkpoint.ipynb": OTHER},
    "with a broken archive": {"hw1.zip": b"PK"},
    "with a time": {"timestamp.txt": b"2026-12-04 23:59:00 UTC"},
}


@pytest.mark.parametrize("kind", AS_IT_SHOULD_BE)
def test_a_notebook_as_it_should_be_is_left_alone(course, kind):
    folder = hand_in(course, {"hw1.ipynb": SOLVED} | AS_IT_SHOULD_BE[kind])
    before = sorted(path.name for path in folder.rglob("*"))
    assert intake.ready(course, "hw1", "jo") is None
    assert sorted(path.name for path in folder.rglob("*")) == before
    assert (folder / "hw1.ipynb").read_bytes() == SOLVED


def test_a_cell_that_is_nested_too_deeply_costs_no_other(course):
    deep = nbformat.reads(SOLVED.decode(), 4)
    deep.cells.append(nbformat.v4.new_code_cell("-" * 100_000 + "1"))
    hand_in(course, {"hw1.ipynb": nbformat.writes(deep).encode()})
    assert intake.ready(course, "hw1", "jo") is None


@pytest.mark.parametrize(
    "change", [lambda cell: cell.metadata.clear(), lambda cell: cell.metadata.update(id="colab")]
)
def test_other_editors_notebooks_are_read(course, change):
    notebook = nbformat.reads(SOLVED.decode(), 4)
    notebook.nbformat_minor = 0
    notebook.metadata = {"colab": {"provenance": []}, "kaggle": {"accelerator": "none"}}
    for cell in notebook.cells:
        change(cell)
        del cell["id"]
    hand_in(course, {"hw1.ipynb": RELEASE, "other.ipynb": nbformat.writes(notebook).encode()})
    assert "other.ipynb is graded" in intake.ready(course, "hw1", "jo")


def test_the_network_comes_along(course):
    folder = hand_in(course, {"hw1/hw1.ipynb": SOLVED, "hw1/network.pt": b"net"})
    intake.ready(course, "hw1", "jo")
    assert (folder / "network.pt").read_bytes() == b"net"


def test_on_a_sheet_of_ones_own_what_it_handed_out_counts(course):
    sheet = course / "sheets" / "hw1" / "jo"
    sheet.mkdir(parents=True)
    (sheet / "hw1.ipynb").write_bytes(OTHER)
    hand_in(course, {"hw1.ipynb": OTHER, "hw1-Copy1.ipynb": SOLVED})
    assert "hw1-Copy1.ipynb is graded" in intake.ready(course, "hw1", "jo")


@pytest.mark.parametrize("student", ["[x]", "a*", "Zoë Müller", "$(id)", "a+b", "\x1b[31m"])
def test_a_student_may_have_any_name(course, student):
    hand_in(course, {"hw1.ipynb": SOLVED}, "ann")
    folder = hand_in(course, {"mine.ipynb": SOLVED}, student)
    assert "\x1b" not in intake.ready(course, "hw1", student)
    notebooks = [str(folder / "mine.ipynb"), str(course / "submitted/ann/hw1/hw1.ipynb")]
    intake.prepare(assignment="hw1", student="*", notebooks=notebooks)
    assert notebooks == [str(folder / "hw1.ipynb"), str(folder / "mine.ipynb")]


NOT_GRADED = {
    "two solved": (
        {"hw1.ipynb": SOLVED, "hw1-Copy1.ipynb": OTHER},
        r"more than one notebook with answers: hw1\.ipynb, hw1-Copy1\.ipynb\. Name the right one",
    ),
    "two, neither right": ({"a.ipynb": SOLVED, "b.ipynb": OTHER}, r"answers: a\.ipynb, b\.ipynb"),
    "another assignment's": ({"hw2.ipynb": FOREIGN}, r"holds hw2\.ipynb, with none of the cells"),
    "nothing": ({}, r"hw1 holds no notebook\. Put it there as hw1\.ipynb"),
    "no notebook": ({"a.rar": b"x", "b.pdf": b""}, r"no notebook, but a\.rar, b\.pdf\. Put it"),
    "an empty file": ({"hw1.ipynb": b""}, r"hw1\.ipynb is empty"),
    "half a file": ({"hw1.ipynb": SOLVED[:-30]}, r"hw1\.ipynb is not a notebook: its JSON is dam"),
    "a page": ({"hw1.ipynb": b"<html>"}, r"JSON is damaged in line 1\. Ask for it again"),
    "a list": ({"hw1.ipynb": b"[1]"}, r"hw1\.ipynb is not a notebook"),
    "other JSON": ({"hw1.ipynb": b'{"a": 1}'}, r"hw1\.ipynb is not a notebook"),
    "empty cells": (
        {"hw1.ipynb": b'{"cells": [{}], "nbformat": 4}'},
        "hw1.ipynb is not a notebook",
    ),
    "cells that are numbers": ({"hw1.ipynb": b'{"cells": [1], "nbformat": 4}'}, "not a notebook"),
    "deep JSON": ({"hw1.ipynb": b"[" * 200_000}, r"hw1\.ipynb is not a notebook"),
    "a number too long": ({"hw1.ipynb": b"[" + b"9" * 9999 + b"]"}, r"hw1\.ipynb is not a note"),
    "the future's": ({"hw1.ipynb": b'{"cells": [], "nbformat": 9}'}, r"hw1\.ipynb is not a note"),
    "too many cells": ({"hw1.ipynb": TOO_MANY}, r"hw1\.ipynb has 2000 cells"),
    "too large": ({"hw1.ipynb": b" " * (21 * 2**20)}, r"hw1\.ipynb is larger than 20 MB\. Clear"),
    "blank and broken": ({"hw1.ipynb": RELEASE, "b.ipynb": b"{"}, r"b\.ipynb is not a notebook"),
    "no time": ({"hw1.ipynb": SOLVED, "timestamp.txt": b"soon"}, r"timestamp\.txt is not a time"),
    "bytes as time": ({"hw1.ipynb": SOLVED, "timestamp.txt": b"\xff"}, r"timestamp\.txt is not"),
}


@pytest.mark.parametrize("kind", NOT_GRADED)
def test_what_is_not_graded_is_refused_in_a_sentence(course, kind, caplog):
    files, said = NOT_GRADED[kind]
    folder = hand_in(course, files)
    with pytest.raises(RefusedError, match=said):
        intake.ready(course, "hw1", "jo")
    notebooks = [str(folder / "hw1.ipynb")]
    intake.prepare(assignment="hw1", student="*", notebooks=notebooks)
    assert notebooks == []  # nothing is left to grade


def make_irregular(course, kind):
    own = course / "submitted" / "jo" / "hw1"
    if kind == "a file":
        (own / "figures" / "data.csv").symlink_to(course / "gradebook.db")
        return r"data\.csv is a symbolic link"
    if kind == "a folder":
        (own / "other").symlink_to(course / "submitted")
        return "other is a symbolic link"
    if kind == "a link to nothing":
        (own / "figures" / "gone").symlink_to("nowhere")
        return "gone is a symbolic link"
    if kind in ("the submission", "the student"):
        moved = own if kind == "the submission" else own.parent
        moved.rename(course / "elsewhere")
        moved.symlink_to(course / "elsewhere")
        return f"{moved.name} is a symbolic link"
    if kind == "a socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(own / "s"))
        return "s is a socket"
    (own / "hw1.ipynb").unlink()
    if kind == "the notebook":
        (own / "hw1.ipynb").symlink_to(course / "gradebook.db")
        return r"hw1\.ipynb is a symbolic link"
    os.mkfifo(own / "hw1.ipynb")
    return r"hw1\.ipynb is a pipe"


KINDS = ["a file", "the notebook", "a folder", "a link to nothing", "the submission"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes and sockets here")
@pytest.mark.parametrize("kind", [*KINDS, "the student", "a socket", "a pipe"])
def test_a_submission_with_anything_but_files_is_refused(course, kind, monkeypatch):
    monkeypatch.chdir(course)
    hand_in(course, {"hw1.ipynb": SOLVED, "figures/a.png": b""})
    said = make_irregular(course, kind)
    with pytest.raises(RefusedError, match=f"{said}.*delete it and grade again"):
        intake.ready(course, "hw1", "jo")


def test_an_assignment_of_several_notebooks_keeps_its_names(course):
    (course / "source" / "hw1" / "two.ipynb").write_bytes(FOREIGN)
    folder = hand_in(course, {"hw1.ipynb": SOLVED, "b.ipynb": OTHER})
    assert intake.ready(course, "hw1", "jo") is None
    assert len(list(Path(folder).iterdir())) == 2
