"""Draw what the lessons look at: each function draws into one Axes and computes nothing."""

import math
from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, Protocol

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter
from torch import Tensor

from cnnlab.grids import HIGHEST, INK, WIDEST, FittedText, equation, numbers, text_width
from cnnlab.models import figure_text
from cnnlab.models.diagrams import cones, flow, plan

__all__ = [
    "LiveCurve",
    "cones",
    "confusion_matrix",
    "equation",
    "feature_maps",
    "flow",
    "learning_curve",
    "numbers",
    "picture_grid",
    "plan",
]


Place = tuple[int, int]  # row, column


class History(Protocol):
    """What `training.train` returns, as far as it is drawn."""

    epochs: list[Any]


def picture_grid(
    images: Tensor,
    captions: Sequence[str] | None = None,
    *,
    columns: int = 8,
    found: Sequence[Sequence[Place]] = (),
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw images side by side, each in a frame, with its caption below.

    Args:
        images: (N, 3 or 1, height, width), uint8 or float in [0, 1].
        captions: one text per image, such as its class; it may have several lines.
        found: for each image, the (row, column) of what is to be circled in it.

    Raises:
        ValueError: if there is no image, or not one caption per image.
    """
    pictures = [image.permute(1, 2, 0).squeeze() for image in images.cpu()]
    style = {"cmap": "gray", "vmin": 0, "vmax": 255 if images.dtype.itemsize == 1 else 1}
    return _tiles(pictures, captions, columns, found, title=title, ax=ax, style=style).axes


def feature_maps(
    maps: Tensor,
    captions: Sequence[str] | None = None,
    *,
    columns: int = 8,
    found: Sequence[Sequence[Place]] = (),
    limit: float | None = None,
    label: str = "response",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw feature maps side by side with one scale: blue below zero, white at zero, red above.

    Maps without a number below zero are amounts, from dark to bright.

    Args:
        maps: (N, height, width), or one map (height, width).
        captions, columns, found: as for `picture_grid`.
        limit: where the scale ends; without it, at the largest size in the maps.
        label: what the scale counts, and its unit.

    Raises:
        ValueError: if there is no map, or not one caption per map.
    """
    maps = (maps[None] if maps.ndim == 2 else maps).detach().float().cpu()
    largest = maps.abs().max().item() if maps.numel() else 0
    limit = limit or largest or 1.0
    ticks = (-limit, 0.0, limit) if largest and maps.min() < 0 else (0.0, limit)
    style = {"cmap": "RdBu_r" if ticks[0] else "viridis", "vmin": ticks[0], "vmax": limit}
    shown = _tiles(
        list(maps), captions, columns, found, title=title, ax=ax, style=style, beside=1.4
    )
    scale = shown.figure.colorbar(shown, ax=shown.axes, label=label, fraction=0.05, ticks=ticks)
    scale.ax.set_yticklabels([f"{tick:.3g}".replace("-", "\N{MINUS SIGN}") for tick in ticks])
    scale.outline.set(edgecolor=INK, linewidth=1)
    return shown.axes


def _tiles(
    images: Sequence[Tensor],
    captions: Sequence[str] | None,
    columns: int,
    found: Sequence[Sequence[Place]],
    *,
    title: str,
    ax: Axes | None,
    style: dict[str, Any],
    beside: float = 0,
) -> Any:
    """Draw images in a frame each, with captions and circles; return the last of them, as drawn."""
    if not len(images):
        raise ValueError("images holds 0 images. Give at least one.")
    if captions is not None and len(captions) != len(images):
        raise ValueError(f"{len(captions)} captions but {len(images)} images: one per image.")
    columns = min(columns, len(images))
    captions = captions or [""] * len(images)
    lines = max(caption.count("\n") + 1 if caption else 0 for caption in captions)
    size = min([max(0.12, 0.02 * columns), *(1.08 / text_width(each) for each in captions if each)])
    tall = images[0].shape[0] / images[0].shape[1]
    pitch = 1.12, tall + 0.22 + 1.25 * size * lines  # of an image's width
    wide, high = columns * pitch[0] - 0.1, math.ceil(len(images) / columns) * pitch[1] - 0.14
    if ax is None:
        unit = min(4, (WIDEST - beside) / wide, max(1, HIGHEST / high))
        size_in = wide * unit + beside, high * unit + 0.4  # inches
        _, ax = plt.subplots(figsize=size_in, layout="constrained")
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        left, top = index % columns * pitch[0], index // columns * pitch[1]
        shown = ax.imshow(image.numpy(), extent=(left, left + 1, top + tall, top), **style)
        ax.add_patch(Rectangle((left, top), 1, tall, fill=False, ec=INK, lw=1))
        for row, column in found[index] if found else ():
            x, y = left + (column + 0.5) / image.shape[1], top + (row + 0.5) / image.shape[1]
            for color, width in (("white", 4.5), (INK, 2)):
                ax.plot(x, y, "o", ms=15, mec=color, mfc="none", mew=width)
        if caption:
            at = left + 0.5, top + tall + 0.06
            ax.add_artist(FittedText(*at, caption, units=size, va="top"))
    ax.set(xlim=(-0.02, wide), ylim=(high, -0.02), title=title)
    ax.set_axis_off()
    return shown


def learning_curve(history: History, *, title: str = "", ax: Axes | None = None) -> Axes:
    """Draw the accuracy on training and on test or validation images after each epoch."""
    if ax is None:
        _, ax = plt.subplots(figsize=(6, 3.6))
    numbers = range(1, len(history.epochs) + 1)
    train = [epoch.train_accuracy for epoch in history.epochs]
    watched = [epoch.watched for epoch in history.epochs]
    ax.plot(numbers, train, "o--", color="tab:gray", label="training images")
    name = watched[0][0] if watched else "test"
    accuracies = [accuracy for _, accuracy, _ in watched]
    ax.plot(numbers, accuracies, "s-", color="tab:blue", label=f"{name} images")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    ax.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.02), title=title)
    ax.grid(alpha=0.3)
    ax.legend()
    return ax


class LiveCurve:
    """Redraw the learning curve below the cell after each epoch.

    Example:
        `training.train(model, image_data, epochs=8, on_epoch=plots.LiveCurve())`
    """

    def __init__(self, *, title: str = "") -> None:
        self.title = title
        self.shown: Any = None

    def __call__(self, history: History) -> None:
        from IPython.display import display

        axes = learning_curve(history, title=self.title)
        if self.shown is None:
            self.shown = display(axes.figure, display_id=True)
        else:
            self.shown.update(axes.figure)
        plt.close(axes.get_figure(root=True))  # else the inline backend would draw it once more


def confusion_matrix(
    counts: Tensor, classes: Sequence[str], *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw how often each class (row) was taken for each class (column), with the numbers."""
    if ax is None:
        _, ax = plt.subplots(figsize=(5.2, 4.8))
    ax.imshow(counts.float().sqrt().numpy(), cmap="Blues")  # the root lets rare mistakes be seen
    half = counts.max() / 3
    for row, line in enumerate(counts.tolist()):
        for column, count in enumerate(line):
            color = "white" if count > half else "black"
            ax.text(column, row, count, ha="center", va="center", color=color)
    places = range(len(classes))
    ax.set_xticks(places, classes, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(places, classes)
    ax.set(xlabel="taken for", ylabel="really", title=title)
    ax.set_label(_confusions(counts, classes))
    return ax


def _confusions(counts: Tensor, classes: Sequence[str], most: int = 6) -> str:
    """Return in words how often each class is right, and what is confused most."""
    totals = counts.sum(dim=1).tolist()
    right = [f"{name} {counts[n, n]} of {totals[n]}" for n, name in enumerate(classes)]
    wrong = counts - counts.diag().diag()
    places = [
        divmod(int(place), len(classes)) for place in wrong.flatten().argsort(descending=True)
    ]
    confused = [
        f"{classes[row]} taken for {classes[column]} {wrong[row, column]} times"
        for row, column in places[:most]
        if wrong[row, column]
    ]
    return f"Right: {', '.join(right)}. Confused most: {', '.join(confused) or 'nothing'}"


class _Described:
    """A figure's PNG with its text, drawn once for itself and for the HTML.

    A notebook gets the text in the metadata of the PNG, from which nbconvert writes it on pages.
    JupyterLab does not (https://github.com/jupyter/enhancement-proposals/issues/120): so the figure
    is sent as HTML too, which JupyterLab, Colab and VS Code show rather than the PNG.
    """

    def __init__(self, draw: Callable[[Figure], Any]) -> None:
        self.draw = draw
        self.kept: tuple[Figure, Any] | None = None

    def __call__(self, figure: Figure) -> Any:
        (known, drawn), self.kept = self.kept or (None, None), None
        return drawn if known is figure else self.with_text(figure)

    def with_text(self, figure: Figure) -> tuple[Any, dict[str, Any]] | None:
        drawn = self.draw(figure)  # None for a figure without an Axes
        data, metadata = drawn if isinstance(drawn, tuple) else (drawn, {})
        if data is None:
            return None
        try:
            text = figure_text.describe(figure)
        except Exception:  # a figure that is not understood is shown all the same
            text = "A figure that could not be put into words."
        return data, metadata | {"alt": text}

    def html(self, figure: Figure) -> str | None:
        drawn = self.with_text(figure)
        if drawn is None:
            return None
        self.kept = figure, drawn
        data, metadata = drawn
        png = b64encode(data).decode() if isinstance(data, bytes) else "".join(data.split())
        width = f' width="{metadata["width"]}"' if "width" in metadata else ""
        return f'<img alt="{escape(metadata["alt"])}"{width} src="data:image/png;base64,{png}">'


def _html(figure: Figure) -> str | None:
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return None
    pngs = shell.display_formatter.formatters["image/png"]
    draw = pngs.for_type(Figure)
    if draw is None:  # the notebook wants another format
        return None
    if not isinstance(draw, _Described):
        draw = _Described(draw)
        pngs.for_type(Figure, draw)
    return draw.html(figure)


Figure._repr_html_ = _html  # type: ignore[assignment, method-assign]
