"""The file of tensors: what was kept comes back, or is rebuilt."""

import pytest
import torch

from cnnlab import data
from cnnlab.data import cache


@pytest.fixture
def small():
    return data.shapes10(50, 20)


def test_saved_tensors_come_back(small, tmp_path):
    cache.save(small, tmp_path / "kept.pt", made_from="here")
    loaded = cache.load_saved(tmp_path / "kept.pt", made_from="here")
    assert torch.equal(loaded.train_images, small.train_images)
    assert (loaded.classes, loaded.name) == (small.classes, small.name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.pt"]


def test_tensors_made_from_something_else_are_not_used(small, tmp_path):
    cache.save(small, tmp_path / "kept.pt", made_from="here")
    assert cache.load_saved(tmp_path / "kept.pt", made_from="there") is None


@pytest.mark.parametrize("harm", ["byte", "cut", "empty", "text"])
def test_a_damaged_file_is_reported_and_not_used(small, tmp_path, capsys, harm):
    path = tmp_path / "kept.pt"
    cache.save(small, path, made_from="here")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"byte": content, "cut": content[:999], "empty": b"", "text": b"hello"}[harm]
    path.write_bytes(damaged)
    assert cache.load_saved(path, made_from="here") is None
    assert "is damaged and will be rebuilt" in capsys.readouterr().out


def test_a_full_disk_is_reported_and_leaves_no_file(small, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise RuntimeError("[enforce fail] PytorchStreamWriter failed writing file")

    monkeypatch.setattr(torch, "save", full)
    cache.save(small, tmp_path / "kept.pt", made_from="here")
    assert "could not be written" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
