"""Training and test images with their labels, as tensors."""

import html
from dataclasses import dataclass, replace

import torch
from torch import Tensor

BANNER = "border: 2px solid; border-left-width: 12px; padding: 0.6em 1em; max-width: 45em"
ORDER_SEED = 0  # of the order in which images come, whatever their order on the disk


@dataclass(frozen=True, eq=False)
class ImageData:
    """Training and test images with their labels.

    Attributes:
        train_images, test_images: (N, 3, height, width) uint8.
        train_labels, test_labels: (N,) int64, indices into `classes`.
        classes: the name of each label.
        name: that of the data set, such as "shapes10", or the folder's.
        source: where the images come from, to be printed beside every figure.
        note: why they are not those that were asked for; a notebook shows it as a banner.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    classes: tuple[str, ...]
    name: str
    source: str
    note: str = ""

    def to(self, device: torch.device | str) -> "ImageData":
        """Return the same images on `device`."""
        return replace(
            self,
            train_images=self.train_images.to(device),
            train_labels=self.train_labels.to(device),
            test_images=self.test_images.to(device),
            test_labels=self.test_labels.to(device),
        )

    def subset(self, n: int, seed: int = 0) -> "ImageData":
        """Return `n` training images drawn by `seed`, with all test images.

        Raises:
            ValueError: if there are fewer than `n` training images, or `n` is below 1.
        """
        total = len(self.train_labels)
        if not 1 <= n <= total:
            raise ValueError(f"n={n} must be from 1 to {total}, the training images there are.")
        order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))
        chosen = order[:n].to(self.train_labels.device)
        return replace(
            self, train_images=self.train_images[chosen], train_labels=self.train_labels[chosen]
        )

    def __repr__(self) -> str:
        channels, height, width = self.train_images.shape[1:]
        return (
            f"{self.source}: {len(self.train_labels):,} training and {len(self.test_labels):,} "
            f"test images of {channels}x{height}x{width}, {len(self.classes)} classes"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows: what this is, above it a banner if there is a note."""
        text = f"<p>{html.escape(repr(self))}</p>"
        if not self.note:
            return text
        return f'<div role="note" style="{BANNER}">{html.escape(self.note)}</div>{text}'


def fixed_order(count: int) -> Tensor:
    """Return the order of the images of a data set, shuffled by a fixed seed.

    Folders are sorted by class. On sorted test batches a network left in train mode looks
    broken, and a first batch of one class teaches nothing.
    """
    return torch.randperm(count, generator=torch.Generator().manual_seed(ORDER_SEED))
