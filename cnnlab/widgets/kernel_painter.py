"""Paint a kernel and see where an image responds to it."""

from typing import Any

import numpy as np

from cnnlab.arithmetic import conv_output_size
from cnnlab.errors import ShapeError
from cnnlab.widgets.base import (
    CourseWidget,
    Numbers,
    check_finite,
    nested_numbers,
    shape_of,
    size_text,
)

LARGEST = 200  # pixels along a side: beyond it a stroke of the brush no longer feels immediate


class KernelPainter(CourseWidget):
    """Show the feature map of an image while its kernel is painted.

    Args:
        image: gray, (height, width). Values above 1 are taken as 0 to 255. By default
            a drawing with edges in many directions.
        kernel: (height, width), at most 7x7. By default a vertical edge.

    `feature_map` is the response everywhere, `strongest` the (row, column, response) of the patch
    that responds most; row and column are those of the patch's upper left pixel.

    Example:
        >>> painter = KernelPainter([[0, 0, 1, 1]] * 3, [[-1, 1]])
        >>> painter.strongest
        (0, 1, 1.0)
    """

    page = "kernel_painter"

    image = Numbers(axes=(2,))
    kernel = Numbers(axes=(2,))

    def __init__(self, image: Any = None, kernel: Any = None) -> None:
        gray = _drawing() if image is None else nested_numbers("image", image, (2,))
        kernel = [[1, 0, -1]] * 3 if kernel is None else kernel
        super().__init__(image=_between_0_and_1(gray), kernel=kernel)

    @property
    def feature_map(self) -> np.ndarray:
        """The response at each place where the kernel fits, as torch's conv2d without padding."""
        self._check()
        kernel = np.asarray(self.kernel, dtype=np.float64)
        image = np.asarray(self.image, dtype=np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
        return np.einsum("rsij,ij->rs", windows, kernel)

    @property
    def strongest(self) -> tuple[int, int, float]:
        """The row, column and response of the patch that responds most."""
        responses = self.feature_map
        row, column = np.unravel_index(np.argmax(responses), responses.shape)
        return int(row), int(column), float(responses[row, column])

    def _check(self) -> None:
        check_finite("image", self.image)
        check_finite("kernel", self.kernel)
        image, kernel = shape_of(self.image), shape_of(self.kernel)
        conv_output_size((image[0], image[1]), (kernel[0], kernel[1]))
        if max(image) > LARGEST:
            raise ShapeError(
                f"image is {image[0]}x{image[1]} pixels. The painter takes at most "
                f"{LARGEST}x{LARGEST}: make it smaller first."
            )
        if max(kernel) > 7:
            raise ShapeError(f"kernel is {kernel[0]}x{kernel[1]}. The painter takes at most 7x7.")

    def __repr__(self) -> str:
        return f"KernelPainter(image {size_text(self.image)}, kernel {size_text(self.kernel)})"


def _between_0_and_1(image: list) -> list:
    """Return the image with values up to 1, at three decimals so that a page stays small."""
    values = np.asarray(image, dtype=np.float64)
    scale = 255 if np.nanmax(values) > 1 and np.isfinite(values).all() else 1
    return np.round(values / scale, 3).tolist()


def _drawing(size: int = 96) -> list:
    """Draw a sun, a house, a fence and hills: edges in every direction, and flat places."""
    y, x = np.mgrid[0:size, 0:size] / size
    picture = 0.75 - 0.2 * y  # sky, brighter above
    picture[(x - 0.78) ** 2 + (y - 0.2) ** 2 < 0.011] = 1.0
    picture[y > 0.74 - 0.07 * np.sin(7 * x)] = 0.42
    picture[(abs(x - 0.32) < 0.17) & (y > 0.42) & (y < 0.78)] = 0.88
    picture[(abs(x - 0.32) < 0.9 * (y - 0.2)) & (y > 0.2) & (y < 0.42)] = 0.22
    picture[(abs(x - 0.25) < 0.045) & (abs(y - 0.55) < 0.05)] = 0.12
    picture[(abs(x - 0.4) < 0.045) & (y > 0.58) & (y < 0.78)] = 0.3
    fence = (x > 0.56) & (y > 0.6) & (y < 0.84)
    picture[fence & ((x * size).astype(int) % 8 < 3)] = 0.97
    picture[fence & (abs(y - 0.68) < 0.012)] = 0.97
    return picture.tolist()
