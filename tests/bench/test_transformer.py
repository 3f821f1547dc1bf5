"""The transformer beside SmallCNN: both see the same images, and neither its validation images."""

import json
from dataclasses import replace

import pytest

from cnnlab import __main__ as command_line
from cnnlab import data
from cnnlab.bench import transformer


@pytest.fixture(scope="module")
def pictures():
    return data.shapes10(40, 20)


@pytest.fixture
def few_sizes(monkeypatch, pictures):
    """The transformer's plan with a few images; the settings of each training."""
    asked, train = [], transformer.training.train
    for name, value in {
        "SIZES": (4, 8),
        "SEEN": 8,
        "ALL": 16,
        "CHOICE": 8,
        "VALIDATION": 4,
    }.items():
        monkeypatch.setattr(transformer, name, value)
    monkeypatch.setattr(transformer, "SETTINGS", replace(transformer.SETTINGS, batch_size=4))
    monkeypatch.setattr(transformer.data, "load", lambda _: pictures)

    def keep(model, part, settings, **options):
        asked.append((type(model).__name__, part.train_labels.tolist(), settings))
        return train(model, part, settings, **options)

    monkeypatch.setattr(transformer.training, "train", keep)
    return asked


def test_both_networks_see_the_same_images_as_often(few_sizes, capsys, tmp_path):
    out = tmp_path / "bench.json"
    words = ["transformer", "--runs", "2", "--device", "cpu", "--out", str(out)]
    assert command_line.main(["bench", *words]) == 0
    told, figures = capsys.readouterr().out, json.loads(out.read_text())["figures"]
    plan = [(size, augmented) for size in (4, 8) for augmented in (False, True)]
    seeds = [(0, *each) for each in [*plan, (16, True), (16, True)]]
    seeds += [(1, *each) for each in plan]
    for name in ("SmallCNN", "ViT"):
        runs = [run for run in figures["runs"] if run["network"] == name]
        assert [(run["seed"], run["size"], run["augmented"]) for run in runs] == seeds
    rates = 2 * len(transformer.RATES)
    cnn, vit = few_sizes[rates::2], few_sizes[rates + 1 :: 2]
    for (one, labels, settings), (other, labels_too, settings_too) in zip(cnn, vit, strict=True):
        assert (one, other) == ("SmallCNN", "ViT")
        assert labels == labels_too
        assert replace(settings, learning_rate=1) == replace(settings_too, learning_rate=1)
        assert settings.epochs * len(labels) in ({8} if len(labels) < 16 else {16, 32})
    for (name, _, settings), run in zip(few_sizes[rates:], figures["runs"], strict=True):
        best = max(figures["rates"][name].values())
        assert figures["rates"][name][str(settings.learning_rate)] == best
        assert bool(settings.augment) == run["augmented"]
    assert "| 16 | 16 | yes | " in told


def test_the_validation_images_are_not_trained_on_with_each_rate(few_sizes, pictures):
    transformer.measure(runs=1, device="cpu", networks=("ViT",))
    order = transformer._order(pictures)
    rates = few_sizes[: len(transformer.RATES)]
    assert [settings.learning_rate for *_, settings in rates] == list(transformer.RATES)
    assert {tuple(labels) for _, labels, _ in rates} == {
        tuple(pictures.train_labels[order[:8]].tolist())
    }
    assert not set(order[:8].tolist()) & set(order[-4:].tolist())


def test_too_few_images_for_the_choice_of_a_rate(monkeypatch, pictures):
    monkeypatch.setattr(transformer.data, "load", lambda _: pictures)
    with pytest.raises(ValueError, match=r"training images must be at least 9,000"):
        transformer.measure(device="cpu")
