"""LeNet-5 as printed in 1998, with what later copies leave out."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

C3_TABLE = (  # table I: the maps of S2 that each map of C3 reads
    (0, 1, 2),
    (1, 2, 3),
    (2, 3, 4),
    (3, 4, 5),
    (0, 4, 5),
    (0, 1, 5),
    (0, 1, 2, 3),
    (1, 2, 3, 4),
    (2, 3, 4, 5),
    (0, 3, 4, 5),
    (0, 1, 4, 5),
    (0, 1, 2, 5),
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)


class LeNet5(nn.Module):
    """LeNet-5 as printed in 1998: 60,000 learned numbers.

    What later copies leave out is here: pooling that learns a factor and a bias per map, the
    table that connects C3 to some maps of S2 only, a scaled tanh, and an output that measures
    the distance to one fixed code of 84 signs per class. The paper drew those codes as pictures
    of characters; here they are random signs, its other proposal.

    Args:
        image_size: height and width of the images; in the paper 32. C5 reads the whole of each map
            of S4, which there has 5x5 numbers.

    Shape:
        (batch, 1 or 3, height, width) -> (batch, num_classes); height and width at least 16.
        Color images are averaged to gray.

    Source:
        LeCun, Bottou, Bengio and Haffner 1998, "Gradient-Based Learning Applied to Document
        Recognition", section II.B and table I.
    """

    smallest_image = 16
    codes: Tensor

    def __init__(self, num_classes: int = 10, *, image_size: tuple[int, int] = (32, 32)) -> None:
        super().__init__()
        rows, columns = (((size - 4) // 2 - 4) // 2 for size in image_size)  # of S4's maps
        self.c1 = nn.Conv2d(1, 6, kernel_size=5)
        self.s2 = Subsampling(6)
        self.c3 = TableConv2d(C3_TABLE, in_channels=6, kernel_size=5)
        self.s4 = Subsampling(16)
        self.c5 = nn.Conv2d(16, 120, kernel_size=(rows, columns))
        self.f6 = nn.Linear(120, 84)
        signs = torch.randint(0, 2, (num_classes, 84), generator=torch.Generator().manual_seed(0))
        self.register_buffer("codes", 2.0 * signs - 1)

    def forward(self, images: Tensor) -> Tensor:
        gray = 1.275 * images.mean(dim=1, keepdim=True) - 0.1  # the paper's range
        maps = _squash(self.s2(_squash(self.c1(gray))))  # (batch, 6, 14, 14)
        maps = _squash(self.s4(_squash(self.c3(maps))))  # (batch, 16, 5, 5)
        features = _squash(self.c5(maps)).flatten(start_dim=1)  # (batch, 120)
        features = _squash(self.f6(features))
        return -(features[:, None] - self.codes).square().sum(dim=2)  # nearest code, largest logit


class TableConv2d(nn.Module):
    """A convolution whose output maps read only the input maps a table names.

    Shape:
        (batch, in_channels, height, width) -> (batch, len(table), height', width')
    """

    connected: Tensor

    def __init__(
        self, table: tuple[tuple[int, ...], ...], *, in_channels: int, kernel_size: int
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding, self.dilation = kernel_size, 1, 0, 1
        connected = torch.zeros(len(table), in_channels, dtype=torch.bool)
        for row, inputs in zip(connected, table, strict=True):
            row[list(inputs)] = True
        self.register_buffer("connected", connected)
        kernels = int(connected.sum())
        bound = 1 / (kernels / len(table) * kernel_size**2) ** 0.5
        size = (kernels, kernel_size, kernel_size)
        self.weight = nn.Parameter(torch.empty(size).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(len(table)).uniform_(-bound, bound))

    def forward(self, images: Tensor) -> Tensor:
        weight = self.weight.new_zeros(*self.connected.shape, *self.weight.shape[1:])
        weight[self.connected] = self.weight
        return F.conv2d(images, weight, self.bias)


class Subsampling(nn.Module):
    """Sum each 2x2 block, times one learned factor per map, plus one learned bias.

    Shape:
        (batch, channels, height, width) -> (batch, channels, height // 2, width // 2)
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = 2, 2, 0
        self.weight = nn.Parameter(torch.full((channels,), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, images: Tensor) -> Tensor:
        sums = 4 * F.avg_pool2d(images, kernel_size=2)
        return sums * self.weight[:, None, None] + self.bias[:, None, None]


def _squash(maps: Tensor) -> Tensor:
    return 1.7159 * torch.tanh(2 / 3 * maps)
