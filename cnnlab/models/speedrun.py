"""A network that is quick to train, after the published record for CIFAR-10.

Three of the ideas are in the network itself: a first layer computed from the images, kernels
that begin by copying their input, and a last layer whose outputs begin near zero.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnlab.data.batching import to_float
from cnnlab.data.images import ImageData

WHITENING_IMAGES = 1000  # a million patches: enough for a dozen directions
FLOOR = 5e-4  # added to each variance, in those of a pixel: what hardly varies is mostly noise


class SpeedrunCNN(nn.Sequential):
    """A fixed 2x2 convolution, then six of 3x3 with batch norm, in three groups.

    Args:
        widths: output channels of the three groups. (64, 256, 256) is for a GPU (1,972,792
            parameters), (16, 64, 64) for a CPU.
        stride: of the first convolution. 2 leaves a quarter of the work to all that follows.
        learn_bias: whether the first convolution's bias is learned, which `whiten` sets. Without,
            nothing before the second convolution needs a gradient.
        identity: whether the 3x3 kernels begin by copying their input channels, as far as there
            are output channels for it; else they begin at random, as torch makes them.

    Shape:
        (batch, 3, height, width) -> (batch, num_classes); height and width at least 9, or
        16 with a stride of 2.

    Source:
        Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", arXiv:2404.00498.
    """

    smallest_image = 9

    def __init__(
        self,
        num_classes: int = 10,
        *,
        widths: tuple[int, int, int] = (64, 256, 256),
        stride: int = 1,
        learn_bias: bool = True,
        identity: bool = True,
    ) -> None:
        channels = 2 * 3 * 2 * 2  # a kernel for each direction in a 2x2 patch, and its opposite
        whitening = nn.Conv2d(3, channels, kernel_size=2, stride=stride)
        whitening.weight.requires_grad_(False)
        whitening.get_parameter("bias").requires_grad_(learn_bias)
        groups = []
        for width in widths:
            groups.append(two_convolutions(channels, width, identity=identity))
            channels = width
        head = nn.Linear(channels, num_classes, bias=False)
        with torch.no_grad():
            head.weight /= channels * head.weight.std()  # the loss starts at that of guessing
        super().__init__(whitening, nn.GELU(), *groups, GlobalMaxPool(), head)


class GlobalMaxPool(nn.Module):
    """The largest response of each map.

    What AdaptiveMaxPool2d(1) and Flatten give together, whose gradient takes a card as long as
    that of a convolution. `maps.amax(dim=(2, 3))` would be shorter; compiled, in bfloat16, its
    gradient is not a number: it looks for the largest among numbers that were rounded since.

    Shape:
        (batch, channels, height, width) -> (batch, channels).
    """

    def forward(self, maps: Tensor) -> Tensor:
        return functional.max_pool2d(maps, maps.shape[2:]).flatten(1)


def two_convolutions(
    in_channels: int,
    out_channels: int,
    *,
    identity: bool = True,
    activation: Callable[[], nn.Module] = nn.GELU,
) -> nn.Sequential:
    """Return two 3x3 convolutions with batch norm, and max pooling by 2 after the first."""
    return nn.Sequential(
        _conv(in_channels, out_channels, identity=identity),
        nn.MaxPool2d(2),
        norm_without_scale(out_channels),
        activation(),
        _conv(out_channels, out_channels, identity=identity),
        norm_without_scale(out_channels),
        activation(),
    )


def _conv(in_channels: int, out_channels: int, *, identity: bool) -> nn.Conv2d:
    conv = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=False)
    if identity:
        nn.init.dirac_(conv.weight.data[:in_channels])
    return conv


def norm_without_scale(channels: int) -> nn.BatchNorm2d:
    """Return a batch norm that learns a shift and keeps its scale at 1."""
    norm = nn.BatchNorm2d(channels, momentum=0.4)
    norm.weight.requires_grad_(False)
    return norm


@torch.no_grad()
def whiten(model: nn.Module, data: ImageData) -> None:
    """Set a model's first convolution so that its outputs are uncorrelated, of variance 1.

    The kernels are the eigenvectors of the covariance of all patches of the kernel's size, each
    divided by the root of its eigenvalue; then the same with the sign turned. The bias takes
    the mean away. Only the first 1,000 training images are looked at.
    """
    assert isinstance(model, nn.Sequential)
    conv = model[0]
    assert isinstance(conv, nn.Conv2d)
    assert conv.bias is not None
    patches = patches_of(data.train_images[:WHITENING_IMAGES], conv.kernel_size[0])
    covariance, mean = torch.cov(patches.T).cpu().double(), patches.mean(dim=0).cpu().double()
    variances, directions = torch.linalg.eigh(covariance)
    scale = (variances + FLOOR * variances.mean()).rsqrt()
    kernels = (directions * scale).T
    bias = -kernels @ mean
    conv.weight.copy_(torch.cat([kernels, -kernels]).view_as(conv.weight))
    conv.bias.copy_(torch.cat([bias, -bias]))


def patches_of(images: Tensor, size: int) -> Tensor:
    """Return every patch of `size` x `size` pixels as a row.

    Shape:
        (N, channels, height, width) uint8 -> (patches, channels * size * size) float32
    """
    patches = to_float(images).unfold(2, size, 1).unfold(3, size, 1)  # (N, C, rows, columns, s, s)
    return patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, images.shape[1] * size * size)
