"""One axis of a convolution: where the kernel stops, and which pixels it never reads."""

import traitlets

from cnnlab.arithmetic import conv_output_size
from cnnlab.widgets.base import CourseWidget, Whole


class OutputSizeRuler(CourseWidget):
    """Show how input size, kernel size, stride, padding and dilation make the output size.

    `stop` is the kernel's stop shown in yellow, `output_size` the number of stops, `unread` the
    pixels of the input that no stop reads. `problem` is the sentence shown when the kernel does
    not fit.

    Example:
        >>> ruler = OutputSizeRuler(input_size=8, kernel_size=3, stride=2)
        >>> ruler.output_size, ruler.unread
        (3, [7])
    """

    page = "output_size_ruler"

    input_size = Whole().tag(sync=True)
    kernel_size = Whole().tag(sync=True)
    stride = Whole().tag(sync=True)
    padding = Whole().tag(sync=True)
    dilation = Whole().tag(sync=True)
    stop = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        input_size: int = 8,
        kernel_size: int = 3,
        *,
        stride: int = 2,
        padding: int = 0,
        dilation: int = 1,
    ) -> None:
        super().__init__(
            input_size=input_size,
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            dilation=dilation,
        )

    @property
    def output_size(self) -> int:
        """The number of stops, as `arithmetic.conv_output_size` counts them."""
        size = conv_output_size(
            self.input_size,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
        )
        assert isinstance(size, int)
        return size

    @property
    def unread(self) -> list[int]:
        """The pixels of the input, counted from 0, that no stop reads."""
        read = {
            stop * self.stride + tap * self.dilation - self.padding
            for stop in range(self.output_size)
            for tap in range(self.kernel_size)
        }
        return [pixel for pixel in range(self.input_size) if pixel not in read]

    def _check(self) -> None:
        _ = self.output_size

    def __repr__(self) -> str:
        return (
            f"OutputSizeRuler(input_size={self.input_size}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation})"
        )
