"""Ten kinds of small data sets: what is in them, and what is compared."""

import json
from dataclasses import replace

import pytest
import torch

from cnnlab import __main__ as command_line
from cnnlab import data, training
from cnnlab.bench import small_data
from cnnlab.bench.small_data import KINDS, Kind, make


def test_there_are_ten_kinds_of_few_images():
    assert len(KINDS) == len(set(KINDS)) == 10
    classes = {len(kind.images) for kind in KINDS}
    counts = {count for kind in KINDS for count in kind.images}
    assert (min(classes), max(classes), min(counts), max(counts)) == (2, 20, 5, 200)
    assert len({kind.images for kind in KINDS}) == 10  # so that they differ without being drawn
    assert any(len(set(kind.images)) > 1 for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_class_has_its_images_and_as_many_to_test_with(kind):
    images = make(kind, seed=0)
    assert images.train_labels.bincount().tolist() == list(kind.images)
    assert len(set(images.test_labels.bincount().tolist())) == 1
    assert len(images.classes) == len(set(images.classes)) == len(kind.images)
    assert not torch.equal(images.train_images, make(kind, seed=1).train_images)
    assert torch.equal(images.train_images, make(kind, seed=0).train_images)


def test_the_eleventh_class_is_the_negative_of_the_first(monkeypatch):
    monkeypatch.setattr(small_data, "TEST", 20)
    whole = data.shapes10(200, 100)
    images = make(Kind((1,) * 20), seed=0, whole=whole)
    known = {
        name: {bytes(image.numpy()): int(label) for image, label in zip(*part, strict=True)}
        for name, part in (
            ("train", (whole.train_images, whole.train_labels)),
            ("test", (whole.test_images, whole.test_labels)),
        )
    }
    for name in known:
        pixels, labels = getattr(images, f"{name}_images"), getattr(images, f"{name}_labels")
        for image, label in zip(pixels, labels, strict=True):
            positive = 255 - image if label >= 10 else image
            assert known[name][bytes(positive.numpy())] == label % 10
    assert images.classes[10] == f"{images.classes[0]}, negative"


def test_too_few_images_for_a_kind_are_named():
    with pytest.raises(ValueError, match="2 training images of disc must be at least 5"):
        make(Kind((5, 5)), seed=0, whole=data.shapes10(20, 600))


def test_photographs_have_the_same_numbers_and_are_not_said_to_be_drawn(monkeypatch, capsys):
    whole = replace(data.shapes10(200, 100), name="photographs", source="Photographs")
    monkeypatch.setattr(small_data.data, "load", lambda _: whole)
    monkeypatch.setattr(small_data, "KINDS", (Kind((3, 3), "center", "color"),))
    monkeypatch.setattr(small_data, "TEST", 10)
    monkeypatch.setattr(small_data, "ways", lambda _: {"one": training.Settings(epochs=1)})
    report = small_data.measure(data_name="photos", runs=1, device="cpu")
    assert [run["kind"] for run in report.figures["runs"]] == ["2 classes of 3"]
    assert report.conditions["images"] == "Photographs, 10 test images"


@pytest.mark.slow
def test_three_easy_classes_of_forty_images_are_learned():
    """The kind that ended at 58 % with one step an epoch."""
    images = make(Kind((32,) * 3, cue="color"), seed=5)
    settings = training.Settings.for_images(96, augment=data.Augment(flip=True))
    assert small_data._accuracy(images, settings, torch.device("cpu")) > 0.95


def test_both_ways_see_the_same_images(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(small_data, "KINDS", (Kind((3, 3)), Kind((4, 2), cue="color")))
    monkeypatch.setattr(small_data, "TEST", 10)
    asked, train = [], training.train

    def short(model, images, settings, **how):
        asked.append((settings, images.train_images))
        return train(model, images, replace(settings, epochs=1), **how)

    monkeypatch.setattr(small_data.training, "train", short)
    out = tmp_path / "bench.json"
    words = ["small-data", "--runs", "2", "--device", "cpu", "--data", "shapes10"]
    assert command_line.main(["bench", *words, "--out", str(out)]) == 0
    told, runs = capsys.readouterr().out, json.loads(out.read_text())["figures"]["runs"]
    assert len(runs) == len(asked) == 8
    for (before, images), (after, same) in zip(asked[::2], asked[1::2], strict=True):
        assert torch.equal(images, same)
        assert (before.batch_size, before.epochs) == (128, 20)
        follows = training.Settings.for_images(len(images))
        assert (after.batch_size, after.epochs) == (follows.batch_size, follows.epochs)
        assert before.seed == after.seed
    first = sorted(run["accuracy"] for run in runs[1:4:2])
    assert f" | {sum(first) / 2:.1%} ({first[0]:.1%}) |\n" in told
    assert "| 2 classes of 4 and 2, told apart by color | " in told
