"""What `cnnlab predict` does."""

import argparse
from pathlib import Path

from cnnlab.data.decoding import pixel_size
from cnnlab.data.folders import sentence_on_broken
from cnnlab.data.trees import images_in
from cnnlab.errors import DataError
from cnnlab.training import saving
from cnnlab.training.command_line import outputs
from cnnlab.training.devices import as_device

# Nothing that was tried tells such pictures apart well enough to be said of a single one; the
# table is in cnnlab/training/README.md.
UNKNOWN = (
    "It takes all else for one, and can be as sure of it: it cannot know what is none of them."
)
SHOWN = 3  # classes of each image; --out keeps all


def run(options: argparse.Namespace) -> int:
    """Name the class of each image; return the exit status.

    Raises:
        DataError: if the model or some images cannot be read; the others are named first.
    """
    outputs.prepare_file("--out", options.out)
    trained = saving.load(options.model)
    trained.model.to(as_device(options.device))
    paths = [path for each in options.pictures for path in _images(each)]
    height, width = trained.image_size
    lines = [f"{options.model} tells apart: {', '.join(trained.classes)}. {UNKNOWN}"]
    if any(pixel_size(path) not in (None, trained.image_size) for path in paths):
        size = f"{height}x{width} pixels"
        lines.append(f"Images are scaled to cover {size}, the size it was trained on.")
    found, broken = trained.probabilities(paths)
    records = []
    for path, chances in found.items():
        best = int(chances.argmax())
        each = {"class": trained.classes[best], "probability": float(chances[best])}
        records.append({"file": str(path)} | each)
        records[-1]["probabilities"] = dict(zip(trained.classes, chances.tolist(), strict=True))
        first = chances.topk(min(SHOWN, len(chances)))
        named = zip(first.indices.tolist(), first.values.tolist(), strict=True)
        seen = ", ".join(f"{trained.classes[i]} {chance:.1%}" for i, chance in named)
        lines.append(f"{path}: {seen}")
    written = True
    if options.out:
        figures = {"model": str(options.model), "classes": list(trained.classes), "images": records}
        written = outputs.write_json(options.out, figures)
    print(*lines, sep="\n")  # after the file: what reads the output may be gone
    if broken:
        raise DataError(sentence_on_broken(broken, len(paths)))
    return 0 if written else 1


def _images(path: Path) -> list[Path]:
    """Return the path itself, or the images in it if it is a folder."""
    if not path.is_dir():
        if not path.exists():
            raise DataError(f"There is no file {path}.")
        return [path]
    if found := images_in(path):
        return found
    raise DataError(f"{path} holds no image.")
