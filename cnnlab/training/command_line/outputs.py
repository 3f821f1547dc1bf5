"""The files that a run leaves, looked after before it begins, so that nothing is lost."""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnnlab.data import ImageData
from cnnlab.files import atomic_write, is_device
from cnnlab.training.command_line.judging import FEW, judge
from cnnlab.training.evaluation import confusion_matrix, score
from cnnlab.training.history import History

MOST_WRONG = 24
LARGEST = 30  # inches of a confusion matrix


def prepare_file(option: str, path: Path | None) -> None:
    """Make the folder of a file that will be written; None is no file.

    Raises:
        ValueError: naming the option, if the file cannot be written there.
    """
    if path is None:
        return
    if path.is_dir():
        raise ValueError(f"{option} {path}: this is a folder. Give the name of a file.")
    if not is_device(path):
        _prepare(option, path, path.parent)


def require_different_files(**paths: Path | None) -> None:
    """Refuse two options that name the same file.

    Raises:
        ValueError: naming both options.
    """
    seen: dict[Path, str] = {}
    for name, path in paths.items():
        if path is not None and (other := seen.setdefault(path.resolve(), name)) != name:
            raise ValueError(f"--{other} and --{name} both name {path}. Give two files.")


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
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
            file.flush()
        if path.is_file() and not os.access(path, os.W_OK):
            raise PermissionError("permission denied")
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


def write_or_keep(option: str, path: Path, write: Callable[[Path], object]) -> bool:
    """Let `write` fill `path`; where that fails, a file in the folder for temporary files.

    Returns:
        whether `path` was written; if not, where the content is was reported.
    """
    try:
        write(path)
        return True
    except OSError as error:
        reason = f"cnnlab: {option} {path} could not be written ({error.strerror or error})"
    refuge = Path(tempfile.mkdtemp(prefix="cnnlab-")) / path.name
    try:
        write(refuge)
    except OSError as error:
        print(f"{reason}, nor {refuge} ({error.strerror or error}).", file=sys.stderr)
    else:
        print(f"{reason}. What it would hold is in {refuge}: move it.", file=sys.stderr)
    return False


def draw(folder: Path, images: ImageData, logits: Tensor, history: History) -> None:
    """Draw the learning curve, the confusion matrix and the most wrong images as PNG files.

    No display is needed.

    Args:
        logits: (N, num_classes) of the test images.
    """
    from cnnlab import plots  # matplotlib may be missing where nothing is drawn

    labels, logits = images.test_labels.cpu(), logits.float().cpu()
    right = score(logits, labels).accuracy
    counts = confusion_matrix(logits, labels)
    judged = judge(images.test_name, labels, images.classes, accuracy=right, counts=counts)
    accuracy = f"{right:.1%} of {len(labels):,} {images.test_name} images are right"
    beside = [accuracy, *judged.comparison.split("; ")]
    if len(labels) < FEW:
        low, high = judged.interval
        beside.insert(1, f"95% interval {low:.1%} to {high:.1%}")
    chosen, captions, title = most_wrong(logits, images)
    side = min(LARGEST, 2.5 + 0.5 * len(images.classes))
    rows = -(-len(chosen) // 8)

    def matrix(ax: Any) -> object:
        return plots.confusion_matrix(
            counts, images.classes, title="\n".join(beside).strip(), ax=ax
        )

    def curve(ax: Any) -> object:
        return plots.learning_curve(history, title=f"{images.name}: {accuracy}", ax=ax)

    def mistakes(ax: Any) -> object:
        return plots.picture_grid(chosen, captions, title=title, ax=ax)

    tall = images.test_images.shape[2] / images.test_images.shape[3]
    _draw(folder / "learning_curve.png", (6, 3.6), curve)
    _draw(folder / "confusion_matrix.png", (side, side), matrix)
    _draw(folder / "most_wrong.png", (10, 0.6 + rows * (1.12 * tall + 0.8)), mistakes)


def most_wrong(logits: Tensor, images: ImageData) -> tuple[Tensor, list[str], str]:
    """Return the test images that the network was most wrong about, their captions and a title.

    If none is wrong, these are the images it was least certain of.
    """
    labels, classes = images.test_labels.cpu(), images.classes
    chances, guesses = logits.softmax(dim=1), logits.argmax(dim=1)
    wrong = guesses != labels
    right = chances[torch.arange(len(labels)), labels]
    count = int(wrong.sum())
    order = (right - wrong.float()).argsort()[: min(MOST_WRONG, count or MOST_WRONG)]
    captions = [
        f"{classes[labels[i]]},\nseen as {classes[guesses[i]]}\n({chances[i].max():.0%})"
        if count
        else f"{classes[labels[i]]}\n({right[i]:.0%})"
        for i in order.tolist()
    ]
    title = f"Mistakes: {count:,} of {len(labels):,} {images.test_name} images, the worst first"
    if not count:
        title = f"No mistakes; these {len(order)} {images.test_name} images were the least certain"
    return images.test_images.cpu()[order], captions, title


def _draw(path: Path, size: tuple[float, float], draw: Callable[[Any], object]) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    draw(figure.subplots())
    atomic_write(
        path, lambda file: figure.savefig(file, format="png", dpi=150, bbox_inches="tight")
    )
