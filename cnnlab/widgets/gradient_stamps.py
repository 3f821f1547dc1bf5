"""The backward pass of a convolution: each output stamps its kernel onto the image's gradient."""

from typing import Any

import numpy as np
import traitlets

from cnnlab.errors import ShapeError
from cnnlab.widgets.base import CourseWidget, Numbers, Whole, check_finite, shape_of, size_text

LARGEST = 12  # numbers along a side of the image


class GradientStamps(CourseWidget):
    """Click an output gradient: the kernel, times that number, is added onto its window.

    Args:
        output_gradient: (rows, columns). By default 3x4 numbers, most of them 0.
        kernel: (height, width). By default 3x3, with the numbers 1 to 9.
        stride: of the convolution, a whole number above 0.

    `stamped` is the (row, column) of each output that was stamped so far, the last one last;
    `image_gradient` is their sum, (height, width), in float64. With all outputs stamped it is the
    gradient of the image, as `torch.nn.functional.conv_transpose2d` gives it.

    Example:
        >>> GradientStamps(stride=2)
        GradientStamps(gradient 3x4, kernel 3x3, stride=2)
    """

    page = "gradient_stamps"

    gradient = Numbers((2,))
    kernel = Numbers((2,))
    stride = Whole().tag(sync=True)
    stamped: "traitlets.List[Any]" = traitlets.List().tag(sync=True)

    def __init__(self, output_gradient: Any = None, kernel: Any = None, *, stride: int = 1) -> None:
        if output_gradient is None:
            output_gradient = [[1, 0, 0, 2], [0, -1, 0, 0], [0, 0, 0, 1]]
        super().__init__(
            gradient=output_gradient,
            kernel=[[1, 2, 3], [4, 5, 6], [7, 8, 9]] if kernel is None else kernel,
            stride=stride,
            stamped=[[0, 0]],
        )
        self._check()

    @property
    def image_gradient(self) -> np.ndarray:
        """The sum of the stamps so far."""
        self._check()
        gradient, kernel = np.array(self.gradient, float), np.array(self.kernel, float)
        total = np.zeros(self._size())
        for row, column in self.stamped:
            top, left = row * self.stride, column * self.stride
            window = total[top : top + len(kernel), left : left + kernel.shape[1]]
            window += gradient[row, column] * kernel
        return total

    def _size(self) -> tuple[int, int]:
        pairs = zip(shape_of(self.gradient), shape_of(self.kernel), strict=True)
        height, width = ((count - 1) * self.stride + side for count, side in pairs)
        return height, width

    def _check(self) -> None:
        if self.stride < 1:
            raise ShapeError(f"stride={self.stride} must be at least 1.")
        height, width = self._size()
        if max(height, width) > LARGEST:
            raise ShapeError(
                f"the image would be {height}x{width}. Use sizes for at most {LARGEST}x{LARGEST}."
            )
        check_finite("gradient", self.gradient)
        check_finite("kernel", self.kernel)
        rows, columns = shape_of(self.gradient)
        for row, column in self.stamped:
            if not (0 <= row < rows and 0 <= column < columns):
                raise ShapeError(
                    f"stamped holds ({row}, {column}); the gradient is {rows}x{columns}."
                )

    def __repr__(self) -> str:
        gradient, kernel = size_text(self.gradient), size_text(self.kernel)
        return f"GradientStamps(gradient {gradient}, kernel {kernel}, stride={self.stride})"
