"""The figures of a run: which images they show, and that no display is needed."""

import pytest
import torch
from PIL import Image

from cnnlab import data
from cnnlab.files import atomic_write
from cnnlab.training import Epoch, History
from cnnlab.training.command_line import launch
from cnnlab.training.command_line.outputs import draw, most_wrong

HISTORY = History([Epoch(0.5, 1.0, 0.5, 1.0, 1.0, 10.0), Epoch(0.6, 0.9, 0.7, 0.8, 1.0, 10.0)])


@pytest.fixture(scope="module")
def images():
    return data.shapes10(10, 40)


def sure(labels, certainty=5.0):
    return certainty * torch.nn.functional.one_hot(labels, 10).float()


def test_the_most_wrong_come_first(images):
    logits = sure(images.test_labels)
    wrong = (images.test_labels[[3, 7]] + 1) % 10
    logits[3] += sure(wrong[:1], 5.1)[0]  # nearly as sure of the right class
    logits[7] = sure(wrong[1:], 9.0)[0]
    logits[5] *= 0.002  # right by a hair, and less sure of the right class than that
    shown, captions, title = most_wrong(logits, images)
    assert torch.equal(shown, images.test_images[[7, 3]])
    for caption, index, other in zip(captions, (7, 3), wrong.flip(0), strict=True):
        really = images.classes[images.test_labels[index]]
        assert caption.startswith(f"{really},\nseen as {images.classes[other]}\n(")
    assert title == "Mistakes: 2 of 40 test images, the worst first"


def test_without_mistakes_the_least_certain_come_first(images):
    logits = sure(images.test_labels)
    logits[5] *= 0.5
    shown, captions, title = most_wrong(logits, images)
    assert torch.equal(shown[0], images.test_images[5])
    assert len(captions) == 24
    assert title == "No mistakes; these 24 test images were the least certain"


def test_three_files_without_a_display(images, tmp_path, monkeypatch):
    monkeypatch.setattr("matplotlib.pyplot.figure", lambda *_, **__: pytest.fail("a window"))
    monkeypatch.setattr("matplotlib.pyplot.subplots", lambda *_, **__: pytest.fail("a window"))
    draw(tmp_path, images, sure(images.test_labels), HISTORY)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"learning_curve.png", "confusion_matrix.png", "most_wrong.png"}
    for path in tmp_path.iterdir():
        with Image.open(path) as figure:
            assert len(figure.convert("L").getcolors()) > 20  # something is drawn


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    (tmp_path / "null").symlink_to("/dev/null")
    atomic_write(tmp_path / "null", lambda file: file.write(b"figures"))
    assert (tmp_path / "null").is_symlink()


def test_a_mistake_of_ours_in_one_of_several_processes_is_one_sentence_too(monkeypatch):
    monkeypatch.delenv("CNNLAB_DEBUG", raising=False)
    error = KeyError("inner")
    said = launch._sentence(error, lost="")
    assert said.startswith("cnnlab: unexpected KeyError: 'inner' This is a mistake in cnnlab.")
    monkeypatch.setenv("CNNLAB_DEBUG", "1")
    assert launch._sentence(error, lost="") == "KeyError: 'inner'\n"  # it was never raised
