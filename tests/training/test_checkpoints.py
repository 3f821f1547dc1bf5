"""Checkpoints: nothing that was trained is lost, and a run goes on as if never stopped."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import make_dataclass, replace
from pathlib import Path

import pytest
import torch

from cnnlab import data, models
from cnnlab.errors import DataError
from cnnlab.training import checkpoints, loop
from cnnlab.training.history import Epoch
from cnnlab.training.settings import Settings
from tests.training.runs import new_model, train, weights


def test_a_run_that_goes_on_ends_as_one_that_was_never_stopped(pictures, tmp_path, monkeypatch):
    whole = new_model()
    expected = train(whole, pictures, epochs=4)
    stopped, write = new_model(), checkpoints.Checkpoint.write

    def write_then_stop(self, history):
        write(self, history)
        if len(history.epochs) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoint, "write", write_then_stop)
    history = train(stopped, pictures, epochs=4, checkpoint=tmp_path / "run.pt")
    assert history.interrupted
    assert "stopped before the end" in repr(history)
    monkeypatch.undo()
    fresh = new_model(seed=7)
    history = train(fresh, pictures, epochs=4, checkpoint=tmp_path / "run.pt")
    assert torch.equal(weights(fresh), weights(whole))
    assert [replace(epoch, seconds=0, images_per_second=0) for epoch in history.epochs] == [
        replace(epoch, seconds=0, images_per_second=0) for epoch in expected.epochs
    ]
    assert not history.interrupted


KILLED = """
import sys, torch
from cnnlab import data, training
from tests.training.runs import new_model, train
model = new_model()
train(model, data.shapes10(300, 101), epochs=40, checkpoint=sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_run_goes_on_to_the_same_result(pictures, tmp_path):
    path = tmp_path / "run.pt"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], env=environment)
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    went_on, whole = new_model(), new_model()
    done = len(torch.load(path, weights_only=True)["epochs"])
    train(went_on, pictures, epochs=40, checkpoint=path)
    train(whole, pictures, epochs=40)
    assert 1 <= done < 40
    assert torch.equal(weights(went_on), weights(whole))


def test_ctrl_c_keeps_what_was_trained(pictures, monkeypatch):
    model, calls = new_model(), []

    def interrupt(self, step):
        calls.append(step)
        if len(calls) == 7:  # in the second epoch
            raise KeyboardInterrupt
        return 0.5

    monkeypatch.setattr(loop._Run, "_schedule", interrupt)
    history = train(model, pictures)
    assert history.interrupted
    assert len(history.epochs) == 1
    assert not torch.equal(weights(model), weights(new_model()))


def test_a_finished_run_is_not_trained_again(pictures, tmp_path):
    model = new_model()
    train(model, pictures, checkpoint=tmp_path / "run.pt")
    before = weights(model).clone()
    history = train(model, pictures, checkpoint=tmp_path / "run.pt")
    assert len(history.epochs) == 3
    assert torch.equal(weights(model), before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.5}, r"made with learning_rate=0\.003, but .* learning_rate=0\.5"),
        ({"seed": 5}, "made with seed=0, but this run has seed=5"),
        ({"augment": None}, "made with augment=Augment"),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(pictures, tmp_path, change, message):
    train(new_model(), pictures, epochs=1, checkpoint=tmp_path / "run.pt")
    with pytest.raises(ValueError, match=message):
        train(new_model(), pictures, checkpoint=tmp_path / "run.pt", **change)


def test_the_checkpoint_of_another_model_is_refused(pictures, tmp_path):
    train(models.MLP(), pictures, epochs=1, checkpoint=tmp_path / "run.pt")
    with pytest.raises(ValueError, match="made with model=MLP, but this run has model=WithDropout"):
        train(new_model(), pictures, checkpoint=tmp_path / "run.pt")
    with pytest.raises(ValueError, match="holds a MLP of other sizes than this one"):
        train(models.MLP(hidden_features=5), pictures, checkpoint=tmp_path / "run.pt")


def test_a_checkpoint_of_another_optimizer_is_refused(pictures, tmp_path):
    train(new_model(), pictures, epochs=1, checkpoint=tmp_path / "run.pt")
    with pytest.raises(
        ValueError, match="made with optimizer=adamw, but this run has optimizer=sgd"
    ):
        train(new_model(), pictures, epochs=2, checkpoint=tmp_path / "run.pt", optimizer="sgd")


def test_a_damaged_checkpoint_is_told(pictures, tmp_path):
    path = tmp_path / "run.pt"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(DataError, match=r"run\.pt is an incomplete checkpoint\. Delete it"):
        train(new_model(), pictures, checkpoint=path)
    torch.save({"model": {}}, path)
    with pytest.raises(DataError, match="is an incomplete checkpoint"):
        train(new_model(), pictures, checkpoint=path)


def test_a_checkpoint_that_executes_code_is_not_read(pictures, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "sprung").touch, ()

    torch.save({"settings": Trap()}, tmp_path / "run.pt")
    with pytest.raises(DataError, match="is an incomplete checkpoint"):
        train(new_model(), pictures, checkpoint=tmp_path / "run.pt")
    assert not (tmp_path / "sprung").exists()


def rewrite(path, change):
    """Let `change` turn a checkpoint into one that another version of the package wrote."""
    record = torch.load(path, weights_only=True)
    change(record)
    torch.save(record, path)


LATER_SETTING = make_dataclass(
    "Settings", [("warm_up", float, 0.2)], bases=(Settings,), frozen=True, kw_only=True
)
OLDER_FILES = [  # a setting that the file lacks, what it lacks, and another value for this run
    ("label_smoothing", lambda saved: saved.pop("label_smoothing"), 0.1),
    ("scales", lambda saved: saved.pop("scales"), (0.5, 1.0)),
    ("optimizer", lambda saved: saved.pop("optimizer"), "sgd"),
    ("seed", lambda saved: saved.pop("seed"), 3),
    (
        "augment",
        lambda saved: saved.update(augment=saved["augment"].replace(", cutout=0", "")),
        data.Augment(flip=True, shift=2, cutout=4),
    ),
]


@pytest.mark.parametrize(("name", "older", "other"), OLDER_FILES)
def test_a_setting_that_an_older_file_lacks_has_its_default(pictures, tmp_path, name, older, other):
    path = tmp_path / "run.pt"
    train(new_model(), pictures, epochs=1, checkpoint=path)
    rewrite(path, lambda record: older(record["settings"]))
    with pytest.raises(ValueError, match=rf"made with {name}=.*, but this run has {name}="):
        train(new_model(), pictures, epochs=2, checkpoint=path, **{name: other})
    assert len(train(new_model(), pictures, epochs=2, checkpoint=path).epochs) == 2


def test_a_field_that_settings_gain_later_leaves_older_files_usable(pictures, tmp_path):
    path = tmp_path / "run.pt"
    train(new_model(), pictures, epochs=1, checkpoint=path)
    changed = {"settings": LATER_SETTING(epochs=2, warm_up=0.5), "epochs": 2}
    with pytest.raises(ValueError, match=r"made with warm_up=0\.2, but this run has warm_up=0\.5"):
        train(new_model(), pictures, checkpoint=path, **changed)
    same = {"settings": LATER_SETTING(epochs=2), "epochs": 2}
    assert len(train(new_model(), pictures, checkpoint=path, **same).epochs) == 2


def test_a_setting_that_only_the_file_has_is_passed_over(pictures, tmp_path):
    path = tmp_path / "run.pt"
    train(new_model(), pictures, epochs=1, checkpoint=path)
    rewrite(path, lambda record: record["settings"].update(gone=3))
    assert len(train(new_model(), pictures, epochs=2, checkpoint=path).epochs) == 2


@pytest.mark.parametrize("missing", ["model", "images"])
def test_a_file_that_does_not_say_what_was_trained_is_refused(pictures, tmp_path, missing):
    path = tmp_path / "run.pt"
    train(new_model(), pictures, epochs=1, checkpoint=path)
    rewrite(path, lambda record: record["settings"].pop(missing))
    with pytest.raises(ValueError, match=f"made with {missing}=None, but this run has {missing}="):
        train(new_model(), pictures, checkpoint=path)


def test_epochs_that_gain_or_lose_a_field_leave_older_files_usable(pictures, tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    train(new_model(), pictures, epochs=1, checkpoint=path)
    rewrite(path, lambda record: record["epochs"][0].update(gone=1.5))
    later = make_dataclass("Epoch", [("gradient", float, 0.25)], bases=(Epoch,), frozen=True)
    monkeypatch.setattr(checkpoints, "Epoch", later)
    first, _ = train(new_model(), pictures, epochs=2, checkpoint=path).epochs
    assert first.gradient == 0.25
    assert first.test_accuracy > 0
    assert not hasattr(first, "gone")


def test_a_file_whose_epochs_lack_what_they_need_is_told(pictures, tmp_path):
    path = tmp_path / "run.pt"
    train(new_model(), pictures, epochs=1, checkpoint=path)
    rewrite(path, lambda record: record["epochs"][0].pop("test_loss"))
    with pytest.raises(DataError, match=r"run\.pt is an incomplete checkpoint\. Delete it"):
        train(new_model(), pictures, checkpoint=path)
