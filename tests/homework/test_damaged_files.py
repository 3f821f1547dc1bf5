"""What the class report does with progress files and graded notebooks that are not what they seem.

Each is named with a reason, the others are counted, and nothing hangs.
"""

import csv
import json
import os

import pytest

from cnnlab.check.verdict import MIMETYPE
from cnnlab.homework.classroom import class_report, findings, outcomes

from .classes import graded, named, shown, write_graded


def progress(**parts):
    record = {"outcome": "passed", "misconception": None, "tries": 2} | parts
    return {"version": 1, "exercises": {"flip": record}}


GOOD = json.dumps(progress()).encode()
DEEP = b"[" * 100_000 + b"]" * 100_000
DAMAGED = {
    "empty": b"",
    "deep": DEEP,
    "deep part": GOOD.replace(b'"passed"', DEEP),
    "list": b"[]",
    "text": b'"exercises"',
    "null": b"null",
    "nan": b"NaN",
    "bytes": b'{"version": 1, "\xff": 0}',
    "zip": b"PK\x03\x04\x00\x00",
    "digits": GOOD.replace(b"2", b"9" * 5000),
    "list of exercises": b'{"version": 1, "exercises": ["flip"]}',
    "version": b'{"version": [1], "exercises": {}}',
    "no version": b'{"exercises": {}}',
    "record": json.dumps({"version": 1, "exercises": {"flip": "passed"}}).encode(),
    "no outcome": json.dumps({"version": 1, "exercises": {"flip": {}}}).encode(),
    **{
        f"{name} {number}": json.dumps(progress(**{name: value})).encode()
        for name, values in {
            "outcome": (["passed"], {"a": 1}, None, 3),
            "misconception": (["kernel flipped"], 7, {"a": 1}),
            "tries": ("many", True, [1], float("nan"), float("inf"), -1, 0, 1.5, 10**400, {}),
        }.items()
        for number, value in enumerate(values)
    },
}


def report_on(folder):
    out = folder / "page.html"
    found = outcomes.read_progress(folder)
    class_report.write_report(found, out, names=True)
    return found, out.read_text("utf-8")


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_progress_file_is_named_and_the_others_are_read(tmp_path, name):
    (tmp_path / "ada.json").write_bytes(GOOD)
    (tmp_path / "eve.json").write_bytes(DAMAGED[name])
    found, page = report_on(tmp_path)
    assert [(each.learner, each.outcome) for each in found.answers] == [("ada", "passed")]
    (unread,) = found.unread
    assert unread.startswith("eve.json: ")
    assert unread in page.replace("&#39;", "'")
    assert len(unread) < 80


@pytest.mark.parametrize("make", ["mkfifo", "mkdir", "symlink", "dangling", "loop", "huge"])
def test_what_is_no_file_is_named_and_holds_nobody_up(tmp_path, monkeypatch, make):
    (tmp_path / "ada.json").write_bytes(GOOD)
    (tmp_path / "elsewhere").write_bytes(GOOD)
    eve = tmp_path / "eve.json"
    if make == "huge":
        with eve.open("wb") as file:
            file.truncate(2**31)
    elif make in ("mkfifo", "mkdir"):
        getattr(os, make)(eve)
    else:
        targets = {"symlink": tmp_path / "elsewhere", "dangling": tmp_path / "x", "loop": eve}
        eve.symlink_to(targets[make])
    found, _ = report_on(tmp_path)
    assert [each.learner for each in found.answers] == ["ada"]
    said = "larger than 20 MB" if make == "huge" else "not a regular file"
    assert found.unread == (f"eve.json: {said}",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_progress_file_that_an_editor_saved_is_read(tmp_path, encoding):
    (tmp_path / "ADA.JSON").write_bytes(GOOD.decode().encode(encoding))
    assert report_on(tmp_path)[0].unread == ()


@pytest.mark.parametrize(
    "named", ["os.system", "kernel flipped and no such", "no such", "and " * 200_000, "\ud800"]
)
def test_a_misconception_that_the_course_does_not_have_is_an_unknown_mistake(tmp_path, named):
    (tmp_path / "eve.json").write_text(
        json.dumps(progress(outcome="misconception", misconception=named))
    )
    found, page = report_on(tmp_path)
    (result,) = findings.results(found)
    assert result.groups["unknown mistake"] == ("eve",)
    assert result.findings == ()
    assert findings.discuss_first([result]) is None
    assert "no such" not in page


def test_of_a_damaged_file_the_rest_is_counted(tmp_path):
    good = progress()["exercises"]["flip"]
    bad = good | {"tries": "many"}
    exercises = {"flip": bad, "output_size": good, "os.system": bad}
    (tmp_path / "eve.json").write_text(json.dumps({"version": 1, "exercises": exercises}))
    found, _ = report_on(tmp_path)
    assert [each.exercise for each in found.answers] == ["output_size"]
    assert found.unread == ("eve.json: flip: no valid number of tries",)


def test_a_file_may_have_any_name(tmp_path):
    for name in (b"\xff.json", b"a\nb\x1b[2J.json", b"<b>.json", b"=HYPERLINK(1).json"):
        with open(os.fsencode(tmp_path) + b"/" + name, "wb") as file:
            file.write(GOOD)
    found, page = report_on(tmp_path)
    assert {each.learner for each in found.answers} == {"?", "a?b?[2J", "<b>", "=HYPERLINK(1)"}
    assert "<b>" not in page.split("</style>")[1].replace("<body>", "")
    with (tmp_path / "page.csv").open(newline="", encoding="utf-8") as file:
        names = {row["names"] for row in csv.DictReader(file)}
    assert names == {"", "<b> =HYPERLINK(1) ? a?b?[2J"}
    (tmp_path / "<b>.json").unlink()
    report_on(tmp_path)
    assert "'=HYPERLINK(1) ?" in (tmp_path / "page.csv").read_text("utf-8")


def forged(part):
    """Return a graded notebook whose check of find_template holds a forged output."""
    return json.dumps(graded("hw1", {"find_template": part})).encode()


RECORD = {"exercise": "find_template", "outcome": "misconception", "misconceptions": []}
FORGED = {
    "deep": DEEP,
    "bytes": b"\xff\xfe\xff",
    "list": b"[]",
    "no cells": b'{"cells": {}}',
    **{
        f"output {number}": forged(part)
        for number, part in enumerate((["x"], [None], {"a": 1}, "x", [{"data": []}], [{}]))
    },
    **{
        f"record {number}": forged([{"output_type": "display_data", "data": {MIMETYPE: record}}])
        for number, record in enumerate(
            (
                None,
                "passed",
                [RECORD],
                {},
                RECORD | {"outcome": ["passed"]},
                RECORD | {"misconceptions": None},
                RECORD | {"misconceptions": [["kernel flipped"]]},
            )
        )
    },
    "texts": forged([{"data": {MIMETYPE: RECORD, "text/plain": [1, 2]}}]),
    "error": forged([{"output_type": "error", "ename": "NameError"}]),
}


@pytest.fixture
def two_graded(tmp_path):
    """Ada and Bo, who hold the same misconception."""
    verdict = shown(named("find_template", "kernel flipped"))
    for student in ("ada", "bo"):
        write_graded(tmp_path, student, "hw1", {"find_template": [verdict]})
    return tmp_path


@pytest.mark.parametrize("name", [*FORGED, "folder", "cell", "source", "metadata"])
def test_a_forged_notebook_is_named_and_the_others_are_read(two_graded, name):
    path = two_graded / "autograded" / "ada" / "hw1" / "hw1.ipynb"
    notebook = json.loads(path.read_bytes())
    path.unlink()
    if name == "folder":
        path.mkdir()
    elif name in FORGED:
        path.write_bytes(FORGED[name])
    else:
        broken = {"cell": None, "source": {"source": [1]}, "metadata": {"metadata": "x"}}[name]
        notebook["cells"][-1] = broken and notebook["cells"][-1] | broken
        path.write_text(json.dumps(notebook))
    found = outcomes.read_graded(two_graded, ["hw1"])
    class_report.write_report(found, two_graded / "page.html", names=True)
    assert {each.learner for each in found.answers} >= {"bo"}
    (unread,) = found.unread
    assert unread.startswith("autograded/ada/hw1/hw1.ipynb: ")
    assert ("ada" in {each.learner for each in found.answers}) == (": cell" in unread)


def test_a_forged_record_makes_no_finding(two_graded):
    for number, part in enumerate(
        (
            {"misconceptions": ["__import__('os')"]},
            {"outcome": "passed", "misconceptions": ["kernel flipped"]},
            {"outcome": "\ud800", "misconceptions": ["kernel flipped"]},
        )
    ):
        data = {MIMETYPE: RECORD | part, "text/plain": "\ud800"}
        output = {"output_type": "display_data", "data": data}
        write_graded(two_graded, f"eve{number}", "hw1", {"find_template": [output]})
    found = outcomes.read_graded(two_graded, ["hw1"])
    class_report.write_report(found, two_graded / "page.html", names=True)
    result = next(each for each in findings.results(found) if each.exercise == "find_template")
    assert [each.learners for each in result.findings] == [("ada", "bo")]
    assert result.groups["unknown mistake"] == ("eve0", "eve2")
