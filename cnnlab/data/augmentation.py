"""Change training images by chance: flip, shift, cutout."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from cnnlab.errors import as_int

Augmentation = Callable[[Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class Augment:
    """Change every image at random, each in its own way, and keep its size.

    Args:
        flip: mirror left and right, one image in two; "alternating": half of the images in
            one epoch, the other half in the next, so that two epochs show each image both
            ways. Not for images with a handedness.
        shift: move by up to so many pixels in both directions; the edge is repeated.
        cutout: blacken a square of so many pixels a side, anywhere.

    Raises:
        ValueError: for another `flip`, or a number of pixels below 0.

    Shape:
        (N, channels, height, width) uint8, CPU generator -> the same.

    Source:
        Cutout: DeVries and Taylor 2017, arXiv:1708.04552. Alternating flip: Jordan 2024,
        arXiv:2404.00498.
    """

    flip: bool | Literal["alternating"] = False
    shift: int = 0
    cutout: int = 0

    def __post_init__(self) -> None:
        if self.flip not in (False, True, "alternating"):
            raise ValueError(f"flip={self.flip!r} must be False, True or 'alternating'.")
        for name in ("shift", "cutout"):
            as_int(name, getattr(self, name), minimum=0)

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        if self.flip is True or self.shift:
            images = self._move(images, generator)
        if self.cutout:
            rows = _span(images, 2, self.cutout, generator)  # (N, height)
            columns = _span(images, 3, self.cutout, generator)  # (N, width)
            hidden = rows[:, None, :, None] & columns[:, None, None, :]
            images = images.masked_fill(hidden, 0)
        return images

    def for_epoch(self, images: Tensor, epoch: int, seed: int) -> Tensor:
        """Return the images as an epoch finds them: mirrored, if they are to alternate."""
        if self.flip != "alternating":
            return images
        generator = torch.Generator().manual_seed(seed)
        mirrored = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
        mirrored = mirrored.to(images.device) ^ bool(epoch % 2)
        return torch.where(mirrored, images.flip(3), images)

    def _move(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Read every output pixel from its place in the input."""
        count, _, height, width = images.shape
        if self.shift >= max(height, width):
            raise ValueError(
                f"shift={self.shift} must be below the images' size, {height}x{width} pixels."
            )
        device = images.device
        moves = torch.randint(-self.shift, self.shift + 1, (2, count, 1), generator=generator)
        down, across = _send(moves, device)
        rows = (torch.arange(height, device=device) - down).clamp(0, height - 1)  # (N, height)
        columns = (torch.arange(width, device=device) - across).clamp(0, width - 1)  # (N, width)
        if self.flip is True:
            mirrored = _send(torch.rand(count, 1, generator=generator) < 0.5, device)
            columns = torch.where(mirrored, columns.flip(1), columns)
        places = rows[:, :, None] * width + columns[:, None, :]  # (N, height, width)
        places = places.flatten(1)[:, None].expand(-1, images.shape[1], -1)
        return images.flatten(2).gather(2, places).view_as(images)


def _span(images: Tensor, axis: int, length: int, generator: torch.Generator) -> Tensor:
    """Return which pixels along `axis` lie in a stretch of `length` with a random center."""
    count, size = len(images), images.shape[axis]
    start = torch.randint(size, (count, 1), generator=generator) - length // 2
    places = torch.arange(size)
    return _send((places >= start) & (places < start + length), images.device)


def _send(numbers: Tensor, device: torch.device) -> Tensor:
    """Copy the CPU's numbers; on CUDA from pinned memory, for which the card need not stop."""
    if device.type != "cuda":
        return numbers.to(device)
    return numbers.pin_memory().to(device, non_blocking=True)
