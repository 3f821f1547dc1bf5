"""A learner's own network on an image, map by map."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from cnnlab.errors import ShapeError
from cnnlab.widgets.base import CourseWidget, Whole
from cnnlab.widgets.images import image_bytes

if TYPE_CHECKING:
    from torch import nn

IMAGES = 4
LARGEST = 96  # pixels along a side
NUMBERS = 260_000  # weights in a page: about 1.4 MB


class NetworkExplorer(CourseWidget):
    """Open a trained network: the maps of each layer, and what one number in a map is made of.

    The page holds the weights of the convolutions and batch norms as float32 and computes every
    map from the image itself. So each number that it shows is the network's own, with no
    kernel too. The network is in eval mode. What is not a map (flatten, linear layers) is named
    at the end, and the classes' percentages come from torch.

    Args:
        model: a network with a convolution; a forward of layers, activations and sums. It is
            left as it was. At most 260,000 weights are drawn, which make a page of 1.4 MB.
        images: 1 to 4 of them (n, 1 or 3, height, width), uint8 or float in [0, 1], at most
            96x96 pixels. They are rounded to 8 bits.
        classes: the name of each class.
        labels: what each image shows: the number of its class, or a word.
        until: the name of the last layer that is drawn, such as "group1.3". Default: the last
            that has maps.

    Raises:
        ShapeError: if images, classes and labels do not go together, there is no convolution to
            draw, or there are too many weights.
        ValueError: if no layer has the name `until`.

    `picture`, `step`, `map` and `cell` say what is in view; `scope` is "layer" or "map", the
    numbers that share one color scale.
    """

    page = "network_explorer"

    pictures = traitlets.List(traitlets.Unicode()).tag(sync=True)
    captions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    probabilities: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    steps: "traitlets.List[Any]" = traitlets.List().tag(sync=True)
    numbers = traitlets.Unicode().tag(sync=True)
    rest = traitlets.List(traitlets.Unicode()).tag(sync=True)
    picture = Whole().tag(sync=True)
    step = Whole().tag(sync=True)
    map = Whole().tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [0, 0], 2, 2).tag(sync=True)
    scope = traitlets.Enum(["layer", "map"], "layer").tag(sync=True)

    def __init__(
        self,
        model: "nn.Module",
        images: Any,
        *,
        classes: Sequence[str],
        labels: Any = None,
        until: str | None = None,
    ) -> None:
        import torch

        from cnnlab.training import predict
        from cnnlab.widgets.explorer_steps import explorer_steps

        pixels = _pixels(images)
        device = next((parameter.device for parameter in model.parameters()), "cpu")
        batch = torch.from_numpy(pixels / np.float32(255)).to(device)
        probabilities = _probabilities(predict(model, batch), classes)
        found = explorer_steps(model, batch[:1], until)
        if (count := sum(map(torch.numel, found.numbers))) > NUMBERS:
            raise ShapeError(
                f"the layers that would be drawn hold {count:,} weights, more than the {NUMBERS:,} "
                "that a page may take. Use a narrower model, or draw fewer layers: until=..."
            )
        first = next(i for i, step in enumerate(found.steps) if step["kind"] == "conv")
        height, width = found.steps[first]["shape"][1:]
        super().__init__(
            pictures=[base64.b64encode(each.tobytes()).decode() for each in pixels],
            captions=_captions(labels, classes, len(pixels)),
            classes=list(classes),
            probabilities=probabilities,
            steps=found.steps,
            numbers=base64.b64encode(found.float32()).decode(),
            rest=found.rest,
            step=first,
            cell=[height // 2, width // 2],
        )

    def _check(self) -> None:
        _within("picture", self.picture, len(self.pictures))
        _within("step", self.step, len(self.steps))
        maps, height, width = self.steps[self.step]["shape"]
        _within("map", self.map, maps)
        _within("row", self.cell[0], height)
        _within("column", self.cell[1], width)

    def __repr__(self) -> str:
        count = sum(step["kind"] == "conv" for step in self.steps)
        return f"NetworkExplorer({count} convolutions, {len(self.pictures)} pictures)"


def _within(name: str, value: int, count: int) -> None:
    if not 0 <= value < count:
        raise ShapeError(f"{name}={value} is not there. Use 0 to {count - 1}.")


def _pixels(images: Any) -> np.ndarray:
    """Return the images as uint8 (n, channels, height, width)."""
    if not 1 <= len(images) <= IMAGES:
        raise ShapeError(f"there are {len(images)} images. Give 1 to {IMAGES}.")
    pixels = [image_bytes(f"images[{i}]", image) for i, image in enumerate(images)]
    if len(shapes := {each.shape[:2] for each in pixels}) > 1:
        raise ShapeError(f"images have different sizes {sorted(shapes)}. Use images of one size.")
    if max(pixels[0].shape[:2]) > LARGEST:
        height, width = pixels[0].shape[:2]
        raise ShapeError(
            f"images are {height}x{width} pixels. NetworkExplorer takes at most "
            f"{LARGEST}x{LARGEST}: make them smaller first."
        )
    return np.ascontiguousarray(np.stack(pixels).transpose(0, 3, 1, 2))


def _probabilities(logits: Any, classes: Sequence[str]) -> list[list[float]]:
    if logits.ndim != 2 or logits.shape[1] != len(classes):
        raise ShapeError(
            f"the model gives {tuple(logits.shape)} for {len(logits)} images, but there are "
            f"{len(classes)} classes. Give one name for each logit."
        )
    return [[round(value, 5) for value in row] for row in logits.double().softmax(dim=1).tolist()]


def _captions(labels: Any, classes: Sequence[str], count: int) -> list[str]:
    if labels is None:
        return [f"picture {number + 1}" for number in range(count)]
    if len(labels) == count and all(isinstance(label, str) for label in labels):
        return list(labels)
    if len(labels) != count or not all(0 <= int(label) < len(classes) for label in labels):
        raise ShapeError(
            f"labels={[int(label) for label in labels]} for {count} images and {len(classes)} "
            "classes. Give the number of a class for each image."
        )
    return [classes[int(label)] for label in labels]
