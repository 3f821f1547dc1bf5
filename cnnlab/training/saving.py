"""Keep a trained network in a file that `predict` can use on new images."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab import models
from cnnlab.data.decoding import decode
from cnnlab.errors import DataError, shell_command
from cnnlab.files import atomic_write
from cnnlab.training import recipes
from cnnlab.training.evaluation import predict

FORMAT = 1
AT_ONCE = 256  # images in memory


@dataclass(frozen=True)
class Trained:
    """A trained network and what it needs to name what it sees.

    Attributes:
        name: of the recipe or the network it was made by.
        image_size: (height, width) of the images it was trained on.
        images: what they were.
        accuracy: on the test images, a fraction.
        start: what it began as, if it was trained before, such as "photo".
    """

    model: nn.Module
    name: str
    classes: tuple[str, ...]
    image_size: tuple[int, int]
    images: str
    accuracy: float
    start: str = ""

    def save(self, path: Path) -> None:
        """Write everything to one file, the weights on the CPU."""
        record = {
            "format": FORMAT,
            "name": self.name,
            "classes": list(self.classes),
            "image_size": list(self.image_size),
            "images": self.images,
            "accuracy": self.accuracy,
            "start": self.start,
            "weights": {name: each.cpu() for name, each in self.model.state_dict().items()},
        }
        atomic_write(path, lambda file: torch.save(record, file))

    def probabilities(self, paths: list[Path]) -> tuple[dict[Path, Tensor], dict[Path, str]]:
        """Return the probability of each class for each file, and why other files have none.

        Each image is scaled to the size the network was trained on.
        """
        found: dict[Path, Tensor] = {}
        broken: dict[Path, str] = {}
        for start in range(0, len(paths), AT_ONCE):
            pixels = {}
            for path in paths[start : start + AT_ONCE]:
                try:
                    pixels[path] = torch.from_numpy(decode(path, self.image_size).copy())
                except ValueError as error:
                    broken[path] = str(error)
            if pixels:
                images = torch.stack(list(pixels.values())).permute(0, 3, 1, 2).contiguous()
                chances = predict(self.model, images).softmax(dim=1).cpu()
                found |= dict(zip(pixels, chances, strict=True))
        return found, broken


def load(path: Path) -> Trained:
    """Return what `Trained.save` wrote.

    Raises:
        DataError: if the file is missing, damaged or something else.
    """
    if not path.is_file():
        how = shell_command("train", "--save", path)
        raise DataError(f"There is no file {path}. `{how}` makes it.")
    try:
        content = io.BytesIO(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from None
    record: Any = None
    try:
        record = torch.load(content, map_location="cpu", weights_only=True)
        if record["format"] != FORMAT:
            raise ValueError(record["format"])
        image_size = tuple(record["image_size"])
        model = _make(record["name"], len(record["classes"]), image_size)
        model.load_state_dict(record["weights"])
        return Trained(
            model,
            record["name"],
            tuple(record["classes"]),
            image_size,
            record["images"],
            record["accuracy"],
            record.get("start", ""),  # older files lack it
        )
    except Exception:  # a file that is something else can fail in any way; each means the same
        raise DataError(_not_a_model(path, record)) from None


def _not_a_model(path: Path, record: object) -> str:
    if isinstance(record, dict) and {"settings", "epochs", "model", "optimizer"} <= set(record):
        return (
            f"{path} is a checkpoint: it keeps a run's numbers, and not how its network is built. "
            f"The command that made it writes the network, too, with --resume --save FILE."
        )
    return (
        f"{path} is not a model that `train --save` wrote, or it is damaged. Train again with "
        f"--save FILE."
    )


def _make(name: str, num_classes: int, image_size: tuple[int, ...]) -> nn.Module:
    if name in recipes.BY_NAME:
        return recipes.BY_NAME[name].model(num_classes)
    height, width = image_size
    return models.build(name, num_classes, image_size=(height, width))
