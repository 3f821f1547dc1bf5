"""Wrong inputs to the command line: one sentence with the way out, no traceback, nothing lost."""

import json
import os
import subprocess
import sys

import pytest

from cnnlab import __main__ as command_line
from cnnlab.data import folders, mirrors
from cnnlab.training import Evaluation, outputs
from tests.wrong_inputs import FOLDERS, OTHERS, TRAIN, WORDS, arguments, image, tiny


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path, picture_folder):
    """Stand in an empty folder beside `good`, ten small images a class of 32x32 pixels."""
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("CNNLAB_DEBUG", raising=False)
    monkeypatch.setattr(mirrors, "MIRRORS", ())
    picture_folder(tmp_path / "good", size=(32, 32))
    monkeypatch.chdir(tmp_path)


def fails(words, capsys):
    """Run a command that has to fail; return its status and what it said."""
    try:
        status = command_line.main(words)
    except SystemExit as stop:
        status = stop.code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "mistake in cnnlab" not in said
    return status, said


@pytest.mark.parametrize(
    ("make", "says"), FOLDERS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_folder_that_cannot_be_used(make, says, tmp_path, capsys):
    make(tmp_path)
    status, said = fails([*TRAIN, "odd"], capsys)
    assert status == 1
    assert says in said
    assert said.startswith("cnnlab: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(("words", "says", "status"), WORDS, ids=[w for w, *_ in WORDS])
def test_words_that_cannot_be_meant(words, says, status, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    found, said = fails(arguments(words), capsys)
    assert found == status
    assert says in said


@pytest.mark.parametrize(("words", "says", "status", "make"), OTHERS, ids=[w for w, *_ in OTHERS])
def test_other_commands(words, says, status, make, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file where something else is wanted")
    make(tmp_path)
    found, said = fails(words.split(), capsys)
    assert found == status
    assert says in said


@pytest.mark.parametrize("model", ["fast-cnn", "lenet5"])
def test_images_too_small_for_a_network(model, tmp_path, capsys):
    tiny(tmp_path)
    status, said = fails([*TRAIN, "odd", "--model", model], capsys)
    assert status == 1
    assert "and these have 6x6. Try --model simple-cnn or mlp or small-cnn" in said


@pytest.mark.parametrize("model", command_line.MODELS)
def test_every_network_takes_every_size_it_can(model, tmp_path):
    for name in ("a", "b"):
        for number in "123":
            image(tmp_path / "odd" / name / f"{number}.png", (64, 48))
    assert command_line.main([*TRAIN, "odd", "--model", model]) == 0


def test_there_are_at_least_forty():
    assert len(FOLDERS) + len(WORDS) + len(OTHERS) >= 50


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs rights as Unix has them")
def test_a_folder_that_may_not_be_read(monkeypatch, tmp_path, capsys):
    def forbid(folder, **_):
        raise PermissionError(13, "Permission denied", str(folder / "secret"))

    monkeypatch.setattr("cnnlab.data.sources.read_folder", forbid)  # root may read everything
    status, said = fails([*TRAIN, "good"], capsys)
    assert status == 1
    assert "secret may not be read: its rights forbid it" in said


def test_too_little_memory_is_told_before_it_is_tried(monkeypatch, capsys):
    monkeypatch.setattr(folders, "_available_memory", lambda: 1e5)
    status, said = fails([*TRAIN, "good"], capsys)
    assert status == 1
    assert "--size 24 would fit" in said


def test_a_full_disk_loses_no_figures(monkeypatch, tmp_path, capsys):
    def full(path, write):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "atomic_write", full)
    status = command_line.main([*TRAIN, "good", "--out", "run.json"])
    captured = capsys.readouterr()
    assert status == 1
    assert "run.json could not be written (No space left on device)" in captured.err
    figures = json.loads(captured.out[captured.out.index("{\n") :])
    assert len(figures["epochs"]) == 1


@pytest.mark.parametrize("rate", ["1e9", "1e20", "1e38"])
def test_steps_too_large_for_numbers_are_told(rate, capsys):
    words = ["train", "--device", "cpu", "--data", "good", "--epochs", "3", "--model", "mlp"]
    status, said = fails([*words, "--learning-rate", rate], capsys)
    lost = "The loss became" in said or "too large" in said
    assert (status == 1) == lost
    assert lost or rate == "1e9"  # there the loss is large, and a number


def test_a_test_loss_that_is_not_a_number_is_told(monkeypatch, capsys):
    monkeypatch.setattr("cnnlab.training.loop.evaluate", lambda *_: Evaluation(0.5, float("nan")))
    status, said = fails(arguments("good"), capsys)
    assert status == 1
    assert "the test loss is nan: the steps were too large (learning_rate=0.003)" in said


def test_a_mistake_of_ours_is_one_sentence_and_debug_shows_it(monkeypatch, capsys):
    def broken(_):
        raise KeyError("inner")

    monkeypatch.setattr(command_line, "_doctor", broken)
    assert command_line.main(["doctor"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("cnnlab: unexpected KeyError: 'inner' This is a mistake in cnnlab.")
    monkeypatch.setenv("CNNLAB_DEBUG", "1")
    with pytest.raises(KeyError, match="inner"):
        command_line.main(["doctor"])


def test_from_photographs_to_a_prediction_in_three_commands(tmp_path, capsys):
    outside = ["--save", "out/model.pt", "--figures", "out/figures", "--out", "out/run.json"]
    assert command_line.main([*TRAIN, "good", "--size", "16", "--batch-size", "4", *outside]) == 0
    assert {path.name for path in (tmp_path / "out" / "figures").iterdir()} >= {
        "confusion_matrix.png",
        "learning_curve.png",
    }
    image(tmp_path / "new.webp", (90, 70))
    words = ["predict", "out/model.pt", "new.webp", "good/test", "--out", "out/seen.json"]
    assert command_line.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Images are scaled to cover 16x16 pixels, the size it was trained on." in lines
    seen = json.loads((tmp_path / "out" / "seen.json").read_text())
    assert len(seen["images"]) == 7
    assert all(0.5 <= each["probability"] <= 1 for each in seen["images"])


def test_help_needs_no_torch():
    code = (
        "import sys; from cnnlab.__main__ import main\n"
        "try: main(['train', '--help'])\nexcept SystemExit: pass\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
