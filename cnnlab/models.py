"""The networks of the course, from one convolution to a small modern network.

Every model takes pictures (batch, channels, 32, 32) as floats in [0, 1] and returns logits
(batch, num_classes): no softmax, because the loss, cross-entropy, contains it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SimpleCNN(nn.Module):
    """One convolution, one pooling, one linear layer: the network that lesson 05 writes by hand.

    Shape:
        (batch, 3, 32, 32) -> (batch, num_classes)
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.linear = nn.Linear(16 * 16 * 16, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        feature_map = self.relu(self.conv(images))  # (batch, 16, 32, 32)
        pooled = self.pool(feature_map)  # (batch, 16, 16, 16)
        return self.linear(pooled.flatten(start_dim=1))


class MLP(nn.Module):
    """Two linear layers: the network that does not know its input is a picture.

    Args:
        hidden_features: the width of the layer between.
        in_features: numbers per picture, channels x height x width.

    Shape:
        (batch, channels, height, width) -> (batch, num_classes)
    """

    def __init__(
        self, num_classes: int = 10, *, hidden_features: int = 64, in_features: int = 3 * 32 * 32
    ) -> None:
        super().__init__()
        self.hidden = nn.Linear(in_features, hidden_features)
        self.relu = nn.ReLU()
        self.linear = nn.Linear(hidden_features, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.linear(self.relu(self.hidden(images.flatten(start_dim=1))))


class SmallCNN(nn.Sequential):
    """Four convolutions with batch norm, then the largest response of each map.

    The pooling over the whole map keeps *whether* a feature was seen and drops *where*.

    Args:
        widths: output channels of the four convolutions.

    Shape:
        (batch, 3, height, width) -> (batch, num_classes); height and width at least 4.
    """

    def __init__(
        self, num_classes: int = 10, *, widths: tuple[int, int, int, int] = (16, 32, 64, 64)
    ) -> None:
        first, second, third, fourth = widths
        super().__init__(
            nn.BatchNorm2d(3),  # brings the pictures themselves to mean 0 and variance 1
            *_conv_block(3, first),
            nn.MaxPool2d(2),
            *_conv_block(first, second),
            nn.MaxPool2d(2),
            *_conv_block(second, third),
            *_conv_block(third, fourth),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(fourth, num_classes),
        )


def _conv_block(
    in_channels: int, out_channels: int, batch_norm: bool = True
) -> tuple[nn.Module, ...]:
    conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=not batch_norm)
    return (conv, nn.BatchNorm2d(out_channels), nn.ReLU()) if batch_norm else (conv, nn.ReLU())


class FastCNN(nn.Sequential):
    """A small residual network: eight convolutions, four of them in two residual blocks.

    Args:
        width: channels of the first convolution; the last has eight times as many. 64 is for a
            GPU (6.6 million parameters), 8 for a CPU (0.1 million).
        batch_norm: whether a batch norm follows each convolution; without, a bias is learned.
        residual: whether the two blocks add their input to their output.

    Shape:
        (batch, 3, height, width) -> (batch, num_classes); height and width at least 8.

    Source:
        The shape is that of Page 2018, "How to Train Your ResNet", itself He et al. 2015,
        "Deep Residual Learning for Image Recognition", arXiv:1512.03385, made short.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        width: int = 64,
        batch_norm: bool = True,
        residual: bool = True,
    ) -> None:
        def block(in_channels: int, out_channels: int) -> nn.Sequential:
            return nn.Sequential(*_conv_block(in_channels, out_channels, batch_norm))

        def two_blocks(channels: int) -> nn.Module:
            inner = nn.Sequential(block(channels, channels), block(channels, channels))
            return Residual(inner) if residual else inner

        super().__init__(
            nn.BatchNorm2d(3),  # brings the pictures themselves to mean 0 and variance 1
            block(3, width),
            nn.Sequential(block(width, 2 * width), nn.MaxPool2d(2), two_blocks(2 * width)),
            nn.Sequential(block(2 * width, 4 * width), nn.MaxPool2d(2)),
            nn.Sequential(block(4 * width, 8 * width), nn.MaxPool2d(2), two_blocks(8 * width)),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(8 * width, num_classes),
            Scale(1 / 8),  # sums over so many channels are large; the loss should start near ln 10
        )


class Scale(nn.Module):
    """Multiply by a fixed number."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, features: Tensor) -> Tensor:
        return self.factor * features

    def extra_repr(self) -> str:
        return str(self.factor)


class Residual(nn.Module):
    """Add what a module makes of its input to the input itself.

    Shape:
        as that of the module, whose output has the shape of its input.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, features: Tensor) -> Tensor:
        return features + self.module(features)


class LeNet5(nn.Module):
    """LeNet-5 as printed in 1998: 60,000 learned numbers.

    What later copies leave out is here: pooling that learns a factor and a bias per map, the
    table that connects C3 to some maps of S2 only, a scaled tanh, and an output that measures
    the distance to one fixed code of 84 signs per class. The paper drew those codes as pictures
    of characters; here they are random signs, its other proposal.

    Shape:
        (batch, 1 or 3, 32, 32) -> (batch, num_classes). Colour pictures are averaged to gray.

    Source:
        LeCun, Bottou, Bengio and Haffner 1998, "Gradient-Based Learning Applied to Document
        Recognition", section II.B and table I.
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=5)
        self.s2 = Subsampling(6)
        self.c3 = TableConv2d(C3_TABLE, in_channels=6, kernel_size=5)
        self.s4 = Subsampling(16)
        self.c5 = nn.Conv2d(16, 120, kernel_size=5)
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


C3_TABLE = (  # the maps of S2 that each map of C3 reads
    *((i, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)


class TableConv2d(nn.Module):
    """A convolution whose output maps read only the input maps a table names.

    Shape:
        (batch, in_channels, height, width) -> (batch, len(table), height', width')
    """

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


BY_NAME: dict[str, Callable[..., nn.Module]] = {
    "simple-cnn": SimpleCNN,
    "mlp": MLP,
    "small-cnn": SmallCNN,
    "fast-cnn": FastCNN,
    "lenet5": LeNet5,
}


@contextmanager
def in_eval_mode(model: nn.Module) -> Iterator[None]:
    """Put a model into eval mode, and each of its modules back into the mode it was in."""
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
