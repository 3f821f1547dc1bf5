"""Look inside a network: what its layers put out, and which pixels that depends on.

Nothing here changes the model: its mode, its weights and their gradients stay as they were.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.data import to_float
from cnnlab.errors import needed
from cnnlab.models.layers import find_layer, in_eval_mode, leaf_names, watch


@torch.no_grad()
def activations(
    model: nn.Module, images: Tensor, layers: Sequence[str] | None = None
) -> dict[str, Tensor]:
    """Return what layers give for a batch of images, in the order in which they run.

    Args:
        layers: names as in `model.get_submodule(name)`. Default: every layer without parts.
            A layer that runs several times gives its last output.

    Shape:
        images (N, channels, height, width) uint8, or float in [0, 1].

    Raises:
        ValueError: for a name that is not a layer, or a layer that did not run.
    """
    outputs: dict[str, Tensor] = {}

    def keep(name: str, output: object) -> None:
        outputs.pop(name, None)
        if isinstance(output, Tensor):
            outputs[name] = output.clone()  # the next layer may work in place

    names = layers if layers is not None else leaf_names(model)
    with in_eval_mode(model), watch(model, names, keep):
        model(_batch(model, images))
    if layers is not None and (silent := [name for name in layers if name not in outputs]):
        raise ValueError(_no_output(silent[0]))
    return outputs


def unit_gradient(
    model: nn.Module,
    images: Tensor,
    layer: str,
    *,
    channel: int | None = None,
    unit: tuple[int, int] | None = None,
) -> Tensor:
    """Return how strongly each pixel moves one unit of a layer: its effective receptive field.

    The absolute gradient of the unit, added over the colors and averaged over the images.

    Args:
        channel: the map in which the unit is. Default: the sum over all maps of the layer, which
            is the response of a 1x1 convolution behind it whose weights are all 1.
        unit: its (row, column). Default: the center, (height // 2, width // 2).

    Shape:
        images (N, channels, height, width) -> (height, width)

    Raises:
        ValueError: for a layer, channel or unit that is not there.

    Source:
        Luo, Li, Urtasun and Zemel 2016, "Understanding the Effective Receptive Field in Deep
        Convolutional Neural Networks", arXiv:1701.04128.
    """
    responses: list[Tensor] = []

    def pick(name: str, output: object) -> None:
        responses.append(_unit(name, output, channel, unit).sum())

    pixels = _batch(model, images).requires_grad_()
    with in_eval_mode(model), torch.enable_grad(), watch(model, [layer], pick):
        model(pixels)
    if not responses:
        raise ValueError(_no_output(layer))
    (gradient,) = torch.autograd.grad(responses[-1], pixels)
    return gradient.abs().sum(dim=1).mean(dim=0)


def effective_size(gradient: Tensor) -> float:
    """Return the side, in pixels, of the evenly weighted square that is as spread as `gradient`.

    An even square of n x n pixels has the variance (n * n - 1) / 12 along each axis. So the size
    is sqrt(12 * variance + 1), with the mean of the variances along height and width: n for the
    square itself, 1 for a single pixel. No threshold has to be chosen.

    Shape:
        gradient (height, width), nowhere negative, such as from `unit_gradient`.

    Raises:
        ValueError: if it is zero everywhere, or negative somewhere.

    Example:
        >>> square = torch.zeros(9, 9)
        >>> square[2:7, 3:8] = 0.5
        >>> round(effective_size(square), 3)
        5.0
    """
    if gradient.dim() != 2 or (gradient < 0).any():
        raise ValueError(
            f"gradient of shape {tuple(gradient.shape)} must be (height, width) with no negative "
            "number. Take abs() and add the channels."
        )
    numbers = gradient.cpu().double()  # Apple's GPUs know no float64
    total = numbers.sum()
    if total == 0:
        raise ValueError(
            "gradient is zero everywhere: the unit does not respond to these images. Use more "
            "images, or another unit or channel."
        )
    variances = []
    for axis in (0, 1):
        weights = numbers.sum(dim=1 - axis) / total
        places = torch.arange(len(weights))
        mean = (weights * places).sum()
        variances.append(float((weights * (places - mean) ** 2).sum()))
    return (6 * sum(variances) + 1) ** 0.5


def saliency(model: nn.Module, images: Tensor, targets: Tensor | int) -> Tensor:
    """Return how strongly each pixel moves the logit of a class: largest of its colors, by captum.

    Args:
        targets: the class whose logit is asked about: one for all images, or one for each.

    Shape:
        images (N, channels, height, width) -> (N, height, width)

    Source:
        Simonyan, Vedaldi and Zisserman 2014, "Deep Inside Convolutional Networks: Visualising
        Image Classification Models and Saliency Maps", arXiv:1312.6034.
    """
    attr = needed("captum.attr", "saliency maps need")
    pixels = _batch(model, images).requires_grad_()
    targets = _targets(targets, pixels)
    with in_eval_mode(model), torch.enable_grad():
        gradient = attr.Saliency(_logits(model, targets)).attribute(pixels, target=targets)
    return gradient.detach().amax(dim=1)


def grad_cam(model: nn.Module, images: Tensor, layer: str, targets: Tensor | int) -> Tensor:
    """Return where a layer's maps favor a class, at the layer's own size, by captum.

    Args:
        layer: a layer that gives maps; its name as in `model.get_submodule(name)`.
        targets: the class whose logit is asked about: one for all images, or one for each.

    Shape:
        images (N, channels, height, width) -> (N, map height, map width), nowhere negative.

    Raises:
        ValueError: for a name that is not a layer, or a layer without maps.

    Source:
        Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via
        Gradient-based Localization", arXiv:1610.02391.
    """
    attr = needed("captum.attr", "Grad-CAM needs")
    maps = activations(model, images[:1], [layer])[layer]
    _require_maps(layer, maps)
    pixels = _batch(model, images).requires_grad_()
    targets = _targets(targets, pixels)
    with in_eval_mode(model), torch.enable_grad():
        method = attr.LayerGradCam(_logits(model, targets), find_layer(model, layer))
        cam = method.attribute(pixels, target=targets, relu_attributions=True)
    return cam.detach()[:, 0]


def _batch(model: nn.Module, images: Tensor) -> Tensor:
    """Return a copy of the images as the model takes them: floats on its device."""
    if images.dim() != 4 or not len(images):
        raise ValueError(
            f"images has the shape {tuple(images.shape)}; the model takes a batch "
            "(N, channels, height, width). For one image: image[None]."
        )
    parameter = next(model.parameters(), images)
    return to_float(images.detach().clone().to(parameter.device))


def _unit(name: str, output: Any, channel: int | None, unit: tuple[int, int] | None) -> Tensor:
    """Return the responses of one unit, for every image and chosen channel."""
    _require_maps(name, output)
    channels, height, width = output.shape[1:]
    row, column = unit if unit is not None else (height // 2, width // 2)
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"unit=({row}, {column}) is outside the {height}x{width} map of {name!r}.")
    if channel is not None and not 0 <= channel < channels:
        raise ValueError(f"channel={channel} is not among the {channels} channels of {name!r}.")
    return output[:, :, row, column] if channel is None else output[:, channel, row, column]


def _require_maps(name: str, output: object) -> None:
    if not isinstance(output, Tensor) or output.dim() != 4:
        shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(
            f"Layer {name!r} gives {shape}, not maps (N, channels, height, width). "
            "Choose a convolution, or a pooling or activation behind one."
        )


def _no_output(name: str) -> str:
    return f"Layer {name!r} gave no tensor: the model did not run it, or it returns something else."


def _targets(targets: Tensor | int, images: Tensor) -> Tensor:
    """Return one class for each image."""
    targets = torch.as_tensor(targets, device=images.device)
    if targets.dim() and len(targets) != len(images):
        raise ValueError(f"{len(targets)} targets but {len(images)} images: one class per image.")
    return targets.expand(len(images))


def _logits(model: nn.Module, targets: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the model, checking the targets before a GPU stops at a wrong one for good."""

    def forward(images: Tensor) -> Tensor:
        logits = model(images)
        if not ((targets >= 0) & (targets < logits.shape[1])).all():
            raise ValueError(
                f"targets={targets.tolist()} must be among the classes 0 to {logits.shape[1] - 1}."
            )
        return logits

    return forward
