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
