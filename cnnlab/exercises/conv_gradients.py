"""The three gradients of a convolution: of its bias, its weight and its images."""

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.conv_backward import (
    CONV_BACKWARD,
    model_bias_gradient,
    model_image_gradient,
    model_weight_gradient,
)
from cnnlab.exercises.kit.exercise import (
    Exercise,
    Misconception,
    Switches,
    misconceptions_from,
    whole_numbers,
)

ASKED = {
    "bias_gradient": ("Homework 3.2", "04 bias-predict", 2),
    "weight_gradient": ("Homework 3.3", "04 weight-predict", 5, "backward"),
    "image_gradient": ("Homework 3.4", "04 image-predict", 5, "backward"),
}

Shape = tuple[int, ...]


def _of_lesson_04(*names: str) -> tuple[Misconception, ...]:
    return tuple(
        misconception
        for misconception in CONV_BACKWARD.misconceptions
        if misconception.name in names
    )


def conv_cases(generator: Generator) -> list[tuple]:
    """Draw (images, weight, output gradient, stride, padding)."""
    settings: list[tuple[Shape, Shape, int, int]] = [
        ((2, 1, 3, 4), (3, 1, 2, 2), 1, 0),
        ((2, 3, 5, 6), (4, 3, 2, 3), 1, 1),
        ((3, 2, 7, 8), (4, 2, 3, 3), 2, 0),
        ((2, 3, 8, 11), (4, 3, 3, 2), 3, 2),
    ]
    cases = []
    for images, weight, stride, padding in settings:
        sizes = ((images[a] + 2 * padding - weight[a]) // stride + 1 for a in (2, 3))
        shapes = images, weight, (images[0], weight[0], *sizes)
        drawn = [whole_numbers(generator, *shape) for shape in shapes]
        cases.append((*drawn, stride, padding))
    return cases


BIAS_GRADIENT = Exercise(
    name="bias_gradient",
    task="Return the gradient of a convolution's bias from the gradient of its output.",
    returns="a tensor (out_channels)",
    model=model_bias_gradient,
    inputs=lambda generator: [(case[2],) for case in conv_cases(generator)],
    misconceptions=_of_lesson_04(
        "bias gradient averaged",
        "bias gradient averaged over the batch",
        "bias gradient over the batch only",
    ),
    hints=(
        "One bias was added at every place of its map, in every image.",
        "A number that is used many times collects a gradient from each use.",
        "Add up over three of the four axes. Which one remains?",
    ),
    solution="""\
def bias_gradient(output_gradient):
    return output_gradient.sum((0, 2, 3))
""",
)


def _torch_weight_gradient(
    images: Tensor, kernel_size: Shape, output_gradient: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    shape = (output_gradient.shape[1], images.shape[1], *kernel_size)
    return torch.nn.grad.conv2d_weight(images, shape, output_gradient, stride, padding)


def _weight_gradient(
    switches: Switches,
    images: Tensor,
    kernel_size: Shape,
    output_gradient: Tensor,
    stride: int = 1,
    padding: int = 0,
) -> Tensor:
    images = F.pad(images, (padding,) * 4)
    shape = (output_gradient.shape[1], images.shape[1], *kernel_size)
    return model_weight_gradient(switches, images, images.new_empty(shape), output_gradient, stride)


WEIGHT_GRADIENT = Exercise(
    name="weight_gradient",
    task="Return the gradient of a convolution's weight; kernel_size is a (height, width) pair.",
    returns="a tensor (out_channels, in_channels, height, width)",
    model=_weight_gradient,
    oracle=_torch_weight_gradient,
    inputs=lambda generator: [
        (images, tuple(weight.shape[2:]), gradient, *settings)
        for images, weight, gradient, *settings in conv_cases(generator)
    ],
    axes={"": ("output channel", "input channel", "row", "column")},
    misconceptions=_of_lesson_04(
        "stride ignored in the weight gradient",
        "weight gradient flipped",
        "weight gradient not summed",
        "weight gradient of the first image",
        "weight gradient of the last image",
        "weight gradient averaged",
    ),
    hints=(
        "weight[o, c, a, b] met one pixel of every window. Which pixels are those?",
        "Loop over the output positions: each adds its gradient times its window of the images.",
        'Per position: torch.einsum("no,nchw->ochw", output_gradient[:, :, i, j], window).',
    ),
    solution="""\
def weight_gradient(images, kernel_size, output_gradient, stride=1, padding=0):
    padded = F.pad(images, (padding, padding, padding, padding))
    height, width = kernel_size
    out_channels, rows, columns = output_gradient.shape[1:]
    gradient = images.new_zeros(out_channels, images.shape[1], height, width)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + height, left : left + width]
            g = output_gradient[:, :, i, j]  # (batch, out_channels)
            gradient += torch.einsum("no,nchw->ochw", g, window)
    return gradient
""",
)


def _image_gradient(
    switches: Switches,
    image_size: Shape,
    weight: Tensor,
    output_gradient: Tensor,
    stride: int = 1,
    padding: int = 0,
) -> Tensor:
    height, width = (size + 2 * padding for size in image_size)
    images = weight.new_zeros(len(output_gradient), weight.shape[1], height, width)
    gradient = model_image_gradient(switches, images, weight, output_gradient, stride)
    if "padding not cut off" in switches:
        return gradient
    first = 0 if "padding cut off at the end" in switches else padding
    return gradient[..., first : first + image_size[0], first : first + image_size[1]]


IMAGE_GRADIENT = Exercise(
    name="image_gradient",
    task="Return the gradient of a convolution's images; image_size is a (height, width) pair.",
    returns="a tensor (batch, in_channels, height, width)",
    model=_image_gradient,
    oracle=lambda image_size, weight, output_gradient, stride=1, padding=0: (
        torch.nn.grad.conv2d_input(
            (len(output_gradient), weight.shape[1], *image_size),
            weight,
            output_gradient,
            stride,
            padding,
        )
    ),
    inputs=lambda generator: [
        (tuple(images.shape[2:]), weight, gradient, *settings)
        for images, weight, gradient, *settings in conv_cases(generator)
    ],
    misconceptions=_of_lesson_04(
        "kernel not flipped", "stride ignored in the image gradient", "overlap overwritten"
    )
    + misconceptions_from("""
    padding not cut off
        the gradient is that of the padded images
        Does anyone want to know the gradient of the zeros around the image?
    padding cut off at the end
        the padding is cut off at the bottom and on the right only
        Where in the padded image does the image itself start?
    """),
    hints=(
        "First the gradient of the padded images, zeros to begin with; then cut the padding off.",
        "Each output position adds its gradient times the kernel to the window that it read.",
        "gradient[:, :, padding : padding + height, padding : padding + width] is what remains.",
    ),
    solution="""\
def image_gradient(image_size, weight, output_gradient, stride=1, padding=0):
    height, width = image_size
    batch, _, rows, columns = output_gradient.shape
    shape = batch, weight.shape[1], height + 2 * padding, width + 2 * padding
    padded = weight.new_zeros(shape)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + weight.shape[2], left : left + weight.shape[3]]
            g = output_gradient[:, :, i, j]  # (batch, out_channels)
            window += torch.einsum("no,ochw->nchw", g, weight)
    return padded[:, :, padding : padding + height, padding : padding + width]
""",
)


EXERCISES = (
    BIAS_GRADIENT,
    WEIGHT_GRADIENT,
    IMAGE_GRADIENT,
)
