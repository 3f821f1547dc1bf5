"""A network for photographs of 32x32 pixels, made to be looked into."""

from collections import OrderedDict
from typing import Any

import torch
from torch import nn

from cnnlab.models.speedrun import two_convolutions

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
        norm = nn.BatchNorm2d(FILTERS, momentum=0.4)
        norm.weight.requires_grad_(False)
        head = nn.Linear(widths[-1], num_classes, bias=False)
        with torch.no_grad():
            filters.weight *= SMALL
            head.weight /= widths[-1] * head.weight.std()  # the loss starts at that of guessing
        groups = {
            f"group{number}": two_convolutions(*channels, activation=nn.ReLU)
            for number, channels in enumerate(zip((FILTERS, *widths), widths, strict=False), 1)
        }
        layers: dict[str, nn.Module] = {
            "standardize": nn.BatchNorm2d(3, affine=False),
            "filters": filters,
            "norm": norm,
            "relu": nn.ReLU(),
            **groups,
            "pool": nn.AdaptiveMaxPool2d(1),
            "flatten": nn.Flatten(),
            "head": head,
        }
        super().__init__(OrderedDict(layers))
