"""The networks that the lessons write by hand: SimpleCNN, MLP and SmallCNN."""

from torch import Tensor, nn


class SimpleCNN(nn.Module):
    """One convolution, one pooling, one linear layer: the network that lesson 05 writes by hand.

    Args:
        image_size: height and width of the images, which decide the linear layer's inputs.

    Shape:
        (batch, 3, height, width) -> (batch, num_classes); height and width at least 2.
    """

    smallest_image = 2

    def __init__(self, num_classes: int = 10, *, image_size: tuple[int, int] = (32, 32)) -> None:
        super().__init__()
        height, width = image_size
        self.conv = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.linear = nn.Linear(16 * (height // 2) * (width // 2), num_classes)

    def forward(self, images: Tensor) -> Tensor:
        feature_map = self.relu(self.conv(images))  # (batch, 16, 32, 32)
        pooled = self.pool(feature_map)  # (batch, 16, 16, 16)
        return self.linear(pooled.flatten(start_dim=1))


class MLP(nn.Module):
    """Two linear layers: the network that does not know its input is an image.

    Each channel is standardized first, as in the networks that it is compared with: without that
    it often learns nothing on Shapes-10.

    Args:
        hidden_features: the width of the layer between.
        image_size: height and width of the images.

    Shape:
        (batch, 3, height, width) -> (batch, num_classes)
    """

    smallest_image = 1

    def __init__(
        self,
        num_classes: int = 10,
        *,
        hidden_features: int = 64,
        image_size: tuple[int, int] = (32, 32),
    ) -> None:
        super().__init__()
        height, width = image_size
        self.standardize = nn.BatchNorm2d(3, affine=False)
        self.hidden = nn.Linear(3 * height * width, hidden_features)
        self.relu = nn.ReLU()
        self.linear = nn.Linear(hidden_features, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        flat = self.standardize(images).flatten(start_dim=1)  # (batch, 3072)
        return self.linear(self.relu(self.hidden(flat)))


class SmallCNN(nn.Sequential):
    """Four convolutions with batch norm, then the largest response of each map.

    The pooling over the whole map keeps *whether* a feature was seen and drops *where*.

    Args:
        widths: output channels of the four convolutions.

    Shape:
        (batch, 3, height, width) -> (batch, num_classes); height and width at least 4.
    """

    smallest_image = 4

    def __init__(
        self, num_classes: int = 10, *, widths: tuple[int, int, int, int] = (16, 32, 64, 64)
    ) -> None:
        first, second, third, fourth = widths
        super().__init__(
            nn.BatchNorm2d(3),  # brings the images themselves to mean 0 and variance 1
            *conv_block(3, first),
            nn.MaxPool2d(2),
            *conv_block(first, second),
            nn.MaxPool2d(2),
            *conv_block(second, third),
            *conv_block(third, fourth),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(fourth, num_classes),
        )


def conv_block(
    in_channels: int, out_channels: int, batch_norm: bool = True
) -> tuple[nn.Module, ...]:
    """Return a 3x3 convolution, its batch norm if it is to have one, and a ReLU."""
    conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=not batch_norm)
    return (conv, nn.BatchNorm2d(out_channels), nn.ReLU()) if batch_norm else (conv, nn.ReLU())
