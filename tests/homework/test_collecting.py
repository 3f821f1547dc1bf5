"""Collect from the exchange, where learners put what they like: nobody is stopped or robbed."""

import os
import shutil
import socket
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed")

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from cnnlab.homework.grading import collecting, door

from .conftest import Course
from .folders import read, write

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no exchange on this system")

ROOT = hasattr(os, "geteuid") and not os.geteuid()
PAST = "2020-01-01 00:00:00.000000 UTC"
NOTEBOOK = {"hw1.ipynb": b"{}"}


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """Make an empty gradebook, which takes nbgrader a second, for all tests."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        Gradebook(f"sqlite:///{path}").close()
    return path


class Exchange:
    """What lies on the exchange, and the collector on it."""

    def __init__(self, root):
        self.root, self.inbound = root, root / "exchange" / "cnnlab" / "inbound"
        self.inbound.mkdir(parents=True)
        (root / "gradebook.txt").write_text("marks")

    def put(self, name, files, owner=None):
        folder = write(self.inbound / name, files)
        for path in (folder, *folder.rglob("*")):
            if owner:
                shutil.chown(path, owner)
        return folder

    def collector(self, **settings):
        course = CourseDirectory(root=str(self.root), course_id="cnnlab", assignment_id="hw1")
        settings = {"update": True, "check_owner": False} | settings
        root = str(self.root / "exchange")
        return collecting.CollectExchange(coursedir=course, root=root, **settings)

    def collect(self, **settings):
        self.collector(**settings).start()

    def collected(self, student):
        return read(self.root / "submitted" / student / "hw1", leave="timestamp.txt")

    def time(self, student):
        stamp = self.root / "submitted" / student / "hw1" / "timestamp.txt"
        return parse_utc(stamp.read_text())


@pytest.fixture
def exchange(tmp_path, gradebook):
    shutil.copy(gradebook, tmp_path)
    return Exchange(tmp_path)


def is_now(when):
    return abs(datetime.now(UTC).replace(tzinfo=None) - when) < timedelta(minutes=5)


def harm(folder, kind):
    """Put something that is not a file into a folder on the exchange; return its name."""
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(folder / "s.ipynb"))
        return "s.ipynb is refused: it is a socket"
    target = {"file": "gradebook.txt", "nothing": "nowhere", "folder": "exchange"}.get(kind)
    if target:
        (folder / "data").symlink_to(folder.parents[3] / target)
        return "data is refused: it is a symbolic link"
    if kind == "pipe":
        os.mkfifo(folder / "a.ipynb")
        return "a.ipynb is refused: it is a pipe"
    if kind == "many":
        write(folder, {f"{n}.csv": b"" for n in range(600)})
        return "more than 500 files"
    name, said = {
        "large": ("large.csv", "larger than 32 MB"),
        "escape": ("\x1b[2J\n", r"x1b[2J\n' is refused: not every system"),
        "bytes": (os.fsdecode(b"\xff.csv"), "not every system"),
        "long": ("x" * 230, "not every system"),
        "option": ("-rf", "not every system"),
        "device": ("NUL.txt", "not every system"),
        "deep": ("/".join("abcdefghijkl") + "/m", "cannot be read or lies too deep"),
    }[kind]
    write(folder, {name: b""})
    if kind == "large":
        write(folder, {"larger.csv": b""})
        for each in (name, "larger.csv"):  # more than all files together may have
            os.truncate(folder / each, 40 * 2**20)
    return said


KINDS = ["file", "nothing", "folder", "pipe", "socket", "many", "large", "escape", "bytes", "long"]


@pytest.mark.parametrize("kind", [*KINDS, "option", "device", "deep"])
def test_what_is_no_plain_file_is_named_and_the_rest_collected(exchange, kind, caplog, monkeypatch):
    monkeypatch.chdir(exchange.root)
    folder = exchange.put("ann+hw1+x", NOTEBOOK | {".ipynb_checkpoints/a.ipynb": b"old"})
    said = harm(folder, kind)
    exchange.put("bob+hw1+x", NOTEBOOK)
    exchange.collect()
    assert said in caplog.text
    assert "\x1b" not in caplog.text
    ann = exchange.collected("ann")
    assert ann if kind == "many" else ann == NOTEBOOK
    assert ann["hw1.ipynb"] == b"{}"
    assert exchange.collected("bob") == NOTEBOOK


def test_a_submission_has_its_limits(exchange, monkeypatch, caplog):
    monkeypatch.setattr(door, "ALL_BYTES", 100)
    exchange.put("ann+hw1+x", {"a.csv": b"x" * 80, "b.csv": b"x" * 80, "hw1.ipynb": b"{}"})
    exchange.collect()
    assert exchange.collected("ann") == {"a.csv": b"x" * 80, "hw1.ipynb": b"{}"}
    assert "all files together are larger than" in caplog.text


@pytest.mark.parametrize(
    "name", ["ann+hw1", "ann+hw1+", "+hw1+x", "..+hw1+x", "a\nb+hw1+x", "link"]
)
def test_a_folder_by_a_wrong_name_stops_nobody(exchange, name, caplog):
    if name == "link":
        (exchange.inbound / "eve+hw1+x").symlink_to(exchange.root)
    else:
        exchange.put(name, NOTEBOOK)
    (exchange.inbound / "file+hw1+x").write_text("")
    exchange.put("bob+hw1+9999-99-99+x", NOTEBOOK)
    exchange.collect()
    assert [path.name for path in (exchange.root / "submitted").iterdir()] == ["bob"]
    assert "file+hw1+x is refused: it is not a folder of the form" in caplog.text


def test_the_time_is_the_systems(exchange):
    folder = exchange.put(f"ann+hw1+{PAST}+x", NOTEBOOK | {"timestamp.txt": PAST.encode()})
    for path in (folder, *folder.iterdir()):
        os.utime(path, (0, 0))
    exchange.collect()
    assert is_now(exchange.time("ann"))
    assert exchange.collected("ann") == NOTEBOOK


def test_the_latest_by_the_systems_time_counts(exchange):
    exchange.put("ann+hw1+2035-01-01 00:00:00 UTC+x", {"hw1.ipynb": b"first"})
    exchange.collect()
    time.sleep(0.02)
    exchange.put(f"ann+hw1+{PAST}+x", {"hw1.ipynb": b"second"})
    exchange.collect()
    assert exchange.collected("ann") == {"hw1.ipynb": b"second"}
    exchange.collect(update=False)
    assert [path.name for path in (exchange.root / "submitted" / "ann").iterdir()] == ["hw1"]


def test_a_newer_one_that_is_refused_leaves_the_older(exchange, caplog):
    exchange.put("ann+hw1+1", NOTEBOOK)
    exchange.collect()
    os.mkfifo(exchange.put("ann+hw1+2", {}) / "hw1.ipynb")
    exchange.collect()
    assert exchange.collected("ann") == NOTEBOOK
    assert "nothing in it can be collected" in caplog.text


def test_what_changes_while_it_is_copied_has_the_time_of_the_change(exchange):
    exchange.put("ann+hw1+1", NOTEBOOK)
    collector = exchange.collector()
    collector.init_src()
    collector.src_records[0]["timestamp"] = parse_utc(PAST)  # as if it had changed since
    collector.copy_files()
    assert is_now(exchange.time("ann"))


def test_a_pipe_that_takes_a_files_place_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "a")
    (tmp_path / "b").write_text("")
    regular = os.stat(tmp_path / "b")
    monkeypatch.setattr(door.os, "stat", lambda *_, **__: regular)
    files = door.walk(tmp_path)
    _, opened = next(files)
    with pytest.raises(door.RefusedError, match="it is a pipe"):
        opened()


@pytest.mark.skipif(not ROOT, reason="only root can give files to others")
class TestAccounts:
    """With an account for each learner: here those that every system has."""

    def test_nobody_hands_in_for_others(self, exchange, caplog):
        exchange.put("daemon+hw1+1", NOTEBOOK, "daemon")
        time.sleep(0.02)
        exchange.put("daemon+hw1+2", {"hw1.ipynb": b"bad"}, "nobody")
        exchange.put("games+hw1+2", {"hw1.ipynb": b"bad"}, "nobody")
        exchange.put("nobody+hw1+1", NOTEBOOK, "nobody")
        exchange.collect(check_owner=True)
        assert exchange.collected("daemon") == exchange.collected("nobody") == NOTEBOOK
        assert not (exchange.root / "submitted" / "games").exists()
        assert "daemon+hw1+2 is refused: nobody owns it, so it is not daemon's" in caplog.text

    def test_nobody_brings_others_files(self, exchange, caplog):
        folder = exchange.put("daemon+hw1+1", NOTEBOOK | {"data.csv": b""}, "daemon")
        shutil.chown(folder / "data.csv", "nobody")
        exchange.collect(check_owner=True)
        assert exchange.collected("daemon") == NOTEBOOK
        assert "data.csv is refused: it belongs to another account" in caplog.text


@pytest.mark.slow
def test_the_courses_settings_collect_through_the_door(tmp_path):
    course = Course(tmp_path)
    exchange = Exchange(tmp_path)
    exchange.put("ann+hw1+x", NOTEBOOK)
    os.mkfifo(exchange.inbound / "ann+hw1+x" / "a.csv")
    words = ("--course=cnnlab", f"--Exchange.root={tmp_path}/exchange")
    said = course.nbgrader("collect", "hw1", *words, "--ExchangeCollect.check_owner=False")
    assert "ann: a.csv is refused: it is a pipe" in said
    assert exchange.collected("ann") == NOTEBOOK
