"""Evaluation: it measures exactly and changes nothing."""

import pytest
import torch
from torch import nn

from cnnlab import models, training
from cnnlab.training import Evaluation
from tests.training.runs import new_model


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


# Newcombe (1998), Table I, method 3: the four proportions and their 95 % intervals.
@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_is_the_published_one(right, total, low, high):
    found = training.wilson_interval(right, total)
    assert found == pytest.approx((low, high), abs=5e-5)
    mirrored = training.wilson_interval(total - right, total)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_wilson_interval_at_its_ends_and_levels():
    assert training.wilson_interval(0, 7)[0] == 0
    assert training.wilson_interval(7, 7)[1] == 1
    narrow, wide = (training.wilson_interval(30, 40, level=level) for level in (0.5, 0.99))
    assert wide[0] < narrow[0] < 0.75 < narrow[1] < wide[1]


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_wilson_interval_takes_a_fraction_as_level(level):
    with pytest.raises(ValueError, match=r"level=.* must be between 0 and 1, such as 0\.95"):
        training.wilson_interval(1, 2, level=level)


@pytest.mark.parametrize(("right", "total"), [(3, 2), (-1, 2), (0, 0)])
def test_wilson_interval_takes_counts(right, total):
    with pytest.raises(ValueError, match=r"(right|total)=-?[0-9]+ must be"):
        training.wilson_interval(right, total)


def test_balanced_accuracy_is_the_mean_over_classes_that_have_images():
    always_ok = torch.tensor([[98, 0], [2, 0]])
    assert training.balanced_accuracy(always_ok) == 0.5
    assert training.balanced_accuracy(torch.tensor([[3, 1, 0], [0, 0, 0], [0, 1, 1]])) == 0.625
    assert training.balanced_accuracy(torch.eye(4)) == 1


@pytest.mark.parametrize("counts", [torch.zeros(2, 2), torch.ones(2, 3), torch.ones(4)])
def test_balanced_accuracy_takes_a_confusion_matrix(counts):
    with pytest.raises(ValueError, match="counts"):
        training.balanced_accuracy(counts)
