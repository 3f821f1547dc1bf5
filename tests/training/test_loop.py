"""Training: it learns, it does what was asked, and an error says what to do."""

import math
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn

from cnnlab import data, exercises, models, training
from cnnlab.exercises.kit import RIGHT
from cnnlab.training import loop
from tests.training.runs import new_model, train, weights


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


def test_with_validation_images_the_test_images_are_looked_at_once(pictures, monkeypatch):
    looked, measure = [], loop.evaluate

    def look(model, images, labels):
        looked.append(len(labels))
        return measure(model, images, labels)

    monkeypatch.setattr(loop, "evaluate", look)
    held_out = pictures.hold_out(60)
    model = new_model()
    history = train(model, held_out, epochs=3)
    assert looked == [60, 60, 60, 101]
    last = history.epochs[-1]
    assert last.watched == ("validation", last.validation_accuracy, last.validation_loss)
    assert last.validation_accuracy == measure(model, *held_out.validation).accuracy
    assert (
        history.test_accuracy == measure(model, held_out.test_images, held_out.test_labels).accuracy
    )
    assert math.isnan(history.epochs[0].test_accuracy)
    assert "validation loss" in repr(history)
    looked.clear()
    history = train(new_model(), held_out.without_test(), epochs=2)
    assert looked == [60, 60]
    assert math.isnan(history.test_accuracy)


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
    assert train(model, pictures, epochs=1, precision="bfloat16").epochs[0].train_loss < 2.5
    assert next(model.parameters()).dtype == torch.float32


def test_the_learning_rate_rises_and_falls(pictures):
    settings = training.Settings(epochs=10, batch_size=30, learning_rate=0.1)
    run = loop._Run(new_model(), pictures, settings)
    rates = [run._schedule(step) for step in range(100)]
    assert max(rates) == pytest.approx(1, abs=0.05)
    assert rates.index(max(rates)) in (18, 19, 20)
    assert 0 < rates[0] < 0.06
    assert 0 < rates[-1] < 0.02
    solution = exercises.load("one_cycle").variant(RIGHT)
    assert rates == [solution(step, run.steps) for step in range(100)]


def test_progress_shows_loss_accuracy_and_speed():
    """In a process of its own: the bar's library decides once, when imported, where it shows."""
    code = (
        "from cnnlab import data, models, training;"
        "training.train(models.SimpleCNN(), data.shapes10(30, 10), epochs=1, device='cpu')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    shown = ran.stderr
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
    loss = names["run_epoch"](by_hand, optimizer, batches)
    torch.testing.assert_close(weights(by_hand), weights(kept), rtol=1e-4, atol=1e-5)
    assert loss == pytest.approx(history.epochs[0].train_loss, rel=1e-5)
    tested = data.batches(pictures.test_images, pictures.test_labels, 7, shuffle=False)
    assert names["measure"](by_hand, tested) == history.test_accuracy


def test_sgd_is_torchs_own_with_nesterov(pictures):
    """Two steps by hand with a constant rate give the same weights."""
    ours, by_hand = new_model(make=models.SimpleCNN), new_model(make=models.SimpleCNN)
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
        ({"schedule": "cosine"}, "schedule='cosine' must be one-cycle or linear or constant"),
        ({"label_smoothing": 1.0}, r"label_smoothing=1.0 must be in \[0, 1\)"),
    ],
)
def test_unknown_ways_to_train_are_refused(pictures, options, message):
    with pytest.raises(ValueError, match=message):
        train(new_model(), pictures, **options)


def test_small_images_come_first_and_a_resumed_run_ends_the_same(pictures, tmp_path):
    seen = []

    def run(**options):
        torch.manual_seed(0)
        model = models.SmallCNN(widths=(4, 4, 4, 4))
        model.register_forward_pre_hook(
            lambda module, inputs: seen.append(inputs[0].shape[2]) if module.training else None
        )
        words = {"epochs": 2, "batch_size": 40, "scales": (0.5, 0.75, 1.0), "progress": False}
        training.train(model, pictures.subset(120), device="cpu", **words, **options)
        return model.state_dict()

    def stop(history):
        raise KeyboardInterrupt

    straight = run()
    assert seen == [16, 16, 24, 24, 32, 32]
    run(checkpoint=tmp_path / "run.pt", on_epoch=stop)
    resumed = run(checkpoint=tmp_path / "run.pt")
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)
    for scales in ((), (0.0, 1.0), (1.5,)):
        with pytest.raises(ValueError, match=r"scales=.* must be numbers in"):
            training.Settings(epochs=1, scales=scales)
