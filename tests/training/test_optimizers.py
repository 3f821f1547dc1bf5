"""Muon: what it does to a kernel, what it leaves to SGD, and what a run gets."""

import copy
from functools import partial

import pytest
import torch
from torch import nn

from cnnlab import data, models, training
from cnnlab.models import heads, speedrun
from cnnlab.training import optimizers
from cnnlab.training.optimizers import Muon, make_optimizer, orthogonalize


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(16, 144), (64, 64), (144, 16), (1, 9)])
def test_orthogonalized_has_singular_values_near_1_and_the_same_vectors(shape):
    matrix = draw(*shape)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    found = left.T @ orthogonalize(matrix) @ right.T  # diagonal if the vectors are the same
    kept = values > 0.002 * matrix.norm()
    assert found.diag()[kept].min() > 0.68
    assert found.diag().max() < 1.21
    assert (found - found.diag().diag()).abs().max() < 1e-3


def test_the_size_of_the_matrix_does_not_matter():
    matrix = draw(8, 27)
    assert torch.allclose(orthogonalize(1e3 * matrix), orthogonalize(matrix), atol=1e-5)
    assert torch.equal(orthogonalize(torch.zeros(3, 5)), torch.zeros(3, 5))


def test_it_agrees_with_torchs_own_muon():
    # torch.optim.Muon takes matrices only, and leaves their length alone.
    ours = nn.Parameter(draw(8, 4, 3, 3))
    theirs = nn.Parameter(ours.detach().flatten(1).clone())
    momentum = optimizers.KERNEL_MOMENTUM
    mine = Muon([ours], lr=0.1)
    reference = torch.optim.Muon([theirs], lr=0.1, momentum=momentum, weight_decay=0.0)
    for step in range(3):
        gradient = draw(8, 36, seed=step)
        before = [each.detach().clone() for each in (ours, theirs)]
        ours.grad, theirs.grad = gradient.view_as(ours).clone(), gradient.clone()
        mine.step()
        reference.step()
        scaled = before[0] * len(ours) ** 0.5 / before[0].norm()
        moved = (ours.detach() - scaled).flatten(1), theirs.detach() - before[1]
        likeness = nn.functional.cosine_similarity(*(each.flatten() for each in moved), dim=0)
        assert likeness > 0.99  # theirs is in bfloat16 and averages its momentum


def test_a_kernel_is_brought_to_one_length_before_its_step():
    kernel = nn.Parameter(5 * draw(4, 5, 3, 3))
    direction = kernel.detach() / kernel.detach().norm()
    kernel.grad = torch.zeros_like(kernel)
    Muon([kernel]).step()
    assert torch.allclose(kernel.detach(), 2 * direction, atol=1e-6)


def settings(optimizer, **others):
    return training.Settings(epochs=1, optimizer=optimizer, **others)


def test_other_weights_take_the_steps_of_sgd():
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(36, 2))
    model = nn.Sequential(*layers, nn.Conv2d(4, 4, 3, bias=False))  # the last alone is hidden
    twin = copy.deepcopy(model)
    lr, decay, batch_size = 0.24, 0.004, 50
    mine = make_optimizer(
        model, settings("muon", learning_rate=lr, weight_decay=decay, batch_size=batch_size)
    )
    weight, vector = 0.02, 0.053 * batch_size
    theirs = torch.optim.SGD(
        [
            {
                "params": [twin[0].weight, twin[3].weight],
                "lr": weight,
                "weight_decay": decay / weight,
            },
            {
                "params": [twin[0].bias, *twin[1].parameters(), twin[3].bias],
                "lr": vector,
                "weight_decay": decay / vector,
            },
        ],
        lr=lr,
        momentum=optimizers.OTHER_MOMENTUM,
        nesterov=True,
    )
    for step in range(3):
        for mine_weight, twin_weight in zip(model.parameters(), twin.parameters(), strict=True):
            twin_weight.grad = draw(*mine_weight.shape, seed=step)
            mine_weight.grad = twin_weight.grad.clone()
        mine.step()
        theirs.step()
    for name, value in model.named_parameters():
        same = torch.allclose(value, twin.get_parameter(name), atol=1e-6)
        assert same == (name != "4.weight"), name
    assert model[4].weight.detach().norm() < 4  # its length is of the order of sqrt(4)


def test_weights_that_may_not_change_are_left_out():
    model = speedrun.SpeedrunCNN(widths=(4, 4, 4))
    before = model[0].weight.clone()
    training.train(model, data.shapes10(64, 10), epochs=1, optimizer="muon", progress=False)
    assert torch.equal(model[0].weight, before)
    assert all(
        weight.requires_grad
        for name in ("adamw", "sgd", "muon")
        for group in make_optimizer(model, settings(name)).param_groups
        for weight in group["params"]
    )


def test_a_network_without_convolutions_is_all_sgd():
    optimizer = make_optimizer(models.MLP(), settings("muon"))
    assert not any(group.get("kernels") for group in optimizer.param_groups)


def test_compiled_steps_are_the_same_steps(monkeypatch):
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    kernels = [nn.Parameter(torch.randn(4, 8, 3, 3)) for _ in range(2)]
    gradient = torch.randn(4, 8, 3, 3)
    with torch.no_grad():
        kernels[1].copy_(kernels[0])
    for kernel, compile in zip(kernels, (False, True), strict=True):
        kernel.grad = gradient.clone()
        Muon([kernel], compile=compile).step()
    torch.testing.assert_close(*kernels)
    assert not torch.equal(kernels[0], gradient)


def test_a_closure_is_called_once_and_its_loss_returned():
    weight = nn.Parameter(torch.ones(2, 1, 3, 3))
    optimizer, calls = Muon([weight]), []

    def closure():
        calls.append(1)
        loss = weight.sum()
        loss.backward()
        return loss

    assert optimizer.step(closure) == 18
    assert calls == [1]


def test_the_schedule_moves_every_group_by_its_scale(monkeypatch):
    rates = []
    step = Muon.step

    def watched(self, closure=None):
        rates.append([group["lr"] for group in self.param_groups])
        return step(self, closure)

    monkeypatch.setattr(Muon, "step", watched)
    model = models.SmallCNN(widths=(4, 4, 4, 4))
    training.train(
        model,
        data.shapes10(100, 10),
        epochs=2,
        batch_size=20,
        optimizer="muon",
        learning_rate=0.24,
        progress=False,
        device="cpu",
    )
    assert max(row[0] for row in rates) == pytest.approx(0.24, rel=0.1)
    for kernels, weights, vectors in rates:
        assert weights == pytest.approx(kernels * 0.02 / 0.24)
        assert vectors == pytest.approx(kernels * 20 * 0.053 / 0.24)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_layer_decay_gives_each_layer_its_rate_and_loses_no_weight(name):
    model = models.ViT(4)
    model.linear.bias.requires_grad_(False)
    settings = training.Settings(epochs=1, optimizer=name, layer_decay=0.5)
    groups = make_optimizer(model, settings).param_groups
    found = [weight for group in groups for weight in group["params"]]
    learned = [weight for weight in model.parameters() if weight.requires_grad]
    assert len(found) == len(learned)
    assert {id(weight) for weight in found} == {id(weight) for weight in learned}
    scale = {id(weight): group["scale"] for group in groups for weight in group["params"]}
    deepest = max(heads.depths(model).values())
    assert scale[id(model.linear.weight)] == 1
    assert scale[id(model.embed.weight)] == 0.5 ** (deepest - 1)
    assert scale[id(model.embed.bias)] == scale[id(model.positions)]
