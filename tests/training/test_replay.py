"""Runs that were measured beforehand: what is kept of them, and that it comes back."""

import itertools
from dataclasses import replace
from functools import partial

import pytest
import torch

from cnnlab import __main__ as command_line
from cnnlab import data, models, training
from cnnlab.bench import curves, ladder, transformer
from cnnlab.training import replay

RUNS = ["program", "few images", "few images, augmented"]


@pytest.fixture(scope="module")
def whole():
    return data.shapes10(60, 30)


@pytest.fixture
def trained(whole, monkeypatch):
    """The networks that `measure` trains, narrow ones; each with the settings of its run."""
    trained, train = [], training.train

    def keep(model, part, settings, **options):
        trained.append((model, part, settings))
        return train(model, part, settings, **options)

    small = partial(models.FastCNN, width=2)
    monkeypatch.setattr(curves, "FAST_CPU", replace(curves.FAST_CPU, model=small))
    monkeypatch.setattr(curves.data, "load", lambda _: whole)
    monkeypatch.setattr(curves.training, "train", keep)
    return trained


@pytest.fixture
def recorded(trained, tmp_path, capsys):
    path = tmp_path / "run.json"
    words = ["curves", "--images", "20", "--epochs", "1", "--device", "cpu", "--out", str(path)]
    assert command_line.main(["bench", *words]) == 0
    return replay.load(path)


def test_the_runs_differ_in_their_length_and_in_augmentation(recorded, trained):
    assert list(recorded.runs) == RUNS
    assert [len(epochs) for epochs in recorded.runs.values()] == [1, 3, 3]
    settings = [settings for _, _, settings in trained]
    assert [each.epochs for each in settings] == [1, 3, 3]
    assert [bool(each.augment) for each in settings] == [True, False, True]
    assert len({replace(each, epochs=1, augment=None) for each in settings}) == 1


def test_each_epoch_is_seen_in_eval_mode_on_images_as_they_are(recorded, trained, whole):
    part = ladder.split(whole, 20)
    for (model, seen, _), epochs in zip(trained, recorded.runs.values(), strict=True):
        assert torch.equal(seen.train_images, part.train_images)
        last = epochs[-1]
        known = training.evaluate(model, part.train_images, part.train_labels)
        held_out = training.evaluate(model, part.test_images, part.test_labels)
        assert (last.train_accuracy, last.train_loss) == (known.accuracy, known.loss)
        assert last.validation_accuracy == held_out.accuracy
        assert last.validation_loss == pytest.approx(held_out.loss)
        assert last.seconds > 0


def test_the_answers_are_those_of_the_short_runs_network(recorded, trained, whole):
    (model, part, _), *_ = trained
    for logits, labels, images in (
        (recorded.validation_logits, recorded.validation_labels, part),
        (recorded.test_logits, recorded.test_labels, whole),
    ):
        assert torch.equal(labels, images.test_labels)
        assert torch.equal(logits, training.predict(model, images.test_images).half().float())
    assert recorded.classes == whole.classes


def test_a_recording_that_was_left_keeps_its_runs(trained, tmp_path):
    path = tmp_path / "run.json"

    def leave(report):
        report.write(path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        curves.measure(images=20, epochs=1, device="cpu", keep=leave)
    assert list(replay.load(path).runs) == RUNS[:1]


def test_the_package_has_a_recording():
    recording = replay.load()
    assert list(recording.runs) == RUNS
    assert recording.test_logits.shape == (len(recording.test_labels), len(recording.classes))
    for logits, labels in (
        (recording.validation_logits, recording.validation_labels),
        (recording.test_logits, recording.test_labels),
    ):
        assert logits.isfinite().all()
        assert labels.min() >= 0
        assert labels.max() < len(recording.classes) == logits.shape[1]
    found = training.score(recording.validation_logits, recording.validation_labels).accuracy
    kept = recording.runs["program"][-1].validation_accuracy
    assert found == pytest.approx(kept, abs=0.01)  # 16 bits, and few images may tie
    assert replay.MEASURED.stat().st_size < 600_000


def test_the_package_has_a_transformer_beside_a_convolutional_network():
    recorded, conditions = replay.transformer()
    assert "JPEG" in conditions
    for network in transformer.NETWORKS:
        for size, augmented in itertools.product(transformer.SIZES, (False, True)):
            known, reached = recorded[replay.Trained(network, size, augmented)]
            assert len(known) == len(reached) == 3
            assert (known > reached - 0.02).all()
        for epochs in transformer.EPOCHS:
            longer = epochs * transformer.ALL
            kind = replay.Trained(network, transformer.ALL, True, longer)
            assert recorded[kind].shape == (2, 1)
