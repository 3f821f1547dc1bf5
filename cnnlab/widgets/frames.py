"""Prepared pictures under one slider."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from cnnlab.errors import ShapeError, as_int
from cnnlab.widgets.base import CourseWidget, Whole
from cnnlab.widgets.images import as_array, image_bytes, png_uri

LARGEST = 2_000_000  # characters of all pictures in a page


class Frames(CourseWidget):
    """Show prepared pictures one at a time, under one slider.

    Args:
        pictures: (n, 1 or 3, height, width), uint8 or float in [0, 1]; or a list of n pictures,
            which may differ in size. They stand in the page as PNG and may take 2,000,000
            characters together: about 450 noisy color pictures of 32x32, or 12 of 200x200.
        captions: one sentence per picture. A screen reader says it in the picture's place.
        bars: (n, classes) fractions in [0, 1], drawn as one bar per class.
        classes: the names of the bars.
        label: what the slider changes, such as "shift in pixels".
        start: the picture shown first, counted from 0.

    Raises:
        ShapeError: if pictures, captions, bars and classes do not go together, or `start` is not a
            picture.

    `index` is the picture in view.

    Example:
        >>> Frames([[[[0.0, 0.5]]], [[[0.5, 1.0]]]], ["dark", "bright"], label="brightness")
        Frames(2 pictures, brightness)
    """

    page = "frames"

    pictures = traitlets.List(traitlets.Unicode()).tag(sync=True)
    captions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    bars: traitlets.List = traitlets.List().tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    label = traitlets.Unicode("frame").tag(sync=True)
    index = Whole().tag(sync=True)

    def __init__(
        self,
        pictures: Any,
        captions: Sequence[str],
        *,
        bars: Any = None,
        classes: Sequence[str] | None = None,
        label: str = "frame",
        start: int = 0,
    ) -> None:
        encoded = [
            png_uri(image_bytes(f"pictures[{number}]", picture))
            for number, picture in enumerate(pictures)
        ]
        _check_size(encoded)
        if len(captions) != len(encoded):
            raise ShapeError(
                f"there are {len(captions)} captions and {len(encoded)} pictures. "
                "Give one caption for each picture."
            )
        if as_int("start", start, minimum=0) >= len(encoded):
            raise ShapeError(_out_of_range("start", start, len(encoded)))
        super().__init__(
            pictures=encoded,
            captions=list(captions),
            bars=_bars(bars, classes, len(encoded)),
            classes=[] if bars is None else list(classes or ()),
            label=label,
            index=start,
        )

    def _check(self) -> None:
        if not 0 <= self.index < len(self.pictures):
            raise ShapeError(_out_of_range("index", self.index, len(self.pictures)))

    def __repr__(self) -> str:
        count = len(self.pictures)
        return f"Frames({count} picture{'s' if count > 1 else ''}, {self.label})"


def _out_of_range(name: str, value: int, count: int) -> str:
    return f"{name}={value} is not a picture. Use 0 to {count - 1}."


def _check_size(encoded: list[str]) -> None:
    if not encoded:
        raise ShapeError("there are 0 pictures. Give at least one.")
    size = sum(map(len, encoded))
    if size > LARGEST:
        raise ShapeError(
            f"{len(encoded)} pictures take {size:,} characters as PNG, more than {LARGEST:,}. "
            "Give fewer or smaller pictures."
        )


def _bars(bars: Any, classes: Sequence[str] | None, count: int) -> list[list[float]]:
    if bars is None:
        if classes is not None:
            raise ShapeError("classes name the bars, and there are none. Give bars as well.")
        return []
    fractions = as_array(bars)
    if fractions.ndim != 2 or classes is None or fractions.shape != (count, len(classes)):
        names = "no classes" if classes is None else f"{len(classes)} classes"
        raise ShapeError(
            f"bars has shape {fractions.shape} for {count} pictures and {names}. "
            "Use (pictures, classes), and name the classes."
        )
    if not (fractions.min() >= 0 and fractions.max() <= 1 + 1e-4):  # nan fails it as well
        raise ShapeError(
            f"bars has values from {fractions.min():g} to {fractions.max():g}. Use fractions in "
            "[0, 1], such as the softmax of the logits."
        )
    return np.round(fractions.astype(np.float64).clip(0, 1), 4).tolist()
