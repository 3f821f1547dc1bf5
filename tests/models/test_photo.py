"""The network that comes with the package: what it is, that it is unharmed, and how it was made."""

import cProfile
import pstats
from pathlib import Path

import pytest
import torch

from cnnlab import data, models, training
from cnnlab.data import cifar10
from cnnlab.errors import DataError
from cnnlab.models import photo
from cnnlab.training import recipes, saving
from cnnlab.training.command_line import publish

IMAGES = cifar10.find()


def neighbor_correlation(kernels):
    left, right = kernels[..., :-1].flatten(), kernels[..., 1:].flatten()
    return torch.corrcoef(torch.stack([left, right]))[0, 1].item()


def test_it_is_small_and_leaves_random_numbers_alone():
    assert photo.WEIGHTS.stat().st_size < 1.5e6
    models.pretrained()
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    network = models.pretrained()
    assert torch.equal(torch.rand(1), expected)
    assert not network.training
    assert sum(each.numel() for each in network.parameters()) == 708_040
    assert network(torch.rand(2, 3, 32, 32)).shape == (2, len(network.classes)) == (2, 10)


def test_loading_it_reads_two_files_and_calls_few_functions(monkeypatch):
    read, real = [], {name: getattr(Path, name) for name in ("read_bytes", "read_text")}
    for name, function in real.items():
        monkeypatch.setattr(
            Path, name, lambda path, function=function: read.append(path.name) or function(path)
        )
    models.pretrained()
    assert sorted(read) == ["photo.json", "photo.pt"]
    with cProfile.Profile() as profile:
        models.pretrained()
    assert pstats.Stats(profile).total_calls < 100_000  # 20,000 with torch 2.14


def test_a_changed_file_is_refused(monkeypatch, tmp_path):
    copy = tmp_path / "photo.pt"
    content = bytearray(photo.WEIGHTS.read_bytes())
    content[-2000] ^= 1
    copy.write_bytes(content)
    monkeypatch.setattr(photo, "WEIGHTS", copy)
    with pytest.raises(DataError, match="has been changed or is damaged"):
        models.pretrained()


def test_it_knows_a_cat():
    network = models.pretrained()
    cat = data.photographs()["cat"]
    chances = training.predict(network, cat[None]).softmax(dim=1)[0]
    assert network.classes[chances.argmax()] == "cat"
    assert chances.max() > 0.8


def test_its_first_kernels_are_not_noise():
    torch.manual_seed(0)
    fresh = models.PhotoCNN()
    assert abs(neighbor_correlation(fresh.filters.weight.detach())) < 0.1
    assert fresh.filters.weight.abs().max() < 0.1 / (3 * 49) ** 0.5  # 20 times smaller
    assert neighbor_correlation(models.pretrained().filters.weight.detach()) > 0.4


@pytest.mark.skipif(IMAGES is None, reason="CIFAR-10 is not on this machine")
def test_its_accuracy_is_what_the_facts_say():
    network, images = models.pretrained(), data.load("cifar10", download=False)
    if network.facts["images"] != images.source:
        pytest.skip("another copy of CIFAR-10")
    found = training.evaluate(network, images.test_images[::5], images.test_labels[::5]).accuracy
    assert abs(found - network.facts["test_accuracy"]) < 0.02


def test_the_way_it_was_made_works_when_made_short(monkeypatch, tmp_path):
    """One epoch on drawn shapes, with fewer channels, by the commands that stand in the facts."""
    images = data.shapes10(500, 100)
    recipe = recipes.PHOTO.with_settings(epochs=2, batch_size=50)
    model, history = recipe.train(images, device="cpu", progress=False)
    kept = saving.Trained(model, "photo", images.classes, (32, 32), images.source, 0.1)
    kept.save(tmp_path / "photo.pt")
    monkeypatch.setattr(photo, "WEIGHTS", tmp_path / "package.pt")
    monkeypatch.setattr(photo, "FACTS", tmp_path / "package.json")
    monkeypatch.setattr(publish.data, "load", lambda *_, **__: images)
    publish.publish(tmp_path / "photo.pt")
    again = models.pretrained()
    assert again.classes == images.classes
    found = training.evaluate(again, images.test_images, images.test_labels).accuracy
    assert found == again.facts["test_accuracy"]
    assert abs(found - history.test_accuracy) < 0.03  # 16 bits
