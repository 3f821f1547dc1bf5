"""Windows, macOS and small machines, played here: what they raise, and what they lack."""

import errno
import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch
import yaml

from cnnlab import __main__ as command_line
from cnnlab import course, data, doctor, errors, files, lab, models, training
from cnnlab.bench.cpu import ImageObjects
from cnnlab.data import cifar10, memory
from cnnlab.site import build, pdf

from .site.small_lessons import code, lesson_of, title

HELD = PermissionError(errno.EACCES, "The process cannot access the file")
FULL = {  # what torch says of a full memory
    "Linux": "DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.",
    "Windows": "DefaultCPUAllocator: not enough memory: you tried to allocate 99 bytes.",
    "CUDA": "CUDA out of memory. Tried to allocate 99 GiB.",
    "MPS": "MPS backend out of memory (MPS allocated: 9.00 GB).",
}


@pytest.fixture
def held(monkeypatch):
    """Let another program hold the files of these names, as often as is said; None: for good."""
    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    names = {}
    replace = os.replace

    def refusing(source, target):
        name = Path(target).name
        if name in names and names[name] != 0:
            names[name] = names[name] and names[name] - 1
            raise HELD
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", refusing)
    return names


def test_a_file_that_is_held_for_a_moment_is_written(held, tmp_path):
    path = tmp_path / "note.txt"
    held["note.txt"] = len(files.PAUSES)
    files.atomic_write(path, lambda file: file.write(b"kept"))
    assert path.read_bytes() == b"kept"


def test_a_file_that_stays_held_is_as_it_was(held, tmp_path):
    path = tmp_path / "note.txt"
    path.write_bytes(b"before")
    held["note.txt"] = None
    with pytest.raises(PermissionError):
        files.atomic_write(path, lambda file: file.write(b"after"))
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["01_kernel_as_template.ipynb", course.COPY_RECORD])
def test_one_held_file_does_not_stop_the_course(held, tmp_path, monkeypatch, capsys, name):
    copy = tmp_path / "copy"
    held[name] = None
    monkeypatch.setattr(lab, "open_lab", lambda *_: 0)
    assert command_line.main(["lab", "--dir", str(copy)]) == 0
    told = capsys.readouterr().out
    assert f"{name} could not be written: does another program hold it?" in told
    assert (copy / "02_sliding_window.ipynb").exists()
    held.clear()
    done = lab.sync(course.LESSONS, copy)
    assert (done.held, done.outdated) == ([], [])
    assert done.added == ([name] if name.endswith(".ipynb") else [])


def test_progress_that_cannot_be_written_is_told_until_it_can(held, learners_copy, capsys):
    path = learners_copy / course.PROGRESS_FILE

    def said(name):
        course.remember("exercises", name, {"outcome": "passed"})
        return capsys.readouterr().out

    assert said("flip") == ""
    for _ in range(2):
        held[path.name] = None
        expected = f"{path} cannot be written (The process cannot access the file): nothing is "
        assert said("respond").startswith(expected)
        assert said("respond") == ""  # once is enough
        held.clear()
        assert said("accuracy") == ""
    assert set(json.loads(path.read_text())["exercises"]) == {"flip", "accuracy"}


def test_progress_that_is_held_for_a_moment_is_read(held, learners_copy, monkeypatch):
    course.remember("exercises", "flip", {"outcome": "passed"})
    read, refused = Path.read_text, [HELD, HELD]

    def holding(path, *arguments):
        if refused:
            raise refused.pop()
        return read(path, *arguments)

    monkeypatch.setattr(Path, "read_text", holding)
    assert list(course.read_progress(course.find_progress())["exercises"]) == ["flip"]


def test_a_folder_that_cannot_be_written_is_told_at_once(held, tmp_path, monkeypatch):
    copy = tmp_path / "copy"
    monkeypatch.setattr(lab.os, "access", lambda *_: False)
    held[course.COPY_RECORD] = None
    with pytest.raises(errors.DataError, match=r"cannot be written .* Use --dir"):
        lab.sync(course.LESSONS, copy)


@pytest.mark.parametrize("said", FULL.values(), ids=FULL)
def test_a_full_memory_is_no_mistake_of_the_course(said, monkeypatch):
    images = data.shapes10(40, 20)

    class Greedy(models.SimpleCNN):
        def forward(self, images):
            raise RuntimeError(said)

    with pytest.raises(MemoryError, match=r"batch_size=20 does not fit .* Try batch_size=10"):
        training.train(Greedy(), images, epochs=1, batch_size=20, device="cpu", progress=False)
    assert errors.tell(RuntimeError(said)) == (
        "the memory is full. Close other programs, or give smaller or fewer images.",
        1,
    )


def test_free_memory_is_known_where_there_is_no_proc(monkeypatch):
    """As on Windows and macOS."""
    here = Path.read_text

    def elsewhere(path, *arguments, **options):
        if str(path).startswith(("/proc", "/sys")):
            raise FileNotFoundError(path)
        return here(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", elsewhere)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=5_000))
    assert memory.available_bytes() == 5_000
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert memory.available_bytes() is None


@pytest.mark.parametrize(
    ("free", "said"),
    [
        (1.5e9, "1.5 GB are free; a lesson takes up to 2. Close a lesson's kernel"),
        (9e9, "9.0 GB are free; a lesson takes up to 2"),
        (None, "how much is free cannot be told here; a lesson takes up to 2 GB"),
    ],
)
def test_doctor_says_how_much_memory_is_free(free, said, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: free)
    monkeypatch.setattr(doctor, "_training", lambda: (True, "training", ""))
    found = {what: finding for _, what, finding in doctor.examine()}
    assert found["memory"].startswith(said)
    assert ("Close" in found["memory"]) == (free == 1.5e9)


@pytest.mark.parametrize(("free", "told"), [(1.3e9, True), (1.5e9, False), (None, False)])
def test_a_lesson_says_at_its_start_that_memory_is_short(
    free, told, learners_copy, monkeypatch, capsys
):
    monkeypatch.setattr(memory, "available_bytes", lambda: free)
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    memory.say_if_short()
    said = "1.3 GB of memory are free, and a lesson takes up to 1.4 more. Shut down what other "
    assert capsys.readouterr().out.startswith(said) == told
    (learners_copy / course.COPY_RECORD).unlink()  # as where pages are made
    memory.say_if_short()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (("Darwin", "x86_64"), "is no longer made for Intel Macs. Open the lessons in Colab"),
        (("Windows", "ARM64"), "is not made for Windows on ARM. Open the lessons in Colab"),
        (("Darwin", "arm64"), "is not installed. Install the course again"),
    ],
)
def test_doctor_says_for_which_machines_there_is_no_torch(machine, said, monkeypatch):
    monkeypatch.setattr(doctor.platform, "system", lambda: machine[0])
    monkeypatch.setattr(doctor.platform, "machine", lambda: machine[1])
    monkeypatch.setattr(doctor, "_version", lambda _: None)
    good, what, finding = doctor._package("torch")
    assert (good, what) == (False, "torch")
    assert finding.startswith(said)
    assert "Colab" not in doctor._package("matplotlib")[2]


def test_doctor_says_that_a_drive_is_not_there(monkeypatch):
    monkeypatch.setattr(cifar10, "find", lambda: None)
    monkeypatch.setattr(Path, "exists", lambda path, **_: False)
    good, what, finding = doctor.examine_data()
    assert (good, what) == (False, "CIFAR-10")
    assert "is not there. Set CNNLAB_DATA to a folder" in finding


SERVER = """
import signal, sys, time
asked = []
def ask(*_):
    if asked:
        sys.exit(7)
    asked.append(1)
    print("Shut down?", flush=True)
signal.signal(signal.SIGINT, ask)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals as in a POSIX terminal")
def test_one_ctrl_c_is_jupyterlabs_to_answer(tmp_path):
    """The server asks after the first and ends with the second, as it wants."""
    server = tmp_path / "server.py"
    server.write_text(SERVER)
    code = textwrap.dedent(
        f"""
        import os, sys
        from cnnlab import lab
        sys.exit(lab.run_to_its_end([sys.executable, {str(server)!r}], dict(os.environ)))
        """
    )
    words = [sys.executable, "-c", code]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)  # the terminal gives it to both
        assert process.stdout.readline() == "Shut down?\n"
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 7


BROWSERS = {
    "Edge on macOS": ({}, "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"),
    "one's own on macOS": (
        {"HOME": "/Users/jo"},
        "/Users/jo/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "one's own on Windows": (
        {"LOCALAPPDATA": "C:/Users/jo/AppData/Local"},
        "C:/Users/jo/AppData/Local/Google/Chrome/Application/chrome.exe",
    ),
    "another drive": (
        {"PROGRAMFILES(X86)": "D:/Programs"},
        "D:/Programs/Microsoft/Edge/Application/msedge.exe",
    ),
}


@pytest.mark.parametrize(("variables", "place"), BROWSERS.values(), ids=BROWSERS)
def test_a_browser_is_found_where_its_installer_puts_it(variables, place, monkeypatch):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    monkeypatch.setattr(pdf.shutil, "which", lambda path: path if path == place else None)
    assert pdf.find_chromium() == place


def test_a_folder_that_an_ended_kernel_still_holds_stops_no_page(tmp_path, monkeypatch):
    folders = []

    def run(_, notebook, resources):
        folders.append(resources["metadata"]["path"])

    def refuse(path, **_):
        raise HELD

    monkeypatch.setattr(build.ExecutePreprocessor, "preprocess", run)
    path = tmp_path / "01_x.ipynb"
    build.nbformat.write(lesson_of(title(1), code("1", "one")), path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "rmdir", refuse)
        build.execute(path)
    build.execute(path)
    assert [os.path.exists(folder) for folder in folders] == [True, False]
    os.rmdir(folders[0])


def test_what_a_worker_process_gets_can_be_sent_to_it():
    """Where processes are not forked, as on Windows and macOS, it is pickled."""
    objects = pickle.loads(pickle.dumps(ImageObjects(torch.zeros(2, 3, 4, 4), torch.zeros(2))))
    assert len(objects) == 2


def test_the_workflow_for_other_systems_does_what_readme_and_the_other_one_do():
    folder = Path(__file__).parents[1] / ".github" / "workflows"
    names = ("elsewhere.yml", "ci.yml")
    ours, ci = (yaml.safe_load((folder / name).read_text("utf-8")) for name in names)
    steps = [step for job in ours["jobs"].values() for step in job["steps"]]
    known = {step["uses"] for job in ci["jobs"].values() for step in job["steps"] if "uses" in step}
    assert {step["uses"] for step in steps if "uses" in step} <= known
    runs = [step["run"] for step in steps if "run" in step]
    lessons = [word for run in runs for word in run.split() if word.endswith(".ipynb")]
    assert len(lessons) == 3
    assert all((folder.parents[1] / name).is_file() for name in lessons)
    assert any('-m "not slow" cnnlab tests' in run for run in runs)
    assert {each["os"] for each in ours["jobs"]["quick"]["strategy"]["matrix"]["include"]} == {
        "windows-latest",
        "macos-latest",
    }
