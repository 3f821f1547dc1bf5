"""Shapes-10: the same bytes everywhere, all classes, and options that do what they say."""

import hashlib

import pytest
import torch

from cnnlab import data
from cnnlab.data import shapes

# Of 200 pictures drawn from seed 0. It changes only when Shapes-10 does, and then every figure
# that was measured on it has to be measured again.
DIGEST = "0788b76cffb07ee5a440129e7f485c7de27445fa5ff624ef42db49a27ce7447d"


def draw(seed=0, count=200, **options):
    generator = torch.Generator().manual_seed(seed)
    return shapes.draw(torch.arange(count) % 10, generator, **options)


def test_a_seed_gives_the_same_bytes_on_every_machine():
    assert hashlib.sha256(draw().numpy().tobytes()).hexdigest() == DIGEST


def test_the_number_of_threads_changes_nothing():
    threads = torch.get_num_threads()
    expected = draw()
    try:
        torch.set_num_threads(1)
        assert torch.equal(draw(), expected)
    finally:
        torch.set_num_threads(threads)


def test_another_seed_gives_other_pictures():
    assert not torch.equal(draw(seed=0), draw(seed=1))


def test_global_random_numbers_are_neither_used_nor_moved():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = data.shapes10(100, 20)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(4)
    assert torch.equal(data.shapes10(100, 20).train_images, first.train_images)


def test_sizes_types_and_classes():
    pictures = data.shapes10(500, 100)
    assert pictures.train_images.shape == (500, 3, 32, 32)
    assert pictures.train_images.dtype == torch.uint8
    assert pictures.test_labels.dtype == torch.int64
    assert pictures.train_labels.bincount().tolist() == [50] * 10
    assert len(pictures.classes) == 10
    assert pictures.train_labels[:10].unique().numel() > 3  # not sorted


def test_training_and_test_pictures_differ():
    pictures = data.shapes10(500, 500)
    train = {picture.numpy().tobytes() for picture in pictures.train_images}
    assert not train & {picture.numpy().tobytes() for picture in pictures.test_images}


def center_of_brightness(pictures):
    """Return where the shape stands, -1 (left) to 1 (right): it is lighter than its ground."""
    gray = pictures.float().mean(dim=1)
    gray = (gray - gray.flatten(1).median(dim=1).values[:, None, None]).clamp(min=30) - 30
    columns = torch.linspace(-1, 1, 32)
    return (gray.sum(dim=1) * columns).sum(dim=1) / gray.sum(dim=(1, 2)).clamp(min=1)


def test_positions():
    left = center_of_brightness(draw(position="left")).mean()
    right = center_of_brightness(draw(position="right")).mean()
    spread = center_of_brightness(draw(position="anywhere")).std()
    assert left < -0.1 < 0.1 < right
    assert center_of_brightness(draw(position="center")).std() < spread / 2


def test_a_shape_in_a_half_stands_there_wholly_and_only_it_moves():
    labels = torch.arange(2000) % 10
    left, right = (
        shapes._coverage(labels, torch.Generator().manual_seed(1), side)
        for side in ("left", "right")
    )
    assert left.sum(dim=(1, 2)).min() > 20
    assert left[:, :, 16:].max() == right[:, :, :16].max() == 0
    assert torch.equal(left.roll(16, 2), right)
    sides = [
        data.shapes10(20, 50, position="left", test_position=side) for side in ("left", "right")
    ]
    assert torch.equal(sides[0].train_images, sides[1].train_images)
    assert torch.equal(sides[0].test_labels, sides[1].test_labels)
    same = (sides[0].test_images == sides[1].test_images).all(dim=1)
    assert same[:, :, [0, 15]].float().mean() > 0.7  # the background


def test_color_as_the_only_cue():
    """The mean color tells the class with cue="color", and does not with cue="shape"."""

    def nearest_mean_color(cue):
        pictures = data.shapes10(2000, 500, cue=cue)
        train = pictures.train_images.float().amax(dim=(2, 3))
        test = pictures.test_images.float().amax(dim=(2, 3))
        means = torch.stack([train[pictures.train_labels == k].mean(dim=0) for k in range(10)])
        taken = torch.cdist(test, means).argmin(dim=1)
        return (taken == pictures.test_labels).float().mean()

    assert nearest_mean_color("color") > 0.35
    assert nearest_mean_color("shape") < 0.2


def test_unknown_options_are_refused():
    with pytest.raises(ValueError, match="position='top' is not one of anywhere, left"):
        draw(position="top")
    with pytest.raises(ValueError, match="cue='colour' is not one of shape, color"):
        draw(cue="colour")
