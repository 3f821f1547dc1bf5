"""An image of the learner's own, cut to what a network reads, and what the network says of it."""

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from cnnlab.errors import ShapeError
from cnnlab.widgets.base import CourseWidget
from cnnlab.widgets.images import image_bytes, png_uri

if TYPE_CHECKING:
    from torch import Tensor, nn

LARGEST = 512  # pixels along a side of the image in the page


class Photograph(CourseWidget):
    """Choose an image, move the square that is cut out, and see the network's percentages.

    What is cut out is scaled to `size` by averaging; the page does it, with no kernel too. The
    percentages come from the network and need the kernel.

    Args:
        model: a network with `classes`, such as `models.pretrained()`.
        picture: the image shown first (1 or 3, height, width), uint8 or float in [0, 1], at most
            512x512 pixels. It never leaves this machine, nor does any other.
        size: side in pixels of what the network reads.

    Raises:
        ShapeError: if the model has no classes or another number of logits, or the image is not
            one or is too large.

    `image` is what is cut out, (3, size, size) uint8; `crop` is its left edge, top edge and side
    in pixels of the whole image; `bars` is the probability of each class.
    """

    page = "photograph"

    picture = traitlets.Unicode().tag(sync=True)
    crop = traitlets.List(traitlets.Float()).tag(sync=True)
    pixels = traitlets.Unicode().tag(sync=True)
    size = traitlets.Int().tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    bars: traitlets.List = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(self, model: "nn.Module", picture: Any, *, size: int = 32) -> None:
        classes = getattr(model, "classes", ())
        if not classes:
            raise ShapeError(
                f"the {type(model).__name__} has no classes. Set model.classes to their names."
            )
        self._model = model
        whole = image_bytes("picture", picture)
        whole = np.repeat(whole, 3 // whole.shape[2], axis=2)
        height, width = whole.shape[:2]
        if max(height, width) > LARGEST:
            raise ShapeError(
                f"picture has {height}x{width} pixels. Give at most {LARGEST}x{LARGEST}."
            )
        side = min(height, width)
        left, top = (width - side) / 2, (height - side) / 2
        super().__init__(
            picture=png_uri(whole),
            crop=[left, top, side],
            pixels=base64.b64encode(averaged(whole, (left, top, side), size).tobytes()).decode(),
            size=size,
            classes=list(classes),
        )
        self._ask()
        self.observe(lambda _: self._ask(), "pixels")

    @property
    def image(self) -> "Tensor":
        """What the network reads now: (3, size, size) uint8."""
        import torch

        content = bytearray(base64.b64decode(self.pixels))
        return (
            torch.frombuffer(content, dtype=torch.uint8)
            .view(self.size, self.size, 3)
            .permute(2, 0, 1)
        )

    def _ask(self) -> None:
        from cnnlab.training import predict

        logits = predict(self._model, self.image[None])[0]
        if len(logits) != len(self.classes):
            raise ShapeError(
                f"the model gives {len(logits)} logits for {len(self.classes)} classes."
            )
        self.bars = [round(value, 4) for value in logits.double().softmax(dim=0).tolist()]

    def __repr__(self) -> str:
        best = max(range(len(self.bars)), key=self.bars.__getitem__)
        return f"Photograph({self.classes[best]} {self.bars[best]:.0%})"


def averaged(whole: np.ndarray, crop: tuple[float, float, float], size: int) -> np.ndarray:
    """Cut a square out of an image and scale it by averaging over areas, as the page does.

    Shape:
        (height, width, channels) uint8 -> (size, size, channels) uint8
    """
    left, top, side = crop
    rows = overlaps(top, side, size, whole.shape[0])
    columns = overlaps(left, side, size, whole.shape[1])
    means = np.einsum("ir,rcd,jc->ijd", rows, whole.astype(np.float64), columns)
    return np.floor(means + 0.5).astype(np.uint8)


def overlaps(start: float, length: float, count: int, pixels: int) -> np.ndarray:
    """Return the share of each pixel in each of `count` equal parts of a stretch.

    Shape:
        (count, pixels)
    """
    edges = start + length / count * np.arange(count + 1)
    places = np.arange(pixels)
    low = np.maximum(edges[:-1, None], places)
    high = np.minimum(edges[1:, None], places + 1)
    share = np.clip(high - low, 0, None)
    return share / share.sum(axis=1, keepdims=True)
