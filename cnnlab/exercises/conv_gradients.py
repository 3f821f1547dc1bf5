"""The three gradients of a convolution: of its bias, its weight and its images."""

from torch import Tensor
from torch.nn.grad import conv2d_input, conv2d_weight

from cnnlab.exercises.conv_backward import CONV_BACKWARD, conv_cases
from cnnlab.exercises.kit import AUTOGRAD, Exercise, Misconception, misconceptions_from

ASKED = {
    "bias_gradient": ("Homework 3.2", "04 gradient-intro", 2),
    "weight_gradient": ("Homework 3.3", "04 gradient-intro", 5, "backward"),
    "image_gradient": ("Homework 3.4", "04 image-predict", 5, "backward"),
}

Shape = tuple[int, ...]


def _of_lesson_04(text: str) -> tuple[Misconception, ...]:
    """Read misconceptions from a text; those of conv_backward have no idea and question there."""
    words = {
        each.name: "\n".join((each.name, each.idea, each.question))
        for each in CONV_BACKWARD.misconceptions
    }
    lines = [words.get(line.strip(), line) for line in text.splitlines()]
    return misconceptions_from("\n".join(lines))


BIAS_GRADIENT = Exercise(
    name="bias_gradient",
    task="Return the gradient of a convolution's bias from the gradient of its output.",
    returns="a tensor (out_channels)",
    inputs=lambda generator: [(case[2],) for case in conv_cases(generator, range(5))],
    without=(AUTOGRAD,),
    misconceptions=_of_lesson_04("""
    bias gradient averaged
        edit: .sum((0, 2, 3)) -> .sum((0, 2, 3)) / output_gradient[:, 0].numel()
    bias gradient averaged over the batch
        edit: .sum((0, 2, 3)) -> .sum((0, 2, 3)) / len(output_gradient)
    bias gradient over the batch only
        edit: .sum((0, 2, 3)) -> .sum(0)
    """),
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
    return conv2d_weight(images, shape, output_gradient, stride, padding)


WEIGHT_GRADIENT = Exercise(
    name="weight_gradient",
    task="Return the gradient of a convolution's weight; kernel_size is a (height, width) pair.",
    returns="a tensor (out_channels, in_channels, height, width)",
    oracle=_torch_weight_gradient,
    inputs=lambda generator: [
        (images, tuple(weight.shape[2:]), gradient, *settings)
        for images, weight, gradient, *settings in conv_cases(generator, range(5))
    ],
    axes={"": ("output channel", "input channel", "row", "column")},
    without=(AUTOGRAD,),
    misconceptions=_of_lesson_04("""
    stride ignored in the weight gradient
        edit: = i * stride, j * stride -> = i, j
    weight gradient flipped
        edit: left : left + width] -> left : left + width].flip(2, 3)
    weight gradient not summed
        edit: new_zeros(out_channels, -> new_zeros(len(images), out_channels,
        edit: nchw->ochw -> nchw->nochw
    weight gradient of the first image
        edit: g, window -> g[:1], window[:1]
    weight gradient of the last image
        edit: g, window -> g[-1:], window[-1:]
    weight gradient overwritten
        of all positions only the last one counts
        Each weight took part in every position. How do their gradients come together?
        edit: gradient += -> gradient =
    weight gradient averaged
        edit: g, window) -> g, window) / len(images)
    """),
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


IMAGE_GRADIENT = Exercise(
    name="image_gradient",
    task="Return the gradient of a convolution's images; image_size is a (height, width) pair.",
    returns="a tensor (batch, in_channels, height, width)",
    oracle=lambda image_size, weight, output_gradient, stride=1, padding=0: conv2d_input(
        (len(output_gradient), weight.shape[1], *image_size),
        weight,
        output_gradient,
        stride,
        padding,
    ),
    inputs=lambda generator: [
        (tuple(images.shape[2:]), weight, gradient, *settings)
        for images, weight, gradient, *settings in conv_cases(generator, range(5))
    ],
    without=(AUTOGRAD,),
    misconceptions=_of_lesson_04("""
    kernel not flipped
        edit: g, weight) -> g, weight.flip(2, 3))
    stride ignored in the image gradient
        edit: = i * stride, j * stride -> = i, j
    overlap overwritten
        edit: window += -> window[:] =
    padding not cut off
        the gradient is that of the padded images
        Does anyone want to know the gradient of the zeros around the image?
        edit: [:, :, padding : padding + height, padding : padding + width] ->
    nothing left without padding
        without padding, nothing is left of the gradient
        Which slice cuts nothing off when padding is 0, and what does [0:-0] give?
        edit: padding : padding + height -> padding:-padding
        edit: padding : padding + width -> padding:-padding
    padding cut off at the end
        the padding is cut off at the bottom and on the right only
        Where in the padded image does the image itself start?
        edit: padding : padding + height, padding : padding + width -> :height, :width
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
