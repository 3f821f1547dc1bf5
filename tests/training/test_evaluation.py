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
