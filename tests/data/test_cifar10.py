"""CIFAR-10: what lies on the disk is found and read, or skipped with one clear sentence.

A miniature stands for the official archive. Only its hashes are put in the place of the official
ones.
"""

import pickle

import pytest

from cnnlab import data
from cnnlab.data import cifar10, mirrors
from cnnlab.errors import DataError
from tests.data.miniature import assert_right

pytestmark = pytest.mark.usefixtures("hashes")


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
    assert "is skipped: its data_batch_3 is not CIFAR-10's" in capsys.readouterr().out
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


def test_auto_never_fails_offline(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mirrors, "MIRRORS", ())
    assert data.load("auto", root=tmp_path).name == "shapes10"
    assert "Going on with Shapes-10" in capsys.readouterr().out
    assert data.load("auto", root=tmp_path, download=False).name == "shapes10"
    told = capsys.readouterr().out
    assert told.count("\n") == 1
    assert "`cnnlab download` fetches it" in told


def test_auto_takes_cifar10_where_it_is(tmp_path, archive, monkeypatch):
    (tmp_path / mirrors.ARCHIVE).write_bytes(archive)
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    assert data.load().name == "cifar10"


def test_find_says_where(tmp_path, archive, monkeypatch):
    assert cifar10.find(tmp_path) is None
    (tmp_path / mirrors.ARCHIVE).write_bytes(archive)
    assert cifar10.find(tmp_path).endswith(mirrors.ARCHIVE)
    monkeypatch.setenv("CNNLAB_DATA", "")
    assert cifar10.data_folder().name == "cnnlab"
