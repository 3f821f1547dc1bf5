"""Give the course its pictures: Shapes-10, CIFAR-10 or a folder, and batches of them.

Pictures stay one uint8 tensor on the training device; a batch becomes float32 in [0, 1] when
it is asked for. There are no worker processes to wait for.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from cnnlab import cifar10, shapes
from cnnlab.errors import DataError
from cnnlab.pictures import ImageData, read_folder, tell

__all__ = ["Augment", "ImageData", "batches", "load", "shapes10"]

Augmentation = Callable[[Tensor, torch.Generator], Tensor]


def load(
    name: str | os.PathLike = "auto",
    *,
    root: str | os.PathLike | None = None,
    download: bool = True,
) -> ImageData:
    """Return the pictures called `name`, always in the same order.

    Args:
        name: "shapes10"; "cifar10"; "auto", which is CIFAR-10 if it is there or can be had and
            Shapes-10 if not; or a folder with train/<class>/*.png and test/<class>/*.png.
        root: where CIFAR-10 is looked for and kept. Default: `$CNNLAB_DATA`, else the user's
            cache folder.
        download: whether CIFAR-10 may be fetched (170 MB).

    Raises:
        DataError: if the pictures cannot be had. Never for "shapes10" and "auto".
    """
    if name == "shapes10":
        return shapes10()
    if name == "cifar10":
        return cifar10.load(root, download=download)
    if name != "auto":
        return _load_folder(Path(name))
    try:
        return cifar10.load(root, download=download)
    except DataError as error:
        tell(f"{error} Going on with Shapes-10, which is drawn here.")
        return shapes10()


def _load_folder(folder: Path) -> ImageData:
    if not folder.is_dir():
        raise DataError(
            f"name={str(folder)!r} is neither auto, shapes10, cifar10 nor a folder that exists."
        )
    return read_folder(folder, name=folder.name, source=f"Pictures in {folder}")


def shapes10(
    train_size: int = 10_000,
    test_size: int = 2_000,
    *,
    seed: int = 0,
    position: str = "anywhere",
    test_position: str | None = None,
    cue: str = "shape",
) -> ImageData:
    """Draw Shapes-10: 32x32 pictures of ten shapes; every class equally often.

    Args:
        seed: decides everything about the pictures.
        position: where shapes stand: "anywhere", "left", "right" or "centre".
        test_position: the same for the test pictures, where it differs.
        cue: "shape" (colours are random) or "color" (shapes are random, and the shape's
            colour tells the class).
    """
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for size, place in ((train_size, position), (test_size, test_position or position)):
        labels = torch.arange(size) % len(shapes.CLASSES)
        labels = labels[torch.randperm(size, generator=generator)]
        parts += [shapes.draw(labels, generator, position=place, cue=cue), labels]
    return ImageData(*parts, shapes.CLASSES, "shapes10", "Shapes-10")


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
    """Yield every picture once, as (float images in [0, 1], labels) on the pictures' device.

    Args:
        images: (N, channels, height, width) uint8.
        batch_size: pictures per batch; the last batch holds what is left.
        augment: changes each batch of uint8 pictures, such as `Augment(flip=True)`.
        shuffle: whether the order is drawn anew by `generator`.
        generator: a CPU generator for the order and the augmentation. Default: seed 0.
        part: (rank, size): only every `size`-th picture of each batch, beginning with that of
            this rank. Of a batch with fewer pictures than `size`, each part has one picture.

    Raises:
        ValueError: for a batch size below 1, fewer labels than pictures, or a part that is none.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size} must be at least 1.")
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} images but {len(labels)} labels: one label per picture.")
    if not 0 <= part[0] < part[1]:
        raise ValueError(f"part={part} must be (rank, size) with a rank from 0 to size - 1.")
    return _batches(images, labels, batch_size, augment, shuffle, generator, part)


def _batches(
    images: Tensor,
    labels: Tensor,
    batch_size: int,
    augment: Augmentation | None,
    shuffle: bool,
    generator: torch.Generator | None,
    part: tuple[int, int],
) -> Iterator[tuple[Tensor, Tensor]]:
    generator = generator or torch.Generator().manual_seed(0)
    count, (rank, size) = len(images), part
    order = torch.randperm(count, generator=generator) if shuffle else torch.arange(count)
    if size > 1:  # the order is the same for all; each part is augmented in its own way
        seed = int(torch.randint(2**62, (), generator=generator))
        generator = torch.Generator().manual_seed(seed + rank)
    for chosen in order.to(images.device).split(batch_size):
        chosen = chosen[rank % len(chosen) :: size]
        batch = images[chosen]
        if augment is not None:
            batch = augment(batch, generator)
        yield to_float(batch), labels[chosen]


def to_float(images: Tensor) -> Tensor:
    """Return uint8 pictures as float32 in [0, 1]; float pictures as they are."""
    return images.float().div_(255) if images.dtype == torch.uint8 else images


@dataclass(frozen=True)
class Augment:
    """Change every picture by chance, each in its own way, and keep its size.

    Args:
        flip: mirror left and right, one picture in two; "alternating": half of the pictures in
            one epoch, the other half in the next, so that two epochs show each picture both
            ways. Not for pictures with a handedness.
        shift: move by up to so many pixels in both directions; the edge is repeated.
        cutout: blacken a square of so many pixels a side, anywhere.

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

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        if self.flip is True or self.shift:
            images = self._move(images, generator)
        if self.cutout:
            rows, columns = (_span(images, axis, self.cutout, generator) for axis in (2, 3))
            hidden = rows[:, None, :, None] & columns[:, None, None, :]
            images = images.masked_fill(hidden, 0)
        return images

    def for_epoch(self, images: Tensor, epoch: int, seed: int) -> Tensor:
        """Return the pictures as an epoch finds them: mirrored, if they are to alternate."""
        if self.flip != "alternating":
            return images
        generator = torch.Generator().manual_seed(seed)
        mirrored = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
        mirrored = mirrored.to(images.device) ^ bool(epoch % 2)
        return torch.where(mirrored, images.flip(3), images)

    def _move(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Read every output pixel from its place in the input."""
        count, _, height, width = images.shape
        low, high, device = -self.shift, self.shift + 1, images.device
        # On CUDA a copy that is not waited for keeps the card busy; the CPU's numbers are safe.
        at_once = {"device": device, "non_blocking": device.type == "cuda"}
        down, across = torch.randint(low, high, (2, count, 1), generator=generator).to(**at_once)
        rows = (torch.arange(height, device=device) - down).clamp(0, height - 1)  # (N, height)
        columns = (torch.arange(width, device=device) - across).clamp(0, width - 1)  # (N, width)
        if self.flip is True:
            mirrored = (torch.rand(count, 1, generator=generator) < 0.5).to(**at_once)
            columns = torch.where(mirrored, columns.flip(1), columns)
        places = rows[:, :, None] * width + columns[:, None, :]  # (N, height, width)
        places = places.flatten(1)[:, None].expand(-1, images.shape[1], -1)
        return images.flatten(2).gather(2, places).view_as(images)


def _span(images: Tensor, axis: int, length: int, generator: torch.Generator) -> Tensor:
    """Return which of the pixels along `axis` lie in a stretch around a middle drawn at random."""
    count, size = len(images), images.shape[axis]
    start = torch.randint(size, (count, 1), generator=generator) - length // 2
    places = torch.arange(size)
    return ((places >= start) & (places < start + length)).to(images.device)
