"""Right answers to the exercises of lessons 01 to 06, in the styles that learners write."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


def cells(height: int, width: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(height) for j in range(width)]


def respond_by_loops(patch: Tensor, kernel: Tensor) -> float:
    return sum(float(patch[cell]) * float(kernel[cell]) for cell in cells(*patch.shape))


def sizes(i: tuple, k: tuple, s: tuple = (1, 1), p: tuple = (0, 0), d: tuple = (1, 1)) -> list:
    settings = zip(i, k, s, p, d, strict=True)
    return [math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1) for n, k, s, p, d in settings]


def correlate_unfold(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    padded = F.pad(image, (padding,) * 4)
    windows = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return torch.einsum("ijhw,hw->ij", windows, kernel)


def correlate_float32(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    padded = F.pad(image, (padding,) * 4)
    rows = (padded.shape[0] - kernel.shape[0]) // stride + 1
    columns = (padded.shape[1] - kernel.shape[1]) // stride + 1
    out = torch.zeros(rows, columns)  # float32, torch's default
    for i in range(rows):
        for j in range(columns):
            for a in range(kernel.shape[0]):
                for b in range(kernel.shape[1]):
                    out[i, j] += padded[i * stride + a, j * stride + b] * kernel[a, b]
    return out


def correlate_numpy(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> np.ndarray:
    padded = np.pad(image.numpy(), padding)
    windows = np.lib.stride_tricks.sliding_window_view(padded, tuple(kernel.shape))
    return (windows * kernel.numpy()).sum((2, 3))[::stride, ::stride]


def correlate_channels(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    filters = (
        sum(correlate_unfold(image[c], each[c]) for c in range(len(image))) for each in weight
    )
    return torch.stack([answer + b for answer, b in zip(filters, bias, strict=True)])


def conv_backward_convolved(images: Tensor, weight: Tensor, grad: Tensor, stride: int = 1) -> list:
    full = F.conv_transpose2d(grad, weight, stride=stride)
    rows, columns = (images.shape[axis] - full.shape[axis] for axis in (2, 3))
    slid = F.conv2d(images.transpose(0, 1), grad.transpose(0, 1), dilation=stride)
    kernel = slid[..., : weight.shape[2], : weight.shape[3]].transpose(0, 1)
    return [F.pad(full, (0, columns, 0, rows)), kernel, grad.sum((0, 2, 3))]


def conv_backward_fold(images: Tensor, weight: Tensor, grad: Tensor, stride: int = 1) -> tuple:
    flat = grad.flatten(2)
    columns = weight.flatten(1).T @ flat
    size, kernel = images.shape[2:], weight.shape[2:]
    unfolded = F.unfold(images, kernel, stride=stride)
    weight_gradient = torch.einsum("nop,nkp->ok", flat, unfolded).reshape(weight.shape)
    image_gradient = F.fold(columns, size, kernel, stride=stride)
    return image_gradient, weight_gradient, flat.sum((0, 2))


def gradient_in_place(function: Callable, point: Tensor, step: float = 1e-6) -> Tensor:
    point, gradient = point.clone().contiguous(), torch.zeros(point.shape, dtype=point.dtype)
    flat, out = point.view(-1), gradient.view(-1)
    for i in range(len(flat)):
        old = flat[i].item()
        flat[i] = old + step
        above = function(point).item()
        flat[i] = old - step
        out[i] = (above - function(point).item()) / (2 * step)
        flat[i] = old
    return gradient


def evaluate_joined(model: nn.Module, batches: list) -> tuple:
    before = model.training
    model.eval()
    with torch.inference_mode():
        logits = torch.cat([model(images) for images, _ in batches])
    labels = torch.cat([labels for _, labels in batches])
    model.train(before)
    return (logits.argmax(-1) == labels).float().mean(), F.cross_entropy(logits, labels)


@torch.no_grad()
def evaluate_weighted(model: nn.Module, batches: list) -> list:
    before, _ = model.training, model.train(False)
    hits = loss = pictures = 0
    for images, labels in batches:
        logits = model(images)
        hits += int((torch.max(logits, 1)[1] == labels).sum())
        loss += F.cross_entropy(logits, labels).item() * len(labels)
        pictures += len(labels)
    model.train(before)
    return [hits / pictures, loss / pictures]


def train_clearing_after(model: nn.Module, optimizer: torch.optim.Optimizer, batches: list) -> Any:
    model.train()
    criterion, losses = nn.CrossEntropyLoss(reduction="none"), []
    for images, labels in batches:
        loss = criterion(model(images), labels)
        losses.append(loss.detach())
        loss.mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    return torch.cat(losses).mean()


def train_by_likelihood(model: nn.Module, optimizer: torch.optim.Optimizer, batches: list) -> float:
    model.train(True)
    total = torch.tensor(0.0)
    for images, labels in batches:
        model.zero_grad(set_to_none=False)
        likelihoods = F.one_hot(labels, 4) * F.log_softmax(model(images), dim=-1)
        loss = -likelihoods.sum(1).mean()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(images)
    return (total / sum(len(images) for images, _ in batches)).item()


class Block(nn.Module):
    def forward(self, features: Tensor, *layers: Callable) -> Tensor:
        first, second, *projection = layers
        relu = nn.ReLU()
        out = second(relu(first(features)))
        out += projection[0](features) if projection else features
        return relu(out)


def norm_by_einsum(x: Tensor, mean: Tensor, var: Tensor, *rest: Any) -> list:
    weight, bias, training, *momentum = rest
    channels, share = x.transpose(0, 1).flatten(1), momentum[0] if momentum else 0.1
    now = (mean, var)
    if training:
        count = channels.shape[1]
        now = (channels.mean(1), channels.var(1, unbiased=False))
        mean = mean + share * (now[0] - mean)
        var = var + share * (now[1] * count / (count - 1) - var)
    scale = weight * torch.rsqrt(now[1] + 1e-5)
    out = torch.einsum("nchw,c->nchw", x, scale) + (bias - scale * now[0]).view(1, -1, 1, 1)
    return [out, mean, var]


def norm_by_module(x: Tensor, mean: Tensor, var: Tensor, *rest: Any) -> tuple:
    weight, bias, training, *momentum = rest
    layer = nn.BatchNorm2d(x.shape[1], momentum=(*momentum, 0.1)[0]).double().train(training)
    state = {"weight": weight, "bias": bias, "running_mean": mean, "running_var": var}
    layer.load_state_dict(state, strict=False)
    return layer(x).detach(), layer.running_mean, layer.running_var


def shift_by_slices(images: Tensor, limit: int, generator: torch.Generator) -> Tensor:
    moved = torch.zeros_like(images)
    _, _, height, width = images.shape
    for new, old in zip(moved, images, strict=True):
        y = int(torch.randint(-limit, limit + 1, (1,), generator=generator))
        x = torch.randint(-limit, limit + 1, (1,), generator=generator).item()
        part = old[:, max(0, -y) : height - max(0, y), max(0, -x) : width - max(0, x)]
        new[:, max(0, y) : height + min(0, y), max(0, x) : width + min(0, x)] = part
    return moved


def shift_by_gather(images: Tensor, limit: int, generator: torch.Generator) -> Tensor:
    count, _, height, width = images.shape
    padded = F.pad(images, (limit,) * 4)
    y = torch.randint(2 * limit + 1, (count, 1), generator=generator) + torch.arange(height)
    x = torch.randint(2 * limit + 1, (count, 1), generator=generator) + torch.arange(width)
    n = torch.arange(count)[:, None, None]
    return padded.permute(0, 2, 3, 1)[n, y[:, :, None], x[:, None, :]].permute(0, 3, 1, 2)


def cycle_by_turns(step: int, steps: int) -> Tensor:
    top = 0.2 * (steps + 1)
    now = torch.tensor(step + 1.0)
    return torch.where(now <= top, now / top, (steps - step) / (steps + 1 - top))


def fit_by_hand(
    model: Any, learned: Any, decides: Any, make_optimizer: Any, schedule: Any, *rest: Any
) -> list:
    augment, epochs, batch_size, device = rest
    images, labels = learned[0].to(device=device), learned[1].to(device, non_blocking=True)
    images = images.float() / 255
    others = decides[0].to(device, torch.float32) / 255
    model = model.to(device, memory_format=torch.channels_last)
    optimizer = make_optimizer(model.parameters())
    highest, count, step = optimizer.param_groups[0]["lr"], len(images), 0
    steps, accuracies = epochs * math.ceil(count / batch_size), []
    for _ in range(epochs):
        model.train(True)
        order = torch.randperm(count)
        for start in range(0, count, batch_size):
            picked = order[start : start + batch_size]
            for group in optimizer.param_groups:
                group["lr"] = highest * schedule(step, steps)
            optimizer.zero_grad()
            logits = model(augment(images[picked]))
            F.cross_entropy(logits, labels[picked], label_smoothing=0.1).backward()
            optimizer.step()
            step += 1
        model.train(False)
        with torch.inference_mode():
            hits = model(others).argmax(1) == decides[1].to(device)
        accuracies.append(hits.float().mean())
    return accuracies


def fit_by_loaders(
    model: Any, learned: Any, decides: Any, make_optimizer: Any, schedule: Any, *rest: Any
) -> Tensor:
    augment, epochs, batch_size, device = rest
    model.to(device=device)
    known, new = ([each.to(device) for each in tensors] for tensors in (learned, decides))
    loader = DataLoader(TensorDataset(*known), batch_size, shuffle=True)
    optimizer, criterion = make_optimizer(model.parameters()), nn.CrossEntropyLoss()
    share = partial(schedule, steps=epochs * len(loader))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
    accuracies = torch.zeros(epochs)
    for epoch in range(epochs):
        model.train()
        hits = 0
        for images, labels in loader:
            with torch.autocast(device.type, dtype=torch.bfloat16):
                logits = model(augment(images))
                loss = criterion(logits, labels)
            loss.backward()
            hits += (logits.detach().argmax(1) == labels).sum()  # to be printed
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
            scheduler.step()
        model.eval()
        with torch.no_grad():
            for images, labels in DataLoader(TensorDataset(*new), 2 * batch_size):
                accuracies[epoch] += (model(images).argmax(1) == labels).sum().item()
    return accuracies / len(new[1])


def rate_by_dictionary(rates: list, train: Callable, validate: Callable, test: Callable) -> list:
    found = {rate: (network := train(rate), validate(network)) for rate in rates}
    best = max(found, key=lambda rate: found[rate][1])
    return [best, test(found[best][0])]


def rate_step_by_step(rates: list, train: Callable, validate: Callable, test: Callable) -> tuple:
    highest = -1.0
    for rate in rates:
        network = train(rate)
        accuracy = validate(network)
        if accuracy > highest:
            highest, chosen, kept = accuracy, rate, network
    return chosen, test(kept)
