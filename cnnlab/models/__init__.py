"""The networks of the course, from one convolution to a small modern network.

Every model takes images (batch, channels, height, width) as floats in [0, 1] and returns logits
(batch, num_classes): no softmax, because the loss, cross-entropy, contains it.
"""

from cnnlab.models.fast import FastCNN, Residual, Scale
from cnnlab.models.lenet5 import C3_TABLE, LeNet5, Subsampling, TableConv2d
from cnnlab.models.modes import in_eval_mode
from cnnlab.models.photo import PhotoCNN
from cnnlab.models.simple import MLP, SimpleCNN, SmallCNN
from cnnlab.models.sizes import BY_NAME, build, require_image_size
from cnnlab.models.speedrun import SpeedrunCNN, patches_of, whiten
from cnnlab.models.weights import pretrained

__all__ = [
    "BY_NAME",
    "C3_TABLE",
    "MLP",
    "FastCNN",
    "LeNet5",
    "PhotoCNN",
    "Residual",
    "Scale",
    "SimpleCNN",
    "SmallCNN",
    "SpeedrunCNN",
    "Subsampling",
    "TableConv2d",
    "build",
    "in_eval_mode",
    "patches_of",
    "pretrained",
    "require_image_size",
    "whiten",
]
