"""Few pictures: what is tested is never trained on, nor chosen by, and splits do what they say."""

import json

import pytest
import torch

from cnnlab import __main__ as command_line
from cnnlab import data, models
from cnnlab.bench import few, transfer
from cnnlab.training import replay


@pytest.fixture
def pool():
    emoji = data.emoji()
    return few.Pool(emoji.images, emoji.labels, emoji.groups, emoji.classes, 10)


@pytest.fixture
def brief(monkeypatch):
    """A narrow network, two sizes and no long training."""
    for name, value in {
        "SIZES": (2, 4),
        "SEEN": {2: 8, 4: 8},
        "SEEN_TUNED": {2: 8, 4: 8},
        "LIGHT": 1,
        "STRENGTHS": (1e-2,),
        "COMMON": 8,
        "RARE": 2,
        "FEATURES": ("group2", few.LAST),
        "RANDOM": ("group2, random",),
    }.items():
        monkeypatch.setattr(transfer, name, value)
    narrow = models.PhotoCNN(widths=(4, 4, 4)).eval()
    monkeypatch.setattr(transfer.models, "pretrained", lambda: narrow)


@pytest.mark.parametrize("seed", range(4))
def test_tested_emoji_are_neither_trained_on_nor_chosen_by(pool, seed):
    known, asked = pool.draw(seed, (100,) * 5)
    _, chosen = pool.draw(few.CHOICE, (5,) * 5)
    shown = [set(pool.groups[places].tolist()) for places in (known, asked, chosen)]
    assert not shown[1] & (shown[0] | shown[2])
    assert pool.labels[asked].tolist() == [label for label in range(5) for _ in range(30)]
    assert pool.labels[known].bincount().tolist() == [100, 100, 100, 100, 93]
    assert pool.groups[asked].view(-1, 3).unique(dim=1).shape == (50, 1)


def test_more_pictures_of_a_seed_are_the_fewer_ones_and_others(pool):
    few_ones, asked = pool.draw(1, (5,) * 5)
    many, asked_too = pool.draw(1, (20,) * 5)
    assert set(few_ones.tolist()) < set(many.tolist())
    assert asked.equal(asked_too)
    assert not pool.draw(2, (5,) * 5)[1].equal(asked)


def test_features_are_the_means_of_each_groups_maps():
    network = models.pretrained()
    images = data.emoji().images[:3]
    found = few.all_features(network, images)
    layers = list(network)
    maps = torch.nn.Sequential(*layers[:6])(data.to_float(images))
    torch.testing.assert_close(found["group2"], maps.mean(dim=(2, 3)))
    torch.testing.assert_close(
        found[few.LAST], torch.nn.Sequential(*layers[:9])(data.to_float(images))
    )


def test_random_networks_have_the_statistics_of_the_images():
    images = data.emoji().images[:200]
    network = few.random_network(0, images, (16, 24, 24))
    assert few.widths_of(network) == (16, 24, 24)
    known = data.to_float(images).mean(dim=(0, 2, 3))
    torch.testing.assert_close(network.standardize.running_mean, known)
    assert not network.training


def test_the_linear_layer_is_at_the_least_loss_and_reads_no_tested_features():
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(60, 4, generator=generator)
    labels = (features[:, 0] > 0).long() + (features[:, 1] > 1).long()
    asked = torch.randn(50, 4, generator=generator)
    answers = few.linear_answers(features, labels, asked, strength=1e-3)
    one_by_one = [few.linear_answers(features, labels, a[None], strength=1e-3) for a in asked]
    assert torch.cat(one_by_one).equal(answers)
    scaled = few.linear_answers(features * 9 + 5, labels, asked * 9 + 5, strength=1e-3)
    assert scaled.equal(answers)
    truth = (asked[:, 0] > 0).long() + (asked[:, 1] > 1).long()
    assert (answers == truth).float().mean() > 0.8


def test_weights_make_a_rare_class_be_answered_more_often():
    generator = torch.Generator().manual_seed(0)
    labels = torch.tensor([0] * 95 + [1] * 5)
    features = torch.randn(100, 3, generator=generator) + labels[:, None]
    given = [
        few.linear_answers(features, labels, features, strength=1e-2, weights=weights)
        for weights in (None, torch.tensor([0.5, 10.0]))
    ]
    assert given[1].sum() > 2 * given[0].sum()


def test_splits_by_emoji_keep_the_pictures_of_one_together(pool):
    bench = transfer.Bench("emoji", "", pool, models.pretrained())
    for _, mini, unseen in transfer._minis(bench, 0):
        shared = {}
        for split, known, asked in transfer._splits(mini.pool, unseen, 0):
            assert mini.pool.labels[known].bincount().tolist() == [60] * 5
            assert mini.pool.labels[asked].bincount().tolist() == [30] * 5
            groups = [set(mini.pool.groups[places].tolist()) for places in (known, asked, unseen)]
            assert not groups[2] & (groups[0] | groups[1])
            shared[split] = len(groups[0] & groups[1]) / len(groups[1])
        assert shared["by emoji"] == 0
        assert shared["by picture"] > 0.8


def test_copies_are_the_pictures_mirrored_and_shifted(pool):
    bench = transfer.Bench("emoji", "", pool, models.pretrained())
    minis = {what: mini for what, mini, _ in transfer._minis(bench, 0)}
    images = minis["copies"].pool.images
    first, mirrored, shifted = images[0], images[150], images[300]
    assert mirrored.equal(first.flip(2))
    assert shifted[:, 2:, 2:].equal(first[:, :-2, :-2])


def test_fine_tuning_begins_with_the_trained_weights_and_leaves_them_to_others(pool, monkeypatch):
    network = models.pretrained()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    trained = []
    monkeypatch.setattr(
        few.training, "train", lambda model, _, settings, **__: trained.append((model, settings))
    )
    known, asked = pool.draw(0, (2,) * 5)
    bench = transfer.Bench("emoji", "", pool, network)
    for way in few.NETWORKS:
        bench.answers(way, known, asked, size=5, seed=0)
    kinds = {way: trained[i] for i, way in enumerate(few.NETWORKS)}
    assert kinds[few.TUNED][0].group1[0].weight.equal(network.group1[0].weight)
    assert kinds["PhotoCNN"][0].group1[0].weight.shape == network.group1[0].weight.shape
    assert not kinds["PhotoCNN"][0].group1[0].weight.equal(network.group1[0].weight)
    assert [settings.layer_decay for _, settings in trained] == [1, 1, 0.7]
    assert [len(model(torch.rand(1, 3, 32, 32))[0]) for model, _ in trained] == [5, 5, 5]
    assert all(network.state_dict()[name].equal(weight) for name, weight in before.items())


def test_the_command_writes_what_the_lesson_reads(brief, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "PARTS", ("few", "leak", "unequal"))
    out = tmp_path / "transfer.json"
    words = ["transfer", "--runs", "1", "--data", "shapes10", "--out", str(out)]
    assert command_line.main(["bench", *words]) == 0
    told, found = capsys.readouterr().out, replay.transfer(out)
    ways = {way for _, way, _ in found.few}
    assert ways == {*transfer.FEATURES, *transfer.RANDOM, *few.NETWORKS}
    for (way, size), answers in found.answers.items():
        assert answers.shape == (1, 5, 10, 3)
        right = answers == torch.arange(5)[:, None, None]
        assert right.float().mean().item() == pytest.approx(
            found.few["few", way, size].item(), abs=1e-4
        )
    assert {(of, split) for _, of, split in found.promised} == {
        (of, split) for of in ("three makers", "copies") for split in ("by picture", "by emoji")
    }
    assert set(found.unequal) == {
        (way, sizes) for way in transfer.UNEQUAL_WAYS for sizes in ((8, 2, 2, 2, 2), (3,) * 5)
    }
    assert "balanced accuracy" in told


def test_without_cifar10_the_part_on_photographs_is_left_out(brief, monkeypatch, capsys):
    monkeypatch.setattr(transfer.data, "load", lambda _: data.shapes10(20, 10))
    report = transfer.measure(runs=1, parts=("photographs",))
    assert report.tables == ()
    assert "auto is not CIFAR-10" in capsys.readouterr().err


def test_reports_of_several_processes_are_joined():
    report = {"conditions": {"hardware": "one", "images": "emoji"}, "figures": {}}
    rows = [{"way": "group2", "size": 5, "accuracy": [0.5, 0.7]}]
    other = {"conditions": {"hardware": "one", "images": "Shapes-10"}}
    joined = transfer.join(
        report | {"figures": {"few": rows}}, other | {"figures": {"shapes10": rows}}
    )
    assert list(joined.figures) == ["few", "shapes10"]
    assert joined.conditions["images"] == "emoji; Shapes-10"
    assert joined.tables[0].rows[0][1] == "60.00% ± 14.14% (2)"
    other["conditions"]["hardware"] = "another"
    with pytest.raises(ValueError, match=r"differ in their conditions\. Join what one machine"):
        transfer.join(report, other)


def test_the_recorded_runs_are_those_of_the_plan():
    found = replay.transfer()
    for way in (*transfer.FEATURES, *transfer.RANDOM, *few.NETWORKS):
        for size in transfer.SIZES:
            assert len(found.few["few", way, size]) >= 3
            assert len(found.answers[way, size]) == len(found.few["few", way, size])
    assert {way for way, *_ in found.promised} == set(transfer.LEAK_WAYS)
    assert {way for way, _ in found.unequal} == set(transfer.UNEQUAL_WAYS)
    report = json.loads(replay.TRANSFER.read_text())
    told = [transfer.Table(*each.values()) for each in report["tables"]]
    assert [table.rows for table in transfer.tables(report["figures"])] == [
        tuple(map(tuple, table.rows)) for table in told
    ]
