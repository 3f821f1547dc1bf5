"""Training: it learns, it measures exactly, and nothing that was trained is lost."""

import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from cnnlab import data, models, training
from cnnlab.errors import DataError
from cnnlab.training import Evaluation, checkpoints, loop


@pytest.fixture(scope="module")
def pictures():
    return data.shapes10(300, 101)


class WithDropout(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Dropout(), nn.Flatten(), nn.Linear(900, 10)
        )


def new_model(seed=0, make=WithDropout):
    torch.manual_seed(seed)
    return make()


def weights(model):
    return torch.cat([parameter.flatten() for parameter in model.parameters()])


def train(model, pictures, *, epochs=3, **options):
    settings = {"batch_size": 64, "augment": data.Augment(flip=True, shift=2), "device": "cpu"}
    return training.train(model, pictures, epochs=epochs, progress=False, **(settings | options))


def test_it_learns(pictures):
    model = new_model(make=models.SmallCNN)
    history = train(model, pictures, epochs=12, augment=None, learning_rate=1e-2)
    losses = [epoch.train_loss for epoch in history.epochs]
    assert losses[-1] < losses[0] / 3
    assert history.test_accuracy > 0.3
    measured = training.evaluate(model, pictures.test_images, pictures.test_labels)
    assert measured.accuracy == history.test_accuracy


def test_a_seed_gives_the_same_run_and_another_seed_another(pictures):
    runs = [new_model() for _ in range(3)]
    for model, seed in zip(runs, (1, 1, 2), strict=True):
        train(model, pictures, seed=seed)
    assert torch.equal(weights(runs[0]), weights(runs[1]))
    assert not torch.equal(weights(runs[0]), weights(runs[2]))


def test_the_callers_random_numbers_are_left_alone(pictures):
    model = new_model()
    before = torch.get_rng_state()
    train(model, pictures, epochs=1)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_history_says_what_happened(pictures):
    history = train(new_model(), pictures, epochs=2)
    first = history.epochs[0]
    assert len(history.epochs) == 2
    assert first.images_per_second == pytest.approx(300 / first.seconds)
    assert history.seconds == pytest.approx(sum(epoch.seconds for epoch in history.epochs))
    assert first.train_accuracy in [right / 300 for right in range(301)]
    assert repr(history).count("\n") == 2
    assert math.isnan(training.History().test_accuracy)


@pytest.mark.parametrize("batch_size", [1, 7, 100, 101, 1000])
def test_accuracy_is_exact_for_any_batch_size(pictures, batch_size):
    model = new_model(make=models.SmallCNN).eval()
    images, labels = pictures.test_images, pictures.test_labels
    logits = model(images.float() / 255)
    expected = (logits.argmax(dim=1) == labels).sum().item() / 101
    measured = training.evaluate(model, images, labels, batch_size=batch_size)
    assert measured.accuracy == expected
    assert measured.loss == pytest.approx(nn.functional.cross_entropy(logits, labels).item())


def test_evaluation_leaves_every_mode_as_it_was_and_changes_nothing(pictures):
    model = new_model(make=models.SmallCNN).train()
    model[2].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    training.evaluate(model, pictures.test_images, pictures.test_labels)
    assert model.training
    assert not model[2].training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_evaluation_takes_uint8_and_float_pictures(pictures):
    model, labels = new_model(), pictures.test_labels
    whole = training.evaluate(model, pictures.test_images, labels)
    assert whole == training.evaluate(model, pictures.test_images.float() / 255, labels)
    assert str(Evaluation(0.5, 1.25)) == "accuracy 50.00%, loss 1.250"


def test_no_pictures_to_evaluate():
    with pytest.raises(ValueError, match="There are 0 images"):
        training.evaluate(new_model(), torch.empty(0, 3, 32, 32), torch.empty(0))


def test_confusion_matrix():
    logits = torch.eye(3)[[0, 0, 2, 1]]
    counts = training.confusion_matrix(logits, torch.tensor([0, 1, 2, 2]))
    assert counts.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 1]]


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
from tests.training.test_loop import new_model, train
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


def test_a_loss_that_is_no_number_stops_with_advice(pictures):
    class Exploding(models.MLP):
        def forward(self, images):
            return super().forward(images) * 1e38

    with pytest.raises(
        FloatingPointError, match=r"The loss became (nan|inf) in epoch 1, by step \d.*=0\.0003"
    ):
        train(new_model(make=Exploding), pictures)


@pytest.mark.parametrize("words", ["CUDA out of memory. Tried", "can't allocate memory: you"])
def test_full_memory_says_which_batch_size_to_try(pictures, words):
    class Greedy(models.MLP):
        def forward(self, images):
            raise RuntimeError(words)

    with pytest.raises(MemoryError, match=r"batch_size=64 does not fit .* Try batch_size=32\."):
        train(Greedy(), pictures)


def test_other_errors_of_a_model_are_its_own(pictures):
    class Broken(models.MLP):
        def forward(self, images):
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        train(Broken(), pictures)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs=0 must be at least 1"),
        ({"batch_size": 0}, "batch_size=0 must be at least 1"),
        ({"learning_rate": -1}, "learning_rate=-1 must be greater than 0"),
        ({"learning_rate": math.nan}, "learning_rate=nan must be greater than 0"),
    ],
)
def test_impossible_settings(pictures, options, message):
    with pytest.raises(ValueError, match=message):
        train(new_model(), pictures, **options)


@pytest.mark.parametrize("channels_last", [True, False])
def test_the_order_of_memory_is_as_asked(pictures, channels_last):
    model, orders = new_model(make=models.SimpleCNN), []  # without dropout, which memory decides
    model.register_forward_pre_hook(
        lambda _, given: orders.append(given[0].is_contiguous(memory_format=torch.channels_last))
    )
    history = train(model, pictures, epochs=1, channels_last=channels_last)
    usual = train(new_model(make=models.SimpleCNN), pictures, epochs=1)
    assert orders[0] is channels_last
    assert history.epochs[0].train_loss == pytest.approx(usual.epochs[0].train_loss, rel=1e-4)


def test_bfloat16_keeps_the_weights_in_float32(pictures):
    model = new_model(make=models.SmallCNN)
    assert train(model, pictures, epochs=1, amp=True).epochs[0].train_loss < 2.5
    assert next(model.parameters()).dtype == torch.float32


def test_the_learning_rate_rises_and_falls(pictures):
    settings = training.Settings(epochs=10, batch_size=30, learning_rate=0.1)
    run = loop._Run(new_model(), pictures, settings)
    rates = [run._schedule(step) for step in range(100)]
    assert max(rates) == pytest.approx(1, abs=0.05)
    assert rates.index(max(rates)) in (18, 19, 20)
    assert 0 < rates[0] < 0.06
    assert 0 < rates[-1] < 0.02


def test_progress_shows_loss_accuracy_and_speed(pictures, capsys):
    training.train(new_model(), pictures, epochs=1, device="cpu")
    shown = capsys.readouterr().err
    assert "loss" in shown
    assert "accuracy" in shown
    assert "images/s" in shown


def test_the_loop_of_lesson_05_takes_the_same_steps(pictures, monkeypatch):
    """One epoch of the lesson's loop and of `train`, both with a constant rate, agree."""
    from tests.models.test_models import lesson_cell

    names = {"torch": torch, "F": nn.functional}
    exec(lesson_cell("train-one-epoch"), names)
    exec(lesson_cell("evaluate"), names)
    by_hand, kept = new_model(make=models.SimpleCNN), new_model(make=models.SimpleCNN)
    monkeypatch.setattr(loop._Run, "_schedule", lambda *_: 1.0)
    history = train(kept, pictures, epochs=1, augment=None, learning_rate=1e-3)
    optimizer = torch.optim.AdamW(by_hand.parameters(), lr=1e-3, weight_decay=0)
    batches = data.batches(pictures.train_images, pictures.train_labels, 64)
    loss = names["train_one_epoch"](by_hand, optimizer, batches)
    torch.testing.assert_close(weights(by_hand), weights(kept), rtol=1e-4, atol=1e-5)
    assert loss == pytest.approx(history.epochs[0].train_loss, rel=1e-5)
    tested = data.batches(pictures.test_images, pictures.test_labels, 7, shuffle=False)
    assert names["evaluate"](by_hand, tested) == history.test_accuracy


def test_sgd_is_torchs_own_with_nesterov(pictures):
    """Two steps by hand with a constant rate give the same weights."""
    ours, by_hand = new_model(make=models.MLP), new_model(make=models.MLP)
    few = replace(
        pictures, train_images=pictures.train_images[:64], train_labels=pictures.train_labels[:64]
    )
    options = {"optimizer": "sgd", "schedule": "constant", "learning_rate": 0.1}
    train(ours, few, epochs=2, augment=None, weight_decay=0.01, **options)
    optimizer = torch.optim.SGD(
        by_hand.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01
    )
    for _ in range(2):
        loss = nn.functional.cross_entropy(by_hand(few.train_images / 255), few.train_labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.testing.assert_close(weights(ours), weights(by_hand), rtol=1e-4, atol=1e-6)


def test_label_smoothing_is_in_the_training_loss_alone(pictures):
    plain, smoothed = (
        train(
            new_model(),
            pictures,
            epochs=1,
            schedule="constant",
            learning_rate=1e-9,
            label_smoothing=share,
        )
        for share in (0.0, 0.5)
    )
    assert plain.epochs[0].train_loss != smoothed.epochs[0].train_loss
    assert plain.epochs[0].test_loss == pytest.approx(smoothed.epochs[0].test_loss, abs=1e-4)


def test_on_epoch_is_called_with_the_history_so_far(pictures):
    seen = []
    train(
        new_model(), pictures, epochs=3, on_epoch=lambda history: seen.append(len(history.epochs))
    )
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimizer": "adam"}, "optimizer='adam' must be adamw or sgd"),
        ({"schedule": "cosine"}, "schedule='cosine' must be one-cycle or constant"),
        ({"label_smoothing": 1.0}, r"label_smoothing=1.0 must be in \[0, 1\)"),
    ],
)
def test_unknown_ways_to_train_are_refused(pictures, options, message):
    with pytest.raises(ValueError, match=message):
        train(new_model(), pictures, **options)


def test_a_checkpoint_of_another_optimizer_is_refused(pictures, tmp_path):
    train(new_model(), pictures, epochs=1, checkpoint=tmp_path / "run.pt")
    with pytest.raises(
        ValueError, match="made with optimizer=adamw, but this run has optimizer=sgd"
    ):
        train(new_model(), pictures, epochs=2, checkpoint=tmp_path / "run.pt", optimizer="sgd")
