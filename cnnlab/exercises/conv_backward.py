"""Exercise of lesson 04: the gradient of a convolution, by hand."""

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)
from cnnlab.exercises.kit.values import plain

ASKED = {"conv_backward": ("Lesson 04.2", "04 image-predict", 0, "backward")}

GRADIENTS = ("image gradient", "weight gradient", "bias gradient")


def _conv_backward(
    switches: Switches, images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int = 1
) -> Any:
    gradients = (
        model_image_gradient(switches, images, weight, output_gradient, stride),
        model_weight_gradient(switches, images, weight, output_gradient, stride),
        model_bias_gradient(switches, output_gradient),
    )
    if "weight gradient first" in switches:
        return gradients[1], gradients[0], gradients[2]
    return gradients


def model_image_gradient(
    switches: Switches, images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int
) -> Tensor:
    if "kernel not flipped" in switches:  # what correlating with the unflipped kernel amounts to
        weight = weight.flip(2, 3)
    step = 1 if "stride ignored in the image gradient" in switches else stride
    gradient = torch.zeros_like(images)
    rows, columns = output_gradient.shape[2:]
    for i in range(rows):
        for j in range(columns):
            top, left = i * step, j * step
            part = torch.einsum("no,ochw->nchw", output_gradient[:, :, i, j], weight)
            window = gradient[..., top : top + part.shape[2], left : left + part.shape[3]]
            if "overlap overwritten" in switches:
                window.zero_()
            window += part
    if "cropped one pixel late" in switches:
        gradient = F.pad(gradient, (0, 1, 0, 1))[..., 1:, 1:]
    if "unread border missing" in switches:
        sizes = zip((rows, columns), weight.shape[2:], strict=True)
        height, width = ((n - 1) * stride + k for n, k in sizes)
        gradient = gradient[..., :height, :width]
    return gradient


def model_weight_gradient(
    switches: Switches, images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int
) -> Tensor:
    step = 1 if "stride ignored in the weight gradient" in switches else stride
    windows = images.unfold(2, weight.shape[2], step).unfold(3, weight.shape[3], step)
    rows, columns = output_gradient.shape[2:]
    windows = windows[:, :, :rows, :columns]
    if "weight gradient flipped" in switches:
        windows = windows.flip(4, 5)
    per_picture = torch.einsum("ncijhw,noij->nochw", windows, output_gradient)
    if "weight gradient not summed" in switches:
        return per_picture
    if "weight gradient of the first image" in switches:
        return per_picture[0]
    if "weight gradient of the last image" in switches:
        return per_picture[-1]
    return per_picture.mean(0) if "weight gradient averaged" in switches else per_picture.sum(0)


def model_bias_gradient(switches: Switches, output_gradient: Tensor) -> Tensor:
    if "bias gradient averaged" in switches:
        return output_gradient.mean((0, 2, 3))
    total = output_gradient.sum((0, 2, 3))
    if "bias gradient averaged over the batch" in switches:
        return total / len(output_gradient)
    return output_gradient.sum(0) if "bias gradient over the batch only" in switches else total


def _conv_backward_inputs(generator: Generator) -> list[Arguments]:
    settings = [((2, 1, 3, 4), (3, 1, 2, 2), 1), ((2, 3, 5, 6), (4, 3, 2, 3), 1)]
    settings += [((3, 2, 7, 8), (4, 2, 3, 3), 2), ((2, 3, 9, 12), (4, 3, 3, 2), 3)]
    cases = []
    for images, weight, stride in settings:
        rows, columns = ((images[a] - weight[a]) // stride + 1 for a in (2, 3))
        shapes = images, weight, (images[0], weight[0], rows, columns)
        cases.append((*(whole_numbers(generator, *shape) for shape in shapes), stride))
    first, *others = cases
    return [first[:3], *others]


def _torch_backward(
    images: Tensor, weight: Tensor, output_gradient: Tensor, stride: int = 1
) -> tuple[Tensor, ...]:
    bias = weight.new_zeros(len(weight), requires_grad=True)
    images, weight = images.requires_grad_(), weight.requires_grad_()
    output = F.conv2d(images, weight, bias, stride=stride)
    return torch.autograd.grad(output, (images, weight, bias), output_gradient)


def _three_gradients(returned: Any, _: Arguments) -> Any:
    answer = plain(returned)
    if isinstance(answer, tuple) and len(answer) == 3 and all(map(torch.is_tensor, answer)):
        return dict(zip(GRADIENTS, answer, strict=True))
    return answer


CONV_BACKWARD = Exercise(
    name="conv_backward",
    task="Return the gradients of a convolution for its images, weight and bias, without autograd.",
    returns="three tensors (image_gradient, weight_gradient, bias_gradient)",
    model=_conv_backward,
    oracle=_torch_backward,
    inputs=_conv_backward_inputs,
    extract_answer=_three_gradients,
    axes={"weight gradient": ("output channel", "input channel", "row", "column")},
    misconceptions=misconceptions_from("""
    kernel not flipped
        the image gradient uses the kernel the wrong way round
        Pixel (0, 0) was read by one window only. Which weight did it meet there?
    stride ignored in the image gradient
        stride is not used in the image gradient
        Where in the image did the window of output (0, 1) start when stride is 2?
    cropped one pixel late
        the image gradient lies one pixel too far up and left
        How far may the kernel stick out on each side: k, k - 1 or k // 2 pixels?
    unread border missing
        the image gradient ends at the last pixel that a window read
        Which gradient has a pixel that no window reads?
    overlap overwritten
        where windows overlap, the last one replaces the others in the image gradient
        A pixel read by two windows gets a gradient from each. How do they combine?
    stride ignored in the weight gradient
        stride is not used in the weight gradient
        Which pixels did weight[o, c, 0, 0] meet when stride is 2?
    weight gradient flipped
        the weight gradient is upside down and left to right
        Which pixels did weight[o, c, 0, 0] meet?
    weight gradient not summed
        the weight gradient keeps one entry for each image
        How many weights are there, whatever the batch?
    weight gradient of the first image
        the weight gradient is the first image's alone
        Which images did the weights see?
    weight gradient of the last image
        the weight gradient is the last image's alone
        Do you add to the gradient or replace it, as the images go by?
    weight gradient averaged
        the weight gradient is averaged over the batch
        If the loss has an average in it, where is that already contained?
    bias gradient averaged
        the bias gradient is an average over images and positions
        At how many places was one bias added, and how do their gradients combine?
    bias gradient averaged over the batch
        the bias gradient is averaged over the batch
        If the loss has an average in it, where is that already contained?
    bias gradient over the batch only
        the bias gradient keeps one entry for each position
        How many biases are there, whatever the image's size?
    weight gradient first
        the weight gradient is returned before the image gradient
        In which order does the exercise ask for the three?
    """),
    hints=(
        "A pixel's gradient: for each window that read it, weight times that output's gradient.",
        "Loop over the output positions. Each adds to a window of image_gradient and to all of dW.",
        "image_gradient[window] += g * weight; weight_gradient += g * images[window]; bias: sum g.",
    ),
    solution="""\
def conv_backward(images, weight, output_gradient, stride=1):
    image_gradient, weight_gradient = torch.zeros_like(images), torch.zeros_like(weight)
    height, width = weight.shape[2:]
    for i in range(output_gradient.shape[2]):
        for j in range(output_gradient.shape[3]):
            rows = slice(i * stride, i * stride + height)
            columns = slice(j * stride, j * stride + width)
            g = output_gradient[:, :, i, j]  # (batch, out_channels)
            image_gradient[:, :, rows, columns] += torch.einsum("no,ochw->nchw", g, weight)
            window = images[:, :, rows, columns]
            weight_gradient += torch.einsum("no,nchw->ochw", g, window)
    return image_gradient, weight_gradient, output_gradient.sum((0, 2, 3))
""",
)

EXERCISES = (CONV_BACKWARD,)
