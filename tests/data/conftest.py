"""Fixtures for CIFAR-10 in small: its files, its archive, and mirrors that serve it."""

import hashlib
import io
import pickle
import tarfile

import pytest
import torchvision

from cnnlab.data import mirrors
from tests.data.miniature import CLASSES, batch


@pytest.fixture(scope="session")
def miniature():
    """Return the files of the archive, by name, with 100 training and 30 test images."""
    files = {f"data_batch_{number}": batch(20, number) for number in range(1, 6)}
    files["test_batch"] = batch(30, 6)
    files["batches.meta"] = pickle.dumps({"label_names": CLASSES}, protocol=2)
    return files


@pytest.fixture(scope="session")
def archive(miniature):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in miniature.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
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
    monkeypatch.delenv("CNNLAB_OFFLINE", raising=False)


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
