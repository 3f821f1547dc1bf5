"""Turn images into batches: float32 in [0, 1] when asked for, without worker processes."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.data.augmentation import Augmentation


def batches(
    images: Tensor,
    labels: Tensor,
    batch_size: int,
    *,
    augment: Augmentation | None = None,
    shuffle: bool = True,
    generator: torch.Generator | None = None,
    part: tuple[int, int] = (0, 1),
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield every image once, as (float images in [0, 1], labels) on the images' device.

    Args:
        images: (N, channels, height, width) uint8.
        batch_size: images per batch; the last batch holds what is left.
        augment: changes each batch of uint8 images, such as `Augment(flip=True)`.
        shuffle: whether the order is drawn by `generator`.
        generator: a CPU generator for the order and the augmentation. Default: seed 0.
        part: (rank, size): only every `size`-th image of each batch, beginning with that of
            this rank. Of a batch with fewer images than `size`, each part has one image.

    Raises:
        ValueError: for a batch size below 1, fewer labels than images, or an impossible part.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size} must be at least 1.")
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} images but {len(labels)} labels: one label per image.")
    rank, size = part
    if not 0 <= rank < size:
        raise ValueError(f"part={part} must be (rank, size) with a rank from 0 to size - 1.")
    generator = generator or torch.Generator().manual_seed(0)
    count = len(images)
    order = torch.randperm(count, generator=generator) if shuffle else torch.arange(count)
    if size > 1:  # the order is the same for all; each part is augmented in its own way
        seed = int(torch.randint(2**62, (), generator=generator))
        generator = torch.Generator().manual_seed(seed + rank)
    chosen = (each[rank % len(each) :: size] for each in order.to(images.device).split(batch_size))
    if augment is None:
        return ((to_float(images[each]), labels[each]) for each in chosen)
    return ((to_float(augment(images[each], generator)), labels[each]) for each in chosen)


def to_float(images: Tensor) -> Tensor:
    """Return uint8 images as float32 in [0, 1]; float images as they are."""
    return images.float().div_(255) if images.dtype == torch.uint8 else images


def rescale(images: Tensor, scale: float) -> Tensor:
    """Return images (N, channels, height, width), their sides multiplied by `scale`."""
    if scale == 1:
        return images
    height, width = (max(1, round(scale * side)) for side in images.shape[2:])
    antialias = images.device.type != "mps"  # where PyTorch may not have it
    return F.interpolate(images, (height, width), mode="bilinear", antialias=antialias)
