"""Draw what the lessons look at: each function draws into one Axes and computes nothing."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter
from torch import Tensor


class History(Protocol):
    """What `training.train` returns, as far as it is drawn."""

    epochs: list[Any]


def picture_grid(
    images: Tensor,
    captions: Sequence[str] | None = None,
    *,
    columns: int = 8,
    lines: int = 1,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw images side by side, each with its caption below.

    Args:
        images: (N, 3 or 1, height, width), uint8 or float in [0, 1].
        captions: one text per image, such as its class.
        lines: of each caption.

    Raises:
        ValueError: if there is no image, or not one caption per image.
    """
    if not len(images):
        raise ValueError("images holds 0 images. Give at least one.")
    if captions is not None and len(captions) != len(images):
        raise ValueError(f"{len(captions)} captions but {len(images)} images: one per image.")
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    below = 0.1 + 0.16 * lines if captions is not None else 0
    tall = images.shape[2] / images.shape[3]
    spacing = 1.12, tall + 0.12 + below  # of an image's width
    if ax is None:
        _, ax = plt.subplots(figsize=(columns * spacing[0], rows * spacing[1] + 0.4))
    for index, image in enumerate(images.cpu()):
        left, top = index % columns * spacing[0], index // columns * spacing[1]
        ax.imshow(
            image.permute(1, 2, 0).squeeze().numpy(),
            cmap="gray",
            vmin=0,
            vmax=255 if image.dtype.itemsize == 1 else 1,
            extent=(left, left + 1, top + tall, top),
        )
        if captions is not None:
            ax.text(
                left + 0.5, top + tall + 0.06, captions[index], ha="center", va="top", fontsize=9
            )
    ax.set(xlim=(0, columns * spacing[0] - 0.12), ylim=(rows * spacing[1], 0), title=title)
    ax.set_axis_off()
    return ax


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
    return ax
