"""Wrong answers to the exercises on gradients: each is code of its own."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def _autograd(images: Tensor, weight: Tensor, grad: Tensor, stride: int = 1) -> tuple:
    images, weight = images.clone().requires_grad_(), weight.clone().requires_grad_()
    F.conv2d(images, weight, stride=stride).backward(grad)
    return images.grad, weight.grad, grad.sum((0, 2, 3))


def conv_backward__weight_mean_over_batch(
    images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int = 1
) -> tuple:
    x, w, b = _autograd(images, weight, output_gradient, stride)
    return x, w / len(images), b


def conv_backward__order(
    images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int = 1
) -> tuple:
    x, w, b = _autograd(images, weight, output_gradient, stride)
    return w, x, b


def conv_backward__bias_keeps_images(
    images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int = 1
) -> tuple:
    x, w, _ = _autograd(images, weight, output_gradient, stride)
    return x, w, output_gradient.sum((2, 3))


def conv_backward__negative_weight(
    images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int = 1
) -> tuple:
    x, w, b = _autograd(images, weight, output_gradient, stride)
    return x, -w, b


def conv_backward__first_image_only(
    images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int = 1
) -> tuple:
    x, _, b = _autograd(images, weight, output_gradient, stride)
    return x, _autograd(images[:1], weight, output_gradient[:1], stride)[1], b


def numerical_gradient__forward_difference(
    function: Callable, point: Tensor, step: float = 1e-6
) -> Tensor:
    gradient = torch.zeros_like(point)
    for index in range(point.numel()):
        moved = point.clone().flatten()
        moved[index] += step
        value = (function(moved.reshape(point.shape)) - function(point)) / step
        gradient.view(-1)[index] = value
    return gradient


def numerical_gradient__one_step(function: Callable, point: Tensor, step: float = 1e-6) -> Tensor:
    gradient = torch.zeros_like(point)
    for index in range(point.numel()):
        unit = torch.zeros(point.numel(), dtype=point.dtype)
        unit[index] = step
        unit = unit.reshape(point.shape)
        gradient.view(-1)[index] = (function(point + unit) - function(point - unit)) / step
    return gradient


def numerical_gradient__all_at_once(
    function: Callable, point: Tensor, step: float = 1e-6
) -> Tensor:
    slope = (function(point + step) - function(point - step)) / (2 * step)
    return torch.full_like(point, float(slope))


def numerical_gradient__fixed_step(function: Callable, point: Tensor, step: float = 1e-6) -> Tensor:
    gradient = torch.zeros_like(point)
    for index in range(point.numel()):
        unit = torch.zeros(point.numel(), dtype=point.dtype)
        unit[index] = 0.1
        unit = unit.reshape(point.shape)
        gradient.view(-1)[index] = (function(point + unit) - function(point - unit)) / 0.2
    return gradient


def bias_gradient__mean_over_positions(output_gradient: Tensor) -> Tensor:
    return output_gradient.mean((2, 3)).sum(0)


def bias_gradient__first_image(output_gradient: Tensor) -> Tensor:
    return output_gradient[0].sum((1, 2))


def bias_gradient__per_image(output_gradient: Tensor) -> Tensor:
    return output_gradient.sum((2, 3))


def bias_gradient__absolute(output_gradient: Tensor) -> Tensor:
    return output_gradient.abs().sum((0, 2, 3))


def _weight_gradient(images: Tensor, size: Any, grad: Tensor, stride: int, padding: int) -> Tensor:
    shape = (grad.shape[1], images.shape[1], *size)
    return torch.nn.grad.conv2d_weight(images, shape, grad, stride=stride, padding=padding)


def weight_gradient__no_padding(
    images: Tensor, kernel_size: Any, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    size = [n + 2 * padding for n in images.shape[2:]]
    framed = torch.zeros(*images.shape[:2], *size, dtype=images.dtype)
    framed[:, :, : images.shape[2], : images.shape[3]] = images
    return _weight_gradient(framed, kernel_size, output_gradient, stride, 0)


def weight_gradient__in_and_out_exchanged(
    images: Tensor, kernel_size: Any, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    right = _weight_gradient(images, kernel_size, output_gradient, stride, padding)
    return right.transpose(0, 1)


def weight_gradient__mean_over_batch(
    images: Tensor, kernel_size: Any, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    right = _weight_gradient(images, kernel_size, output_gradient, stride, padding)
    return right / len(images)


def weight_gradient__first_channel(
    images: Tensor, kernel_size: Any, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    right = _weight_gradient(images, kernel_size, output_gradient, stride, padding)
    return right[:, :1].expand_as(right)


def _image_gradient(size: Any, weight: Tensor, grad: Tensor, stride: int, padding: int) -> Tensor:
    shape = (len(grad), weight.shape[1], *size)
    return torch.nn.grad.conv2d_input(shape, weight, grad, stride=stride, padding=padding)


def image_gradient__flipped_kernel(
    image_size: Any, weight: Tensor, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return _image_gradient(image_size, weight.flip(2, 3), output_gradient, stride, padding)


def image_gradient__border_cut_to_zero(
    image_size: Any, weight: Tensor, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    right = _image_gradient(image_size, weight, output_gradient, stride, padding)
    right[..., -1] = 0
    return right


def image_gradient__one_output_channel(
    image_size: Any, weight: Tensor, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return _image_gradient(image_size, weight[:1], output_gradient[:, :1], stride, padding)


def image_gradient__keeps_padding(
    image_size: Any, weight: Tensor, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    size = [n + 2 * padding for n in image_size]
    return _image_gradient(size, weight, output_gradient, stride, 0)


def shared_gradient__sum_of_parts(model: Any, parts: Any) -> Tensor:
    total = 0
    for images, labels in parts:
        loss = F.cross_entropy(model(images), labels)
        grads = torch.autograd.grad(loss, list(model.parameters()))
        total = total + torch.cat([g.flatten() for g in grads])
    return total


def shared_gradient__last_part(model: Any, parts: Any) -> Tensor:
    for images, labels in parts:
        loss = F.cross_entropy(model(images), labels)
        grads = torch.autograd.grad(loss, list(model.parameters()))
    return torch.cat([g.flatten() for g in grads])


def shared_gradient__reversed_parameters(model: Any, parts: Any) -> Tensor:
    count = sum(len(labels) for _, labels in parts)
    total = 0
    for images, labels in parts:
        loss = F.cross_entropy(model(images), labels, reduction="sum") / count
        grads = torch.autograd.grad(loss, list(model.parameters()))[::-1]
        total = total + torch.cat([g.flatten() for g in grads])
    return total
