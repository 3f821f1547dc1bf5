"""Exercise of lesson 04: the gradient of a convolution, by hand."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit import (
    AUTOGRAD,
    Arguments,
    Exercise,
    misconceptions_from,
    plain,
    whole_numbers,
)
from cnnlab.exercises.kit.drawing import TO_FOUR, TURNED, windows

ASKED = {"conv_backward": ("Lesson 04.3", "04 image-predict", 0, "backward")}

GRADIENTS = ("image gradient", "weight gradient", "bias gradient")


def _conv_backward_inputs(generator: Generator) -> list[Arguments]:
    return [case[:4] for case in conv_cases(generator)]


def conv_cases(generator: Generator, paddings: Sequence[int] = (0,)) -> list[Arguments]:
    """Draw (images, weight, output gradient, stride, padding)."""
    more = (1, 2, 3), TO_FOUR, TO_FOUR, TURNED, TURNED
    cases = []
    for image, kernel, settings, *drawn in windows(generator, 36, *more, paddings=paddings):
        batch, channels, filters, turned, gradient_turned = drawn
        images = whole_numbers(generator, batch, channels, *image, turned=turned)
        weight = whole_numbers(generator, filters, channels, *kernel)
        shape = F.conv2d(images, weight, None, *settings).shape
        gradient = whole_numbers(generator, *shape, turned=gradient_turned)
        cases.append((images, weight, gradient, *settings[:2]))
    return cases


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
    oracle=_torch_backward,
    inputs=_conv_backward_inputs,
    extract_answer=_three_gradients,
    axes={"weight gradient": ("output channel", "input channel", "row", "column")},
    without=(AUTOGRAD,),
    misconceptions=misconceptions_from("""
    kernel not flipped
        the image gradient uses the kernel the wrong way round
        Pixel (0, 0) was read by one window only. Which weight did it meet there?
        edit: g, weight) -> g, weight.flip(2, 3))
    stride ignored in the image gradient
        stride is not used in the image gradient
        Where in the image did the window of output (0, 1) start when stride is 2?
        edit: rows, columns] += -> i : i + height, j : j + width] +=
    cropped one pixel late
        the image gradient lies one pixel too far up and left
        How far may the kernel stick out on each side: k, k - 1 or k // 2 pixels?
        edit: torch.zeros_like(images), -> F.pad(torch.zeros_like(images), (0, 1, 0, 1)),
        edit: bias_gradient = -> image_gradient = image_gradient[..., 1:, 1:]; bias_gradient =
    unread border missing
        the image gradient ends at the last pixel that a window read
        Which gradient has a pixel that no window reads?
        edit: return -> image_gradient = image_gradient[..., : rows.stop, : columns.stop]; return
    overlap overwritten
        where windows overlap, the last one replaces the others in the image gradient
        A pixel read by two windows gets a gradient from each. How do they combine?
        edit: columns] += -> columns] =
    stride ignored in the weight gradient
        stride is not used in the weight gradient
        Which pixels did weight[o, c, 0, 0] meet when stride is 2?
        edit: images[:, :, rows, columns] -> images[:, :, i : i + height, j : j + width]
    weight gradient flipped
        the weight gradient is rotated by 180 degrees
        Which pixels did weight[o, c, 0, 0] meet?
        edit: images[:, :, rows, columns] -> images[:, :, rows, columns].flip(2, 3)
    weight gradient not summed
        the weight gradient keeps one entry for each image
        How many weights are there, whatever the batch?
        edit: torch.zeros_like(weight) -> weight.new_zeros(len(images), *weight.shape)
        edit: nchw->ochw -> nchw->nochw
    weight gradient of the first image
        the weight gradient is the first image's alone
        Which images did the weights see?
        edit: g, window -> g[:1], window[:1]
    weight gradient of the last image
        the weight gradient is the last image's alone
        Do you add to the gradient or replace it, as the images go by?
        edit: g, window -> g[-1:], window[-1:]
    weight gradient averaged
        the weight gradient is averaged over the batch
        If the loss has an average in it, where is that already contained?
        edit: g, window) -> g, window) / len(images)
    bias gradient averaged
        the bias gradient is an average over images and positions
        At how many places was one bias added, and how do their gradients combine?
        edit: .sum((0, 2, 3)) -> .sum((0, 2, 3)) / output_gradient[:, 0].numel()
    bias gradient averaged over the batch
        the bias gradient is averaged over the batch
        If the loss has an average in it, where is that already contained?
        edit: .sum((0, 2, 3)) -> .sum((0, 2, 3)) / len(output_gradient)
    bias gradient over the batch only
        the bias gradient keeps one entry for each position
        How many biases are there, whatever the image's size?
        edit: .sum((0, 2, 3)) -> .sum(0)
    weight gradient first
        the weight gradient is returned before the image gradient
        In which order does the exercise ask for the three?
        edit: return image_gradient, weight_gradient -> return weight_gradient, image_gradient
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
    bias_gradient = output_gradient.sum((0, 2, 3))
    return image_gradient, weight_gradient, bias_gradient
""",
)
