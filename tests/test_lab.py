"""The learner's copy: brought up to date, and nothing of the learner's is ever overwritten."""

import json
import os
import re
import sys

import pytest

from cnnlab import __main__ as command_line
from cnnlab import course as course_of
from cnnlab import exercises, lab
from cnnlab.course import COPY_RECORD, FIRST_LESSON, LESSONS
from cnnlab.errors import DataError


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "notebooks"
    (folder / "homework" / "release").mkdir(parents=True)
    (folder / FIRST_LESSON).write_text("first")
    (folder / "01.ipynb").write_text("one")
    (folder / "homework" / "release" / "hw1.ipynb").write_text("homework")
    for name in ("source/hw1.ipynb", "nbgrader_config.py", "gradebook.db", "submitted/jo.ipynb"):
        (folder / "homework" / name).parent.mkdir(exist_ok=True)
        (folder / "homework" / name).write_text("the lecturer's")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "01-checkpoint.ipynb").write_text("old")
    return folder


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "my-notebooks"


def test_a_first_copy_has_everything(course, copy):
    done = lab.sync(course, copy)
    assert done.added == [FIRST_LESSON, "01.ipynb", "homework/release/hw1.ipynb"]
    assert (copy / "homework" / "release" / "hw1.ipynb").read_text() == "homework"
    assert not (copy / ".ipynb_checkpoints").exists()
    assert [path.name for path in (copy / "homework").iterdir()] == ["release"]  # no solutions


def test_a_second_time_nothing_happens(course, copy):
    lab.sync(course, copy)
    assert str(lab.sync(course, copy)) == ""


def test_a_new_lesson_appears(course, copy):
    lab.sync(course, copy)
    (course / "02.ipynb").write_text("two")
    assert lab.sync(course, copy).added == ["02.ipynb"]


def test_an_untouched_lesson_is_renewed(course, copy):
    lab.sync(course, copy)
    (course / "01.ipynb").write_text("one, better")
    assert lab.sync(course, copy).renewed == ["01.ipynb"]
    assert (copy / "01.ipynb").read_text() == "one, better"


def test_a_changed_lesson_is_kept_and_the_learner_told(course, copy):
    lab.sync(course, copy)
    (copy / "01.ipynb").write_text("mine")
    assert str(lab.sync(course, copy)) == ""  # the course has nothing newer
    (course / "01.ipynb").write_text("one, better")
    for _ in range(2):
        done = lab.sync(course, copy)
        assert done.outdated == ["01.ipynb"]
        assert "yours has changes and is kept" in str(done)
        assert (copy / "01.ipynb").read_text() == "mine"


def test_a_renamed_lesson_comes_back_fresh(course, copy):
    lab.sync(course, copy)
    (copy / "01.ipynb").rename(copy / "01 mine.ipynb")
    assert lab.sync(course, copy).added == ["01.ipynb"]
    assert (copy / "01 mine.ipynb").read_text() == "one"


@pytest.mark.parametrize("record", [None, "", "{broken"])
def test_without_its_record_nothing_is_overwritten(course, copy, record):
    lab.sync(course, copy)
    (copy / "01.ipynb").write_text("mine")
    (course / "01.ipynb").write_text("one, better")
    if record is None:
        (copy / COPY_RECORD).unlink()
    else:
        (copy / COPY_RECORD).write_text(record)
    lab.sync(course, copy)
    assert (copy / "01.ipynb").read_text() == "mine"


def notebook(*sources):
    tags = ["lecture"]
    cells = [
        {
            "cell_type": "markdown",
            "source": [source],
            "metadata": {"tags": tags * ("lect" in source)},
        }
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}})


def test_slides_are_left_out_and_the_copy_is_still_renewed(course, copy):
    (course / "01.ipynb").write_text(notebook("# One", "*For the lecturer, 5 minutes.*", "Ü"))
    lab.sync(course, copy)
    assert "lecturer" not in (copy / "01.ipynb").read_text()
    assert [c["source"] for c in json.loads((copy / "01.ipynb").read_text("utf-8"))["cells"]] == [
        ["# One"],
        ["Ü"],
    ]
    (course / "01.ipynb").write_text(notebook("# One", "*For the lecturer, 9 minutes.*", "Ü"))
    assert str(lab.sync(course, copy)) == ""  # nothing new for a learner
    (course / "01.ipynb").write_text(notebook("# One, better", "*For the lecturer, 9 minutes.*"))
    assert lab.sync(course, copy).renewed == ["01.ipynb"]


def test_claims_are_left_out(course, copy):
    claim = {"cell_type": "code", "metadata": {"tags": ["claim"]}, "source": ["assert n == 2"]}
    text = {"cell_type": "markdown", "metadata": {}, "source": ["# One"]}
    (course / "01.ipynb").write_text(json.dumps({"cells": [text, claim], "metadata": {}}))
    lab.sync(course, copy)
    assert json.loads((copy / "01.ipynb").read_text("utf-8"))["cells"] == [text]


def test_no_lesson_of_the_copy_speaks_to_the_lecturer(copy):
    lab.sync(LESSONS, copy)
    for path in copy.glob("*.ipynb"):
        assert "For the lecturer" not in path.read_text("utf-8"), path.name
        assert "For the lecturer" in (LESSONS / path.name).read_text("utf-8"), path.name


def test_no_course_to_copy(tmp_path, copy):
    with pytest.raises(DataError, match=r"There are no notebooks in .*Install it again"):
        lab.sync(tmp_path / "nowhere", copy)


def test_without_jupyterlab_one_sentence_says_how_to_get_it(copy, monkeypatch):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    words = r"^JupyterLab is not installed here\. `.* -m pip install .*\[lab\]'`"
    with pytest.raises(DataError, match=words):
        lab.open_lab(copy, [], FIRST_LESSON)


def test_a_copy_that_cannot_be_written(course, copy):
    copy.write_text("a file in the way")
    with pytest.raises(DataError, match=r"my-notebooks cannot be written \(.+\)"):
        lab.sync(course, copy)


def test_root_is_allowed_only_to_root(copy, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in lab.command(copy, [], FIRST_LESSON)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "--allow-root" not in lab.command(copy, [], FIRST_LESSON)


def test_without_a_screen_no_browser_is_asked_for(copy, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "--no-browser" in lab.command(copy, [], FIRST_LESSON)
    monkeypatch.setenv("DISPLAY", ":0")
    assert "--no-browser" not in lab.command(copy, ["--port=9999"], FIRST_LESSON)
    assert lab.command(copy, ["--port=9999"], FIRST_LESSON)[-1] == "--port=9999"
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    assert lab.has_screen()


@pytest.fixture
def opened(copy, monkeypatch):
    """Return what `cnnlab lab` gives to JupyterLab, and prints, after these exercises."""

    def run(*words, passed=()):
        copy.mkdir(exist_ok=True)
        done = {"exercises": {name: {"outcome": "passed"} for name in passed}}
        (copy / course_of.PROGRESS_FILE).write_text(json.dumps(done))
        given = []
        monkeypatch.setattr(lab, "find_spec", lambda name: name)
        monkeypatch.setattr(lab, "run_to_its_end", lambda argv, _: given.extend(argv) or 0)
        assert command_line.main(["lab", "--dir", str(copy), *words]) == 0
        return given

    monkeypatch.delenv("CI", raising=False)
    return run


@pytest.mark.parametrize("words", [["--no-browser"], ["--", "--no-browser"]])
@pytest.mark.parametrize("screen", [True, False])
def test_no_browser_is_passed_on_once(opened, monkeypatch, words, screen):
    monkeypatch.setattr(lab, "has_screen", lambda: screen)
    assert opened(*words).count("--no-browser") == 1


def test_the_browser_opens_the_lesson_that_the_terminal_names(opened, copy, capsys):
    every = list(exercises.asked())
    for count in range(len(every)):
        [address] = [word for word in opened(passed=every[:count]) if "default_url" in word]
        kind, number = re.search(r"next: (lesson|homework) (\d+)", capsys.readouterr().out).groups()
        begins = number if kind == "lesson" else f"homework/release/hw{number}/"
        assert address.startswith(f"--LabApp.default_url=/lab/tree/{begins}"), every[count]
    [address] = [word for word in opened(passed=every) if "default_url" in word]
    assert address.endswith(FIRST_LESSON)


def test_who_has_passed_one_exercise_of_01_gets_01(opened):
    asked = {name: where.lesson for name, where in exercises.asked().items()}
    of_00 = [name for name, lesson in asked.items() if lesson == "Lesson 00"]
    first, *others = [name for name, lesson in asked.items() if lesson == "Lesson 01"]
    assert others
    found = " ".join(opened(passed=[*of_00, first]))
    assert "/lab/tree/01_kernel_as_template.ipynb" in found


def test_the_course_is_where_lab_looks_for_it():
    assert (LESSONS / FIRST_LESSON).is_file()


def test_the_new_version_of_a_changed_lesson_comes_beside_it(course, copy):
    lab.sync(course, copy)
    (copy / "01.ipynb").write_text("one, mine")
    (course / "01.ipynb").write_text("one, better")
    assert f"cnnlab lab --dir {copy} --fetch 01`" in str(lab.sync(course, copy))
    beside = lab.fetch(course, copy, "01")
    assert beside == copy / "01 (new).ipynb"
    assert (copy / "01.ipynb").read_text() == "one, mine"
    assert beside.read_text() == "one, better"
    beside.write_text("mine too")
    with pytest.raises(DataError, match=r"\(new\).ipynb is there already. Rename or delete"):
        lab.fetch(course, copy, "01")
    opened = lab.command(copy, [], "01 (new).ipynb")
    assert "--LabApp.default_url=/lab/tree/01%20%28new%29.ipynb" in opened


@pytest.mark.parametrize(("lesson", "reason"), [("09", "no notebook"), ("0", "00_start_here, 01")])
def test_fetching_needs_one_lesson(course, copy, lesson, reason):
    with pytest.raises(DataError, match=f"--fetch {lesson}: {reason} of the course"):
        lab.fetch(course, copy, lesson)
