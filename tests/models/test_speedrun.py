"""The speedrun network: whitened, copying, quiet at the start; and views at test time."""

import pytest
import torch
from torch import nn

from cnnlab import data, models
from cnnlab.models import speedrun
from cnnlab.training import evaluation


@pytest.fixture(scope="module")
def pictures():
    return data.shapes10(400, 100)


def parameters(model):
    return sum(weight.numel() for weight in model.parameters())


def test_the_sizes_that_are_reported():
    assert parameters(speedrun.SpeedrunCNN()) == 1_972_792
    model = speedrun.SpeedrunCNN(7, widths=(4, 8, 8))
    assert model(torch.rand(2, 3, 32, 32)).shape == (2, 7)
    assert model(torch.rand(2, 3, 9, 9)).shape == (2, 7)
    small = speedrun.SpeedrunCNN(7, widths=(4, 8, 8), stride=2)
    assert small[0](torch.rand(2, 3, 32, 32)).shape == (2, 24, 16, 16)
    assert small(torch.rand(2, 3, 16, 16)).shape == (2, 7)


def test_patches_are_what_unfold_gives():
    images = torch.randint(256, (2, 3, 5, 4), dtype=torch.uint8)
    expected = nn.functional.unfold(images.float() / 255, 2)  # (N, 12, positions)
    assert torch.equal(speedrun.patches_of(images, 2), expected.transpose(1, 2).reshape(-1, 12))


def test_the_first_layers_outputs_are_white(pictures):
    model = speedrun.SpeedrunCNN(widths=(4, 4, 4))
    speedrun.whiten(model, pictures)
    with torch.no_grad():
        maps = model[0](data.to_float(pictures.train_images))
    columns = maps.transpose(0, 1).flatten(1)  # (24, numbers)
    assert torch.allclose(columns[12:], -columns[:12], atol=1e-4)
    assert columns.mean(dim=1).abs().max() < 1e-3
    covariance = torch.cov(columns[:12])
    assert (covariance.diag() > 0.9).all()
    assert (covariance.diag() < 1.001).all()
    assert (covariance - covariance.diag().diag()).abs().max() < 1e-3


def test_the_first_kernels_copy_their_input():
    conv = speedrun.SpeedrunCNN(widths=(16, 40, 40))[3][0]
    images = torch.randn(2, 16, 6, 6)
    assert torch.equal(conv(images)[:, :16], images)
    random = speedrun.SpeedrunCNN(widths=(16, 40, 40), identity=False)[3][0]
    assert not torch.allclose(random(images)[:, :16], images, atol=0.5)


def test_the_loss_begins_near_that_of_guessing(pictures):
    torch.manual_seed(0)
    model = speedrun.SpeedrunCNN(widths=(16, 64, 64))
    speedrun.whiten(model, pictures)
    logits = model(data.to_float(pictures.train_images[:200]))
    loss = nn.functional.cross_entropy(logits, pictures.train_labels[:200])
    assert loss.item() == pytest.approx(torch.tensor(10.0).log().item(), abs=0.1)


def test_views_of_no_picture_are_the_plain_logits(pictures):
    model = models.SimpleCNN()
    images = pictures.test_images
    plain = evaluation.predict(model, images)
    assert torch.equal(evaluation.predict_with_tta(model, images, share=0), plain)


def test_views_are_averaged_and_go_to_the_least_sure_alone(pictures):
    torch.manual_seed(0)
    model, images = models.SimpleCNN(), pictures.test_images
    plain = evaluation.predict(model, images)
    every = evaluation.predict_with_tta(model, images)
    some = evaluation.predict_with_tta(model, images, share=0.3)
    top = plain.softmax(dim=1).topk(2).values
    least = (top[:, 0] - top[:, 1]).argsort()[:30]
    changed = (some != plain).any(dim=1).nonzero().flatten()
    assert set(changed.tolist()) == set(least.tolist())
    assert torch.allclose(some[least], every[least], atol=1e-5)
    padded = nn.functional.pad(images[:1].float() / 255, (1, 1, 1, 1), mode="replicate")
    views = [padded[:, :, y : y + 32, x : x + 32] for y, x in ((1, 1), (0, 0), (2, 2))]
    views += [view.flip(3) for view in views]
    expected = torch.cat([evaluation.predict(model, view) for view in views]).mean(dim=0)
    assert torch.allclose(every[0], expected, atol=1e-5)


def test_an_impossible_share(pictures):
    with pytest.raises(ValueError, match=r"share=1\.5 must be in \[0, 1\]"):
        evaluation.predict_with_tta(models.SimpleCNN(), pictures.test_images, share=1.5)
