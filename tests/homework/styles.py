"""Right answers to the homework in other styles than the solutions shown."""

import statistics
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab import exercises
from cnnlab.exercises.compare import T95
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
        nn.Conv2d(8, 32, 3, stride=2, padding=1),
        nn.Tanh(),
        nn.Conv2d(32, 16, 3, dilation=2, padding=2),
        nn.Flatten(),
        nn.Linear(256, 10),
    )


def pooled_network() -> nn.Sequential:
    block = nn.Sequential(nn.Conv2d(8, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    last = nn.Conv2d(24, 10, 5, padding=2)
    first = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.MaxPool2d(4))
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


def compare_by_numpy(before, after) -> tuple:
    variances = [np.var(runs, ddof=1) / len(runs) for runs in (before, after)]
    half_width = np.sqrt(sum(variances)) * T95[len(before) + len(after) - 2]
    return np.mean(after) - np.mean(before), half_width


def compare_by_the_pooled_spread(before, after) -> list:
    """With as many runs before as after, both textbooks' formulas are one."""
    n, sets = len(before), (before, after)
    squares = sum((run - sum(runs) / n) ** 2 for runs in sets for run in runs)
    error = torch.tensor(squares / (2 * n - 2) * 2 / n).double().sqrt()
    return [sum(after) / n - sum(before) / n, T95[2 * n - 2] * error]


def pairs_by_numpy(before, after) -> tuple:
    changes = np.subtract(after, before)
    return changes.mean(), T95[len(changes) - 1] * changes.std(ddof=1) / len(changes) ** 0.5


def pairs_by_stdev(before, after) -> list:
    changes = [each - before[place] for place, each in enumerate(after)]
    error = statistics.stdev(changes) / len(changes) ** 0.5
    return [statistics.fmean(changes), torch.tensor(T95[len(changes) - 1] * error).double()]


class OwnNetwork(nn.Module):
    """The layers of a learner's own, as a class."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 16, 3, stride=2), nn.Conv2d(16, 32, 3)
        self.linear = nn.Linear(32 * 36, 10)

    def forward(self, images: Tensor) -> Tensor:
        maps = F.max_pool2d(self.second(self.first(images).relu()).relu(), 2)
        return self.linear(maps.flatten(1))


def pooled_small_network() -> nn.Sequential:
    """What the package's SmallCNN is built of, with other widths and average pooling."""
    block = nn.Conv2d(3, 20, 3, padding=1), nn.BatchNorm2d(20), nn.ReLU(), nn.MaxPool2d(2)
    return nn.Sequential(*block, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(80, 10))


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
    "build_network": [OwnNetwork, pooled_small_network],
    "compare": [compare_by_numpy, compare_by_the_pooled_spread],
    "compare_pairs": [pairs_by_numpy, pairs_by_stdev],
}
