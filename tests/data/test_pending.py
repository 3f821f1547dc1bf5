"""Images that come in the background: what is said, what `wait` does, and what goes wrong."""

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
import torchvision
from filelock import FileLock
from IPython.core.formatters import DisplayFormatter
from nbclient import NotebookClient

from cnnlab import data
from cnnlab.data import cifar10, mirrors, pending, sources
from cnnlab.errors import DataError
from tests.data.miniature import Mirror, assert_right

PATIENCE = 30
BLOCK = 1 << 16
HELD = 2 * BLOCK  # so much comes before a slow mirror waits


@pytest.fixture(autouse=True)
def slow_network(hashes, monkeypatch):
    """Bytes are counted one by one here, and a mirror may take its time."""
    monkeypatch.delenv("CNNLAB_OFFLINE", raising=False)
    monkeypatch.setattr(mirrors, "STALL_SECONDS", PATIENCE)
    monkeypatch.setattr(mirrors, "amount", lambda done: f"{done} of {mirrors.BYTES} bytes")
    monkeypatch.setattr(sources, "shapes10", lambda: data.shapes10(20, 10))


@pytest.fixture(autouse=True)
def _no_thread_is_left(serve):
    yield
    for thread in threading.enumerate():
        if "_fetch" in thread.name:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def until(condition):
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def begin(root, **options):
    return data.load_in_background(**{"name": "auto", "root": root, "within": None} | options)


def press_stop(coming, monkeypatch):
    """Interrupt `wait` when it has begun to watch."""
    join = threading.Thread.join
    calls = []

    def interrupted(thread, timeout=None):
        calls.append(timeout)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return join(thread, timeout)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "join", interrupted)
        with pytest.raises(KeyboardInterrupt):
            coming.wait()


def test_the_line_says_exactly_how_much_is_there(tmp_path, archive, serve):
    (tmp_path / (mirrors.ARCHIVE + ".part")).write_bytes(archive[:700])
    (mirror,) = serve(Mirror(archive, holds_at=HELD))
    coming = begin(tmp_path)
    line = f"CIFAR-10: {700 + HELD} of {len(archive)} bytes"
    until(lambda: repr(coming) == line)
    mirror.go_on.set()
    assert_right(coming.wait())
    assert repr(coming) == (
        "CIFAR-10 is here: 100 training and 30 test images of 3x32x32, 10 classes"
    )
    assert mirror.asked == ["bytes=700-"]


def test_a_resumed_download_that_starts_again_counts_from_zero(tmp_path, archive, serve):
    (tmp_path / (mirrors.ARCHIVE + ".part")).write_bytes(archive[:700])
    (mirror,) = serve(Mirror(archive, holds_at=HELD, ranges=False))
    coming = begin(tmp_path)
    until(lambda: repr(coming) == f"CIFAR-10: {HELD} of {len(archive)} bytes")
    mirror.go_on.set()
    assert_right(coming.wait())


def test_the_thread_prints_nothing_and_wait_says_how_far_it_is(tmp_path, archive, serve, capfd):
    broken, slow = serve(Mirror(archive, breaks_at=BLOCK), Mirror(archive, holds_at=HELD))
    coming = begin(tmp_path)
    until(lambda: f"{BLOCK + HELD} of" in repr(coming))
    assert capfd.readouterr() == ("", "")
    threading.Timer(0.5, slow.go_on.set).start()
    assert_right(coming.wait())
    out, _ = capfd.readouterr()
    assert out == (
        f"CIFAR-10 is not here yet: {BLOCK + HELD} of {len(archive)} bytes. Waiting for the rest; "
        "Ctrl-C interrupts.\n"
    )
    assert (broken.asked, slow.asked) == ([None], [f"bytes={BLOCK}-"])


def test_once_there_it_is_returned_at_once(tmp_path, archive, serve, capfd):
    serve(Mirror(archive))
    coming = begin(tmp_path)
    until(lambda: repr(coming) == "CIFAR-10 is here.")
    images = coming.wait()
    assert coming.wait() is images
    assert capfd.readouterr() == ("", "")


def test_an_interrupted_wait_leaves_the_download_running(tmp_path, archive, serve, monkeypatch):
    (mirror,) = serve(Mirror(archive, holds_at=HELD))
    coming = begin(tmp_path)
    until(lambda: str(HELD) in repr(coming))
    press_stop(coming, monkeypatch)
    press_stop(coming, monkeypatch)
    mirror.go_on.set()
    assert_right(coming.wait())
    assert mirror.asked == [None]


@pytest.mark.parametrize(("name", "raised"), [("auto", False), ("cifar10", True)])
def test_what_fails_is_told_by_the_line_and_by_wait(tmp_path, archive, serve, capfd, name, raised):
    serve(Mirror(bytes(len(archive))), Mirror(b"", status=503))
    coming = begin(tmp_path, name=name)
    until(lambda: "No mirror served CIFAR-10" in repr(coming))
    assert ("Going on with Shapes-10" in repr(coming)) is not raised
    for _ in range(2):
        if raised:
            with pytest.raises(DataError, match="No mirror served CIFAR-10"):
                coming.wait()
        else:
            images = coming.wait()
            assert images is coming.wait()
            assert images.name == "shapes10"
            assert images.note == repr(coming)
            assert images.note.startswith("No mirror served CIFAR-10")
    assert capfd.readouterr() == ("", "")


def test_offline_it_is_shapes10_with_the_note_of_load(tmp_path, archive, serve, monkeypatch, capfd):
    monkeypatch.setenv("CNNLAB_OFFLINE", "1")
    (mirror,) = serve(Mirror(archive))
    images = begin(tmp_path, within=5).wait()
    assert images.note == data.load("auto", root=tmp_path, within=5).note
    assert images.note.startswith("CNNLAB_OFFLINE is set")
    assert capfd.readouterr() == ("", "")
    assert mirror.asked == []


def test_a_full_disk_is_told(tmp_path, archive, serve, monkeypatch):
    (mirror,) = serve(Mirror(archive))
    usage = type(shutil.disk_usage(tmp_path))(10**9, 10**9, 5)
    monkeypatch.setattr(mirrors.shutil, "disk_usage", lambda _: usage)
    assert "has 0 MB free" in begin(tmp_path).wait().note
    with pytest.raises(DataError, match="has 0 MB free"):
        begin(tmp_path, name="cifar10").wait()
    assert mirror.asked == []


def test_a_mistake_of_the_package_is_raised_in_wait(tmp_path, serve, monkeypatch):
    monkeypatch.setattr(mirrors, "fetch", None)
    coming = begin(tmp_path)
    with pytest.raises(TypeError, match="not callable"):
        coming.wait()


@pytest.mark.usefixtures("_one_thread")
def test_where_no_thread_can_be_started_it_comes_when_waited_for(tmp_path, archive, serve):
    refusing, mirror = serve(Mirror(archive, status=403), Mirror(archive))
    coming = begin(tmp_path, within=5)
    assert repr(coming) == "CIFAR-10: fetched when it is waited for"
    assert mirror.asked == []
    assert_right(coming.wait())
    assert coming.wait() is coming.wait()
    assert (len(refusing.asked), len(mirror.asked)) == (1, 2)  # whether it answers, then all


@pytest.mark.parametrize("name", ["auto", "shapes10", "missing"])
def test_what_needs_no_download_starts_no_thread(tmp_path, archive, serve, monkeypatch, name):
    (tmp_path / mirrors.ARCHIVE).write_bytes(archive)
    monkeypatch.setattr(pending.Coming, "_fetch", None)
    (mirror,) = serve(Mirror(archive))
    coming = begin(tmp_path, name=name)
    if name == "auto":
        assert repr(coming) == "CIFAR-10 is here."
        assert_right(coming.wait())
    elif name == "shapes10":
        assert repr(coming) == "shapes10: nothing to download"
        assert coming.wait().name == name
    else:
        with pytest.raises(DataError, match="neither auto, shapes10, cifar10 nor a folder"):
            coming.wait()
    assert mirror.asked == []


def test_without_download_it_is_as_load_says(tmp_path, archive, serve):
    (mirror,) = serve(Mirror(archive))
    assert "CIFAR-10 is not in" in begin(tmp_path, download=False, within=5).wait().note
    assert mirror.asked == []


def test_a_second_one_waits_for_the_first_and_says_so(tmp_path, archive, serve, monkeypatch):
    monkeypatch.setattr(mirrors, "LOOK_SECONDS", 0.05)
    (mirror,) = serve(Mirror(archive, holds_at=HELD))
    first = begin(tmp_path)
    until(lambda: str(HELD) in repr(first))
    second = begin(tmp_path)
    until(lambda: "fetched by another program or cell" in repr(second))
    assert repr(second).startswith("CIFAR-10: ")
    mirror.go_on.set()
    assert_right(second.wait())
    assert_right(first.wait())
    assert mirror.asked == [None]


def test_a_plain_load_that_waits_says_so_once(tmp_path, archive, monkeypatch, capsys):
    monkeypatch.setattr(mirrors, "LOOK_SECONDS", 0.05)
    path = tmp_path / mirrors.ARCHIVE
    with FileLock(f"{path}.lock"):
        loading = threading.Thread(target=cifar10.load, args=(tmp_path,))
        loading.start()
        time.sleep(0.5)
        path.write_bytes(archive)
    loading.join(PATIENCE)
    assert capsys.readouterr().out == (
        "Another program or cell is fetching CIFAR-10: waiting for it.\n"
    )


@pytest.mark.slow
def test_python_ends_while_images_come_and_the_next_one_goes_on(tmp_path, archive, serve):
    (mirror,) = serve(Mirror(archive, holds_at=HELD))
    program = (
        "import time\nfrom cnnlab import data\nfrom cnnlab.data import mirrors\n"
        f"mirrors.MIRRORS = ({mirror.url!r},)\n"
        f"coming = data.load_in_background(root={str(tmp_path)!r}, within=5)\n"
        "while '0 of 170 MB' not in repr(coming):\n    time.sleep(0.01)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=Path(__file__).parents[2],
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    mirror.go_on.set()
    part = tmp_path / (mirrors.ARCHIVE + ".part")
    assert archive.startswith(part.read_bytes())
    assert_right(begin(tmp_path).wait())


def test_in_ipython_without_a_notebook_only_the_repr_is_shown(tmp_path, archive, serve):
    serve(Mirror(archive))
    coming = begin(tmp_path)
    assert_right(coming.wait())
    shown, _ = DisplayFormatter().format(coming)
    assert shown == {"text/plain": repr(coming)}


def test_a_page_that_cannot_be_reached_does_not_stop_the_download(
    tmp_path, archive, serve, monkeypatch
):
    class Gone:
        def publish(self, *_, **__):
            raise OSError(32, "Broken pipe")

    monkeypatch.setattr(pending, "_publisher", Gone)
    (mirror,) = serve(Mirror(archive, holds_at=HELD))
    coming = begin(tmp_path)
    coming._ipython_display_()
    mirror.go_on.set()
    assert_right(coming.wait())


class Recorded(NotebookClient):
    """Executes a notebook and writes down what arrives while which cell runs."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.updates = []

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] == "update_display_data":
            self.updates.append((cell_index, msg["content"]["data"]["text/plain"]))
        return super().process_message(msg, cell, cell_index)


def in_a_kernel(cells, folder, archive, mirror):
    """Execute cells on a kernel that has the miniature for CIFAR-10."""
    official = torchvision.datasets.CIFAR10
    setup = (
        "import os, pathlib, signal, threading, time, torchvision\n"
        "from cnnlab import data\nfrom cnnlab.data import mirrors\n"
        f"mirrors.MIRRORS, mirrors.BYTES = ({mirror.url!r},), {len(archive)}\n"
        f"mirrors.SHA256 = {mirrors.SHA256!r}\n"
        "mirrors.amount = lambda done: f'{done} bytes'\n"
        "official = torchvision.datasets.CIFAR10\n"
        f"official.train_list, official.test_list = {official.train_list}, {official.test_list}\n"
        f"official.meta = {official.meta}\n"
        "def until(words):\n    while words not in repr(coming):\n        time.sleep(0.01)\n"
        "    time.sleep(0.2)  # what is said is shown next\n"
    )
    code = [nbformat.v4.new_code_cell(each) for each in [setup, *cells]]
    client = Recorded(
        nbformat.v4.new_notebook(cells=code),
        timeout=PATIENCE,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    go_on = threading.Thread(
        target=lambda: (until((folder / "go").exists), mirror.go_on.set()), daemon=True
    )
    go_on.start()
    client.execute()
    return client


@pytest.mark.slow
def test_a_notebook_keeps_the_first_cell_up_to_date_and_no_other(tmp_path, archive, serve):
    (mirror,) = serve(Mirror(archive, holds_at=HELD))
    client = in_a_kernel(
        [
            "coming = data.load_in_background(root='.')\ncoming",
            f"until('{HELD} bytes')",
            "threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()\ncoming.wait()",
            "pathlib.Path('go').touch()\nuntil('is here')",
            "images = coming.wait()\nlen(images.train_images), images is coming.wait()",
        ],
        tmp_path,
        archive,
        mirror,
    )
    setup, first, held, waited, later, last = (cell.outputs for cell in client.nb.cells)
    here = "CIFAR-10 is here: 100 training and 30 test images of 3x32x32, 10 classes"
    assert [output.output_type for output in first] == ["display_data"]
    assert first[0].data == {"text/plain": here, "text/html": f"<p>{here}</p>"}
    assert setup == held == later == []
    sentence, line, error = waited
    assert sentence.text == (
        f"CIFAR-10 is not here yet: {HELD} bytes. Waiting for the rest; "
        "the stop button interrupts.\n"
    )
    assert line.data == first[0].data
    assert error.ename == "KeyboardInterrupt"
    assert [output.data["text/plain"] for output in last] == ["(100, True)"]
    assert (2, f"CIFAR-10: {HELD} bytes") in client.updates
    assert (4, "CIFAR-10 is here.") in client.updates
