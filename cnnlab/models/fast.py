"""FastCNN, a small residual network, and the parts it is made of."""

from torch import Tensor, nn

from cnnlab.models.simple import conv_block


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

    smallest_image = 8

    def __init__(
        self,
        num_classes: int = 10,
        *,
        width: int = 64,
        batch_norm: bool = True,
        residual: bool = True,
    ) -> None:
        def block(in_channels: int, out_channels: int) -> nn.Sequential:
            return nn.Sequential(*conv_block(in_channels, out_channels, batch_norm))

        def two_blocks(channels: int) -> nn.Module:
            inner = nn.Sequential(block(channels, channels), block(channels, channels))
            return Residual(inner) if residual else inner

        super().__init__(
            nn.BatchNorm2d(3),  # brings the images themselves to mean 0 and variance 1
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
