"""ViT, a small vision transformer: what is left when a convolution's assumptions are dropped."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.models.fast import Residual


class Attention(nn.Module):
    """Give each patch a mean over all patches, weighted by softmax(Q K^T / sqrt(d)), in each head.

    Shape:
        (batch, patches, width) -> the same; `width` a multiple of `heads`.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, patches: Tensor) -> Tensor:
        rows = self.queries_keys_values(patches).chunk(3, dim=-1)
        queries, keys, values = (
            row.unflatten(-1, (self.heads, -1)).transpose(1, 2) for row in rows
        )
        mixed = F.scaled_dot_product_attention(queries, keys, values)
        return self.out(mixed.transpose(1, 2).flatten(2))


class ViT(nn.Module):
    """Cut an image into patches, mix them by attention, and classify their mean.

    As it is, it does as many MACs as `SmallCNN` on 32x32 pixels, and learns about as many numbers.

    Args:
        patch: height and width of a patch in pixels.
        width: numbers that stand for a patch.
        depth: blocks of attention and of a network with `hidden` units for each patch.
        heads: attentions side by side in a block.
        positions: whether a patch is told by a learned vector where it stands.

    Shape:
        (batch, 3, height, width) -> (batch, num_classes); sizes as `image_size` says.

    Source:
        Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", arXiv:2010.11929, with the mean
        of the patches in place of the class token.
    """

    def __init__(
        self,
        num_classes: int = 10,
        *,
        image_size: tuple[int, int] = (32, 32),
        patch: int = 4,
        width: int = 48,
        depth: int = 3,
        heads: int = 3,
        hidden: int = 112,
        positions: bool = True,
    ) -> None:
        super().__init__()
        self.patches = (image_size[0] // patch) * (image_size[1] // patch)
        self.standardize = nn.BatchNorm2d(3)
        self.embed = nn.Conv2d(3, width, kernel_size=patch, stride=patch)
        start = 0.02 * torch.randn(self.patches, width)
        self.positions = nn.Parameter(start) if positions else None

        def mixed() -> nn.Module:
            return Residual(nn.Sequential(nn.LayerNorm(width), Attention(width, heads)))

        def each_alone() -> nn.Module:
            layers = nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width)
            return Residual(nn.Sequential(nn.LayerNorm(width), *layers))

        blocks = [layer for _ in range(depth) for layer in (mixed(), each_alone())]
        self.blocks = nn.Sequential(*blocks, nn.LayerNorm(width))
        self.linear = nn.Linear(width, num_classes)
        self.attention_macs = 2 * depth * self.patches**2 * width  # of Q K^T and of the mean

    def forward(self, images: Tensor) -> Tensor:
        patches = self.embed(self.standardize(images)).flatten(2).transpose(1, 2)
        if self.positions is not None:
            patches = patches + self.positions
        return self.linear(self.blocks(patches).mean(dim=1))
