"""Wrong inputs: one sentence with the way out, on the command line without a traceback."""

import json
import os
import re
import subprocess
import sys

import pytest

from cnnlab import __main__ as command_line
from cnnlab import arithmetic, models
from cnnlab.data import memory, mirrors
from cnnlab.errors import ShapeError
from cnnlab.training import Evaluation, loop, saving
from cnnlab.training.command_line import outputs
from tests.wrong_inputs import (
    FAILURES,
    FOLDERS,
    NOT_DESCRIBED,
    OTHERS,
    TRAIN,
    WORDS,
    arguments,
    image,
    name_of,
    tiny,
)


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path, picture_folder):
    """Stand in an empty folder beside `good`, ten small images a class of 32x32 pixels."""
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    for name in ("CNNLAB_DEBUG", "CNNLAB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
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


@pytest.mark.parametrize(("words", "says", "status"), WORDS, ids=name_of)
def test_words_that_cannot_be_meant(words, says, status, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    found, said = fails(arguments(words), capsys)
    assert found == status
    assert says in said


@pytest.mark.parametrize(("words", "says", "status", "make"), OTHERS, ids=name_of)
def test_other_commands(words, says, status, make, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file where something else is wanted")
    make(tmp_path)
    found, said = fails(words.split(), capsys)
    assert found == status
    assert says in said


@pytest.mark.parametrize(("model", "shape", "where", "why"), FAILURES)
def test_a_model_that_fails_says_which_layers_ran(model, shape, where, why):
    with pytest.raises(ShapeError, match=re.escape(f"{where}. {why}")) as told:
        arithmetic.describe(model, shape)
    assert "\n" not in str(told.value)
    assert all(layer.training and not layer._forward_hooks for layer in model.modules())


@pytest.mark.parametrize(("model", "shape", "says"), NOT_DESCRIBED)
def test_what_is_not_a_model_or_not_a_shape(model, shape, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        arithmetic.describe(model, shape)


@pytest.mark.parametrize("shape", [32, "3x32", None])
def test_a_shape_that_is_not_a_sequence_has_no_bytes(shape):
    with pytest.raises(ShapeError, match=re.escape(f"shape={shape!r} must be several sizes")):
        arithmetic.activation_bytes(shape)


@pytest.mark.parametrize("model", ["fast-cnn", "lenet5"])
def test_images_too_small_for_a_network(model, tmp_path, capsys):
    tiny(tmp_path)
    status, said = fails([*TRAIN, "odd", "--model", model], capsys)
    assert status == 1
    assert "and these have 6x6. Try --model simple-cnn or mlp or small-cnn" in said


@pytest.mark.parametrize("model", models.BY_NAME)
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
    assert "secret cannot be read: permission denied" in said


def test_too_little_memory_is_told_before_it_is_tried(monkeypatch, capsys):
    monkeypatch.setattr(memory, "available_bytes", lambda: 40_000)
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
    figures, _ = json.JSONDecoder().raw_decode(captured.out, captured.out.index("{\n"))
    assert len(figures["epochs"]) == 1


def test_what_cannot_be_written_is_refused_before_images_are_read(monkeypatch, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    monkeypatch.setattr("cnnlab.data.load", lambda *_, **__: pytest.fail("images were read"))
    for words in ("--out good", "--save taken/a.pt", "--figures taken", "--device gpu"):
        assert fails(arguments(f"good {words}"), capsys)[0] == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's device that is full")
def test_the_kernels_own_full_disk(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(outputs.tempfile, "mkdtemp", lambda prefix: str(tmp_path))
    for name in ("disk", "disk.pt"):
        (tmp_path / name).symlink_to("/dev/full")
    assert command_line.main([*TRAIN, "good", "--out", "disk"]) == 1
    captured = capsys.readouterr()
    assert "disk could not be written (No space left on device)" in captured.err
    assert '"test_accuracy"' in captured.out
    assert os.path.exists("/dev/full")  # it was not replaced by a file


def test_a_network_that_cannot_be_saved_is_kept_elsewhere(monkeypatch, tmp_path, capsys):
    write, failures = saving.atomic_write, [OSError(28, "No space left on device")]

    def full_once(path, fill):
        if failures:
            raise failures.pop()
        write(path, fill)

    monkeypatch.setattr(saving, "atomic_write", full_once)
    monkeypatch.setattr(outputs.tempfile, "mkdtemp", lambda prefix: str(tmp_path / "elsewhere"))
    words = ["--save", "model.pt", "--figures", "figures", "--out", "run.json"]
    assert command_line.main([*TRAIN, "good", *words]) == 1
    said = capsys.readouterr().err
    assert "--save model.pt could not be written (No space left on device)" in said
    assert (tmp_path / "figures" / "most_wrong.png").exists()
    assert (tmp_path / "run.json").exists()
    assert command_line.main(["predict", "elsewhere/model.pt", "good/test"]) == 0


def test_a_checkpoint_on_a_full_disk_does_not_end_the_training(monkeypatch, capsys):
    def full(path, write):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cnnlab.training.checkpoints.atomic_write", full)
    assert command_line.main([*TRAIN, "good", "--checkpoint", "run.pt"]) == 0
    said = capsys.readouterr().out
    assert "The checkpoint run.pt could not be written" in said
    assert "of 6 test images" in said


def test_after_a_late_error_the_finished_epochs_are_told_and_written(monkeypatch, tmp_path, capsys):
    finite = loop._Run._require_finite

    def broken_in_the_second(self, loss, epoch, index):
        finite(self, loss if epoch == 0 else float("nan"), epoch, index)

    monkeypatch.setattr(loop._Run, "_require_finite", broken_in_the_second)
    words = ["train", "--device", "cpu", "--data", "good", "--epochs", "2", "--out", "run.json"]
    assert command_line.main(words) == 1
    captured = capsys.readouterr()
    assert "The loss became nan in epoch 2" in captured.err
    assert "of 6 test images" in captured.out
    assert len(json.loads((tmp_path / "run.json").read_text())["epochs"]) == 1


def test_a_broken_file_does_not_keep_predict_from_the_others(tmp_path, capsys):
    words = ["--epochs", "20", "--batch-size", "4", "--save", "model.pt"]
    assert command_line.main(["train", "--device", "cpu", "--data", "good", *words]) == 0
    assert "tells apart" not in capsys.readouterr().out
    (tmp_path / "good" / "test" / "cat" / "0009.png").write_bytes(b"no image")
    assert command_line.main(["predict", "model.pt", "good/test", "--out", "seen.json"]) == 1
    captured = capsys.readouterr()
    assert "1 of 7 files cannot be read: good/test/cat/0009.png is not an image" in captured.err
    assert "it is text" in captured.err
    assert captured.out.startswith("model.pt tells apart: cat, dog. It takes all else for one, and")
    seen = json.loads((tmp_path / "seen.json").read_text())["images"]
    assert [each["class"] for each in seen] == ["cat"] * 3 + ["dog"] * 3
    assert all(sum(each["probabilities"].values()) == pytest.approx(1) for each in seen)


def test_a_name_that_is_not_text_is_told_as_it_is(tmp_path, capsys):
    words = ["train", "--device", "cpu", "--data", "good", "--epochs", "1", "--save", "model.pt"]
    assert command_line.main(words) == 0
    odd = tmp_path / os.fsdecode(b"caf\xe9.png")
    (tmp_path / "good" / "test" / "cat" / "0000.png").rename(odd)
    assert command_line.main(["predict", "model.pt", str(odd)]) == 0
    assert r"caf\udce9.png: " in capsys.readouterr().out


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
    names = {"confusion_matrix.png", "learning_curve.png", "most_wrong.png"}
    assert {path.name for path in (tmp_path / "out" / "figures").iterdir()} == names
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
