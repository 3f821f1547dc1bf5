"""The trained network that comes with the package: loaded without a download."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnnlab.errors import DataError
from cnnlab.files import atomic_write
from cnnlab.models.photo import PhotoCNN

WEIGHTS = Path(__file__).with_name("photo.pt")
FACTS = Path(__file__).with_name("photo.json")


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
