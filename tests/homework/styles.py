"""Right answers to the homework in other styles than the solutions shown."""

import statistics
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab import exercises, models
from cnnlab.exercises.fixed_bugs import GIVEN, named_bugs

Settings = dict[str, int]


def dilated_by_unfold(image: Tensor, kernel: Tensor, stride=1, padding=0, dilation=1) -> Tensor:
    settings: Settings = {"stride": stride, "padding": padding, "dilation": dilation}
    columns = F.unfold(image[None, None], tuple(kernel.shape), **settings)[0]
    spans = (dilation * (size - 1) + 1 for size in kernel.shape)
    sizes = zip(image.shape, spans, strict=True)
    shape = [(size + 2 * padding - span) // stride + 1 for size, span in sizes]
    return (kernel.flatten() @ columns).view(shape)


def dilated_by_numpy(image, kernel, stride=1, padding=0, dilation=1) -> np.ndarray:
    padded = np.pad(image.numpy(), padding)
    spread = np.zeros([dilation * (size - 1) + 1 for size in kernel.shape])
    spread[::dilation, ::dilation] = kernel.numpy()
    windows = np.lib.stride_tricks.sliding_window_view(padded, spread.shape)
    return np.einsum("ijab,ab->ij", windows[::stride, ::stride], spread)


def find_by_correlation(image: Tensor, template: Tensor) -> tuple:
    """Normalized cross-correlation, as image processing has it."""
    windows = image.unfold(0, template.shape[0], 1).unfold(1, template.shape[1], 1)
    windows = windows - windows.mean((2, 3), keepdim=True)
    answers = (windows * (template - template.mean())).sum((2, 3))
    return tuple(np.argwhere(answers.numpy() == answers.max().item())[0])


def find_by_loops(image: Tensor, template: Tensor) -> list[int]:
    kernel, best, place = template - template.mean(), -float("inf"), [0, 0]
    for i in range(image.shape[0] - template.shape[0] + 1):
        for j in range(image.shape[1] - template.shape[1] + 1):
            window = image[i : i + template.shape[0], j : j + template.shape[1]]
            if (window * kernel).sum() > best:
                best, place = (window * kernel).sum(), [i, j]
    return place


def forward_by_unfold(images, weight, bias, stride=1, padding=0) -> Tensor:
    padded = F.pad(images, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    answer = torch.tensordot(windows, weight, ([1, 4, 5], [1, 2, 3])) + bias
    return answer.movedim(3, 1)


def forward_by_product(images, weight, bias, stride=1, padding=0) -> Tensor:
    columns = F.unfold(images, weight.shape[2:], stride=stride, padding=padding)
    sizes = zip(images.shape[2:], weight.shape[2:], strict=True)
    rows, _ = ((size + 2 * padding - kernel) // stride + 1 for size, kernel in sizes)
    return (weight.flatten(1) @ columns + bias[:, None]).unflatten(2, (rows, -1))


def weight_by_convolution(images, kernel_size, output_gradient, stride=1, padding=0) -> Tensor:
    """The output's gradient, spread out by the stride, slides over the images."""
    swapped = images.transpose(0, 1), output_gradient.transpose(0, 1)
    full = F.conv2d(*swapped, dilation=stride, padding=padding)
    return full[..., : kernel_size[0], : kernel_size[1]].transpose(0, 1)


def weight_by_unfold(images, kernel_size, output_gradient, stride=1, padding=0) -> Tensor:
    columns = F.unfold(images, kernel_size, stride=stride, padding=padding)
    gradient = torch.einsum("nop,nkp->ok", output_gradient.flatten(2), columns)
    return gradient.reshape(-1, images.shape[1], *kernel_size)


def image_by_fold(image_size, weight, output_gradient, stride=1, padding=0) -> Tensor:
    columns = weight.flatten(1).T @ output_gradient.flatten(2)
    return F.fold(columns, image_size, weight.shape[2:], stride=stride, padding=padding)


def image_by_transposed(image_size, weight, output_gradient, stride=1, padding=0) -> Tensor:
    full = F.conv_transpose2d(output_gradient, weight, stride=stride)
    height, width = (size + 2 * padding for size in image_size)
    full = F.pad(full, (0, width - full.shape[3], 0, height - full.shape[2]))
    return full[..., padding : height - padding, padding : width - padding]


def strided_network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 8, 7, stride=4, padding=3),
        nn.BatchNorm2d(8),
        nn.GELU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1),
        nn.Conv2d(16, 16, 3, dilation=2, padding=2),
        nn.Flatten(),
        nn.Linear(256, 10),
    )


def pooled_network() -> nn.Sequential:
    block = nn.Sequential(nn.Conv2d(6, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    last = nn.Conv2d(12, 10, 5, padding=2)
    first = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.MaxPool2d(4))
    return nn.Sequential(first, block, last, nn.AdaptiveMaxPool2d(1), nn.Flatten())


def table(name: str) -> list[tuple]:
    namespace: dict = {}
    exec(exercises.load(name).solution, namespace)
    return namespace[name]()


def other_tables(name: str) -> list[Callable]:
    return [
        lambda: tuple(list(row) for row in table(name)),
        lambda: [
            (i, torch.Size(row[1]), *map(np.int64, row[2:])) for i, row in enumerate(table(name))
        ],
    ]


def compare_by_numpy(before, after) -> np.ndarray:
    variances = [np.var(runs, ddof=1) / len(runs) for runs in (before, after)]
    return np.mean(after) - np.mean(before), np.sqrt(sum(variances))


def compare_by_deviation(before, after) -> list:
    errors = [statistics.stdev(runs) / len(runs) ** 0.5 for runs in (before, after)]
    return [sum(after) / len(after) - sum(before) / len(before), torch.tensor(errors).norm()]


def diagnoses() -> dict[int, str]:
    return named_bugs(GIVEN)


STYLES: dict[str, list[Callable]] = {
    "dot_kernel": [
        lambda: torch.tensor([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
        lambda: np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]]),
    ],
    "diagonal_kernel": [
        lambda: torch.eye(3) - torch.eye(3).flip(1),
        lambda: np.array([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]),
    ],
    "find_template": [find_by_correlation, find_by_loops],
    "correlate2d_dilated": [
        dilated_by_unfold,
        dilated_by_numpy,
    ],
    **{name: other_tables(name) for name in ("count_lenet5", "count_plain", "count_modern")},
    "budget_network": [strided_network, pooled_network],
    "conv_forward": [forward_by_unfold, forward_by_product],
    "bias_gradient": [
        lambda gradient: torch.einsum("nohw->o", gradient),
        lambda gradient: torch.stack([channel.sum() for channel in gradient.unbind(1)]),
    ],
    "weight_gradient": [
        weight_by_convolution,
        weight_by_unfold,
    ],
    "image_gradient": [image_by_transposed, image_by_fold],
    "diagnoses": [
        diagnoses,
        lambda: {number: f" {name.capitalize()}" for number, name in diagnoses().items()},
    ],
    "build_network": [lambda: models.SmallCNN(widths=(8, 16, 16, 32)), models.SimpleCNN],
    "compare": [compare_by_numpy, compare_by_deviation],
}
