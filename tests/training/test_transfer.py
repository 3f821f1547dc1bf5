"""A trained network that is trained on: what changes, what must not, and what is refused."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from cnnlab import data, models, training
from cnnlab.errors import DataError, ShapeError
from cnnlab.models.heads import depths, head_name
from cnnlab.training import recipes, saving, transfer

WITH_A_HEAD = [name for name in (*models.BY_NAME, *recipes.BY_NAME) if name != "lenet5"]


@pytest.fixture(scope="module")
def few():
    """Four of the ten shapes, 6 training and 5 test images of each."""
    drawn = data.shapes10(400, 200)

    def some(images, labels, count):
        rows = torch.cat([(labels == each).nonzero()[:count, 0] for each in range(4)])
        return images[rows], labels[rows]

    images, labels = some(drawn.train_images, drawn.train_labels, 6)
    tests, answers = some(drawn.test_images, drawn.test_labels, 5)
    return replace(
        drawn,
        train_images=images,
        train_labels=labels,
        test_images=tests,
        test_labels=answers,
        classes=drawn.classes[:4],
    )


def build(name, size=(32, 32), classes=10):
    torch.manual_seed(1)
    if name in recipes.BY_NAME:
        return recipes.BY_NAME[name].model(classes)
    return models.build(name, classes, image_size=size)


def state(model):
    return {name: each.clone() for name, each in model.state_dict().items()}


def changed(before, model):
    return {
        name for name, each in model.state_dict().items() if not torch.equal(before[name], each)
    }


def run(model, few, **options):
    return transfer.train(model, few, epochs=2, progress=False, device="cpu", **options)


@pytest.mark.parametrize("name", WITH_A_HEAD)
def test_a_new_head_leaves_all_else_as_it_is(name):
    model = build(name).eval()
    before, images = state(model), torch.rand(5, 3, 32, 32)
    new = models.with_new_head(model, 3)
    head = head_name(model, images[:1])
    assert new(images).shape == (5, 3)
    assert torch.equal(transfer.features(new, images), transfer.features(model, images))
    assert {
        each.rpartition(".")[0] for each in changed(before, models.with_new_head(model, 10))
    } == {head}
    assert not changed(before, model)
    frozen = [name for name, each in new.named_parameters() if not each.requires_grad]
    assert frozen == [name for name, each in model.named_parameters() if not each.requires_grad]
    loss = nn.functional.cross_entropy(new(images).detach(), torch.tensor([0, 1, 2, 0, 1]))
    assert float(loss) == pytest.approx(math.log(3), abs=0.3)


def test_a_new_head_follows_the_callers_seed_and_drops_the_old_classes():
    photo = models.pretrained()
    torch.manual_seed(3)
    first = models.with_new_head(photo, 4)
    torch.manual_seed(3)
    assert torch.equal(models.with_new_head(photo, 4).head.weight, first.head.weight)
    assert not torch.equal(models.with_new_head(photo, 4).head.weight, first.head.weight)
    assert (first.classes, first.facts) == ((), None)
    assert photo.classes


def fully_convolutional():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.Conv2d(4, 10, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )


def linear_inside():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(3072, 16),
        nn.Unflatten(1, (1, 4, 4)),
        nn.Conv2d(1, 5, 4),
        nn.Flatten(),
    )


@pytest.mark.parametrize(
    "make", [models.LeNet5, lambda: models.LeNet5(84), fully_convolutional, linear_inside]
)
def test_a_network_without_a_linear_layer_at_its_end_is_refused(make):
    model = make()
    with pytest.raises(ValueError, match=f"^{type(model).__name__} does not end with a linear"):
        models.with_new_head(model, 3)
    with pytest.raises(ValueError, match="does not end with a linear layer"):
        transfer.features(model, torch.rand(2, 3, 32, 32))


def test_features_are_what_the_head_reads_whatever_the_batch(few):
    model = models.pretrained()
    found = transfer.features(model, few.train_images, batch_size=7)
    assert found.shape == (24, 152)
    assert torch.allclose(model.head(found), training.predict(model, few.train_images), atol=1e-4)
    assert not any(each._forward_pre_hooks for each in model.modules())


@pytest.mark.parametrize("name", ["small-cnn", "fast-cnn", "mlp", "speedrun-cpu", "photo"])
def test_the_last_layer_alone_learns_and_nothing_else_moves(name, few):
    model = models.with_new_head(build(name), 4)
    before = state(model)
    history = run(model, few, freeze=True)
    head = head_name(model, torch.zeros(1, 3, 32, 32))
    assert {each.rpartition(".")[0] for each in changed(before, model)} == {head}
    found = training.evaluate(model, few.test_images, few.test_labels)
    assert history.test_accuracy == found.accuracy
    assert history.epochs[-1].test_loss == pytest.approx(found.loss, rel=1e-3)


def test_freezing_up_to_a_layer_keeps_its_batch_norms_still(few):
    model = models.with_new_head(models.pretrained(), 4)
    before = state(model)
    run(model, few, freeze=3)
    parts = {each.rpartition(".")[0] for each in changed(before, model)}
    assert parts == {
        "group2.0",
        "group2.2",
        "group2.4",
        "group2.5",
        "group3.0",
        "group3.2",
        "group3.4",
        "group3.5",
        "head",
    }
    assert all(each.requires_grad for name, each in model.named_parameters() if "filters" in name)
    assert not any(each._forward_pre_hooks for each in model.modules())
    model.train()
    assert all(each.training for each in model.modules())


def test_without_freezing_every_layer_learns_and_early_ones_slower(few):
    model = models.with_new_head(models.pretrained(), 4)
    before = state(model)
    run(model, few, learning_rate=1e-3, layer_decay=0.5, augment=None)
    moved = changed(before, model)
    assert all(f"{name}.weight" in moved for name in ("filters", "group1.0", "group3.4", "head"))
    rate = [
        float((state(model)[f"{n}.weight"] - before[f"{n}.weight"]).abs().mean())
        for n in ("filters", "group2.0", "head")
    ]
    assert rate[0] < rate[1] / 2 < rate[2] / 4


def test_depths_count_kernels_and_matrices_from_the_image():
    model = models.pretrained()
    by_name = {
        name: depths(model)[each] for name, each in model.named_modules() if each in depths(model)
    }
    assert [
        by_name[name]
        for name in ("standardize", "filters", "norm", "group1.0", "group1.2", "group1.4", "head")
    ] == [0, 1, 1, 2, 2, 3, 8]


@pytest.mark.parametrize("freeze", [8, 99])
def test_something_must_be_left_to_learn(freeze, few):
    model = models.with_new_head(models.pretrained(), 4)
    with pytest.raises(ShapeError, match=f"freeze={freeze}: PhotoCNN has 8 layers .* up to 7"):
        run(model, few, freeze=freeze)
    assert all(each.requires_grad for each in model.head.parameters())


def test_what_cannot_be_meant_is_refused(few):
    model = models.pretrained()
    with pytest.raises(ShapeError, match=r"tells 10 classes apart, and the images have 4\. Use"):
        run(model, few)
    gray = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(3600, 4))
    assert models.with_new_head(gray, 2)(torch.rand(3, 1, 32, 32)).shape == (3, 2)
    with pytest.raises(ShapeError, match=r"Conv2d 0 \(in_channels=1\) got \(1, 3, 32, 32\)"):
        run(gray, few)
    with pytest.raises(ValueError, match="looked at once, so they cannot be flipped"):
        run(models.with_new_head(model, 4), few, freeze=True, augment=data.Augment(flip=True))
    with pytest.raises(ShapeError, match="freeze=-1 must be at least 0"):
        run(models.with_new_head(model, 4), few, freeze=-1)


def test_a_run_that_freezes_resumes_to_the_same_numbers(few, tmp_path):
    def go(epochs, **options):
        torch.manual_seed(0)
        model = transfer.start("photo", 4, image_size=(32, 32))
        options = {"freeze": True, "progress": False, "device": "cpu"} | options
        return model, transfer.train(model, few, epochs=epochs, **options)

    kept = {"checkpoint": tmp_path / "run.pt"}
    whole, _ = go(3, schedule="constant")
    go(2, schedule="constant", **kept)
    resumed, history = go(3, schedule="constant", **kept)
    assert len(history.epochs) == 3
    assert torch.equal(whole.head.weight, resumed.head.weight)


def saved(path, name, size=(32, 32), classes=("a", "b", "c")):
    model = build(name, size, len(classes))
    saving.Trained(model, name, classes, size, "Images in photos", 0.5).save(path)
    return path


@pytest.mark.parametrize("name", ["mlp", "simple-cnn"])
def test_a_network_for_one_size_takes_no_other(name, tmp_path):
    path = saved(tmp_path / "model.pt", name, (24, 40))
    assert transfer.start(path, 5, image_size=(24, 40))(torch.rand(2, 3, 24, 40)).shape == (2, 5)
    with pytest.raises(
        ShapeError,
        match=f"This {name} .* of 24x40 pixels .* these have 32x32. Use --size 24x40",
    ):
        transfer.start(path, 5, image_size=(32, 32))


def test_a_network_for_all_sizes_takes_all_but_too_small_ones():
    assert transfer.start("photo", 5, image_size=(48, 40))(torch.rand(2, 3, 48, 40)).shape == (2, 5)
    with pytest.raises(ShapeError, match="photo takes images of 8x8 pixels or more; these"):
        transfer.start("photo", 5, image_size=(6, 32))


def test_what_cannot_be_begun_with_is_named(tmp_path, few):
    with pytest.raises(ValueError, match="lenet5 averages the colors to gray"):
        transfer.start(saved(tmp_path / "gray.pt", "lenet5"), 3, image_size=(32, 32))
    with pytest.raises(DataError, match="start='phto' is neither photo, the network that comes"):
        transfer.start("phto", 3, image_size=(32, 32))
    (tmp_path / "text.pt").write_text("no network")
    with pytest.raises(DataError, match=r"text\.pt is not a model that"):
        transfer.start(tmp_path / "text.pt", 3, image_size=(32, 32))
    with pytest.raises(DataError, match="is a folder"):
        transfer.start(tmp_path, 3, image_size=(32, 32))
    training.train(
        build("mlp", classes=4), few, epochs=1, progress=False, checkpoint=tmp_path / "run.pt"
    )
    with pytest.raises(DataError, match=r"run\.pt is a checkpoint: .* --resume --save FILE"):
        transfer.start(tmp_path / "run.pt", 3, image_size=(32, 32))


def test_a_network_that_began_as_photo_is_saved_and_begun_with_again(tmp_path):
    torch.manual_seed(0)
    model = transfer.start("photo", 3, image_size=(32, 32))
    trained = saving.Trained(model, "photo", ("a", "b", "c"), (32, 32), "Images", 0.5, "photo")
    trained.save(tmp_path / "model.pt")
    again = saving.load(tmp_path / "model.pt")
    images = torch.rand(3, 3, 32, 32)
    assert again.start == "photo"
    assert torch.equal(training.predict(again.model, images), training.predict(model, images))
    next_one = transfer.start(tmp_path / "model.pt", 7, image_size=(32, 32))
    assert torch.equal(transfer.features(next_one, images), transfer.features(model, images))
