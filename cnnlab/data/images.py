"""Training and test images with their labels, as tensors."""

import html
from dataclasses import dataclass, replace

import torch
from torch import Tensor

BANNER = "border: 2px solid; border-left-width: 12px; padding: 0.6em 1em; max-width: 45em"
ORDER_SEED = 0  # of the order in which images come, whatever their order on the disk


@dataclass(frozen=True, eq=False)
class ImageData:
    """Training and test images with their labels, and validation images if there are any.

    Attributes:
        train_images, test_images: (N, 3, height, width) uint8.
        train_labels, test_labels: (N,) int64, indices into `classes`.
        classes: the name of each label.
        name: that of the data set, such as "shapes10", or the folder's.
        source: where the images come from, to be printed beside every figure.
        validation: images and labels to choose by, held out of training.
        test_name: "test", or "validation" if that is what the test images are.
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
    validation: tuple[Tensor, Tensor] | None = None
    test_name: str = "test"

    def to(self, device: torch.device | str) -> "ImageData":
        """Return the same images on `device`."""
        return replace(
            self,
            train_images=self.train_images.to(device),
            train_labels=self.train_labels.to(device),
            test_images=self.test_images.to(device),
            test_labels=self.test_labels.to(device),
            validation=self.validation
            and (self.validation[0].to(device), self.validation[1].to(device)),
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

    @property
    def held_out(self) -> tuple[Tensor, Tensor] | None:
        """The validation images and their labels, wherever they are; None without any."""
        if self.test_name == "validation":
            return self.test_images, self.test_labels
        return self.validation

    def hold_out(self, n: int, seed: int = 0) -> "ImageData":
        """Return the same images, `n` of those for training held out for validation.

        Raises:
            ValueError: if there are validation images already, or none would be left to train on.
        """
        total = len(self.train_labels)
        if self.held_out:
            raise ValueError(f"{self.source} has validation images of its own: hold out no others.")
        if not 1 <= n < total:
            raise ValueError(f"validation={n} must be from 1 to {total - 1} training images.")
        order = torch.randperm(total, generator=torch.Generator().manual_seed(seed))
        order = order.to(self.train_labels.device)
        learned, decides = order[:-n], order[-n:]
        return replace(
            self,
            train_images=self.train_images[learned],
            train_labels=self.train_labels[learned],
            validation=(self.train_images[decides], self.train_labels[decides]),
        )

    def without_test(self) -> "ImageData":
        """Return the same images, the validation images in the place of the test images."""
        if self.validation is None:
            return self
        images, labels = self.validation
        return replace(
            self, test_images=images, test_labels=labels, test_name="validation", validation=None
        )

    def __repr__(self) -> str:
        channels, height, width = self.train_images.shape[1:]
        held_out = f", {len(self.validation[1]):,} validation" if self.validation else ""
        return (
            f"{self.source}: {len(self.train_labels):,} training{held_out} and "
            f"{len(self.test_labels):,} {self.test_name} images of "
            f"{channels}x{height}x{width}, {len(self.classes)} classes"
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
