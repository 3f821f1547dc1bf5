"""Wrong answers to the exercises on whole convolutions: each is code of its own."""

import torch
from torch import Tensor
from torch.nn import functional as F


def _slide(image: Tensor, kernel: Tensor, s: int = 1, d: int = 1) -> Tensor:
    return F.conv2d(image[None, None], kernel[None, None], stride=s, dilation=d)[0, 0]


def conv2d_multichannel__mean_over_channels(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(image[None], weight / weight.shape[1], bias)[0]


def conv2d_multichannel__bias_once_per_channel(
    image: Tensor, weight: Tensor, bias: Tensor
) -> Tensor:
    return F.conv2d(image[None], weight, bias * len(image))[0]


def conv2d_multichannel__last_filter(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    out = F.conv2d(image[None], weight, bias)[0]
    return out[-1:].expand_as(out)


def conv2d_multichannel__one_bias(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(image[None], weight)[0] + bias[0]


def conv2d_multichannel__keeps_size(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(image[None], weight, bias, padding="same")[0]


def conv2d_multichannel__filters_in_reverse(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(image[None], weight.flip(0), bias)[0]


def conv2d_multichannel__batch_axis(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(image[None], weight, bias)


def im2col__every_second(image: Tensor, kernel_size: tuple, stride: int = 1) -> Tensor:
    return F.unfold(image[None], kernel_size, stride=stride)[0][:, ::2]


def im2col__channels_reversed(image: Tensor, kernel_size: tuple, stride: int = 1) -> Tensor:
    return F.unfold(image.flip(0)[None], kernel_size, stride=stride)[0]


def im2col__padded(image: Tensor, kernel_size: tuple, stride: int = 1) -> Tensor:
    return F.unfold(image[None], kernel_size, stride=stride, padding=1)[0]


def im2col__stride_of_kernel(image: Tensor, kernel_size: tuple, stride: int = 1) -> Tensor:
    return F.unfold(image[None], kernel_size, stride=kernel_size)[0]


def correlate2d_dilated__dilation_of_rows(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Tensor:
    padded = F.pad(image, (padding,) * 4)[None, None]
    return F.conv2d(padded, kernel[None, None], stride=stride, dilation=(dilation, 1))[0, 0]


def correlate2d_dilated__pads_by_dilation(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Tensor:
    return _slide(F.pad(image, (padding * dilation,) * 4), kernel, stride, dilation)


def correlate2d_dilated__dilates_image(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Tensor:
    return _slide(F.pad(image, (padding,) * 4)[::dilation, ::dilation], kernel, stride)


def correlate2d_dilated__stride_times_dilation(
    image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Tensor:
    return _slide(F.pad(image, (padding,) * 4), kernel, stride * dilation, dilation)


def conv_forward__pads_the_output(
    images: Tensor, weight: Tensor, bias: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return F.pad(F.conv2d(images, weight, bias, stride=stride), (padding,) * 4)


def conv_forward__bias_of_the_first(
    images: Tensor, weight: Tensor, bias: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return F.conv2d(images, weight, None, stride, padding) + bias[0]


def conv_forward__first_image(
    images: Tensor, weight: Tensor, bias: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    out = F.conv2d(images, weight, bias, stride, padding)
    out[1:] = 0
    return out


def conv_forward__bias_twice(
    images: Tensor, weight: Tensor, bias: Tensor, stride: int = 1, padding: int = 0
) -> Tensor:
    return F.conv2d(images, weight, bias, stride, padding) + bias[:, None, None]


def causal_conv1d__pads_undilated(signal: Tensor, kernel: Tensor, dilation: int = 1) -> Tensor:
    padded = F.pad(signal, (len(kernel) - 1, 0))
    return F.conv1d(padded[None, None], kernel[None, None], dilation=dilation)[0, 0]


def causal_conv1d__one_too_early(signal: Tensor, kernel: Tensor, dilation: int = 1) -> Tensor:
    reach = (len(kernel) - 1) * dilation + 1
    padded = F.pad(signal, (reach, 0))[:-1]
    return F.conv1d(padded[None, None], kernel[None, None], dilation=dilation)[0, 0]


def causal_conv1d__first_weight_lost(signal: Tensor, kernel: Tensor, dilation: int = 1) -> Tensor:
    out = torch.zeros_like(signal)
    for t in range(len(signal)):
        for i in range(1, len(kernel)):
            past = t - (len(kernel) - 1 - i) * dilation
            if past >= 0:
                out[t] += kernel[i] * signal[past]
    return out


def causal_conv1d__negative_index(signal: Tensor, kernel: Tensor, dilation: int = 1) -> Tensor:
    out = torch.zeros_like(signal)
    for t in range(len(signal)):
        for i in range(len(kernel)):
            out[t] += kernel[i] * signal[(t - (len(kernel) - 1 - i) * dilation) % len(signal)]
    return out
