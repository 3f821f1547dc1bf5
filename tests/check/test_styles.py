"""Right answers in the styles that learners write must pass, with every seed."""

import math
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab import arithmetic, attacks, check, exercises
from cnnlab.exercises.fixed_bugs import BUGS
from cnnlab.models import in_eval_mode
from tests.homework import styles as homework


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


def conv_backward_autograd(images: Tensor, weight: Tensor, grad: Tensor, stride: int = 1) -> list:
    bias = torch.zeros(len(weight), dtype=weight.dtype, requires_grad=True)
    images, weight = images.clone().requires_grad_(), weight.clone().requires_grad_()
    F.conv2d(images, weight, bias, stride=stride).backward(grad)
    return [images.grad, weight.grad, bias.grad]


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


def cells(height: int, width: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(height) for j in range(width)]


def respond_by_loops(patch: Tensor, kernel: Tensor) -> float:
    return sum(float(patch[cell]) * float(kernel[cell]) for cell in cells(*patch.shape))


def sizes(i: tuple, k: tuple, s: tuple = (1, 1), p: tuple = (0, 0), d: tuple = (1, 1)) -> list:
    settings = zip(i, k, s, p, d, strict=True)
    return [math.floor((n + 2 * p - d * (k - 1) - 1) / s + 1) for n, k, s, p, d in settings]


def correlate_channels(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    filters = (
        sum(correlate_unfold(image[c], each[c]) for c in range(len(image))) for each in weight
    )
    return torch.stack([answer + b for answer, b in zip(filters, bias, strict=True)])


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


STYLES: dict[str, list[Callable]] = {
    "respond": [
        respond_by_loops,
        lambda patch, kernel: torch.einsum("hw,hw->", patch, kernel),
        lambda patch, kernel: F.conv2d(patch[None, None], kernel[None, None]).item(),
        lambda patch, kernel: np.sum(patch.numpy() * kernel.numpy()),
    ],
    "edge_kernel": [
        lambda: torch.tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        lambda: np.outer([3, 10, 3], [1, 0, -1]),
        lambda: torch.tensor([0.5, 0.0, -0.5]).expand(3, 3),
    ],
    "output_size": [
        lambda i, k, s=1, p=0, d=1: torch.tensor(i + 2 * p - d * (k - 1) - 1) // s + 1,
        lambda i, k, s=1, p=0, d=1: np.int64(i + 2 * p - d * (k - 1) - 1) // s + 1,
        lambda i, k, s=1, p=0, d=1: len(range(0, i + 2 * p - d * (k - 1), s)),
        lambda input_size, kernel_size, *, stride=1, padding=0, dilation=1: (
            arithmetic.conv_output_size(
                input_size, kernel_size, stride=stride, padding=padding, dilation=dilation
            )
        ),
    ],
    "output_shape": [
        sizes,
        lambda i, k, s=(1, 1), p=(0, 0), d=(1, 1): torch.Size(sizes(i, k, s, p, d)),
    ],
    "correlate2d": [correlate_unfold, correlate_float32, correlate_numpy],
    "flip": [
        lambda kernel: kernel.rot90(2),
        lambda kernel: torch.tensor([row[::-1] for row in kernel.tolist()[::-1]]),
        lambda kernel: kernel.numpy()[::-1, ::-1],
    ],
    "conv_parameters": [
        lambda i, o, k, g=1, b=True: torch.tensor(o * (i // g) * math.prod(k) + b * o),
        lambda i, o, k, g=1, b=True: arithmetic.conv_parameters(i, o, k, groups=g, bias=b),
    ],
    "layer_macs": [
        lambda x, w, s=1, p=0: math.prod(w) * math.prod(sizes(x[2:], w[2:], (s, s), (p, p))),
        lambda x, w, s=1, p=0: (
            F.conv2d(torch.zeros(x), torch.zeros(w), stride=s, padding=p)[0].numel()
            * math.prod(w[1:])
        ),
    ],
    "activation_bytes": [
        lambda shape, n=4: np.prod(shape) * n,
        lambda shape, n=4: arithmetic.activation_bytes(shape, bytes_per_number=n),
    ],
    "table_parameters": [
        lambda table, k: sum(len(maps) * k * k + 1 for maps in table),
        lambda table, k: np.sum([len(maps) for maps in table]) * k**2 + len(table),
    ],
    "conv2d_multichannel": [
        correlate_channels,
        lambda image, weight, bias: F.conv2d(image[None], weight, bias).squeeze(0),
    ],
    "im2col": [
        lambda image, k, s=1: F.unfold(image[None], k, stride=s)[0],
        lambda image, k, s=1: (
            image.unfold(1, k[0], s)
            .unfold(2, k[1], s)
            .permute(0, 3, 4, 1, 2)
            .flatten(3)
            .flatten(0, 2)
        ),
    ],
    "conv_backward": [conv_backward_autograd, conv_backward_fold],
    "numerical_gradient": [
        gradient_in_place,
        lambda f, point, step=1e-6: torch.stack(
            [
                (f(point + move) - f(point - move)) / (2 * step)
                for move in step * torch.eye(point.numel()).double().view(-1, *point.shape)
            ]
        ).view(point.shape),
    ],
    "accuracy": [
        lambda logits, labels: (
            sum(int(row.argmax()) == int(n) for row, n in zip(logits, labels, strict=True))
            / len(labels)
        ),
        lambda logits, labels: logits.softmax(1).max(1).indices.eq(labels).double().mean(),
    ],
    "evaluate": [evaluate_joined, evaluate_weighted],
    "permute_pixels": [
        permute_pixels_in_place,
        permute_pixels_numpy,
        lambda images, permutation: images.flatten(2).index_select(2, permutation).view_as(images),
    ],
    "equivariance_error": [equivariance_error_by_padding, equivariance_error_float32],
    "shift_consistency": [
        shift_consistency_counting,
        lambda model, images, shifts: [
            model(torch.roll(images, s, -1)).argmax(-1).eq(model(images).argmax(-1)).sum()
            / len(images)
            for s in shifts
        ],
    ],
    "train_one_epoch": [train_clearing_after, train_by_likelihood],
    "residual_block": [
        Block(),
        lambda features, first, second, projection=None: torch.clamp(
            second(first(features).relu()) + (projection or nn.Identity())(features), min=0
        ),
    ],
    "batch_norm": [norm_by_einsum, norm_by_module],
    "random_shift": [shift_by_slices, shift_by_gather],
    "receptive_field": [
        field_from_the_end,
        field_by_gradient,
        lambda layers: (
            1
            + sum(
                (k - 1) * d * math.prod(s for _, s, _ in layers[:i])
                for i, (k, _, d) in enumerate(layers)
            )
        ),
    ],
    "grad_cam": [cam_by_backward, cam_by_captum],
    "fgsm": [fgsm_backward, fgsm_one_by_one, attacks.fgsm],
    "pgd_step": [
        lambda images, original, gradient, step, epsilon: torch.clamp(
            images + step * gradient.sign(),
            (original - epsilon).clamp(min=0),
            (original + epsilon).clamp(max=1),
        ),
        lambda images, original, gradient, step, epsilon: np.clip(
            np.clip(images + step * np.sign(gradient), 0, 1), original - epsilon, original + epsilon
        ),
        lambda x, x0, g, a, e: x0 + (x + a * g / g.abs() - x0).clamp(-e, e).clamp(-x0, 1 - x0),
    ],
    "macs_per_byte": [
        lambda macs, weights, inputs, outputs, batch: (
            macs / (4 * (weights / batch + inputs + outputs))
        ),
        lambda m, w, i, o, b: torch.tensor(b * m / sum((4 * w, 4 * b * i, 4 * b * o))),
    ],
    "causal_conv1d": [
        causal_cropped,
        lambda signal, kernel, dilation=1: F.conv1d(
            F.pad(signal, (dilation * (len(kernel) - 1), 0))[None, None],
            kernel[None, None],
            dilation=dilation,
        ).flatten(),
        lambda signal, kernel, dilation=1: torch.tensor(causal_by_loops(signal, kernel, dilation)),
        lambda signal, kernel, dilation=1: np.convolve(
            signal.numpy(), np.kron(kernel.numpy()[::-1], [1] + [0] * (dilation - 1))
        )[: len(signal)],
    ],
    "dilated_field": [
        lambda kernel_size, dilations: np.int64(sum(dilations)) * (kernel_size - 1) + 1,
        lambda k, dilations: len(range(-sum((k - 1) * d for d in dilations), 1)),
    ],
    "spectrogram": [spectrogram_numpy, spectrogram_stft],
    "throughput": [throughput_first_look_kept, throughput_by_seconds],
    "whitening_kernels": [whiten_by_svd, whiten_numpy, whiten_float32, whiten_by_inverse],
    "shared_gradient": [shared_by_backward, shared_by_processes, shared_picture_by_picture],
}
STYLES |= homework.STYLES
STYLES |= {f"fixed_{n}": STYLES[lesson.name] for n, (lesson, _) in BUGS.items()}
CASES = [(name, index) for name, styles in STYLES.items() for index in range(len(styles))]


@pytest.mark.parametrize(("name", "index"), CASES)
def test_other_right_style_passes(name: str, index: int) -> None:
    for seed in range(3):
        verdict = getattr(check, name)(STYLES[name][index], seed=seed)
        assert verdict, verdict


def test_every_exercise_has_two_other_styles() -> None:
    assert all(len(STYLES[name]) >= 2 for name in exercises.names())
