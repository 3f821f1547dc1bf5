"""A convolution step by step: a yellow window on the input, a pink cell in the output."""

from typing import Any

import numpy as np
import traitlets

from cnnlab.arithmetic import conv_output_size
from cnnlab.errors import ShapeError
from cnnlab.widgets.base import CourseWidget, Numbers, Whole, check_finite, shape_of, size_text

LARGEST = 20  # pixels along a side, padding included: beyond it the numbers are unreadable


class ConvolutionStepper(CourseWidget):
    """Slide a kernel over a small image, one sum at a time.

    Args:
        image: (height, width) or (channels, height, width). By default 6x6 with a vertical edge.
        kernel: (height, width) or (in_channels, height, width). By default a vertical edge, on
            every channel.
        stride, padding, dilation: whole numbers, as for torch.nn.Conv2d.
        bias: a number added to every sum, or None.
        predict: ask for each number before showing it.
        controls: show the fields for stride, padding, dilation and the kernel presets.

    It opens at the first window with something in it to see, or at the first if `predict`.
    `position` is the (row, column) of the pink cell, `seen` the number of output cells shown,
    `tried` counts the places predicted and `right` those that were right at the first try; `missed`
    tells whether the place at hand was tried already. `output` is the feature map. `problem` is the
    sentence shown when the numbers do not fit together.

    Example:
        >>> ConvolutionStepper(stride=2)
        ConvolutionStepper(image 6x6, kernel 3x3, stride=2, padding=0, dilation=1)
    """

    page = "convolution_stepper"

    image = Numbers()
    kernel = Numbers()
    stride = Whole().tag(sync=True)
    padding = Whole().tag(sync=True)
    dilation = Whole().tag(sync=True)
    bias = traitlets.Float(None, allow_none=True).tag(
        sync=True, to_json=lambda value, _: value if value is None else _number(value)
    )
    position = traitlets.List(traitlets.Int(), [0, 0], 2, 2).tag(sync=True)
    seen = traitlets.Int(1).tag(sync=True)
    predict = traitlets.Bool(False).tag(sync=True)
    tried = traitlets.Int(0).tag(sync=True)
    missed = traitlets.Bool(False).tag(sync=True)
    right = traitlets.Int(0).tag(sync=True)
    controls = traitlets.Bool(True).tag(sync=True)

    def __init__(
        self,
        image: Any = None,
        kernel: Any = None,
        *,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        bias: float | None = None,
        predict: bool = False,
        controls: bool = True,
    ) -> None:
        image = [[6, 6, 6, 1, 1, 1]] * 6 if image is None else image
        super().__init__(
            image=image,
            kernel=[[0]],
            stride=stride,
            padding=padding,
            dilation=dilation,
            bias=bias,
            predict=predict,
            seen=0 if predict else 1,
            controls=controls,
        )
        edge = [[1, 0, -1]] * 3
        several = len(shape_of(self.image)) == 3
        default = [edge] * len(self.image) if several else edge
        self.kernel = default if kernel is None else kernel
        if not predict and not self.problem:
            self._open_at_an_edge()

    def _open_at_an_edge(self) -> None:
        """Take the first step whose sum has at least half the largest magnitude."""
        sums = np.abs(self.output)
        first = int(np.argmax(sums >= sums.max() / 2))
        self.position, self.seen = list(divmod(first, sums.shape[1])), first + 1

    @property
    def output(self) -> np.ndarray:
        """The feature map, as torch.nn.functional.conv2d would give it, in float64."""
        self._check()
        image, kernel = _channels(self.image), _channels(self.kernel)
        image = np.pad(image, [(0, 0), (self.padding,) * 2, (self.padding,) * 2])
        spans = [self.dilation * (size - 1) + 1 for size in kernel.shape[1:]]
        windows = np.lib.stride_tricks.sliding_window_view(image, spans, axis=(1, 2))
        windows = windows[
            :, :: self.stride, :: self.stride, :: self.dilation, :: self.dilation
        ]  # (channels, rows, columns, height, width)
        return np.einsum("crsij,cij->rs", windows, kernel) + (self.bias or 0.0)

    def _check(self) -> None:
        check_finite("image", self.image)
        check_finite("kernel", self.kernel)
        check_finite("bias", 0 if self.bias is None else self.bias)
        image, kernel = _channels(self.image).shape, _channels(self.kernel).shape
        if image[0] != kernel[0]:
            raise ShapeError(
                f"kernel has {kernel[0]} channels but the image has {image[0]}. "
                "Give the kernel one slice for each channel of the image."
            )
        for size, kernel_size in zip(image[1:], kernel[1:], strict=True):
            conv_output_size(
                size,
                kernel_size,
                stride=self.stride,
                padding=self.padding,
                dilation=self.dilation,
            )
        if max(image[1:]) + 2 * self.padding > LARGEST:
            raise ShapeError(
                f"padded image is {image[1] + 2 * self.padding}x{image[2] + 2 * self.padding} "
                f"pixels (padding={self.padding}). The stepper writes every number out: "
                f"use at most {LARGEST}x{LARGEST}."
            )

    def __repr__(self) -> str:
        image, kernel = size_text(self.image), size_text(self.kernel)
        bias = "" if self.bias is None else f", bias={self.bias:g}"
        return (
            f"ConvolutionStepper(image {image}, kernel {kernel}, stride={self.stride}, "
            f"padding={self.padding}, dilation={self.dilation}{bias})"
        )


def _channels(array: list) -> np.ndarray:
    numbers = np.asarray(array, dtype=np.float64)
    return numbers if numbers.ndim == 3 else numbers[np.newaxis]


def _number(value: float) -> float | str:
    return value if np.isfinite(value) else str(value)
