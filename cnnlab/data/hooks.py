"""The scene of the first lessons: four hooks in noise, a mirrored one, and their template."""

from typing import NamedTuple

import torch
from torch import Tensor

SIZE = (24, 32)
PLACES = ((2, 3), (3, 22), (14, 9), (17, 25))
MIRRORED = (10, 17)


class Hooks(NamedTuple):
    """A drawn scene and what is in it.

    Attributes:
        image: brightness from 0 to 1, shape (24, 32).
        template: the hook as drawn, 0 or 1, shape (5, 5).
        places: row and column of the upper left pixel of each hook.
        mirrored: the same of the hook in the mirror.
    """

    image: Tensor
    template: Tensor
    places: tuple[tuple[int, int], ...]
    mirrored: tuple[int, int]

    @property
    def description(self) -> str:
        """The scene in words, for who cannot see it; it does not count what is alike."""
        to_left = "; ".join(f"{row}, {column}" for row, column in self.places)
        return (
            "noise of 24 by 32 pixels, and in it bright strokes five pixels high, with a bend at "
            f"the foot: to the left at rows and columns {to_left}; to the right at "
            f"{self.mirrored[0]}, {self.mirrored[1]}"
        )


def hooks() -> Hooks:
    """Return the scene that lesson 01 draws, the same each time.

    Example:
        >>> scene = hooks()
        >>> tuple(scene.image.shape), len(scene.places)
        ((24, 32), 4)
    """
    template = torch.zeros(5, 5)
    template[:, 2] = template[4, :2] = template[3, 0] = 1
    image = 0.2 * torch.rand(SIZE, generator=torch.Generator().manual_seed(0))
    for row, column in PLACES:
        image[row : row + 5, column : column + 5] += 0.8 * template
    row, column = MIRRORED
    image[row : row + 5, column : column + 5] += 0.8 * template.flip(1)
    return Hooks(image, template, PLACES, MIRRORED)
