"""A network for photographs of 32x32 pixels, made to be looked into, and its trained weights.

The weights come with the package and load without a download.
"""

import hashlib
import io
import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.errors import DataError
from cnnlab.files import atomic_write
from cnnlab.models.speedrun import norm_without_scale, two_convolutions

WEIGHTS = Path(__file__).with_name("photo.pt")
FACTS = Path(__file__).with_name("photo.json")
FILTERS = 24
SMALL = 1 / 20


class PhotoCNN(nn.Sequential):
    """A first layer whose kernels can be seen, then six 3x3 convolutions in three groups.

    The first kernels have 7x7 pixels, enough to show an edge and its direction. They begin 20
    times smaller than torch makes them, so that what they learn is not hidden by the noise they
    began with. The groups are those of SpeedrunCNN, with ReLU.

    Args:
        widths: output channels of the three groups. (40, 152, 152) has 708,040 parameters.

    Shape:
        (batch, 3, height, width) -> (batch, num_classes); height and width at least 8.
    """

    smallest_image = 8
    classes: tuple[str, ...] = ()  # of a trained network, as are its facts
    facts: dict[str, Any] | None = None

    def __init__(
        self, num_classes: int = 10, *, widths: tuple[int, int, int] = (40, 152, 152)
    ) -> None:
        filters = nn.Conv2d(3, FILTERS, kernel_size=7, padding=3, bias=False)
        head = nn.Linear(widths[-1], num_classes, bias=False)
        with torch.no_grad():
            filters.weight *= SMALL
            head.weight /= widths[-1] * head.weight.std()  # the loss starts at that of guessing
        first, second, third = widths
        layers: dict[str, nn.Module] = {
            "standardize": nn.BatchNorm2d(3, affine=False),
            "filters": filters,
            "norm": norm_without_scale(FILTERS),
            "relu": nn.ReLU(),
            "group1": two_convolutions(FILTERS, first, activation=nn.ReLU),
            "group2": two_convolutions(first, second, activation=nn.ReLU),
            "group3": two_convolutions(second, third, activation=nn.ReLU),
            "pool": nn.AdaptiveMaxPool2d(1),
            "flatten": nn.Flatten(),
            "head": head,
        }
        super().__init__(OrderedDict(layers))


def pretrained() -> PhotoCNN:
    """Return a PhotoCNN trained on CIFAR-10, in eval mode, on the CPU.

    `classes` names its outputs, and `facts` tells how it was made: the images, the command, the
    versions and the accuracy on test images.

    Raises:
        DataError: if the file is not the one that came with the package.
    """
    content, facts = WEIGHTS.read_bytes(), json.loads(FACTS.read_text())
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise DataError(f"{WEIGHTS} has been changed or is damaged. Install cnnlab again.")
    weights = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    with torch.random.fork_rng(devices=[]):
        model = PhotoCNN(len(facts["classes"]))
    model.load_state_dict(weights)
    model.classes, model.facts = tuple(facts["classes"]), facts
    return model.eval()


def halved(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights in 16 bits, which take half the space."""
    return {n: each.half() if each.is_floating_point() else each for n, each in weights.items()}


def publish(weights: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write the files that `pretrained` reads."""
    buffer = io.BytesIO()
    torch.save(halved(weights), buffer)
    content = buffer.getvalue()
    facts = facts | {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    atomic_write(WEIGHTS, lambda file: file.write(content))
    text = json.dumps(facts, indent=1) + "\n"
    atomic_write(FACTS, lambda file: file.write(text.encode()))
