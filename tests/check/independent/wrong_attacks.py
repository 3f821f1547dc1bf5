"""Wrong answers to the exercises on Grad-CAM and attacks: each is code of its own."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def _cam(features: Any, head: Any, images: Tensor, targets: Tensor) -> tuple:
    maps = features(images)
    scores = head(maps).gather(1, targets[:, None])
    (gradients,) = torch.autograd.grad(scores.sum(), maps)
    return maps.detach(), gradients


def grad_cam__largest_weight(features: Any, head: Any, images: Tensor, targets: Tensor) -> Tensor:
    maps, gradients = _cam(features, head, images, targets)
    return F.relu((gradients.amax((2, 3), keepdim=True) * maps).sum(1))


def grad_cam__sum_for_mean(features: Any, head: Any, images: Tensor, targets: Tensor) -> Tensor:
    maps, gradients = _cam(features, head, images, targets)
    return F.relu((gradients.sum((2, 3), keepdim=True) * maps).sum(1))


def grad_cam__squared(features: Any, head: Any, images: Tensor, targets: Tensor) -> Tensor:
    maps, gradients = _cam(features, head, images, targets)
    return F.relu((gradients.mean((2, 3), keepdim=True) * maps).sum(1)) ** 2


def grad_cam__weights_over_batch(
    features: Any, head: Any, images: Tensor, targets: Tensor
) -> Tensor:
    maps, gradients = _cam(features, head, images, targets)
    return F.relu((gradients.mean((0, 2, 3))[:, None, None] * maps).sum(1))


def grad_cam__one_channel_axis(features: Any, head: Any, images: Tensor, targets: Tensor) -> Tensor:
    maps, gradients = _cam(features, head, images, targets)
    return F.relu((gradients.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True))


def _uphill(model: Any, images: Tensor, labels: Tensor) -> Tensor:
    before = model.training
    model.eval()
    images = images.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(model(images), labels), images)
    model.train(before)
    return gradient


def fgsm__half_epsilon(model: Any, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    step = epsilon / 2 * _uphill(model, images, labels).sign()
    return (images + step).clamp(0, 1)


def fgsm__random_signs(model: Any, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    _uphill(model, images, labels)
    return (images + epsilon * torch.randn_like(images).sign()).clamp(0, 1)


def fgsm__clip_to_unit_ball(model: Any, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    return (images + epsilon * _uphill(model, images, labels).sign()).clamp(-1, 1)


def fgsm__first_channel(model: Any, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    signs = _uphill(model, images, labels).sign()
    signs[:, 1:] = 0
    return (images + epsilon * signs).clamp(0, 1)


def pgd_step__ball_of_two(
    images: Tensor, original: Tensor, gradient: Tensor, step: float, epsilon: float
) -> Tensor:
    moved = images + step * gradient.sign()
    return (original + (moved - original).clamp(-2 * epsilon, 2 * epsilon)).clamp(0, 1)


def pgd_step__normalized(
    images: Tensor, original: Tensor, gradient: Tensor, step: float, epsilon: float
) -> Tensor:
    moved = images + step * gradient / gradient.abs().max()
    return (original + (moved - original).clamp(-epsilon, epsilon)).clamp(0, 1)


def pgd_step__one_sided(
    images: Tensor, original: Tensor, gradient: Tensor, step: float, epsilon: float
) -> Tensor:
    moved = images + step * gradient.sign()
    return (original + (moved - original).clamp(max=epsilon)).clamp(0, 1)


def pgd_step__roles_exchanged(
    images: Tensor, original: Tensor, gradient: Tensor, step: float, epsilon: float
) -> Tensor:
    moved = images + epsilon * gradient.sign()
    return (original + (moved - original).clamp(-step, step)).clamp(0, 1)
