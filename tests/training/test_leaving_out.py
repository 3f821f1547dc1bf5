"""Epochs that leave out the images which are learned."""

import math
from collections import Counter

import pytest
import torch

from cnnlab import data
from cnnlab.training import last_losses, loop
from cnnlab.training.last_losses import LastLosses
from cnnlab.training.settings import Settings
from tests.training.runs import new_model, train, weights

PICTURES = data.shapes10(100, 20)
HOW = {"epochs": 5, "leave_out": 0.3, "batch_size": 20}


def seen_by(monkeypatch, **how):
    """Train; return which images each epoch looked at, as bytes, and the history."""
    epochs = []
    real = loop.batches

    def observed(images, *arguments, **options):
        epochs.append([bytes(image.numpy()) for image in images])
        return real(images, *arguments, **options)

    monkeypatch.setattr(loop, "batches", observed)
    return epochs, train(new_model(), PICTURES, augment=None, **how)


def test_the_first_fifth_of_the_epochs_sees_all_and_the_others_leave_some_out(monkeypatch):
    epochs, history = seen_by(monkeypatch, **HOW)
    assert [len(each) for each in epochs] == [100, 70, 70, 70, 70]
    assert all(len(set(each)) == len(each) for each in epochs)
    for epoch, count in zip(history.epochs, (100, 70, 70, 70, 70), strict=True):
        assert epoch.images_per_second * epoch.seconds == pytest.approx(count)


def test_without_it_every_epoch_sees_all(monkeypatch):
    epochs, _ = seen_by(monkeypatch, epochs=3)
    assert [Counter(each) for each in epochs] == 3 * [Counter(epochs[0])]
    assert len(epochs[0]) == 100


def test_what_is_left_out_has_the_smallest_losses(monkeypatch):
    """The network sees only how bright an image is; the losses are those of the first epoch."""
    noted = []
    note = LastLosses.note

    def observed(self, places, losses):
        noted.append((places, losses))
        note(self, places, losses)

    monkeypatch.setattr(LastLosses, "note", observed)
    epochs, _ = seen_by(monkeypatch, **HOW)
    losses = {
        place: loss
        for places, values in noted[:5]
        for place, loss in zip(places.tolist(), values.tolist(), strict=True)
    }
    assert sorted(losses) == list(range(100))
    images = [bytes(image.numpy()) for image in PICTURES.train_images]
    kept = [images.index(image) for image in epochs[1]]
    assert kept == sorted(kept)
    left_out = set(range(100)) - set(kept)
    assert max(losses[place] for place in left_out) <= min(losses[place] for place in kept)


def test_an_image_that_was_left_out_comes_back_when_others_are_known_better():
    losses = LastLosses(3, torch.device("cpu"))
    assert losses.largest(3).tolist() == [0, 1, 2]
    losses.note(torch.tensor([2, 0, 1]), torch.tensor([0.1, 3.0, 2.0]))
    losses.end_epoch()
    assert losses.largest(2).tolist() == [0, 1]
    losses.note(torch.tensor([0, 1]), torch.tensor([0.05, 1.0]))
    losses.end_epoch()
    assert losses.largest(2).tolist() == [1, 2]
    assert losses.values.tolist() == pytest.approx([0.05, 1.0, 0.1])


def test_processes_tell_each_other_what_they_saw(monkeypatch):
    """Of two processes this one saw images 0 and 2, the other 1 and, of too few, 2 again."""
    theirs = torch.tensor([[0.0, 5.0, 2.0, 0.0], [0.0, 1.0, 1.0, 0.0]])
    monkeypatch.setattr(last_losses, "all_reduce_sum", lambda mine: mine + theirs)
    losses = LastLosses(4, torch.device("cpu"))
    losses.note(torch.tensor([0, 2]), torch.tensor([1.0, 4.0]))
    losses.end_epoch()
    assert losses.values.tolist() == [1.0, 5.0, 3.0, math.inf]


def test_steps_count_what_is_seen():
    settings = Settings(epochs=11, batch_size=10, leave_out=0.5)
    assert [settings.images_in(epoch, 100) for epoch in range(11)] == [100] * 3 + [50] * 8
    assert settings.steps(100) == 3 * 10 + 8 * 5
    assert settings.steps(100, before=4) == 3 * 10 + 5
    assert Settings(epochs=2, leave_out=0.9).images_in(1, 3) == 1
    run = loop._Run(new_model(), PICTURES, Settings(**HOW))
    assert run.steps == 5 + 4 * 4
    assert run._schedule(run.steps - 1) > 0


@pytest.mark.parametrize("share", [-0.1, 1, math.nan])
def test_a_share_is_a_share(share):
    with pytest.raises(ValueError, match=r"leave_out=.* must be in \[0, 1\)"):
        Settings(epochs=1, leave_out=share)


def test_a_run_goes_on_with_the_same_images(tmp_path):
    path = tmp_path / "run.pt"

    def stop(history):
        if len(history.epochs) == 2:
            raise KeyboardInterrupt

    train(new_model(), PICTURES, **HOW, checkpoint=path, on_epoch=stop)
    resumed, whole = new_model(seed=1), new_model()
    assert len(train(resumed, PICTURES, **HOW, checkpoint=path).epochs) == 5
    train(whole, PICTURES, **HOW)
    assert torch.equal(weights(resumed), weights(whole))
