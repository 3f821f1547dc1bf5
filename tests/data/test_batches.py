"""Batches and augmentation: every picture once, each changed in its own way, labels kept."""

import pytest
import torch

from cnnlab import data


@pytest.fixture(scope="module")
def pictures():
    return data.shapes10(100, 20)


def numbered(count=10, size=6):
    """Return pictures that can be told apart: picture n has the value n everywhere."""
    return torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, size, size)


def test_every_picture_comes_once_with_its_label():
    batches = list(data.batches(numbered(), torch.arange(10), 4))
    assert [len(labels) for _, labels in batches] == [4, 4, 2]
    labels = torch.cat([labels for _, labels in batches])
    images = torch.cat([images for images, _ in batches])
    assert sorted(labels.tolist()) == list(range(10))
    assert labels.tolist() != list(range(10))
    assert torch.equal((images[:, 0, 0, 0] * 255).round().long(), labels)


def test_batches_are_floats_from_0_to_1(pictures):
    images, _ = next(data.batches(pictures.train_images, pictures.train_labels, 100))
    assert images.dtype == torch.float32
    assert images.min() >= 0
    assert 0.9 < images.max() <= 1


def test_without_shuffling_the_order_is_kept():
    batches = data.batches(numbered(), torch.arange(10), 3, shuffle=False)
    assert torch.cat([labels for _, labels in batches]).tolist() == list(range(10))


def test_the_generator_decides_the_order():
    def order(seed):
        generator = torch.Generator().manual_seed(seed)
        return next(data.batches(numbered(), torch.arange(10), 10, generator=generator))[1].tolist()

    assert order(1) == order(1) != order(2)


@pytest.mark.parametrize(
    ("labels", "batch_size", "message"),
    [
        (torch.arange(10), 0, "batch_size=0 must be at least 1"),
        (torch.arange(9), 4, "10 images but 9 labels"),
    ],
)
def test_impossible_batches_are_refused_at_once(labels, batch_size, message):
    with pytest.raises(ValueError, match=message):
        data.batches(numbered(), labels, batch_size)


def augmented(images, seed=0, **options):
    return data.Augment(**options)(images, torch.Generator().manual_seed(seed))


def test_no_augmentation_changes_nothing(pictures):
    assert torch.equal(augmented(pictures.train_images), pictures.train_images)


def test_flip_mirrors_about_half_of_the_pictures(pictures):
    images = pictures.train_images
    flipped = augmented(images, flip=True)
    kept = (flipped == images).flatten(1).all(dim=1)
    mirrored = (flipped == images.flip(3)).flatten(1).all(dim=1)
    assert (kept ^ mirrored).all()
    assert 30 < mirrored.sum() < 70


def test_alternating_flip_shows_each_picture_both_ways_in_two_epochs(pictures):
    images = pictures.train_images
    augment = data.Augment(flip="alternating")
    first, second, third = (augment.for_epoch(images, epoch, seed=3) for epoch in range(3))
    mirrored = (first == images.flip(3)).flatten(1).all(dim=1)
    assert 0.3 < mirrored.float().mean() < 0.7
    assert torch.equal(second[mirrored], images[mirrored])
    assert torch.equal(second[~mirrored], images[~mirrored].flip(3))
    assert torch.equal(third, first)
    assert not torch.equal(augment.for_epoch(images, 0, seed=4), first)
    assert torch.equal(augment(images, torch.Generator()), images)  # nothing per batch


def test_other_flips_leave_the_epochs_pictures_alone(pictures):
    for flip in (False, True):
        augment = data.Augment(flip=flip)
        assert augment.for_epoch(pictures.train_images, 1, seed=0) is pictures.train_images
    with pytest.raises(ValueError, match="flip='sometimes' must be False, True or 'alternating'"):
        data.Augment(flip="sometimes")


def test_shift_moves_each_picture_in_its_own_way_and_repeats_the_edge():
    ramp = (10 * torch.arange(8)[:, None] + torch.arange(8)).to(torch.uint8)  # tens: row
    moved = augmented(ramp.expand(200, 3, 8, 8), shift=2)
    seen = set()
    for image in moved:
        row, column = divmod(int(image[0, 3, 3]), 10)
        down, across = 3 - row, 3 - column
        rows = (torch.arange(8) - down).clamp(0, 7)
        columns = (torch.arange(8) - across).clamp(0, 7)
        assert torch.equal(image, ramp[rows][:, columns].expand(3, 8, 8))
        seen.add((down, across))
    assert seen == {(down, across) for down in range(-2, 3) for across in range(-2, 3)}


def test_cutout_blackens_one_square_per_picture():
    white = torch.full((200, 3, 12, 12), 255, dtype=torch.uint8)
    cut = augmented(white, cutout=4) == 0
    assert torch.equal(cut.all(dim=1), cut.any(dim=1))  # the same in every channel
    areas = cut[:, 0].sum(dim=(1, 2))
    assert areas.max() == 16
    assert areas.min() >= 4  # a square may stand half outside
    assert len({tuple(each.flatten().tolist()) for each in cut[:, 0]}) > 50
    assert (white == 255).all()


def test_augmentation_follows_its_generator(pictures):
    options = {"flip": True, "shift": 3, "cutout": 5}
    first = augmented(pictures.train_images, **options)
    assert torch.equal(first, augmented(pictures.train_images, **options))
    assert not torch.equal(first, augmented(pictures.train_images, seed=1, **options))


def test_augmented_batches_keep_their_labels():
    augment = data.Augment(flip=True, shift=2)
    for images, labels in data.batches(numbered(), torch.arange(10), 4, augment=augment):
        assert torch.equal((images[:, 0, 0, 0] * 255).round().long(), labels)


def test_subset(pictures):
    few = pictures.subset(30, seed=1)
    assert few.train_images.shape == (30, 3, 32, 32)
    assert len(few.test_labels) == 20
    assert torch.equal(few.train_labels, pictures.subset(30, seed=1).train_labels)
    assert not torch.equal(few.train_labels, pictures.subset(30, seed=2).train_labels)
    whole = {image.numpy().tobytes() for image in pictures.train_images}
    assert {image.numpy().tobytes() for image in few.train_images} <= whole
    with pytest.raises(ValueError, match="n=101 must be from 1 to 100"):
        pictures.subset(101)


def test_to_a_device(pictures):
    moved = pictures.to("meta")
    assert moved.train_images.device.type == moved.test_labels.device.type == "meta"
    assert moved.classes == pictures.classes


def test_left_and_right_test_pictures():
    split = data.shapes10(100, 50, position="left", test_position="right")
    assert len(split.train_labels) == 100
    assert split.train_images.float().mean() != split.test_images.float().mean()
