"""Wrong answers of lessons 03 and 04 and homework 2, written later, as students write them."""

import math

import torch
from torch import nn
from torch.nn import functional as F


def conv_parameters__one_bias_per_weight_channel(i, o, kernel_size, groups=1, bias=True):
    return o * (i // groups) * math.prod(kernel_size) + (i if bias else 0)


def conv_parameters__times_groups(i, o, kernel_size, groups=1, bias=True):
    return o * i * math.prod(kernel_size) * groups + (o if bias else 0)


def conv_parameters__both_channels_divided(i, o, kernel_size, groups=1, bias=True):
    return (o // groups) * (i // groups) * math.prod(kernel_size) + (o if bias else 0)


def conv_parameters__square_of_the_height(i, o, kernel_size, groups=1, bias=True):
    return o * (i // groups) * kernel_size[0] ** 2 + (o if bias else 0)


def conv_parameters__bias_in_every_kernel(i, o, kernel_size, groups=1, bias=True):
    return o * (i // groups) * (math.prod(kernel_size) + (1 if bias else 0))


def conv_parameters__sides_added(i, o, kernel_size, groups=1, bias=True):
    return o * (i // groups) * sum(kernel_size) + (o if bias else 0)


def layer_macs__same_size_over_stride(images_shape, weight_shape, stride=1, padding=0):
    _, _, h, w = images_shape
    return math.prod(weight_shape) * (h // stride) * (w // stride)


def layer_macs__one_input_channel(images_shape, weight_shape, stride=1, padding=0):
    _, _, h, w = images_shape
    o, _, kh, kw = weight_shape
    return (
        o
        * kh
        * kw
        * ((h + 2 * padding - kh) // stride + 1)
        * ((w + 2 * padding - kw) // stride + 1)
    )


def layer_macs__height_for_both(images_shape, weight_shape, stride=1, padding=0):
    rows = (images_shape[2] + 2 * padding - weight_shape[2]) // stride + 1
    return math.prod(weight_shape) * rows**2


def activation_bytes__bits(shape, bytes_per_number=4):
    return math.prod(shape) * bytes_per_number * 8


def activation_bytes__kibibytes(shape, bytes_per_number=4):
    return math.prod(shape) * bytes_per_number / 1024


def activation_bytes__square_image(shape, bytes_per_number=4):
    return shape[0] * shape[1] ** 2 * bytes_per_number


def activation_bytes__always_floats(shape, bytes_per_number=4):
    return math.prod(shape) * 4


def activation_bytes__no_channels(shape, bytes_per_number=4):
    return shape[1] * shape[2] * bytes_per_number


def table_parameters__full(table, kernel_size):
    maps = {m for row in table for m in row}
    return len(table) * (len(maps) * kernel_size**2 + 1)  # as if every output read every map


def table_parameters__first_row_for_all(table, kernel_size):
    return len(table) * (len(table[0]) * kernel_size**2 + 1)


def table_parameters__side_not_squared(table, kernel_size):
    return sum(len(row) * kernel_size for row in table) + len(table)


def table_parameters__one_bias(table, kernel_size):
    return sum(len(row) for row in table) * kernel_size**2 + 1


def conv2d_multichannel__bias_per_input_channel(image, weight, bias):
    out = F.conv2d(image[None], weight)[0]
    return out + bias[:, None, None] * image.shape[0]  # added once in every turn of the loop


def conv2d_multichannel__one_filter(image, weight, bias):
    return F.conv2d(image[None], weight[:1], bias[:1])[0].expand(len(weight), -1, -1)


def conv2d_multichannel__last_channel_kept(image, weight, bias):
    return F.conv2d(image[None, -1:], weight[:, -1:], bias)[0]  # = in place of +=


def conv2d_multichannel__channels_averaged(image, weight, bias):
    return F.conv2d(image[None], weight / len(image), bias)[0]


def conv2d_multichannel__one_less_row(image, weight, bias):
    return F.conv2d(image[None], weight, bias)[0, :, :-1, :-1]


def conv2d_multichannel__relu_too(image, weight, bias):
    return F.conv2d(image[None], weight, bias)[0].relu()


def conv2d_multichannel__channel_last(image, weight, bias):
    return F.conv2d(image[None], weight, bias)[0].permute(1, 2, 0)


def _columns(image, kernel_size, stride=1):
    return F.unfold(image[None], kernel_size, stride=stride)[0]


def im2col__windows_as_rows(image, kernel_size, stride=1):
    return _columns(image, kernel_size, stride).T


def im2col__column_by_column(image, kernel_size, stride=1):
    return _columns(image.transpose(1, 2), kernel_size[::-1], stride)


def im2col__channel_varies_fastest(image, kernel_size, stride=1):
    columns = _columns(image, kernel_size, stride)
    return columns.reshape(len(image), -1, columns.shape[1]).transpose(0, 1).flatten(0, 1)


def im2col__only_stride_of_rows(image, kernel_size, stride=1):
    height, width = kernel_size
    found = []
    for top in range(0, image.shape[1] - height + 1, stride):
        for left in range(image.shape[2] - width + 1):
            found.append(image[:, top : top + height, left : left + width].flatten())
    return torch.stack(found, dim=1)


def im2col__first_channel(image, kernel_size, stride=1):
    return _columns(image[:1], kernel_size, stride)


def im2col__last_window_missed(image, kernel_size, stride=1):
    height, width = kernel_size
    found = []
    for top in range(0, image.shape[1] - height, stride):
        for left in range(0, image.shape[2] - width, stride):
            found.append(image[:, top : top + height, left : left + width].flatten())
    return torch.stack(found, dim=1) if found else image.new_zeros(height * width, 0)


def _gradients(images, weight, g, stride):
    images, weight = images.detach().requires_grad_(), weight.detach().requires_grad_()
    out = F.conv2d(images, weight, stride=stride)
    return *torch.autograd.grad((out * g).sum(), (images, weight)), g.sum((0, 2, 3))


def conv_backward__mean_over_batch(images, weight, output_gradient, stride=1):
    x, w, b = _gradients(images, weight, output_gradient, stride)
    return x, w / len(images), b / len(images)


def conv_backward__kernel_turned(images, weight, output_gradient, stride=1):
    x, _, _ = _gradients(images, weight.flip(2, 3), output_gradient, stride)
    return x, *_gradients(images, weight, output_gradient, stride)[1:]


def conv_backward__bias_of_first_image(images, weight, output_gradient, stride=1):
    x, w, _ = _gradients(images, weight, output_gradient, stride)
    return x, w, output_gradient[0].sum((1, 2))


def conv_backward__weight_and_image_exchanged(images, weight, output_gradient, stride=1):
    x, w, b = _gradients(images, weight, output_gradient, stride)
    return w, x, b


def conv_backward__weight_from_last_window(images, weight, output_gradient, stride=1):
    x, _, b = _gradients(images, weight, output_gradient, stride)
    last = torch.zeros_like(output_gradient)
    last[:, :, -1, -1] = output_gradient[:, :, -1, -1]  # = in place of +=
    return x, _gradients(images, weight, last, stride)[1], b


def numerical_gradient__backward_difference(function, point, step=1e-6):
    gradient = torch.zeros_like(point)
    for n in range(point.numel()):
        below = point.clone()
        below.view(-1)[n] -= step
        gradient.view(-1)[n] = (function(point) - function(below)) / step
    return gradient


def numerical_gradient__divided_by_step(function, point, step=1e-6):
    gradient = torch.zeros_like(point)
    for n in range(point.numel()):
        above, below = point.clone(), point.clone()
        above.view(-1)[n] += step
        below.view(-1)[n] -= step
        gradient.view(-1)[n] = (function(above) - function(below)) / step
    return gradient


def numerical_gradient__point_never_put_back(function, point, step=1e-6):
    gradient = torch.zeros_like(point)
    for n in range(point.numel()):
        point.view(-1)[n] += step
        high = function(point)
        point.view(-1)[n] -= 2 * step
        gradient.view(-1)[n] = (high - function(point)) / (2 * step)
    return gradient


def budget_network__softmax_at_the_end():
    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 10), nn.Softmax(dim=1))


def budget_network__no_flatten():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 10, 3))
