"""Wrong inputs to the command line: one sentence with the way out, no traceback, nothing lost."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab import __main__ as command_line
from cnnlab.data import memory, mirrors
from cnnlab.training import Evaluation, loop, outputs, saving

TRAIN = ["train", "--device", "cpu", "--epochs", "1", "--data"]


@pytest.fixture(autouse=True)
def _here(monkeypatch, tmp_path, picture_folder):
    """Stand in an empty folder beside `good`, ten small images a class of 32x32 pixels."""
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("CNNLAB_DEBUG", raising=False)
    monkeypatch.setattr(mirrors, "MIRRORS", ())
    picture_folder(tmp_path / "good", size=(32, 32))
    monkeypatch.chdir(tmp_path)


def image(path, size=(32, 32), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size).save(path, **options)


def tiny(here):
    for part in ("train", "test"):
        for name in ("a", "b"):
            image(here / "odd" / part / name / "1.png", (6, 6))


def two_sizes(here):
    tiny(here)
    image(here / "odd" / "train" / "a" / "2.png", (7, 6))


def truncated(here):
    tiny(here)
    path = here / "odd" / "train" / "a" / "1.png"
    path.write_bytes(path.read_bytes()[:45])


def no_images(here):
    (here / "odd" / "train" / "a").mkdir(parents=True)
    (here / "odd" / "train" / "b").mkdir()
    (here / "odd" / "test" / "a").mkdir(parents=True)
    (here / "odd" / "test" / "b").mkdir()


def only_text(here):
    for name in ("a", "b"):
        (here / "odd" / name).mkdir(parents=True)
        (here / "odd" / name / "list.txt").write_text("1")


def one_class(here):
    image(here / "odd" / "train" / "a" / "1.png")
    image(here / "odd" / "test" / "a" / "1.png")


def classes_differ(here):
    tiny(here)
    image(here / "odd" / "test" / "c" / "1.png", (6, 6))


def only_test(here):
    image(here / "odd" / "test" / "a" / "1.png")


def one_each(here):
    for name in ("a", "b"):
        image(here / "odd" / name / "1.png")


def empty(here):
    (here / "odd").mkdir()


def floats(here):
    for name in ("a", "b"):
        for number in "12":
            path = here / "odd" / name / f"{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((4, 4), 9, dtype=np.float32)).save(path)


def a_file(here):
    (here / "odd").write_text("not a folder")


def checkpoint(here):
    (here / "run.pt").write_bytes(b"not a checkpoint")


def other_tensors(here):
    torch.save({"weights": torch.ones(3)}, here / "model.pt")


def name_of(value):
    return getattr(value, "__name__", str(value))


def nothing(_):
    pass


def arguments(text):
    return [*TRAIN, *text.split()]


FOLDERS = [  # what is made, and what is said
    (empty, "has 0 class folder(s). Make at least two"),
    (no_images, "holds no image. Remove the folder, or fill it"),
    (only_text, "holds no image"),
    (one_class, "has 1 class folder(s)"),
    (one_each, "holds one image; a class needs two"),
    (only_test, "There is no folder"),
    (classes_differ, "different class folders (c in one only)"),
    (two_sizes, "--size 32 scales all of them"),
    (truncated, "1 of 4 files cannot be read"),
    (floats, "floats outside the range from 0 to 1"),
    (a_file, "odd is a file. Give the folder"),
]
WORDS = [  # arguments after --data, what is said, and the status
    ("cifar-100", "Did you mean", 1),
    ("goood", "Did you mean good?", 1),
    ("cifar10", "No mirror served CIFAR-10", 1),
    ("shapes10 --size 16", "size=(16, 16) is for folders", 1),
    ("good --size big", "--size: 'big' is not a size. Use 32", 2),
    ("good --size 0", "--size: '0' is not a size. Use 32", 2),
    ("good --size 1x2x3", "--size: '1x2x3' is not a size. Use 32", 2),
    ("good --size 3x", "--size: '3x' is not a size. Use 32", 2),
    ("good --size 9999999", "would fit", 1),
    ("good --epochs 0", "epochs=0 must be at least 1", 1),
    ("good --epochs two", "invalid int value: 'two'", 2),
    ("good --batch-size 0", "batch_size=0 must be at least 1", 1),
    ("good --batch-size -3", "batch_size=-3 must be at least 1", 1),
    ("good --learning-rate 0", "learning_rate=0.0 must be greater than 0", 1),
    ("good --learning-rate fast", "invalid float value: 'fast'", 2),
    ("good --learning-rate 1e30", "learning", 1),
    ("good --learning-rate inf", "learning_rate=inf must be greater than 0 and finite", 1),
    ("good --shift -1", "shift=-1", 1),
    ("good --shift 40", "shift=40", 1),
    ("good --device gpu", "device='gpu' must be cpu, cuda or mps", 1),
    ("good --device cuda:77", "device='cuda:77'", 1),
    ("good --device meta", "device='meta' must be cpu, cuda or mps. Leave it out", 1),
    ("good --device cpu:3", "device='cpu:3' must be cpu, cuda or mps", 1),
    ("good --model resnet", "invalid choice: 'resnet'", 2),
    ("good --recipe quick", "invalid choice: 'quick'", 2),
    ("good --recipe fast-cpu --model mlp", "--recipe brings its own --model", 1),
    ("good --resume", "--resume: there is no checkpoint", 1),
    ("good --resume --checkpoint gone.pt", "there is no checkpoint gone.pt", 1),
    ("good --out good", "--out good: this is a folder", 1),
    ("good --save good", "--save good: this is a folder", 1),
    ("good --checkpoint good", "good", 1),
    ("good --out taken/run.json", "--out taken/run.json: nothing can be written there", 1),
    ("good --save taken/model.pt", "--save taken/model.pt: nothing can be written there", 1),
    ("good --figures taken", "--figures taken: nothing can be written there", 1),
    ("good --save /proc/model.pt", "--save /proc/model.pt: nothing can be written there", 1),
    ("good --save a.pt --out ./a.pt", "--out and --save both name a.pt. Give two files", 1),
    ("good --seed -5.5", "invalid int value", 2),
    ("good --seed -1", "seed=-1 must be at least 0", 1),
    ("good --seed 99999999999999999999", "must be from 0 to 4,294,967,295", 1),
    ("good --nothing", "unrecognized arguments: --nothing", 2),
]
OTHERS = [  # whole command lines
    ("predict gone.pt good", "There is no file gone.pt", 1, nothing),
    ("predict taken good", "taken is not a model that `train --save` wrote", 1, nothing),
    ("predict model.pt good", "model.pt is not a model that", 1, other_tensors),
    ("predict good good", "There is no file good", 1, nothing),
    ("site 00 --out taken", "--out taken cannot be written", 1, nothing),
    ("bench cpu --data good --out taken/a.json", "--out taken/a.json: nothing", 1, nothing),
    ("bench scale --data good --device tpu", "device='tpu' must be", 1, nothing),
    ("predict", "the following arguments are required: model, PICTURE", 2, nothing),
    ("train --checkpoint run.pt --resume --data good --epochs 1", "run.pt", 1, checkpoint),
    ("bench cpu --data nowhere", "'nowhere' is neither", 1, nothing),
    ("bench fly", "invalid choice: 'fly'", 2, nothing),
    ("site 99", "99", 1, nothing),
    ("download", "No mirror served CIFAR-10", 1, nothing),
    ("lab --dir taken", "taken cannot be written (File exists). Use --dir", 1, nothing),
]


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
    figures = json.loads(captured.out[captured.out.index("{\n") :])
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
    assert captured.out.startswith("model.pt tells apart: cat, dog. It takes all else for one.")
    seen = json.loads((tmp_path / "seen.json").read_text())["images"]
    assert [each["class"] for each in seen] == ["cat"] * 3 + ["dog"] * 3
    assert all(sum(each["probabilities"].values()) == pytest.approx(1) for each in seen)


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
