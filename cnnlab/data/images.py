"""Training and test images with their labels, as tensors."""

import html
from dataclasses import dataclass, fields, replace
from typing import Any

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
        name: "shapes10", "cifar10", or the folder's name.
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
        moved: dict[str, Any] = {name: part.to(device) for name, part in self.tensors().items()}
        return replace(self, **moved)

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

    def tensors(self) -> dict[str, Tensor]:
        """Return the four tensors by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Tensor)}

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


def in_fixed_order(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Shuffle by a fixed seed.

    Folders are sorted by class. On sorted test batches a network left in train mode looks
    broken, and a first batch of one class teaches nothing.
    """
    order = fixed_order(len(labels))
    return images[order], labels[order]


def fixed_order(count: int) -> Tensor:
    """Return the order in which `in_fixed_order` puts so many images."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(ORDER_SEED))
