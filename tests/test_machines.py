"""Windows, macOS and small machines, played here: what they raise, and what they lack."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from cnnlab import __main__ as command_line
from cnnlab import course, data, doctor, errors, files, lab, models, training
from cnnlab.data import cifar10, memory

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
