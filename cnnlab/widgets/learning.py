"""A small convolutional network that learns in the page, by plain JavaScript."""

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from cnnlab.errors import ShapeError, as_bool, as_int
from cnnlab.widgets.base import CourseWidget, Whole, for_page

if TYPE_CHECKING:
    from cnnlab.data import ImageData

SIZE = 20  # pixels along a side, as the network gets the images
LEARNABLE, HELD_OUT = 1_000, 200
MOST_KERNELS = 16
MOST_CLASSES = 10


class Learning(CourseWidget):
    """Train a small convolutional network in the page: watch its kernels, maps and accuracy.

    Two convolutions with 5x5 kernels, each followed by ReLU and max pooling, and a linear layer;
    cross-entropy, and Adam, 20 images a step, whose first 100 steps rise to the learning rate.
    The page computes all of it, with no kernel and no network.

    Args:
        images: an ImageData of at most 10 classes; by default Shapes-10. The page gets the first
            1,000 training and 200 test images, in gray, at 20x20 pixels and 16 levels. Training
            images are also shown turned by quarters and mirrored.
        learning_rate: Adam's step size, above 0 and at most 1.
        kernels: of the first convolution, 1 to 16; the second has twice as many.
        shared: one kernel for all places. False gives each place kernels of its own (a locally
            connected layer).
        pooled: max pooling of 2x2 after the first convolution, and of the whole map after the
            second. False takes a stride of 2 instead, and hands all numbers of the last maps on.
        permuted: put the pixels of all images, training and test, into one random order.
        seed: decides the first weights and the order of the images. "Start over" takes the next.

    When training pauses, `seen` is the number of images of all steps so far, and `accuracy` the
    fraction of the test images that the network has right, or None before it is measured.

    Raises:
        ShapeError: for images of another kind, or a `shared`, `pooled` or `permuted` that is not
            a bool. Other values out of range are explained in the page.
    """

    page = "learning"

    packed = traitlets.Unicode().tag(sync=True)
    labels = traitlets.Unicode().tag(sync=True)
    size = traitlets.Int(SIZE).tag(sync=True)
    held_out = traitlets.Int().tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    learning_rate = traitlets.Float(0.003).tag(sync=True, to_json=lambda value, _: for_page(value))
    kernels = Whole().tag(sync=True)
    shared = traitlets.Bool(True).tag(sync=True)
    pooled = traitlets.Bool(True).tag(sync=True)
    permuted = traitlets.Bool(False).tag(sync=True)
    seed = Whole().tag(sync=True)
    example = Whole().tag(sync=True)
    seen = traitlets.Int(0).tag(sync=True)
    accuracy = traitlets.Float(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        images: "ImageData | None" = None,
        *,
        learning_rate: float = 0.003,
        kernels: int = 8,
        shared: bool = True,
        pooled: bool = True,
        permuted: bool = False,
        seed: int = 0,
    ) -> None:
        if images is None:
            from cnnlab.data import shapes10

            images = shapes10(LEARNABLE, HELD_OUT)
        _check_images(images)
        train, test = images.train_labels[:LEARNABLE], images.test_labels[:HELD_OUT]
        super().__init__(
            packed=_packed(images),
            labels=_text([*train.tolist(), *test.tolist()]),
            held_out=len(test),
            classes=list(images.classes),
            learning_rate=learning_rate,
            kernels=kernels,
            shared=as_bool("shared", shared),
            pooled=as_bool("pooled", pooled),
            permuted=as_bool("permuted", permuted),
            seed=as_int("seed", seed, minimum=0),
        )

    def _check(self) -> None:
        if not 0 < self.learning_rate <= 1:
            rate = f"{self.learning_rate:g}"
            raise ShapeError(f"learning_rate={rate} must be above 0 and at most 1.")
        if not 1 <= self.kernels <= MOST_KERNELS:
            raise ShapeError(f"kernels={self.kernels} must be from 1 to {MOST_KERNELS}.")
        if not 0 <= self.example < self.held_out:
            raise ShapeError(
                f"example={self.example} is not a test image. Use 0 to {self.held_out - 1}."
            )

    def __repr__(self) -> str:
        count = len(base64.b64decode(self.labels))
        return f"Learning({count - self.held_out:,} training and {self.held_out:,} test images)"


def _check_images(images: Any) -> None:
    if not hasattr(images, "train_images"):
        raise ShapeError(
            f"images is {type(images).__name__}, not an ImageData. Use data.shapes10() or "
            "data.load()."
        )
    if not 2 <= len(images.classes) <= MOST_CLASSES:
        count = len(images.classes)
        raise ShapeError(
            f"images has {count} class{'' if count == 1 else 'es'}. The network in the page takes "
            f"2 to {MOST_CLASSES}."
        )
    if 0 in (len(images.train_labels), len(images.test_labels)):
        raise ShapeError(
            f"images has {len(images.train_labels)} training and {len(images.test_labels)} test "
            "images. Give at least one of each."
        )


def _packed(images: "ImageData") -> str:
    """Return the images, gray and small, as base64: two pixels in a byte, each image 0 to 15."""
    import torch
    from torch.nn import functional as F

    every = torch.cat([images.train_images[:LEARNABLE], images.test_images[:HELD_OUT]])
    gray = every.float().mean(dim=1, keepdim=True)
    small = F.adaptive_avg_pool2d(gray, SIZE).flatten(1).double()  # (N, SIZE x SIZE)
    low, high = small.amin(1, keepdim=True), small.amax(1, keepdim=True)
    levels = ((small - low) / (high - low).clamp(min=1) * 15).round().numpy().astype(np.uint8)
    flat = levels.reshape(-1, 2)
    return _text(flat[:, 0] * 16 + flat[:, 1])


def _text(numbers: Any) -> str:
    return base64.b64encode(np.asarray(numbers, dtype=np.uint8).tobytes()).decode()
