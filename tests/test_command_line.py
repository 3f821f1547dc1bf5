"""`cnnlab`: what it prints, its exit status, and no traceback for a learner's slip."""

import json
import os
import re
import socket
import subprocess
import sys

import pytest

from cnnlab import __main__ as command_line
from cnnlab import data, doctor, models, training
from cnnlab.data import mirrors
from cnnlab.training.command_line import train


@pytest.fixture(autouse=True)
def _no_data(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("CNNLAB_OFFLINE", raising=False)
    monkeypatch.setattr(mirrors, "MIRRORS", ())


@pytest.fixture
def pictures(picture_folder):
    return str(picture_folder(size=(32, 32)))


def test_train_prints_accuracy_seconds_and_speed(pictures, capsys):
    status = command_line.main(["train", "--data", pictures, "--epochs", "2", "--device", "cpu"])
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert re.match(
        r"simple-cnn on Images in .*: \d+\.\d\d% of 6 test images, \d+\.\d s of training, "
        r"[\d,]+ images/s, cpu, (?:float32|bfloat16), torch ",
        lines[-2],
    )
    assert lines[-1].startswith("95% intervals, for so few test images: all ")
    assert re.search(r"; cat \d of 3, ", lines[-1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "12 training images: batches of 8, 150 epochs (300 steps)"),
        ("--epochs 3", "12 training images: batches of 8, 3 epochs (6 steps)"),
        ("--batch-size 12 --epochs 1", "12 training images: batches of 12, 1 epoch (1 step)"),
        ("--batch-size 99 --epochs 2", "12 training images: batches of 12, 2 epochs (2 steps)"),
        (
            "--batch-size 4 --validation 2",
            "10 training images: batches of 4, 100 epochs (300 steps)",
        ),
    ],
)
def test_batches_and_epochs_follow_the_data_and_what_is_given_wins(pictures, words, said, capsys):
    assert command_line.main(["train", "--data", pictures, "--device", "cpu", *words.split()]) == 0
    lines = capsys.readouterr().out.splitlines()
    epochs = int(re.search(r"(\d+) epoch", said).group(1))
    assert said == lines[1]
    told = [line for line in lines if re.match(r" +\d+  ", line)]
    assert len(told) == epochs
    assert told[-1].startswith(f"{epochs:5}  ")


def test_a_recipe_stays_as_it_was_tuned_and_says_when_its_steps_are_few(pictures, capsys):
    words = ["--recipe", "speedrun-cpu", "--device", "cpu"]
    assert command_line.main(["train", "--data", pictures, *words]) == 0
    said = capsys.readouterr().out
    assert "12 training images: batches of 12, 2 epochs (2 steps). speedrun-cpu was tuned" in said
    words += ["--batch-size", "4", "--epochs", "34"]
    assert command_line.main(["train", "--data", pictures, *words]) == 0
    assert "batches of 4, 34 epochs (102 steps)\n" in capsys.readouterr().out


def test_unequal_classes_say_what_one_answer_would_earn(pictures, tmp_path, capsys):
    for name in ("0001", "0002"):
        os.remove(f"{pictures}/test/dog/{name}.png")
    words = ["train", "--data", pictures, "--device", "cpu", "--epochs", "1"]
    words += ["--out", str(tmp_path / "run.json"), "--figures", str(tmp_path)]
    assert command_line.main(words) == 0
    said = capsys.readouterr().out
    assert "% of 4 test images (always answering 'cat' would earn 75.0%; balanced acc" in said
    kept = json.loads((tmp_path / "run.json").read_text())
    assert kept["test_images"]["one_answer"] == {"class": "cat", "accuracy": 0.75}
    right = [each["right"] for each in kept["test_images"]["classes"].values()]
    assert sum(right) / 4 == kept["test_accuracy"]
    balanced = (right[0] / 3 + right[1] / 1) / 2
    assert kept["test_images"]["balanced_accuracy"] == pytest.approx(balanced)


def test_a_run_that_was_stopped_says_nothing_of_single_classes(pictures, capsys, monkeypatch):
    train = training.recipes.train

    def stopped(*given, **how):
        history = train(*given, **how)
        history.interrupted = True
        return history

    monkeypatch.setattr(training.recipes, "train", stopped)
    words = ["train", "--data", pictures, "--device", "cpu", "--epochs", "1"]
    assert command_line.main(words) == 130
    said = capsys.readouterr().out
    assert "95% interval, for so few test images: all " in said
    assert "cat" not in said


def test_train_says_of_which_images_an_accuracy_is(pictures, tmp_path, capsys):
    out = tmp_path / "run.json"
    words = ["train", "--data", pictures, "--epochs", "2", "--device", "cpu", "--out", str(out)]
    assert command_line.main([*words, "--validation", "4", "--figures", str(tmp_path)]) == 0
    lines, figures = capsys.readouterr().out.splitlines(), json.loads(out.read_text())
    assert "8 training, 4 validation and 6 test images" in lines[0]
    validation, test = (f"{figures[f'{name}_accuracy']:.2%}" for name in ("validation", "test"))
    line = next(line for line in lines if line.startswith("simple-cnn on "))
    assert f": {validation} of 4 validation images" in line
    assert f", {test} of 6 test images, " in line
    assert {"validation_images", "test_images"} < set(figures)
    assert "test_accuracy" not in figures["epochs"][0]
    assert "test_accuracy" in figures["epochs"][1]
    os.rename(f"{pictures}/test", f"{pictures}/val")
    assert command_line.main(words) == 0
    figures = json.loads(out.read_text())
    assert " of 6 validation images, " in capsys.readouterr().out.splitlines()[-2]
    assert "test" not in "".join(figures["epochs"][1]) + "".join(figures)
    assert command_line.main([*words, "--validation", "4"]) == 1
    assert "has validation images of its own" in capsys.readouterr().err


def test_a_recipe_with_views_tells_and_keeps_their_accuracy(pictures, tmp_path, capsys):
    out = tmp_path / "run.json"
    words = ["--recipe", "speedrun-cpu", "--epochs", "1", "--device", "cpu", "--out", str(out)]
    assert command_line.main(["train", "--data", pictures, *words]) == 0
    accuracy = json.loads(out.read_text())["test_accuracy_with_tta"]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"with six views of the least certain 25%: {accuracy:.2%}"


@pytest.mark.parametrize("model", models.BY_NAME)
def test_every_model_trains(pictures, model):
    arguments = ["train", "--data", pictures, "--epochs", "1", "--model", model, "--shift", "1"]
    assert command_line.main(arguments) == 0


@pytest.mark.parametrize("freeze", [[], ["--freeze"], ["--freeze", "5"]], ids=" ".join)
def test_a_folder_begins_with_photo_and_predict_takes_what_it_saved(
    freeze, picture_folder, tmp_path, capsys
):
    folder = str(picture_folder(size=(40, 50)))  # no --size: the network's own is taken
    kept, out = str(tmp_path / "kept.pt"), tmp_path / "seen.json"
    words = ["--start", "photo", *freeze, "--epochs", "2", "--device", "cpu"]
    assert command_line.main(["train", "--data", folder, *words, "--save", kept]) == 0
    said = capsys.readouterr().out
    assert "Images are scaled to cover 32x32 pixels" in said
    assert "Begins as photo, trained on CIFAR-10, JPEG copy; the last layer is new." in said
    assert re.search(r"photo on Images in .*% of 6 test images", said)
    assert command_line.main(["predict", kept, f"{folder}/test", "--out", str(out)]) == 0
    assert re.search(r"\.png: (cat|dog) \d+\.\d%, (cat|dog) \d+\.\d%", capsys.readouterr().out)
    assert set(json.loads(out.read_text())["images"][0]["probabilities"]) == {"cat", "dog"}
    assert (
        command_line.main(["train", "--data", folder, "--size", "32", *words[2:], "--start", kept])
        == 0
    )
    said = capsys.readouterr().out
    assert (
        f"Begins as {kept} (photo), trained on Images in {folder}; the last layer is new." in said
    )
    assert "These are images of the same place" in said


def test_augmentation_of_a_start_is_the_default_or_what_is_given(pictures):
    def augment(*words):
        options = command_line._parser().parse_args(["train", "--start", "photo", *words])
        return train.recipe_of(options, count=50).settings.augment

    assert augment() == data.Augment(flip=True, shift=2)
    assert augment("--shift", "1") == data.Augment(shift=1)
    assert augment("--flip") == data.Augment(flip=True)
    assert augment("--shift", "0") is None
    assert augment("--freeze") is None


def test_resume_goes_on_and_is_never_silent(pictures, tmp_path, capsys):
    kept = str(tmp_path / "runs" / "run.pt")
    arguments = ["train", "--data", pictures, "--checkpoint", kept]
    assert command_line.main([*arguments, "--resume"]) == 1
    assert "there is no checkpoint" in capsys.readouterr().err
    assert command_line.main([*arguments, "--epochs", "1"]) == 0
    assert command_line.main([*arguments, "--epochs", "2"]) == 1
    assert "exists. Add --resume to go on from it, or delete it" in capsys.readouterr().err
    assert command_line.main([*arguments, "--epochs", "2", "--resume"]) == 0
    assert "    2  " in capsys.readouterr().out


def test_the_same_seed_gives_the_same_accuracy(pictures, capsys):
    results = []
    for _ in range(2):
        command_line.main(["train", "--data", pictures, "--seed", "3", "--device", "cpu"])
        results.append(re.search(r"[\d.]+% of", capsys.readouterr().out).group())
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--data", "no-such-folder"], "'no-such-folder' is neither auto"),
        (["train", "--data", "cifar10"], "No mirror served CIFAR-10"),
        (["train", "--data", "shapes10", "--epochs", "0"], "epochs=0 must be at least 1"),
        (["download"], "No mirror served CIFAR-10"),
    ],
)
def test_slips_are_told_in_a_sentence(arguments, message, capsys):
    assert command_line.main(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("cnnlab: ")
    assert message in told


def test_unknown_words_show_the_usage(capsys):
    with pytest.raises(SystemExit, match="2"):
        command_line.main(["fly"])
    told = capsys.readouterr().err
    assert "invalid choice: 'fly'" in told
    assert "Did you mean" not in told


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["trian"], "train"), (["Lab"], "lab"), (["homework", "grde", "hw1"], "grade")],
)
def test_a_command_with_a_slip_is_answered_with_what_was_meant(words, meant, capsys):
    with pytest.raises(SystemExit, match="2"):
        command_line.main(words)
    assert capsys.readouterr().err.endswith(f" Did you mean {meant}?\n")


def test_without_a_command_the_commands_are_listed(capsys):
    assert command_line.main([]) == 0
    assert "open your copy of the course" in capsys.readouterr().out


def closed_on(*words, unbuffered=""):
    """Return the status and the complaint of a command whose output nobody reads."""
    with subprocess.Popen(
        [sys.executable, "-m", "cnnlab", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    ) as run:
        run.stdout.close()
        return run.wait(), run.stderr.read()


@pytest.mark.parametrize("words", [[], ["--help"], ["train", "--help"], ["doctor"]], ids=" ".join)
def test_a_closed_pipe_ends_quietly(words):
    assert closed_on(*words) == (141, b"")


def test_a_closed_pipe_that_nothing_is_buffered_for_ends_quietly():
    assert closed_on("doctor", unbuffered="1") == (141, b"")


def test_a_broken_pipe_that_is_not_the_output_is_told(monkeypatch, capsys):
    def broken(*_):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(doctor, "examine", broken)
    assert command_line.main(["doctor"]) == 1
    assert "Broken pipe" in capsys.readouterr().err


def test_doctor_asks_no_network_and_trains_for_two_short_epochs(monkeypatch):
    train, seen = training.train, []

    def watched(model, images, *, epochs, **options):
        seen.append((len(images.train_labels), epochs))
        return train(model, images, epochs=epochs, **options)

    monkeypatch.setattr(training, "train", watched)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("it asked the network"))
    assert command_line.main(["doctor"]) == 0
    assert seen == [(1000, 2)]


def test_doctor_runs_offline_and_says_how_to_get_the_data(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "cnnlab", "doctor"],
        capture_output=True,
        text=True,
        env=os.environ | {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "cnnlab download" in run.stdout
    assert run.stdout.splitlines()[-1] == "The course runs here."
    assert not (tmp_path / "data").exists()  # it looked and made nothing


def test_doctor_finds_cifar10(tmp_path, picture_folder, capsys):
    picture_folder(tmp_path / "data" / "cifar10")
    command_line.main(["doctor"])
    assert re.search(r"ok +CIFAR-10 +found: .*cifar10", capsys.readouterr().out)


def test_doctor_tells_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "NEEDED", ("torch", "no-such-package"))
    assert command_line.main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "BAD  no-such-package is not installed" in told
    assert told.endswith("Fix what is marked BAD, then try again.\n")


def test_ctrl_c_ends_with_130(monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "examine", interrupt)
    assert command_line.main(["doctor"]) == 130
    assert capsys.readouterr().err == "cnnlab: stopped.\n"
