"""The checks of lesson 12: what they see of a frozen network and of a split drawn by chance."""

from collections.abc import Callable

import pytest
import torch
from torch import Generator, nn
from torch.nn import functional as F

from cnnlab import exercises
from cnnlab.check.comparison import same
from cnnlab.exercises.kit.exercise import RIGHT
from cnnlab.exercises.kit.observed_freeze import Transferred, TransferredSpec
from cnnlab.exercises.split_by_group import Seed

SPEC = TransferredSpec(4, 2, 3, bias=True, training=True, frozen=False, seed=7)
BY_CHANCE = (
    *("images drawn, not groups", "images of all classes drawn together"),
    *("share of all groups together", "share of the images", "generator unused", "rounded up"),
)


def after_training(freeze: Callable) -> tuple[Transferred, set[str]]:
    """Return a network after two steps, and the names of all of its numbers that moved."""
    model = SPEC.build()
    optimizer = torch.optim.SGD(freeze(model), lr=0.1)
    before = {name: each.clone() for name, each in model.state_dict().items()}
    generator = Generator().manual_seed(0)
    for _ in range(2):
        images = torch.randn(5, 3, 6, 6, generator=generator)
        optimizer.zero_grad()
        F.cross_entropy(model(images), torch.tensor([0, 1, 2, 0, 1])).backward()
        optimizer.step()
    after = model.state_dict()
    return model, {name for name in before if not torch.equal(before[name], after[name])}


def test_what_counts_as_frozen_does_not_move():
    model, moved = after_training(exercises.load("freeze").variant(RIGHT))
    assert moved == {"head.weight", "head.bias"}
    assert all(each.grad is None for name, each in model.named_parameters() if name[:4] != "head")


@pytest.mark.parametrize("slip", ["body in train mode", "batch norm in train mode"])
def test_statistics_move_in_train_mode(slip):
    _, moved = after_training(exercises.load("freeze").variant(frozenset((slip,))))
    assert any("running_mean" in name for name in moved)


def test_dropout_of_the_head_needs_its_train_mode():
    head = SPEC.build().head
    features = torch.ones(1, 4)
    assert torch.equal(head.eval()(features), head(features))
    assert len({tuple(head.train()(features)[0].tolist()) for _ in range(20)}) > 1


@pytest.mark.parametrize("switches", [RIGHT, *(frozenset((name,)) for name in BY_CHANCE)])
def test_what_is_said_of_a_split_does_not_depend_on_chance(switches):
    exercise = exercises.load("split_by_group")
    for seed in range(5):
        for *given, _ in exercise.inputs(Generator().manual_seed(seed)):
            first, other = (exercise.answer(switches, (*given, Seed(n))) for n in (1, 2))
            assert first == other
            assert switches or first == exercise.right((*given, Seed(3)))


def test_no_share_of_groups_is_between_two_numbers():
    """Rounding 2.5 to 2, as Python does, or to 3: no answer may depend on that."""
    for labels, groups, share, _ in exercises.load("split_by_group").inputs(Generator()):
        for label in labels.unique():
            count = len(groups[labels == label].unique())
            assert abs(share * count % 1 - 0.5) > 1e-3


def test_a_deviation_over_n_counts_as_one_over_n_less_one():
    exercise = exercises.load("standardize")
    for train, test in exercise.inputs(Generator().manual_seed(3)):
        deviation = train.std(dim=0, correction=0)
        deviation[deviation == 0] = 1
        over_n = tuple((each - train.mean(0)) / deviation for each in (train, test))
        right = exercise.right((train, test))
        assert same(exercise.extract_answer(over_n, ()), right)
        doubled = tuple(2 * each for each in over_n)
        moved = any(bool(each.any()) for each in over_n)
        assert same(exercise.extract_answer(doubled, ()), right) != moved


def test_the_frozen_network_is_built_anew_and_alike():
    first, second = SPEC.build(), SPEC.build()
    assert first is not second
    for one, other in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert any(isinstance(each, nn.BatchNorm2d) for each in first.modules())
