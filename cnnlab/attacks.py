"""Change images a little so that a network errs: the FGSM and PGD of lesson 09, kept.

Images are floats in [0, 1]. `epsilon`, the most by which a number of an image may change, is
in the same units: 2/255 is two steps of a stored byte. The model is attacked in eval mode and put
back as it was; only the images get a gradient, the weights keep theirs.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.models.layers import in_eval_mode


def fgsm(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    """Take one step of `epsilon` in each number of each image, uphill in the loss.

    Shape:
        images (batch, channels, height, width) float in [0, 1], labels (batch,) -> as images.

    Raises:
        ValueError: for images that are not floats in [0, 1], fewer labels than images, or an
            epsilon outside 0 to 1.

    Source:
        Goodfellow, Shlens and Szegedy 2014, arXiv:1412.6572, section 4.
    """
    _require(images, labels, epsilon)
    gradient = _image_gradient(model, images, labels)
    return (images + epsilon * gradient.sign()).clamp(0, 1).detach()


def pgd(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    epsilon: float,
    *,
    step: float,
    steps: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Take many small steps uphill, each followed by a return to within `epsilon` of `images`.

    Args:
        step: how far one step goes, in units of the images; about epsilon / 4.
        steps: how many; 10 are common.
        generator: draws the first point within `epsilon` of the images, on the CPU. Default:
            the images themselves.

    Shape:
        images (batch, channels, height, width) float in [0, 1], labels (batch,) -> as images.

    Raises:
        ValueError: as for `fgsm`, and for a step that is not above 0 or a negative `steps`.

    Source:
        Madry, Makelov, Schmidt, Tsipras and Vladu 2017, arXiv:1706.06083, section 2.1.
    """
    _require(images, labels, epsilon)
    if not step > 0 or steps < 0:
        raise ValueError(f"step={step:g} must be above 0, and steps={steps} at least 0.")
    low, high = (images - epsilon).clamp(min=0), (images + epsilon).clamp(max=1)
    attacked = images.detach().clone()
    if generator is not None:
        part = torch.rand(images.shape, generator=generator, dtype=images.dtype).to(images.device)
        attacked = low + part * (high - low)
    for _ in range(steps):
        uphill = _image_gradient(model, attacked, labels).sign()
        attacked = (attacked + step * uphill).clamp(low, high).detach()
    return attacked


def _image_gradient(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Return how each image's own loss changes with each of its numbers."""
    with in_eval_mode(model), torch.enable_grad():
        images = images.detach().clone().requires_grad_()
        losses = F.cross_entropy(model(images), labels, reduction="sum")
        return torch.autograd.grad(losses, images)[0]


def _require(images: Tensor, labels: Tensor, epsilon: float) -> None:
    if not images.is_floating_point():
        raise ValueError(
            f"images are {images.dtype}, which has no gradient. Use images.float() / 255."
        )
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} images but {len(labels)} labels: one label per image.")
    low, high = (float(images.min()), float(images.max())) if images.numel() else (0.0, 1.0)
    if low < 0 or high > 1:
        raise ValueError(
            f"images run from {low:.3g} to {high:.3g}, not within 0 to 1. Give the images "
            f"themselves, and normalize inside the model."
        )
    if not 0 <= epsilon <= 1:
        raise ValueError(
            f"epsilon={epsilon:g} is in units of images that run from 0 to 1. "
            f"Two steps of a stored byte are 2/255."
        )
