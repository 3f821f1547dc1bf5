"""Attacks: those of lesson 09 and of captum, within their bounds, and the model left alone."""

import json
import math
from pathlib import Path

import pytest
import torch
from captum.robust import FGSM, PGD
from torch import nn
from torch.nn import functional as F

from cnnlab import attacks, models

EPSILON = 4 / 255
LESSON = Path(__file__).parent.parent / "notebooks" / "09_limits.ipynb"


@pytest.fixture
def case():
    """Return a network in train mode with running statistics of its own, images and labels."""
    torch.manual_seed(0)
    model = models.SmallCNN(widths=(4, 4, 8, 8))
    images, labels = torch.rand(6, 3, 12, 16), torch.arange(6)
    images.view(-1)[::5] = 0  # some at the bounds, where clipping shows
    images.view(-1)[1::5] = 1
    model(images)
    return model, images, labels


def loss_of(model, images, labels):
    with models.in_eval_mode(model):
        return F.cross_entropy(model(images), labels, reduction="none")


def captums(attack, model):
    model.eval()
    made = attack(model, lambda *given: F.cross_entropy(*given, reduction="none"), 0.0, 1.0)
    getattr(made, "fgsm", made).zero_thresh = 0.0  # by default it leaves weak gradients alone
    return made


@pytest.mark.filterwarnings("ignore:Input Tensor 0 did not already require gradients")
def test_fgsm_is_captums(case):
    model, images, labels = case
    attacked = attacks.fgsm(model, images, labels, EPSILON)
    expected = captums(FGSM, model).perturb(images, EPSILON, labels)
    assert torch.equal(attacked, expected)


@pytest.mark.filterwarnings("ignore:Input Tensor 0 did not already require gradients")
def test_pgd_is_captums(case):
    model, images, labels = case
    attacked = attacks.pgd(model, images, labels, EPSILON, step=EPSILON / 4, steps=10)
    settings = {"radius": EPSILON, "step_size": EPSILON / 4, "step_num": 10}
    expected = captums(PGD, model).perturb(images, **settings, target=labels)
    agreeing = (attacked - expected).abs() < 1e-6  # captum rounds each return to the bounds anew
    assert agreeing.float().mean() > 0.99
    assert (attacked - expected).abs().max() <= 2 * EPSILON + 1e-6


def written_in_the_lesson():
    """Return the functions that lesson 09 writes by hand."""
    cells = {cell["id"]: cell["source"] for cell in json.loads(LESSON.read_text())["cells"]}
    lesson = {"torch": torch, "F": F}
    first, _, _ = "".join(cells["image-gradient"]).partition("\n\n\n")
    for source in (first, "".join(cells["fgsm-by-hand"]), "".join(cells["pgd-by-hand"])):
        exec(source, lesson)
    return lesson


def test_the_attacks_are_those_that_the_lesson_writes(case):
    model, images, labels = case
    lesson, step = written_in_the_lesson(), EPSILON / 4
    ours = attacks.fgsm(*case, EPSILON), attacks.pgd(*case, EPSILON, step=step, steps=10)
    model.eval()
    assert torch.equal(ours[0], lesson["fgsm_attack"](model, images, labels, EPSILON))
    by_hand = lesson["pgd"](model, images, labels, EPSILON, step=step, steps=10)
    assert ((ours[1] - by_hand).abs() < 1e-6).float().mean() > 0.99


def test_one_pgd_step_of_epsilon_is_fgsm(case):
    attacked = attacks.pgd(*case, EPSILON, step=EPSILON, steps=1)
    torch.testing.assert_close(attacked, attacks.fgsm(*case, EPSILON))


def test_the_loss_of_every_picture_rises_most_with_pgd(case):
    model, images, labels = case
    many = attacks.pgd(*case, EPSILON, step=EPSILON / 4, steps=10)
    losses = [
        loss_of(model, each, labels)
        for each in (images, attacks.fgsm(model, images, labels, EPSILON), many)
    ]
    assert (losses[1] > losses[0]).all()
    assert losses[2].mean() > losses[1].mean()


def test_a_linear_model_gives_the_answer_known_on_paper():
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    weight = torch.tensor([[1.0, -2, 3, 0], [0, 0, 0, 0]])
    model[1].weight.data.copy_(weight)
    images = torch.full((1, 1, 2, 2), 0.5)
    attacked = attacks.fgsm(model, images, torch.tensor([0]), 0.1)
    assert attacked.flatten().tolist() == pytest.approx([0.4, 0.6, 0.4, 0.5])  # away from class 0


@pytest.mark.parametrize("generator", [None, torch.Generator().manual_seed(0)])
def test_images_stay_within_both_bounds(case, generator):
    _, images, _ = case
    many = attacks.pgd(*case, EPSILON, step=EPSILON, steps=3, generator=generator)
    for attacked in (attacks.fgsm(*case, EPSILON), many):
        assert (attacked - images).abs().max() <= EPSILON + 1e-7
        assert attacked.min() >= 0
        assert attacked.max() <= 1
        assert not attacked.requires_grad


def test_a_generator_draws_the_first_point(case):
    _, images, _ = case

    def start(seed):
        generator = torch.Generator().manual_seed(seed)
        return attacks.pgd(*case, EPSILON, step=1, steps=0, generator=generator)

    assert torch.equal(start(0), start(0))
    assert not torch.equal(start(0), start(1))
    inside = (start(0) - images)[(images > EPSILON) & (images < 1 - EPSILON)]
    assert inside.abs().mean().item() == pytest.approx(EPSILON / 2, rel=0.1)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(case, training):
    model, images, labels = case
    model.train(training)
    model[0].train(not training)
    model[-1].weight.grad = torch.ones_like(model[-1].weight)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    copy = images.clone()
    attacks.pgd(model, images, labels, EPSILON, step=EPSILON, steps=2)
    attacks.fgsm(model, images, labels, EPSILON)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert (model.training, model[0].training) == (training, not training)
    assert torch.equal(model[-1].weight.grad, torch.ones_like(model[-1].weight))
    assert all(each.grad is None for name, each in model.named_parameters() if name != "17.weight")
    assert torch.equal(images, copy)
    assert not images.requires_grad


def test_it_attacks_in_eval_mode_and_where_gradients_are_off(case):
    model, images, labels = case
    expected = attacks.fgsm(model.eval(), images, labels, EPSILON)
    with torch.no_grad():
        assert torch.equal(attacks.fgsm(model.train(), images, labels, EPSILON), expected)


def test_a_picture_is_attacked_alike_alone_and_in_a_batch(case):
    model, images, labels = case
    together = attacks.fgsm(model, images, labels, EPSILON)
    alone = attacks.fgsm(model, images[2:3], labels[2:3], EPSILON)
    assert ((together[2:3] - alone).abs() < 1e-6).float().mean() > 0.99


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": torch.zeros(6, 3, 8, 8, dtype=torch.uint8)}, r"uint8.*images.float\(\) / 255"),
        ({"images": torch.full((6, 3, 8, 8), -1.8)}, "from -1.8 to -1.8, not within 0 to 1"),
        ({"images": torch.full((6, 3, 8, 8), 255.0)}, "to 255, not .* normalize inside the model"),
        ({"labels": torch.arange(5)}, "6 images but 5 labels: one label per image"),
        ({"epsilon": 4}, "epsilon=4 is in units of .* 0 to 1.*2/255"),
        ({"epsilon": math.nan}, "epsilon=nan"),
    ],
)
def test_bad_input_is_reported(case, change, message):
    given = dict(zip(("model", "images", "labels"), case, strict=True), epsilon=EPSILON) | change
    with pytest.raises(ValueError, match=message):
        attacks.fgsm(**given)
    with pytest.raises(ValueError, match=message):
        attacks.pgd(**given, step=0.01, steps=1)


def test_a_step_must_go_somewhere(case):
    with pytest.raises(ValueError, match="step=0 must be above 0, and steps=1 at least 0"):
        attacks.pgd(*case, EPSILON, step=0.0, steps=1)
