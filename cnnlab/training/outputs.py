"""The files that a run leaves, looked after before it begins, so that nothing is lost."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from torch import Tensor

from cnnlab import plots
from cnnlab.data import ImageData
from cnnlab.files import atomic_write
from cnnlab.training.evaluation import confusion_matrix
from cnnlab.training.history import History

MOST_WRONG = 24


def prepare_file(option: str, path: Path | None) -> None:
    """Make the folder of a file that will be written; None is no file.

    Raises:
        ValueError: naming the option, if the file cannot be written there.
    """
    if path is None:
        return
    if path.is_dir():
        raise ValueError(f"{option} {path}: this is a folder. Give the name of a file.")
    _prepare(option, path, path.parent)


def prepare_folder(option: str, path: Path | None) -> None:
    """Make a folder that will be written to; None is no folder.

    Raises:
        ValueError: naming the option, if it cannot be made or written to.
    """
    if path is not None:
        _prepare(option, path, path)


def _prepare(option: str, path: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError("its rights forbid it")
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{option} {path}: nothing can be written there ({reason}).") from None


def write_json(path: Path, figures: dict[str, Any]) -> bool:
    """Write figures as JSON; where that fails, print them instead, and return False."""
    text = json.dumps(figures, indent=2) + "\n"
    try:
        atomic_write(path, lambda file: file.write(text.encode()))
    except OSError as error:
        print(text, end="")
        print(
            f"cnnlab: {path} could not be written ({error.strerror or error}); "
            f"what it would hold is printed above.",
            file=sys.stderr,
        )
        return False
    return True


def draw(folder: Path, images: ImageData, logits: Tensor, history: History) -> None:
    """Draw the learning curve, the confusion matrix and the most wrong images as PNG files.

    Args:
        logits: (N, num_classes) of the test images.
    """
    import matplotlib.pyplot as plt

    labels = images.test_labels.cpu()
    logits = logits.float().cpu()
    accuracy = f"{(logits.argmax(dim=1) == labels).float().mean():.1%} of the test images are right"
    drawn = {
        "learning_curve": plots.learning_curve(history, title=f"{images.name}: {accuracy}"),
        "confusion_matrix": plots.confusion_matrix(
            confusion_matrix(logits, labels), images.classes, title=accuracy
        ),
    }
    chances = logits.softmax(dim=1)
    wrong = (logits.argmax(dim=1) != labels).nonzero().flatten()
    certain = chances[wrong].amax(dim=1).argsort(descending=True)
    if len(wrong):
        chosen = wrong[certain[:MOST_WRONG]]
        captions = [
            f"{images.classes[labels[i]]},\nseen as {images.classes[chances[i].argmax()]}\n"
            f"({chances[i].max():.0%})"
            for i in chosen
        ]
        drawn["most_wrong"] = plots.picture_grid(
            images.test_images[chosen].cpu(),
            captions,
            lines=3,
            title="The mistakes that the network was most certain of",
        )
    for name, axes in drawn.items():
        figure = axes.get_figure(root=True)
        assert figure is not None
        figure.savefig(folder / f"{name}.png", dpi=150, bbox_inches="tight")
        plt.close(figure)
