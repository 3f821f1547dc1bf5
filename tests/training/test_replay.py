"""A run kept to be replayed: what is kept, and that it comes back."""

import json
from dataclasses import make_dataclass

import pytest
import torch

from cnnlab import data, models, training
from cnnlab.training import replay
from cnnlab.training.history import Epoch


@pytest.fixture(scope="module")
def run():
    torch.manual_seed(0)
    model, images = models.SimpleCNN(), data.shapes10(300, 60)
    recording = replay.Recording(facts={"machine": "this one"})
    look = recording.of(model, images)
    before = model.conv.weight.detach().clone()
    history = training.train(model, images, epochs=2, device="cpu", progress=False, on_epoch=look)
    return model, images, before, history, recording


def test_each_epoch_is_kept_and_the_start(run):
    _, _, before, history, recording = run
    largest = before.abs().amax(dim=(1, 2, 3), keepdim=True)
    assert torch.equal(recording.kernels[0], before / largest)
    assert [len(each) for each in (recording.kernels, recording.confusion)] == [3, 3]
    assert recording.epochs == history.epochs
    right = [counts.diagonal().sum() / counts.sum() for counts in recording.confusion[1:]]
    assert right == pytest.approx([epoch.test_accuracy for epoch in history.epochs])


def test_the_worst_images_have_the_largest_losses(run):
    model, images, _, _, recording = run
    logits = training.predict(model, images.test_images)
    losses = torch.nn.functional.cross_entropy(logits, images.test_labels, reduction="none")
    assert [each["image"] for each in recording.worst] == losses.topk(replay.WORST).indices.tolist()
    worst = recording.worst[0]
    assert worst["logits"] == pytest.approx(logits[worst["image"]].tolist(), abs=1e-3)


def test_it_comes_back_from_its_file(run, tmp_path):
    recording = run[-1]
    path = tmp_path / "run.json"
    recording.write(path)
    again = replay.load(path)
    assert (again.facts, again.epochs, again.worst) == (
        *(recording.facts, recording.epochs, recording.worst),
    )
    assert all(map(torch.equal, again.confusion, recording.confusion))
    for found, kept in zip(again.kernels, recording.kernels, strict=True):
        assert (found - kept).abs().max() <= 0.5 / 127 + 1e-6


def test_the_measured_run_is_that_of_the_network_in_the_package():
    recording, network = replay.load(), models.pretrained()
    weight = network.filters.weight.detach()
    last = weight / weight.abs().amax(dim=(1, 2, 3), keepdim=True)
    assert (recording.kernels[-1] - last).abs().max() < 0.01
    assert abs(recording.epochs[-1].test_accuracy - network.facts["test_accuracy"]) < 0.001
    assert replay.MEASURED.stat().st_size < 300_000


def test_a_file_from_before_epochs_gained_or_lost_a_field_comes_back(run, tmp_path, monkeypatch):
    path, recording = tmp_path / "run.json", run[-1]
    record = json.loads(recording.as_json())
    record["epochs"][0]["gone"] = 1.5
    path.write_text(json.dumps(record))
    later = make_dataclass("Epoch", [("gradient", float, 0.25)], bases=(Epoch,), frozen=True)
    monkeypatch.setattr(replay, "Epoch", later)
    first = replay.load(path).epochs[0]
    assert (first.gradient, first.test_loss) == (0.25, recording.epochs[0].test_loss)
