"""CIFAR-10: every fault of a network or a disk ends in the right data or in one clear sentence.

A miniature of the official archive is served on loopback. Only its hashes are put in the place
of the official ones.
"""

import hashlib
import http.server
import io
import multiprocessing
import pickle
import shutil
import socket
import tarfile
import threading
import time

import numpy as np
import pytest
import torch
import torchvision

from cnnlab import data
from cnnlab.data import cifar10, mirrors
from cnnlab.errors import DataError

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


class OldType:
    """Pickles as numpy 1 wrote them, which makes numpy 2.4 warn."""

    def __reduce__(self):
        return np.dtype, ("u1", 0, 1)


def batch(count, seed):
    labels = np.arange(count) % 10
    pictures = np.random.default_rng(seed).integers(0, 20, (count, 3072), dtype=np.uint8)
    pictures += (10 * labels[:, None]).astype(np.uint8)  # the class is the brightness
    content = {"data": pictures, "labels": labels.tolist(), "old": OldType()}
    return pickle.dumps(content, protocol=2)


@pytest.fixture(scope="module")
def miniature():
    """Return the files of the archive, by name, with 100 training and 30 test images."""
    files = {f"data_batch_{number}": batch(20, number) for number in range(1, 6)}
    files["test_batch"] = batch(30, 6)
    files["batches.meta"] = pickle.dumps({"label_names": CLASSES}, protocol=2)
    return files


@pytest.fixture(scope="module")
def archive(miniature):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in miniature.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture(autouse=True)
def hashes(monkeypatch, miniature, archive):
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in miniature.items()}
    official = torchvision.datasets.CIFAR10
    monkeypatch.setattr(official, "train_list", [[n, md5[n]] for n in list(md5)[:5]])
    monkeypatch.setattr(official, "test_list", [["test_batch", md5["test_batch"]]])
    monkeypatch.setattr(official, "meta", official.meta | {"md5": md5["batches.meta"]})
    monkeypatch.setattr(mirrors, "SHA256", hashlib.sha256(archive).hexdigest())
    monkeypatch.setattr(mirrors, "BYTES", len(archive))
    monkeypatch.setattr(mirrors, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(mirrors, "STALL_SECONDS", 0.5)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


class Mirror:
    """A server on loopback that serves `content` with a fault, and writes down what was asked."""

    def __init__(self, content, *, breaks_at=None, stalls_at=None, status=200, ranges=True):
        self.content, self.breaks_at, self.stalls_at = content, breaks_at, stalls_at
        self.status, self.ranges = status, ranges
        self.asked, self.stop = [], threading.Event()
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/{mirrors.ARCHIVE}"

    def answer(self, request):
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.split("=")[1].rstrip("-")) if wanted and self.ranges else 0
        status = 206 if start and self.status == 200 else self.status
        if self.status == 200 and start >= len(self.content):
            status = 416
        body = self.content[start:]
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        cut = self.breaks_at if self.stalls_at is None else self.stalls_at
        request.wfile.write(body if cut is None else body[:cut])
        request.wfile.flush()
        if self.stalls_at is not None:
            self.stop.wait(5)

    def close(self):
        self.stop.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def serve(monkeypatch):
    started = []

    def start(*made):
        started.extend(made)
        monkeypatch.setattr(mirrors, "MIRRORS", tuple(mirror.url for mirror in made))
        return made

    yield start
    for mirror in started:
        mirror.close()


def assert_right(pictures):
    assert pictures.classes == tuple(CLASSES)
    assert pictures.train_images.shape == (100, 3, 32, 32)
    assert pictures.test_images.shape == (30, 3, 32, 32)
    brightness = pictures.train_images.float().mean(dim=(1, 2, 3))
    assert torch.equal((brightness / 10 - 0.95).round().long(), pictures.train_labels)


def test_downloaded_once_then_found(tmp_path, archive, serve, monkeypatch):
    (mirror,) = serve(Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    monkeypatch.setattr(cifar10, "_read_batches", None)  # the second time, from the tensors
    assert_right(cifar10.load(tmp_path))
    assert mirror.asked == [None]


def test_the_archive_that_lies_there_is_used(tmp_path, archive):
    (tmp_path / mirrors.ARCHIVE).write_bytes(archive)
    assert_right(cifar10.load(tmp_path, download=False))


def test_torchvisions_folder_is_used(tmp_path, miniature):
    (tmp_path / "cifar-10-batches-py").mkdir()
    for name, content in miniature.items():
        (tmp_path / "cifar-10-batches-py" / name).write_bytes(content)
    assert_right(cifar10.load(tmp_path, download=False))


def test_a_changed_pickle_is_not_opened(tmp_path, miniature, capsys):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()

    class Trap:
        def __reduce__(self):
            return (folder / "sprung").touch, ()

    for name, content in miniature.items():
        (folder / name).write_bytes(content)
    (folder / "data_batch_3").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match="CIFAR-10 is not in"):
        cifar10.load(tmp_path, download=False)
    assert "is incomplete and is skipped" in capsys.readouterr().out
    assert not (folder / "sprung").exists()


def test_picture_files_are_used_and_kept_as_tensors(tmp_path, picture_folder):
    picture_folder(tmp_path / "cifar10", suffix="jpg")
    first = cifar10.load(tmp_path, download=False)
    assert first.source == "CIFAR-10, JPEG copy"
    assert (tmp_path / "cifar10-pictures.pt").exists()
    removed = next((tmp_path / "cifar10" / "train" / "cat").iterdir())
    removed.unlink()
    assert len(cifar10.load(tmp_path, download=False).train_labels) == 11


def test_a_damaged_tensor_file_is_made_again(tmp_path, archive, capsys):
    (tmp_path / mirrors.ARCHIVE).write_bytes(archive)
    cifar10.load(tmp_path, download=False)
    kept = tmp_path / "cifar10-original.pt"
    kept.write_bytes(kept.read_bytes()[:5000])
    assert_right(cifar10.load(tmp_path, download=False))
    assert "is damaged and will be rebuilt" in capsys.readouterr().out
    assert_right(cifar10.load(tmp_path, download=False))
    assert "damaged" not in capsys.readouterr().out


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
    (tmp_path / (mirrors.ARCHIVE + ".part")).write_bytes(bytes(700))
    (mirror,) = serve(Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert mirror.asked == ["bytes=700-", None]


def test_a_beginning_that_is_too_long_is_not_kept(tmp_path, archive, serve):
    (tmp_path / (mirrors.ARCHIVE + ".part")).write_bytes(archive + b"more")
    serve(Mirror(archive))
    assert_right(cifar10.load(tmp_path))


def test_a_mirror_that_stalls_is_left(tmp_path, archive, serve, capsys):
    serve(Mirror(archive, stalls_at=1000), Mirror(archive))
    began = time.perf_counter()
    assert_right(cifar10.load(tmp_path))
    assert time.perf_counter() - began < 4
    assert "sent nothing for 0.5 s" in capsys.readouterr().out


def test_a_mirror_with_an_error_is_left(tmp_path, archive, serve, capsys):
    serve(Mirror(b"", status=503), Mirror(archive))
    assert_right(cifar10.load(tmp_path))
    assert "answered 503" in capsys.readouterr().out


def test_mirrors_that_are_down_are_told_in_a_line_each(tmp_path, monkeypatch, capsys):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(
            mirrors, "MIRRORS", (f"http://127.0.0.1:{closed.getsockname()[1]}/",) * 2
        )
    with pytest.raises(DataError, match=r"No mirror served CIFAR-10\. Try again later"):
        cifar10.load(tmp_path)
    assert (
        capsys.readouterr().out.splitlines()
        == ["127.0.0.1: cannot be reached; trying the next mirror."] * 2
    )


def test_auto_never_fails_offline(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mirrors, "MIRRORS", ())
    assert data.load("auto", root=tmp_path).name == "shapes10"
    assert "Going on with Shapes-10" in capsys.readouterr().out
    assert data.load("auto", root=tmp_path, download=False).name == "shapes10"
    told = capsys.readouterr().out
    assert told.count("\n") == 1
    assert "`python -m cnnlab download` fetches it" in told


def test_auto_takes_cifar10_where_it_is(tmp_path, archive, monkeypatch):
    (tmp_path / mirrors.ARCHIVE).write_bytes(archive)
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    assert data.load().name == "cifar10"


def test_a_disk_without_room_is_told_before_the_download(tmp_path, archive, serve, monkeypatch):
    (mirror,) = serve(Mirror(archive))
    usage = type(shutil.disk_usage(tmp_path))(10**9, 10**9, 5)
    monkeypatch.setattr(mirrors.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DataError, match=r"has 0 MB free, CIFAR-10 needs .* MB. Make room, or set"):
        cifar10.load(tmp_path)
    assert mirror.asked == []


def test_a_disk_that_fills_up_is_told(tmp_path, archive, serve, monkeypatch):
    serve(Mirror(archive))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mirrors, "_append", full)
    with pytest.raises(DataError, match=r"could not be written \(No space left on device\)"):
        cifar10.load(tmp_path)
    assert not (tmp_path / mirrors.ARCHIVE).exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
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


def test_find_says_where(tmp_path, archive, monkeypatch):
    assert cifar10.find(tmp_path) is None
    (tmp_path / mirrors.ARCHIVE).write_bytes(archive)
    assert cifar10.find(tmp_path).endswith(mirrors.ARCHIVE)
    monkeypatch.setenv("CNNLAB_DATA", "")
    assert cifar10.data_folder().name == "cnnlab"
