"""Receptive fields along one axis, in whole numbers. Importing this does not import torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from cnnlab.errors import as_int


@dataclass(frozen=True)
class Window:
    """One layer that slides a window along an axis: a convolution or a pooling.

    Raises:
        ShapeError: for a number that is not an integer, or below 1 (`padding`: below 0).
    """

    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            as_int(name, value, minimum=0 if name == "padding" else 1)


@dataclass(frozen=True)
class ReceptiveField:
    """The input pixels that one unit depends on, along one axis.

    Unit i depends on the `size` pixels from `start + i * stride` on. Pixels below 0 are padding.
    """

    size: int
    stride: int
    start: int

    def behind(self, window: Window) -> "ReceptiveField":
        """Return the field of the units that see these units through one more window."""
        return ReceptiveField(
            size=self.size + window.dilation * (window.kernel_size - 1) * self.stride,
            stride=self.stride * window.stride,
            start=self.start - window.padding * self.stride,
        )


def receptive_field(windows: Sequence[Window]) -> ReceptiveField:
    """Return the receptive field of a unit behind a stack of layers, the first layer first.

    Example:
        >>> receptive_field([Window(3, padding=1), Window(2, stride=2), Window(3, padding=1)])
        ReceptiveField(size=8, stride=2, start=-3)

    Source:
        Araujo, Norris and Sim 2019, "Computing Receptive Fields of Convolutional Neural
        Networks", Distill, doi:10.23915/distill.00021.
    """
    return reduce(ReceptiveField.behind, windows, ReceptiveField(size=1, stride=1, start=0))
