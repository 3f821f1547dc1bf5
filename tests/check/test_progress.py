"""What is remembered in the learner's copy, where it is not, and what two windows do to it."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from cnnlab import __main__ as command_line
from cnnlab import check, course, exercises, widgets

TODAY = {"on": date.today().isoformat()}


@pytest.fixture
def copy(learners_copy):
    return learners_copy


def kept(copy):
    return json.loads((copy / course.PROGRESS_FILE).read_text("utf-8"))


def right(size, kernel, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def without_padding(size, kernel, stride=1, padding=0, dilation=1):
    return (size - dilation * (kernel - 1) - 1) // stride + 1


def unwritten(size, kernel, stride=1, padding=0, dilation=1): ...


def test_checks_are_remembered_and_what_passed_stays_passed(copy):
    first = check.output_size(without_padding)
    entry = {"outcome": first.outcome, "misconception": first.misconception, "tries": 1} | TODAY
    mixed_up = list(first.misconceptions)
    assert kept(copy)["exercises"] == {"output_size": entry | {"mixed_up": mixed_up}}
    check.output_size(right)
    check.output_size(without_padding)
    passed = {"outcome": "passed", "misconception": None, "tries": 2, "mixed_up": mixed_up}
    passed |= TODAY
    assert kept(copy)["exercises"] == {"output_size": passed}
    check.output_size(right)  # what is passed and checked again is not a new try
    assert kept(copy)["exercises"] == {"output_size": passed}


def test_progress_is_three_lines_and_all_of_it_on_demand(copy):
    course.remember("exercises", "accuracy", {"outcome": "passed"})
    course.remember("predictions", "ratio", {"guess": "40"})
    course.remember("quizzes", "1 + 1?", {"right": 1, "of": 1})
    solved, counts, where = check.progress().message.splitlines()
    count = len(exercises.asked())
    assert solved == f"1 of {count} exercises solved; next: lesson 01, respond"
    assert counts == "Predictions made: 1. Quizzes answered: 1."
    assert where.startswith("Remembered in progress.json")
    assert "check.progress(all=True)" in where
    everything = check.progress(all=True).message
    assert everything.startswith(f"{solved}\n{counts}\n{where}\n")
    first = [line.split() for line in everything.splitlines()[3:6]]
    assert first == [["Lesson", "00"], ["passed,", "1", "try", "accuracy"], ["Lesson", "01"]]
    assert all(f" {name}\n" in f"{everything}\n" for name in exercises.names())


def test_what_was_mixed_up_is_collected_and_listed_once(copy):
    for name in ("a", "b", "a"):
        course.remember("exercises", "flip", {"outcome": "misconception", "mixed_up": [name]})
    assert kept(copy)["exercises"]["flip"]["mixed_up"] == ["a", "b"]


def test_an_exercise_not_yet_written_is_no_try(copy):
    check.output_size(unwritten)
    assert not (copy / course.PROGRESS_FILE).exists()


def test_predictions_and_quizzes_are_remembered(copy):
    guess = widgets.Prediction("ratio", "How many?")
    guess.compare(31)
    assert not (copy / course.PROGRESS_FILE).exists()
    guess.guess = "40"
    question = {"question": "1 + 1?", "options": {"2": "Yes.", "11": "Glued."}, "answer": "2"}
    quiz = widgets.Quiz([question])
    quiz.chosen, quiz.tries = [0], [1]
    assert kept(copy)["predictions"] == {"ratio": {"guess": "40", "tries": 1} | TODAY}
    assert kept(copy)["quizzes"] == {"1 + 1?": {"right": 1, "of": 1, "tries": 1} | TODAY}


def test_the_next_exercise_is_the_first_that_is_not_passed(copy):
    assert check.progress().headline.endswith("next: lesson 00, accuracy")
    course.remember("exercises", "accuracy", {"outcome": "passed"})
    course.remember("exercises", "respond", {"outcome": "passed"})
    assert check.progress().headline.endswith("next: lesson 01, edge_kernel")


def test_nothing_is_remembered_outside_a_copy_or_in_ci(copy, monkeypatch):
    monkeypatch.setenv("CI", "true")
    check.output_size(right)
    monkeypatch.delenv("CI")
    (copy / course.COPY_RECORD).unlink()
    check.output_size(right)
    assert not (copy / course.PROGRESS_FILE).exists()
    assert "not here" in check.progress().message


def test_homework_below_the_copy_counts_too(copy, monkeypatch):
    folder = copy / "homework" / "release"
    folder.mkdir(parents=True)
    assert course.find_progress(folder) == copy / course.PROGRESS_FILE


@pytest.mark.parametrize("broken", ["{broken", "[]", '{"exercises": {"respond": 1}}', "\x00"])
def test_a_broken_file_is_kept_aside(copy, broken):
    (copy / course.PROGRESS_FILE).write_text(broken)
    assert check.progress().headline.startswith("0 of ")
    course.remember("exercises", "respond", {"outcome": "passed"})
    assert (copy / "progress.broken-1.json").read_text() == broken
    assert list(kept(copy)["exercises"]) == ["respond"]


def test_in_a_browser_progress_is_kept_without_a_warning(copy):
    """There, filelock has only the weaker of its locks, and says so when it is imported."""
    code = (
        "from types import SimpleNamespace\n"
        "from tests import like_a_browser\n"
        "like_a_browser.load_ipython_extension(SimpleNamespace(user_ns=globals()))\n"
        "from cnnlab import course\n"
        "course.remember('exercises', 'respond', {'outcome': 'passed'})\n"
    )
    root = str(Path(__file__).parents[2])
    subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=True,
        env=os.environ | {"PYTHONPATH": root},
    )
    assert list(kept(copy)["exercises"]) == ["respond"]


def test_two_windows_at_once_lose_nothing(copy):
    code = (
        "import sys; from cnnlab import course\n"
        "for i in range(25): course.remember('predictions', sys.argv[1] + str(i), {'guess': '1'})"
    )
    windows = [subprocess.Popen([sys.executable, "-c", code, name]) for name in ("a", "b")]
    assert [window.wait(timeout=60) for window in windows] == [0, 0]
    assert len(kept(copy)["predictions"]) == 50


def test_a_copy_that_cannot_be_written_stops_no_check(copy, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(course, "atomic_write", full)
    assert check.output_size(right).passed
    assert not (copy / course.PROGRESS_FILE).exists()


ONE = {"version": 1, "exercises": {"respond": {"outcome": "passed", "tries": 3}}}


def test_a_file_of_the_first_version_is_read_and_goes_on(copy):
    path = copy / course.PROGRESS_FILE
    path.write_text(json.dumps(ONE | {"predictions": {}, "quizzes": {}}))
    assert course.read_progress(path)["review"] == {}
    course.remember("predictions", "ratio", {"guess": "40"})
    now = kept(copy)
    assert now["version"] == course.VERSION == 2
    assert now["exercises"] == ONE["exercises"]
    assert set(now) == {"version", *course.KINDS}


def test_what_a_later_version_has_added_is_kept(copy):
    added = {"version": 3, "badges": [1], "exercises": {"respond": {"outcome": "x", "new": 1}}}
    (copy / course.PROGRESS_FILE).write_text(json.dumps(added))
    course.remember("predictions", "ratio", {"guess": "40"})
    now = kept(copy)
    assert now["version"] == 3
    assert now["badges"] == [1]
    assert now["exercises"] == added["exercises"]
    assert now["predictions"]["ratio"]["guess"] == "40"


@pytest.mark.parametrize("exercises", [[], {"respond": []}, "all"])
def test_a_later_versions_file_that_cannot_be_read_is_left_alone(copy, exercises):
    text = json.dumps({"version": 3, "exercises": exercises})
    (copy / course.PROGRESS_FILE).write_text(text)
    course.remember("predictions", "ratio", {"guess": "40"})
    assert check.progress().headline.startswith("0 of ")
    assert (copy / course.PROGRESS_FILE).read_text() == text
    assert list(copy.glob("progress.*-*.json")) == []


def test_a_change_that_changes_nothing_writes_nothing(copy):
    course.change_progress(lambda done: None)
    assert not (copy / course.PROGRESS_FILE).exists()


def test_a_reset_keeps_what_was_there_each_time(copy):
    for number in (1, 2):
        course.remember("predictions", "ratio", {"guess": str(number)})
        backup = course.reset_progress(copy / course.PROGRESS_FILE)
        assert backup == copy / f"progress.backup-{number}.json"
        assert json.loads(backup.read_text())["predictions"]["ratio"]["guess"] == str(number)
        assert not (copy / course.PROGRESS_FILE).exists()


def test_a_reset_does_not_write_over_a_backup_after_one_was_deleted(copy):
    (copy / "progress.backup-2.json").write_text("mine")
    course.remember("predictions", "ratio", {"guess": "1"})
    for _ in range(2):
        course.reset_progress(copy / course.PROGRESS_FILE)
        course.remember("predictions", "ratio", {"guess": "1"})
    assert (copy / "progress.backup-2.json").read_text() == "mine"
    assert (copy / "progress.backup-3.json").exists()


def told(capsys, *arguments):
    assert command_line.main(["progress", *arguments]) == 0
    return capsys.readouterr().out


def test_the_command_says_where_it_is_and_what_is_in_it(copy, capsys):
    assert told(capsys).startswith(f"Nothing is kept in {copy / 'my-notebooks'} yet.")
    course.remember("predictions", "ratio", {"guess": "40"})
    said = told(capsys, "--dir", str(copy))
    assert "Predictions made: 1." in said
    assert f"{copy / course.PROGRESS_FILE} (1 kB) holds" in said
    assert said == told(capsys)  # from inside the copy


def test_the_command_resets_and_says_how_to_go_back(copy, capsys):
    assert "Nothing is kept" in told(capsys, "--reset")
    course.remember("predictions", "ratio", {"guess": "40"})
    said = told(capsys, "--reset")
    assert f"{copy / 'progress.backup-1.json'}: named progress.json, it counts again." in said
    assert "Nothing is kept" in told(capsys)
    (copy / "progress.backup-1.json").rename(copy / course.PROGRESS_FILE)
    assert "Predictions made: 1." in told(capsys)
