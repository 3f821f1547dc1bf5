"""Wrong answers to the exercises of lesson 06, written as learners write them."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab import check


def shift_all_alike(images: Tensor, limit: int, generator: torch.Generator) -> Tensor:
    left, top = torch.randint(0, 2 * limit + 1, (2,), generator=generator).tolist()
    padded = F.pad(images, (limit,) * 4)
    return padded[:, :, top : top + images.shape[2], left : left + images.shape[3]]


def shift_by_roll(images: Tensor, limit: int, generator: torch.Generator) -> Tensor:
    amounts = torch.randint(-limit, limit + 1, (2, len(images)), generator=generator).T.tolist()
    rolled = [torch.roll(image, by, (1, 2)) for image, by in zip(images, amounts, strict=True)]
    return torch.stack(rolled)


def shift_without_generator(images: Tensor, limit: int, generator: torch.Generator) -> Tensor:
    return check_solution("random_shift")(images, limit, torch.Generator().manual_seed(5))


def shift_and_shuffle(images: Tensor, limit: int, generator: torch.Generator) -> Tensor:
    order = torch.randperm(len(images), generator=generator)
    return check_solution("random_shift")(images[order], limit, generator)


def norm_with_torchs_default_variance(
    x: Tensor,
    mean: Tensor,
    var: Tensor,
    w: Tensor,
    b: Tensor,
    training: bool,
    share: float = 0.1,
) -> tuple:
    used, spread = mean, var
    if training:
        used, spread = x.mean((0, 2, 3)), x.var((0, 2, 3))
        mean = mean * (1 - share) + used * share
        var = var * (1 - share) + spread * share
    out = (x - used.view(1, -1, 1, 1)) / torch.sqrt(spread.view(1, -1, 1, 1) + 1e-5)
    return out * w.view(1, -1, 1, 1) + b.view(1, -1, 1, 1), mean, var


def block_without_test_for_none(features: Tensor, first: Callable, *rest: Callable) -> Tensor:
    second, *projection = rest
    return F.relu(second(F.relu(first(features))) + (*projection, None)[0](features))


def check_solution(name: str) -> Callable:
    namespace: dict = {"torch": torch, "F": F}
    (source,) = check.solution(name, show=True).details
    exec(source, namespace)
    return namespace[name]


WRONG = [
    ("random_shift", shift_all_alike, "one shift for the batch"),
    ("random_shift", lambda images, limit, generator: images, "generator unused"),
    ("random_shift", shift_by_roll, "wrapped around"),
    ("random_shift", shift_without_generator, "generator unused"),
    ("random_shift", shift_and_shuffle, "images in another order"),
    ("batch_norm", norm_with_torchs_default_variance, "normalized by the unbiased variance"),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "wrong", "misconception"), WRONG)
def test_learners_slip_is_named(name: str, wrong: Callable, misconception: str, seed: int) -> None:
    verdict = getattr(check, name)(wrong, seed=seed)
    assert not verdict
    assert misconception in verdict.misconceptions


def test_block_that_always_projects_is_told_when_it_fails() -> None:
    verdict = check.residual_block(block_without_test_for_none)
    assert verdict.outcome == "crash"
    assert "This happens whenever projection is None, and never otherwise." in verdict.message
    assert "block_without_test_for_none" in verdict.message


def test_block_that_changes_its_features_in_place_is_told() -> None:
    def in_place(features: Tensor, first: Callable, *rest: Callable) -> Tensor:
        right = check_solution("residual_block")(features, first, *rest)
        features += 1
        return right

    assert check.residual_block(in_place).misconception == "input changed in place"
