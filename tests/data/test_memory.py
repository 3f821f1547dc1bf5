"""Memory is told before it is taken: on the CPU a full one ends the process without a word."""

from cnnlab import __main__ as command_line
from cnnlab.data import memory


def test_a_batch_that_does_not_fit_is_told(picture_folder, monkeypatch, capsys):
    monkeypatch.setattr(memory, "available_bytes", lambda: 2_000_000)
    folder = str(picture_folder(size=(32, 32)))
    words = ["train", "--device", "cpu", "--epochs", "1", "--data", folder]
    assert command_line.main(words) == 1
    said = capsys.readouterr().err
    assert "batch_size=12: a step with so many images of 32x32 pixels takes 0.0 GB" in said
    assert "Try --batch-size 8, or smaller images with --size." in said
    assert command_line.main([*words, "--batch-size", "8"]) == 0
