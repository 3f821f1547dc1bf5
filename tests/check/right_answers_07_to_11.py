"""Right answers to the exercises of lessons 07 to 11, in the styles that learners write."""

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.models import in_eval_mode


def field_from_the_end(layers: list) -> int:
    size = 1
    for kernel_size, stride, dilation in reversed(layers):
        size = (size - 1) * stride + dilation * (kernel_size - 1) + 1
    return size


def field_by_gradient(layers: list) -> int:
    """Add 1 to every pixel that the last layer's one unit reads, directly or not."""
    length = field_from_the_end(layers) + 40
    line = torch.ones(1, 1, length, requires_grad=True)
    answer = line
    for kernel_size, stride, dilation in layers:
        kernel = torch.full((1, 1, kernel_size), 1 / kernel_size)
        answer = F.conv1d(answer, kernel, stride=stride, dilation=dilation)
    answer[0, 0, 0].backward()
    return int(line.grad.nonzero()[:, 2].max()) + 1


def cam_by_backward(features: nn.Module, head: nn.Module, images: Tensor, targets: list) -> Tensor:
    cams = []
    for image, target in zip(images, targets, strict=True):
        maps = features(image[None])
        maps.retain_grad()
        head(maps)[0, target].backward()
        weights = maps.grad.mean(dim=[0, 2, 3])
        cams.append(torch.einsum("c,chw->hw", weights, maps[0]).clamp(min=0))
    return torch.stack(cams)


def cam_by_captum(features: nn.Module, head: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    method = LayerGradCam(nn.Sequential(features, head), features)
    return method.attribute(images, targets, relu_attributions=True).squeeze(1)


def permute_pixels_in_place(images: Tensor, permutation: Tensor) -> Tensor:
    out = torch.empty_like(images).contiguous()
    width = images.shape[3]
    for place, source in enumerate(permutation.tolist()):
        row, column = divmod(place, width)
        out[:, :, row, column] = images[:, :, source // width, source % width]
    return out


def permute_pixels_numpy(images: Tensor, permutation: Tensor) -> np.ndarray:
    shape = images.shape
    pixels = images.permute(0, 2, 3, 1).reshape(shape[0], -1, shape[1]).numpy()
    return pixels[:, permutation.numpy()].transpose(0, 2, 1).reshape(shape)


def equivariance_error_by_padding(
    layer: Callable, images: Tensor, shift: int, stride: int = 1, border: int = 0
) -> Tensor:
    moved = torch.cat([images[..., -shift:], images[..., :-shift]], dim=-1)
    expected = torch.roll(layer(images), shift // stride, dims=-1)
    columns = torch.arange(expected.shape[-1])
    inside = (columns >= border + shift // stride) & (columns < len(columns) - border)
    return torch.where(inside, layer(moved) - expected, 0).abs().amax()


def equivariance_error_float32(
    layer: Callable, images: Tensor, shift: int, stride: int = 1, border: int = 0
) -> float:
    images, step = images.float(), shift // stride
    before, after = layer(images), layer(torch.roll(images, (0, shift), (2, 3)))
    pairs = zip(range(before.shape[3]), range(step, before.shape[3]), strict=False)
    kept = [(old, new) for old, new in pairs if old >= border and new < before.shape[3] - border]
    return max(float((after[..., n] - before[..., o]).abs().max()) for o, n in kept)


@torch.no_grad()
def shift_consistency_counting(model: Callable, images: Tensor, shifts: tuple) -> Tensor:
    fractions = torch.zeros(len(shifts))
    for index, shift in enumerate(shifts):
        for image in images:
            moved = torch.roll(image, shift, dims=-1)
            old, new = model(image[None])[0].argmax(), model(moved[None])[0].argmax()
            fractions[index] += old == new
    return fractions / len(images)


def fgsm_backward(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    before = model.training
    model.train(False)
    pixels = torch.autograd.Variable(images.clone(), requires_grad=True)
    F.nll_loss(F.log_softmax(model(pixels), dim=1), labels, reduction="sum").backward()
    model.zero_grad()
    model.train(before)
    return torch.clip(pixels + epsilon * torch.sign(pixels.grad), 0.0, 1.0)  # still in its graph


def fgsm_one_by_one(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    with in_eval_mode(model):
        attacked = []
        for image, label in zip(images, labels, strict=True):
            noise = torch.zeros_like(image).requires_grad_()
            loss = F.cross_entropy(model((image + noise)[None]), label[None])
            uphill = torch.where(torch.autograd.grad(loss, noise)[0] > 0, 1.0, -1.0)
            attacked.append(torch.minimum((image + epsilon * uphill).relu(), torch.tensor(1.0)))
    return torch.stack(attacked)


def causal_by_loops(signal: Tensor, kernel: Tensor, dilation: int = 1) -> list[float]:
    last = len(kernel) - 1
    return [
        sum(
            float(kernel[last - back] * signal[t - back * dilation])
            for back in range(len(kernel))
            if t >= back * dilation
        )
        for t in range(len(signal))
    ]


def causal_cropped(signal: Tensor, kernel: Tensor, dilation: int = 1) -> Tensor:
    reach = dilation * (len(kernel) - 1)
    batch, weight = signal[None, None], kernel[None, None]
    return F.conv1d(batch, weight, padding=reach, dilation=dilation)[0, 0, : len(signal)]


def spectrogram_numpy(signal: Tensor, window_size: int, hop: int) -> np.ndarray:
    window = np.hanning(window_size + 1)[:-1]
    starts = range(0, len(signal) - window_size + 1, hop)
    frames = [signal.numpy()[start : start + window_size] * window for start in starts]
    return np.log(1 + np.abs(np.fft.rfft(frames))).T


def spectrogram_stft(signal: Tensor, window_size: int, hop: int) -> Tensor:
    window = torch.hann_window(window_size)  # float32, torch's default
    settings = {"window": window.to(signal.dtype), "center": False, "return_complex": True}
    return torch.log(1 + torch.stft(signal, window_size, hop, **settings).abs())


def throughput_first_look_kept(
    step: Callable, wait: Callable, clock: Callable, batch_size: int, steps: int
) -> Tensor:
    looks = []
    for count in (3, steps):  # several warm-ups do no harm
        for _ in range(count):
            step()
        wait()
        wait()
        looks.append(clock())
    return torch.tensor(steps * batch_size).double() / (looks[1] - looks[0])


def throughput_by_seconds(
    step: Callable, wait: Callable, clock: Callable, batch_size: int, steps: int
) -> np.float64:
    def timed(count: int) -> float:
        wait()
        start = clock()
        [step() for _ in range(count)]
        wait()
        return clock() - start

    timed(1)
    return batch_size / np.float64(timed(steps) / steps)


def whiten_by_svd(patches: Tensor, epsilon: float) -> list:
    """Return the kernels the longest last, their signs as the decomposition leaves them."""
    mean = patches.mean(0, keepdim=True)
    _, sizes, directions = torch.linalg.svd(patches - mean, full_matrices=False)
    kernels = directions / (sizes**2 / (len(patches) - 1) + epsilon).sqrt()[:, None]
    return [kernels, -(kernels @ mean.T).flatten()]


def whiten_numpy(patches: Tensor, epsilon: float) -> tuple:
    variances, directions = np.linalg.eigh(np.cov(patches.numpy(), rowvar=False))
    rows = []
    for variance, column in zip(variances[::-1], -directions.T[::-1], strict=True):
        rows.append(column / np.sqrt(variance + epsilon))
    return np.stack(rows), -np.stack(rows) @ patches.numpy().mean(0)


def whiten_float32(patches: Tensor, epsilon: float) -> tuple:
    patches = patches.float()
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))
    kernels = (directions / (variances + epsilon) ** 0.5).T
    return kernels, -(kernels @ patches.mean(dim=0))


def whiten_by_inverse(patches: Tensor, epsilon: float) -> tuple:
    """Take the eigenvectors of the inverse: the same, with the inverse eigenvalues."""
    covariance = torch.cov(patches.mT)
    inverse = torch.linalg.inv(covariance + epsilon * torch.eye(len(covariance)))
    squares, columns = torch.linalg.eigh(inverse)
    kernels = torch.diag(squares.sqrt()) @ columns.T
    return kernels, torch.einsum("kd,nd->nk", kernels, -patches).mean(0)


def shared_by_backward(model: nn.Module, parts: list) -> Tensor:
    model.zero_grad()
    pictures = sum(len(images) for images, _ in parts)
    for images, labels in parts:
        (F.cross_entropy(model(images), labels, reduction="sum") / pictures).backward()
    flat = torch.cat([weight.grad.flatten() for weight in model.parameters()])
    model.zero_grad(set_to_none=False)
    return flat


def shared_by_processes(model: nn.Module, parts: list) -> np.ndarray:
    gradients = []
    for images, labels in parts:
        twin = deepcopy(model)
        twin.zero_grad()
        F.nll_loss(twin(images).log_softmax(1), labels).backward()
        gradients.append(nn.utils.parameters_to_vector(p.grad for p in twin.parameters()).numpy())
    return np.average(gradients, axis=0, weights=[len(labels) for _, labels in parts])


def shared_picture_by_picture(model: nn.Module, parts: list) -> Tensor:
    pairs = [(images[i], labels[i]) for images, labels in parts for i in range(len(labels))]
    weights = tuple(model.parameters())
    loss = sum(F.cross_entropy(model(image[None]), label[None]) for image, label in pairs)
    gradients = torch.autograd.grad(loss / len(pairs), weights)
    return torch.hstack([gradient.reshape(-1) for gradient in gradients])
