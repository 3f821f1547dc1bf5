"""Wrong answers to the exercises on training and its parts: each is code of its own."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


def accuracy__first_only(logits: Tensor, labels: Tensor) -> float:
    return float(logits[0].argmax() == labels[0])


def accuracy__of_the_softmax_mean(logits: Tensor, labels: Tensor) -> float:
    return logits.softmax(1).gather(1, labels[:, None]).mean().item()


def accuracy__one_off(logits: Tensor, labels: Tensor) -> float:
    return (logits.argmax(1) + 1 == labels).double().mean().item()


def accuracy__last_left_out(logits: Tensor, labels: Tensor) -> float:
    return (logits[:-1].argmax(1) == labels[:-1]).double().mean().item()


def accuracy__top_two(logits: Tensor, labels: Tensor) -> float:
    return (logits.topk(2, dim=1).indices == labels[:, None]).any(1).double().mean().item()


def accuracy__rounded(logits: Tensor, labels: Tensor) -> float:
    return round((logits.argmax(1) == labels).double().mean().item(), 1)


def evaluate__first_batch(model: Any, batches: Any) -> tuple:
    before = model.training
    model.eval()
    with torch.no_grad():
        images, labels = batches[0]
        logits = model(images)
    model.train(before)
    return (logits.argmax(1) == labels).double().mean(), F.cross_entropy(logits, labels)


def evaluate__gradients_left_off(model: Any, batches: Any) -> tuple:
    before = model.training
    model.eval()
    torch.set_grad_enabled(False)
    logits = torch.cat([model(images) for images, _ in batches])
    labels = torch.cat([labels for _, labels in batches])
    model.train(before)
    return (logits.argmax(1) == labels).double().mean(), F.cross_entropy(logits, labels)


def evaluate__loss_doubled(model: Any, batches: Any) -> tuple:
    before = model.training
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(images) for images, _ in batches])
    labels = torch.cat([labels for _, labels in batches])
    model.train(before)
    return (logits.argmax(1) == labels).double().mean(), 2 * F.cross_entropy(logits, labels)


def train_one_epoch__steps_before_backward(model: Any, optimizer: Any, batches: Any) -> float:
    model.train()
    total = count = 0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


def train_one_epoch__only_last_batch_steps(model: Any, optimizer: Any, batches: Any) -> float:
    model.train()
    total = count = 0
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        total += loss.item() * len(labels)
        count += len(labels)
    optimizer.step()
    return total / count


def train_one_epoch__negative_loss(model: Any, optimizer: Any, batches: Any) -> float:
    model.train()
    total = count = 0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = -F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


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


def random_shift__only_down(images: Tensor, limit: int, generator: Any) -> Tensor:
    padded = F.pad(images, (0, 0, limit, limit))
    tops = torch.randint(0, 2 * limit + 1, (len(images),), generator=generator).tolist()
    height = images.shape[2]
    return torch.stack([p[:, t : t + height] for p, t in zip(padded, tops, strict=True)])


def random_shift__never_to_the_limit(images: Tensor, limit: int, generator: Any) -> Tensor:
    height, width = images.shape[2:]
    padded = F.pad(images, (limit,) * 4)
    starts = torch.randint(0, 2 * limit, (len(images), 2), generator=generator).tolist()
    return torch.stack(
        [
            p[:, t : t + height, left : left + width]
            for p, (t, left) in zip(padded, starts, strict=True)
        ]
    )


def random_shift__ones_come_in(images: Tensor, limit: int, generator: Any) -> Tensor:
    height, width = images.shape[2:]
    padded = F.pad(images, (limit,) * 4, value=1.0)
    starts = torch.randint(0, 2 * limit + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack(
        [
            p[:, t : t + height, left : left + width]
            for p, (t, left) in zip(padded, starts, strict=True)
        ]
    )


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


def whitening_kernels__no_epsilon(patches: Tensor, epsilon: float) -> tuple:
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))
    kernels = (directions / variances.sqrt()).T
    return kernels, -kernels @ patches.mean(0)


def whitening_kernels__bias_sign(patches: Tensor, epsilon: float) -> tuple:
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))
    kernels = (directions / (variances + epsilon).sqrt()).T
    return kernels, kernels @ patches.mean(0)


def whitening_kernels__no_root(patches: Tensor, epsilon: float) -> tuple:
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))
    kernels = (directions / (variances + epsilon)).T
    return kernels, -kernels @ patches.mean(0)
