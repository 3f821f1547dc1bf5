"""Memory that is not there is reported first: a full one ends the process without a word."""

import pytest

from cnnlab import __main__ as command_line
from cnnlab import data
from cnnlab.data import memory
from cnnlab.errors import DataError


def test_a_batch_that_does_not_fit_is_reported(picture_folder, monkeypatch, capsys):
    monkeypatch.setattr(memory, "available_bytes", lambda: 2_000_000)
    folder = str(picture_folder(size=(32, 32)))
    words = ["train", "--device", "cpu", "--epochs", "1", "--data", folder]
    assert command_line.main([*words, "--batch-size", "12"]) == 1
    said = capsys.readouterr().err
    assert "batch_size=12: a step with so many images of 32x32 pixels takes 0.0 GB" in said
    assert "Try --batch-size 8, or smaller images with --size." in said
    assert command_line.main([*words, "--batch-size", "8"]) == 0


def test_what_does_not_fit_into_memory_is_not_tried(picture_folder, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 2000)
    with pytest.raises(DataError, match=r"18 images of 6x8 pixels take 0\.0 GB .* --size 5 would"):
        data.load(picture_folder())
    monkeypatch.setattr(memory, "available_bytes", lambda: 2 * 10**9)
    with pytest.raises(DataError, match=r"take 7\.5 GB of memory, and 2\.0 GB .* --size 103 would"):
        memory.require_memory(50_000, (224, 224))


def test_what_takes_much_memory_is_reported_first(monkeypatch, capsys):
    monkeypatch.setattr(memory, "available_bytes", lambda: None)  # where the system does not say
    memory.require_memory(50_000, (224, 224))
    assert capsys.readouterr().out == "50,000 images of 224x224 pixels take 7.5 GB of memory.\n"


def test_a_limit_of_a_container_counts(monkeypatch, tmp_path):
    (tmp_path / "memory.max").write_text("9000\n")
    (tmp_path / "memory.current").write_text("4000\n")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    assert memory.available_bytes() == 5000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_bytes() > 10**6
