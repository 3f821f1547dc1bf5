"""Wrong answers to the exercises on layers and assumptions: each is code of its own."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def residual_block__skip_twice(
    features: Tensor, first: Any, second: Any, projection: Any = None
) -> Tensor:
    skip = features if projection is None else projection(features)
    return F.relu(second(F.relu(first(features))) + 2 * skip)


def residual_block__mean(
    features: Tensor, first: Any, second: Any, projection: Any = None
) -> Tensor:
    skip = features if projection is None else projection(features)
    return F.relu(second(F.relu(first(features))) + skip) / 2


def residual_block__difference(
    features: Tensor, first: Any, second: Any, projection: Any = None
) -> Tensor:
    skip = features if projection is None else projection(features)
    return F.relu(skip - second(F.relu(first(features))))


def residual_block__no_last_relu(
    features: Tensor, first: Any, second: Any, projection: Any = None
) -> Tensor:
    skip = features if projection is None else projection(features)
    return second(F.relu(first(features))) + skip


def residual_block__gelu(
    features: Tensor, first: Any, second: Any, projection: Any = None
) -> Tensor:
    skip = features if projection is None else projection(features)
    return F.gelu(second(F.relu(first(features))) + skip)


def _statistics(x: Tensor, rm: Tensor, rv: Tensor, momentum: float) -> tuple:
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=1)
    return (1 - momentum) * rm + momentum * mean, (1 - momentum) * rv + momentum * var


def _normal(x: Tensor, mean: Tensor, var: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return (x - mean) / (var + 1e-5).sqrt() * weight[:, None, None] + bias[:, None, None]


def batch_norm__layer_norm(
    features: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool,
    momentum: float = 0.1,
) -> tuple:
    if not training:
        out = F.batch_norm(features, running_mean, running_var, weight, bias)
        return out, running_mean, running_var
    mean = features.mean((1, 2, 3), keepdim=True)
    var = features.var((1, 2, 3), keepdim=True, correction=0)
    new = _statistics(features, running_mean, running_var, momentum)
    return _normal(features, mean, var, weight, bias), *new


def batch_norm__large_epsilon(
    features: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool,
    momentum: float = 0.1,
) -> tuple:
    new = running_mean, running_var
    if training:
        new = _statistics(features, running_mean, running_var, momentum)
    out = F.batch_norm(
        features, running_mean.clone(), running_var.clone(), weight, bias, training, eps=0.1
    )
    return out, *new


def batch_norm__momentum_ignored(
    features: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool,
    momentum: float = 0.1,
) -> tuple:
    new = running_mean, running_var
    if training:
        new = _statistics(features, running_mean, running_var, 0.1)
    out = F.batch_norm(features, running_mean.clone(), running_var.clone(), weight, bias, training)
    return out, *new


def batch_norm__updates_in_eval(
    features: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool,
    momentum: float = 0.1,
) -> tuple:
    out = F.batch_norm(features, running_mean.clone(), running_var.clone(), weight, bias, training)
    return out, *_statistics(features, running_mean, running_var, momentum)


def permute_pixels__inverse(images: Tensor, permutation: Tensor) -> Tensor:
    out = torch.zeros_like(images.flatten(2))
    out[:, :, permutation] = images.flatten(2)
    return out.reshape(images.shape)


def permute_pixels__first_image(images: Tensor, permutation: Tensor) -> Tensor:
    out = images.clone().flatten(2)
    out[0] = out[0][:, permutation]
    return out.reshape(images.shape)


def permute_pixels__rows(images: Tensor, permutation: Tensor) -> Tensor:
    rows = permutation[permutation < images.shape[2]]
    return images[:, :, rows]


def permute_pixels__twice(images: Tensor, permutation: Tensor) -> Tensor:
    return images.flatten(2)[:, :, permutation][:, :, permutation].reshape(images.shape)


def equivariance_error__mean(
    layer: Any, images: Tensor, shift: int, stride: int = 1, border: int = 0
) -> float:
    before, after = layer(images), layer(images.roll(shift, dims=3))
    step, width = shift // stride, before.shape[3]
    difference = after[..., border + step : width - border]
    return (difference - before[..., border : width - border - step]).abs().mean().item()


def equivariance_error__other_direction(
    layer: Any, images: Tensor, shift: int, stride: int = 1, border: int = 0
) -> float:
    before, after = layer(images), layer(images.roll(-shift, dims=3))
    step, width = shift // stride, before.shape[3]
    difference = after[..., border + step : width - border]
    return (difference - before[..., border : width - border - step]).abs().max().item()


def equivariance_error__no_absolute(
    layer: Any, images: Tensor, shift: int, stride: int = 1, border: int = 0
) -> float:
    before, after = layer(images), layer(images.roll(shift, dims=3))
    step, width = shift // stride, before.shape[3]
    difference = after[..., border + step : width - border]
    return (difference - before[..., border : width - border - step]).max().item()


def shift_consistency__with_labels_of_first(model: Any, images: Tensor, shifts: Any) -> list:
    classes = model(images).argmax(1)
    return [
        (model(images.roll(s, dims=3)).argmax(1) == classes[0]).double().mean().item()
        for s in shifts
    ]


def shift_consistency__percent(model: Any, images: Tensor, shifts: Any) -> list:
    classes = model(images).argmax(1)
    return [
        100 * (model(images.roll(s, dims=3)).argmax(1) == classes).double().mean().item()
        for s in shifts
    ]


def shift_consistency__one_shift(model: Any, images: Tensor, shifts: Any) -> list:
    classes = model(images).argmax(1)
    moved = model(images.roll(shifts[0], dims=3)).argmax(1)
    return [(moved == classes).double().mean().item()] * len(shifts)


def shift_consistency__downwards(model: Any, images: Tensor, shifts: Any) -> list:
    classes = model(images).argmax(1)
    return [
        (model(images.roll(s, dims=2)).argmax(1) == classes).double().mean().item() for s in shifts
    ]
