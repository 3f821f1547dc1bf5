"""Several processes, tested in one: the parts of a batch, their weights, and who speaks."""

import itertools
import os

import pytest
import torch
from torch import nn

from cnnlab import data
from cnnlab.training import distributed, loop
from cnnlab.training.command_line import launch
from cnnlab.training.settings import Settings


def numbered(count, size=6):
    """Return pictures that can be told apart: picture n has the value n everywhere."""
    return torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(-1, 3, size, size)


def labels_of_batches(count, batch_size, part):
    pairs = data.batches(numbered(count), torch.arange(count), batch_size, part=part)
    for images, labels in pairs:
        assert torch.equal((images[:, 0, 0, 0] * 255).round().long(), labels)
        yield labels.tolist()


@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_parts_of_a_batch_are_disjoint_and_together_the_batch(size):
    whole = list(labels_of_batches(21, 8, (0, 1)))
    parts = zip(*(labels_of_batches(21, 8, (rank, size)) for rank in range(size)), strict=True)
    for batch, each in zip(whole, parts, strict=True):
        assert sorted(itertools.chain(*each)) == sorted(batch)
        assert max(map(len, each)) - min(map(len, each)) <= 1


def test_of_a_batch_that_is_too_small_every_part_has_one_picture():
    last = [list(labels_of_batches(10, 8, (rank, 5)))[-1] for rank in range(5)]
    assert [len(part) for part in last] == [1] * 5
    assert len({part[0] for part in last}) == 2


def test_each_part_is_augmented_in_its_own_way():
    images, labels = torch.arange(64).repeat(2, 3, 8, 1).to(torch.uint8), torch.zeros(2)
    first, second = (
        next(data.batches(images, labels, 2, augment=data.Augment(shift=20), part=(rank, 2)))[0]
        for rank in (0, 1)
    )
    assert first.shape == second.shape
    assert not torch.equal(first, second)


@pytest.mark.parametrize("part", [(2, 2), (-1, 2), (0, 0)])
def test_impossible_parts_are_refused_at_once(part):
    with pytest.raises(ValueError, match=rf"part=\({part[0]}, {part[1]}\) must be \(rank, size\)"):
        data.batches(numbered(4), torch.arange(4), 2, part=part)


@pytest.mark.parametrize(("size", "whole"), [(1, 7), (2, 8), (2, 7), (3, 7), (3, 2), (4, 1)])
def test_the_mean_of_the_parts_gradients_is_the_gradient_of_the_batch(size, whole, monkeypatch):
    """So every process that takes the mean takes the step that one process would."""
    pictures = data.shapes10(whole, 10)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 10))
    run = loop._Run(model, pictures, Settings(epochs=1, batch_size=whole))
    monkeypatch.setattr(run.optimizer, "step", lambda: None)
    gradients, sums = 0, 0
    for rank in range(size):
        run.rank, run.size = rank, size
        part = {"shuffle": False, "part": (rank, size)}
        (batch,) = data.batches(pictures.train_images, pictures.train_labels, whole, **part)
        sums = sums + run._step(*batch, 0, whole)
        gradients = gradients + model[1].weight.grad / size
    logits, labels = model(pictures.train_images / 255), pictures.train_labels
    loss = nn.functional.cross_entropy(logits, labels)
    (expected,) = torch.autograd.grad(loss, model[1].weight)
    torch.testing.assert_close(gradients, expected)
    assert sums.tolist() == pytest.approx(
        [whole * loss.item(), (logits.argmax(dim=1) == labels).sum().item()]
    )


def test_in_one_process_nothing_is_done():
    model, numbers = nn.BatchNorm2d(3), torch.ones(2)
    assert distributed.rank_and_size() == (0, 1)
    assert distributed.wrap_ddp(model) is model
    assert distributed.all_reduce_sum(numbers) is numbers
    assert distributed.broadcast_from_rank0(lambda: 7) == 7
    distributed.average_buffers(model)
    with launch.process_group("no-such-device", "") as again:
        assert not again


def test_a_device_that_several_processes_cannot_share_is_refused(monkeypatch):
    monkeypatch.setattr(distributed, "rank_and_size", lambda: (0, 2))
    with pytest.raises(ValueError, match=r"device=meta trains in one process only\. Use the CPU"):
        distributed.wrap_ddp(nn.Linear(2, 2, device="meta"))


def test_more_processes_than_cards_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert launch._backend("cpu") == "gloo"
    for device in (None, "cuda"):
        with pytest.raises(ValueError, match="--nproc-per-node=2 is above 1, this machine's GPUs"):
            launch._backend(device)


@pytest.mark.parametrize(("count", "said"), [(1, True), (2, False), (None, True)])
def test_the_first_to_end_says_why_and_every_one_ends(count, said, monkeypatch, capsys):
    class Words:
        def add(self, *_):
            if count is None:
                raise torch.distributed.DistNetworkError("connection lost")
            return count

    def leave(status):
        raise SystemExit(status)

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setenv("LOCAL_RANK", "0")
    with pytest.raises(SystemExit, match="1"):
        launch._end(Words(), "cnnlab: the reason")
    assert capsys.readouterr().err == ("\ncnnlab: the reason\n" if said else "")
    monkeypatch.setattr("builtins.print", lambda *_, **__: 1 / 0)  # nobody listens
    with pytest.raises(SystemExit, match="1"):
        launch._end(Words(), "cnnlab: the reason")
