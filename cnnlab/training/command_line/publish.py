"""Make the network that comes with the package from one that `train` saved.

python -m cnnlab train --recipe photo --data cifar10 --precision float32 --save photo.pt
python -m cnnlab.training.command_line.publish photo.pt
"""

import platform
import sys
from pathlib import Path

import torch

from cnnlab import data, models
from cnnlab.models import photo
from cnnlab.training import saving
from cnnlab.training.evaluation import evaluate

COMMAND = "python -m cnnlab train --recipe photo --data cifar10 --precision float32 --save photo.pt"


def publish(path: Path) -> None:
    """Write the weights in 16 bits, and beside them how they came about.

    The accuracy is that of the weights in 16 bits, on the test images of CIFAR-10.
    """
    trained, images = saving.load(path), data.load("cifar10", download=False)
    model = models.PhotoCNN(len(trained.classes))
    model.load_state_dict(photo.halved(trained.model.state_dict()))
    accuracy = evaluate(model, images.test_images, images.test_labels).accuracy
    facts = {
        "command": COMMAND,
        "seed": 0,
        "images": trained.images,
        "test_accuracy": accuracy,
        "classes": list(trained.classes),
        "made_with": f"torch {torch.__version__}, Python {platform.python_version()}",
    }
    photo.publish(model.state_dict(), facts)


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
