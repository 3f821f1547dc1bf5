"""The arithmetic of convolution in whole numbers: sizes, parameters, work and receptive fields.

Sizes follow torch: padding is per side, a size that does not divide is rounded down, and a
kernel with dilation d reads every d-th pixel. Importing this module does not import torch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, Any

from cnnlab.errors import ShapeError, Size, as_bool, as_int, as_pair, as_shape

__all__ = [
    "ReceptiveField",
    "Window",
    "activation_bytes",
    "conv_macs",
    "conv_output_size",
    "conv_parameters",
    "conv_transpose_output_size",
    "dense_parameters",
    "describe",
    "receptive_field",
]

if TYPE_CHECKING:
    from torch import nn


def conv_output_size(
    input_size: Size,
    kernel_size: Size,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> Size:
    """Return the output size of a convolution or pooling along one axis, or along both.

    floor((input_size + 2 * padding - dilation * (kernel_size - 1) - 1) / stride) + 1

    Args:
        input_size: pixels of the input, at least 1. Here and below: an int for one axis, or
            (height, width); one pair among the arguments is enough for a pair to come back.
        kernel_size: numbers in the kernel, at least 1.
        stride: pixels from one position of the kernel to the next, at least 1.
        padding: pixels added at each of the two sides, at least 0.
        dilation: pixels from one number of the kernel to the next, at least 1.

    Raises:
        ShapeError: for a number out of its range, or a kernel wider than the padded input.

    Example:
        >>> conv_output_size(32, kernel_size=3, stride=2)
        15
        >>> conv_output_size((32, 48), kernel_size=(3, 5), padding=(1, 2))
        (32, 48)

    Source:
        torch.nn.Conv2d; Dumoulin and Visin 2016, arXiv:1603.07285, relationship 15.
    """
    return _along_axes(
        _conv_output_size,
        input_size=input_size,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        dilation=dilation,
    )


def _conv_output_size(
    *, input_size: int, kernel_size: int, stride: int, padding: int, dilation: int
) -> int:
    span = dilation * (kernel_size - 1) + 1
    padded = input_size + 2 * padding
    if span > padded:
        raise ShapeError(
            f"kernel spans {span} pixels (kernel_size={kernel_size}, dilation={dilation}) but the "
            f"padded input has {padded} (input_size={input_size}, padding={padding}). "
            f"Use padding={-(-(span - input_size) // 2)} or more, or a smaller kernel."
        )
    return (padded - span) // stride + 1


def conv_transpose_output_size(
    input_size: Size,
    kernel_size: Size,
    *,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Size:
    """Return the output size of a transposed convolution along one axis, or along both.

    (input_size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1

    Args:
        output_padding: pixels added at the far side only, less than stride or dilation. It
            chooses among the input sizes that a strided convolution maps to the same size.
        input_size, kernel_size, stride, padding, dilation: as for `conv_output_size`.

    Raises:
        ShapeError: for a number out of its range, or an output without a pixel.

    Example:
        >>> conv_transpose_output_size(15, kernel_size=3, stride=2, output_padding=1)
        32

    Source:
        torch.nn.ConvTranspose2d; Dumoulin and Visin 2016, arXiv:1603.07285, relationship 14.
    """
    return _along_axes(
        _conv_transpose_output_size,
        input_size=input_size,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
    )


def _conv_transpose_output_size(
    *,
    input_size: int,
    kernel_size: int,
    stride: int,
    padding: int,
    output_padding: int,
    dilation: int,
) -> int:
    if output_padding >= max(stride, dilation):
        raise ShapeError(
            f"output_padding={output_padding} must be smaller than stride={stride} or "
            f"dilation={dilation}. Use at most {max(stride, dilation) - 1}."
        )
    unpadded = (input_size - 1) * stride + dilation * (kernel_size - 1) + output_padding + 1
    if unpadded <= 2 * padding:
        raise ShapeError(
            f"padding={padding} cuts {2 * padding} pixels from an output of {unpadded} "
            f"(input_size={input_size}, kernel_size={kernel_size}, stride={stride}). "
            f"Use padding={(unpadded - 1) // 2} or less."
        )
    return unpadded - 2 * padding


def conv_parameters(
    in_channels: int, out_channels: int, kernel_size: Size, *, groups: int = 1, bias: bool = True
) -> int:
    """Count the numbers a convolution learns. The size of the image is not among them.

    Args:
        groups: parts into which the channels are split, each convolved by itself.
        bias: whether each output channel has one number added to it.

    Raises:
        ShapeError: for a number below 1, or groups that do not divide both channel counts.

    Example:
        >>> conv_parameters(3, 32, kernel_size=3)
        896
    """
    in_channels = as_int("in_channels", in_channels)
    out_channels, groups = as_int("out_channels", out_channels), as_int("groups", groups)
    if in_channels % groups or out_channels % groups:
        raise ShapeError(
            f"groups={groups} does not divide in_channels={in_channels} and "
            f"out_channels={out_channels}. Use a number that divides both."
        )
    weights = out_channels * (in_channels // groups) * prod(as_pair("kernel_size", kernel_size))
    return weights + (out_channels if as_bool("bias", bias) else 0)


def dense_parameters(in_features: int, out_features: int, *, bias: bool = True) -> int:
    """Count the numbers a dense (linear) layer learns.

    Raises:
        ShapeError: for a number below 1.

    Example:
        >>> dense_parameters(4096, 10)
        40970
    """
    in_features = as_int("in_features", in_features)
    out_features = as_int("out_features", out_features)
    return in_features * out_features + (out_features if as_bool("bias", bias) else 0)


def conv_macs(
    in_channels: int,
    out_channels: int,
    kernel_size: Size,
    output_size: Size,
    *,
    groups: int = 1,
) -> int:
    """Count the MACs of a convolution on one image: one MAC is one multiply and one add.

    Every weight is used once at every position of the output. Adding the bias is not counted.

    Args:
        output_size: an int for a square output, or (height, width).

    Raises:
        ShapeError: for a number below 1, or groups that do not divide both channel counts.

    Example:
        >>> conv_macs(3, 32, kernel_size=3, output_size=32)
        884736
    """
    weights = conv_parameters(in_channels, out_channels, kernel_size, groups=groups, bias=False)
    return weights * prod(as_pair("output_size", output_size))


def activation_bytes(shape: Sequence[int], *, bytes_per_number: int = 4) -> int:
    """Return the memory of one layer's output; float32 takes 4 bytes a number, bfloat16 takes 2.

    Raises:
        ShapeError: if `shape` is not a sequence, or a number is not an integer or below 1.

    Example:
        >>> activation_bytes((32, 32, 32))  # 32 maps of 32x32
        131072
    """
    return prod(as_shape("shape", shape)) * as_int("bytes_per_number", bytes_per_number)


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


def describe(model: "nn.Module", input_shape: Sequence[int]) -> Any:
    """Run one blank image through a torch model and count every layer.

    `input_shape` is that of one image, (channels, height, width). What comes back prints as a
    table; its rows have `layer`, `output_shape`, `parameters`, `macs` and `receptive_field`.

    Raises:
        ShapeError: if `input_shape` is not a sequence of sizes, or the model fails on an image of
            that shape: with the layers that ran, what came to the next, and what would fit.
        ValueError: if `model` is not an nn.Module.
    """
    summary = import_module(
        "cnnlab.models.summary"
    )  # which computes with what is above, and loads torch
    return summary.describe(model, input_shape)


def _along_axes(function: Callable[..., int], **arguments: Size) -> Size:
    """Call `function` once, or once per axis when an argument is a (height, width) pair."""
    pairs = {n: as_pair(n, value, minimum=_minimum(n)) for n, value in arguments.items()}
    first = function(**{name: height for name, (height, _) in pairs.items()})
    if any(isinstance(value, tuple | list) for value in arguments.values()):
        return first, function(**{name: width for name, (_, width) in pairs.items()})
    return first


def _minimum(name: str) -> int:
    return 0 if name in ("padding", "output_padding") else 1
