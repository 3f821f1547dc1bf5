"""Downloads: every fault of a network or a disk ends in the right data or in one clear sentence.

A miniature of CIFAR-10's official archive is served on loopback. Only its hashes are put in the
place of the official ones.
"""

import hashlib
import multiprocessing
import shutil
import socket
import time
from queue import SimpleQueue

import pytest
from filelock import FileLock

from cnnlab import data, doctor
from cnnlab.__main__ import main
from cnnlab.data import cifar10, mirrors
from cnnlab.errors import DataError
from tests.data.miniature import Mirror, assert_right

pytestmark = pytest.mark.usefixtures("hashes")


def test_downloaded_once_then_found(tmp_path, archive, serve, monkeypatch):
    (mirror,) = serve(Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    monkeypatch.setattr(cifar10, "_read_batches", None)  # the second time, from the tensors
    assert_right(cifar10.load(tmp_path))
    assert mirror.asked == [None]


def test_wrong_bytes_are_thrown_away(tmp_path, archive, serve, capsys):
    wrong = bytes(len(archive))
    serve(Mirror(wrong), Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert "sent other bytes than CIFAR-10's" in capsys.readouterr().out


def test_wrong_bytes_everywhere_leave_nothing_behind(tmp_path, archive, serve):
    serve(Mirror(bytes(len(archive))))
    with pytest.raises(DataError, match="No mirror served CIFAR-10"):
        cifar10.load(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [mirrors.ARCHIVE + ".lock"]


def test_an_error_that_a_notebook_keeps_does_not_keep_the_lock(tmp_path, archive, serve):
    serve(Mirror(b"", status=503))
    with pytest.raises(DataError, match="No mirror served CIFAR-10") as kept:
        cifar10.load(tmp_path)
    with FileLock(tmp_path / (mirrors.ARCHIVE + ".lock"), timeout=0):
        assert kept.tb is not None


def test_a_truncated_download_goes_on_at_the_next_mirror(tmp_path, archive, serve, capsys):
    first, second = serve(Mirror(archive, breaks_at=1 << 17), Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert "broke off" in capsys.readouterr().out
    assert (first.asked, second.asked) == ([None], ["bytes=131072-"])


def test_an_interrupted_download_goes_on_in_the_next_session(tmp_path, archive, serve):
    (tmp_path / (mirrors.ARCHIVE + ".part")).write_bytes(archive[:700])
    (mirror,) = serve(Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert mirror.asked == ["bytes=700-"]


def test_a_mirror_without_ranges_starts_again(tmp_path, archive, serve):
    (tmp_path / (mirrors.ARCHIVE + ".part")).write_bytes(archive[:700])
    serve(Mirror(archive, ranges=False))
    assert_right(cifar10.load(tmp_path))


def test_a_wrong_beginning_is_not_kept(tmp_path, archive, serve):
    (tmp_path / (mirrors.ARCHIVE + ".part")).write_bytes(mirrors.GZIP + bytes(700 - 2))
    (mirror,) = serve(Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert mirror.asked == ["bytes=700-", None]


def test_a_beginning_that_is_too_long_is_not_kept(tmp_path, archive, serve):
    (tmp_path / (mirrors.ARCHIVE + ".part")).write_bytes(archive + b"more")
    serve(Mirror(archive))
    assert_right(cifar10.load(tmp_path))


def test_a_mirror_that_stalls_is_left(tmp_path, archive, serve, capsys):
    stalling, serving = serve(Mirror(archive, stalls_at=1000), Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert stalling.stalls  # it was not waited for
    assert (stalling.asked, serving.asked) == ([None], [None])
    assert "sent nothing for 0.5 s" in capsys.readouterr().out


def test_a_mirror_with_an_error_is_left(tmp_path, archive, serve, capsys):
    serve(Mirror(b"", status=503), Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert "answered 503" in capsys.readouterr().out


def test_mirrors_that_are_down_are_reported_in_a_line_each(tmp_path, monkeypatch, capsys):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(
            mirrors, "MIRRORS", (f"http://127.0.0.1:{closed.getsockname()[1]}/",) * 2
        )
    with pytest.raises(DataError, match=r"No mirror served CIFAR-10\. Try again later"):
        cifar10.load(tmp_path)
    assert capsys.readouterr().out.splitlines() == [
        "127.0.0.1: refused the connection; trying the next mirror.",
        "127.0.0.1: refused the connection.",
    ]


def test_a_disk_without_room_is_reported_before_the_download(tmp_path, archive, serve, monkeypatch):
    (mirror,) = serve(Mirror(archive))
    usage = type(shutil.disk_usage(tmp_path))(10**9, 10**9, 5)
    monkeypatch.setattr(mirrors.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DataError, match=r"has 0 MB free, CIFAR-10 needs .* MB. Make room, or set"):
        cifar10.load(tmp_path)
    assert mirror.asked == []


def test_a_disk_that_fills_up_is_reported(tmp_path, archive, serve, monkeypatch):
    serve(Mirror(archive))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mirrors, "_append", full)
    with pytest.raises(DataError, match=r"could not be written \(No space left on device\)"):
        cifar10.load(tmp_path)
    assert not (tmp_path / mirrors.ARCHIVE).exists()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot be written \(.+\)\. Set CNNLAB_DATA"):
        mirrors.fetch(tmp_path / "file" / "below" / mirrors.ARCHIVE)


def fetch_in_a_process(path, url, sha256, size, done):
    mirrors.MIRRORS, mirrors.SHA256, mirrors.BYTES = (url,), sha256, size
    mirrors.fetch(path)
    done.put(hashlib.sha256(path.read_bytes()).hexdigest() == sha256)


def test_two_processes_at_once_download_once(tmp_path, archive, serve):
    (mirror,) = serve(Mirror(archive))
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    settings = (tmp_path / mirrors.ARCHIVE, mirror.url, mirrors.SHA256, len(archive), done)
    both = [context.Process(target=fetch_in_a_process, args=settings) for _ in range(2)]
    for process in both:
        process.start()
    assert [done.get(timeout=60), done.get(timeout=60)] == [True, True]
    for process in both:
        process.join()
    assert mirror.asked == [None]


def test_all_mirrors_are_asked_at_once_and_the_first_to_answer_serves(tmp_path, archive, serve):
    refusing, serving = serve(Mirror(archive, status=403), Mirror(archive))
    loaded = data.load("auto", root=tmp_path, within=5)
    assert_right(loaded)
    assert loaded.note == ""
    assert len(refusing.asked) == 1
    assert len(serving.asked) == 2  # whether it answers, and for the archive


def test_refused_everywhere_the_lesson_goes_on_at_once_with_a_note(
    tmp_path, archive, serve, capsys
):
    both = serve(Mirror(archive, status=403), Mirror(archive, status=500))
    began = time.perf_counter()
    loaded = data.load("auto", root=tmp_path, within=300)
    assert time.perf_counter() - began < 300
    assert [mirror.asked for mirror in both] == [[None], [None]]
    assert loaded.name == "shapes10"
    assert loaded.note.startswith("No mirror sends CIFAR-10 (answered 403 Forbidden, answered 500")
    assert loaded.note in loaded._repr_html_().replace("&#x27;", "'")
    assert capsys.readouterr().out == ""  # a banner, not a line


def test_without_any_answer_the_lesson_waits_no_longer_than_it_says(tmp_path, monkeypatch):
    """Something listens and never answers, as a network that drops all packets."""
    refusal, waits = mirrors._refusal, []
    monkeypatch.setattr(mirrors, "_refusal", lambda url, _: refusal(url, 60))

    class Answers(SimpleQueue):
        def get(self, timeout):
            waits.append(timeout)
            return super().get(timeout=timeout)

    monkeypatch.setattr(mirrors, "SimpleQueue", Answers)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        monkeypatch.setattr(mirrors, "MIRRORS", (url, url))
        assert "no answer in 1 s" in data.load("auto", root=tmp_path, within=1).note
    assert len(waits) == 1
    assert waits[0] <= 1


@pytest.mark.parametrize("within", [None, 5])
def test_with_cnnlab_offline_no_mirror_is_asked(
    tmp_path, archive, serve, monkeypatch, capsys, within
):
    monkeypatch.setenv("CNNLAB_OFFLINE", "1")
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    (mirror,) = serve(Mirror(archive))
    loaded = data.load("auto", within=within)
    said = loaded.note or capsys.readouterr().out
    assert loaded.name == "shapes10"
    assert said.startswith("CNNLAB_OFFLINE is set, so CIFAR-10 is not downloaded. Without it,")
    assert said.count("`cnnlab download`") == 1
    with pytest.raises(DataError, match=r"^CNNLAB_OFFLINE is set"):
        data.load("cifar10", within=within)
    with pytest.raises(DataError, match=r"^CNNLAB_OFFLINE is set"):
        data.load_in_background("cifar10", within=within).wait()
    for command in (["download"], ["train", "--data", "cifar10"]):
        assert main(command) == 1
        assert capsys.readouterr().err.startswith("cnnlab: CNNLAB_OFFLINE is set, so CIFAR-10")
    assert "CNNLAB_OFFLINE is set" in doctor.examine_data()[2]
    with pytest.raises(DataError, match=r"not in .* CNNLAB_OFFLINE is set"):
        cifar10.load(download=False)
    assert mirror.asked == []
    (tmp_path / mirrors.ARCHIVE).write_bytes(archive)
    assert_right(data.load("auto"))
