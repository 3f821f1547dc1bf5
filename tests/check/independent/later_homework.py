"""Wrong answers of homework 1 to 3, written later, as students write them."""

import torch
from torch.nn import functional as F


def _answers(image, kernel):
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


def _place(answers):
    return tuple(divmod(answers.argmax().item(), answers.shape[1]))


def find_template__column_first(image, template):
    return _place(_answers(image, template - template.mean()))[::-1]


def find_template__divided_by_height(image, template):
    answers = _answers(image, template - template.mean())
    return divmod(answers.argmax().item(), answers.shape[0])


def find_template__image_centered(image, template):
    return _place(_answers(image - image.mean(), template))


def correlate2d_dilated__dilation_as_stride(image, kernel, stride=1, padding=0, dilation=1):
    x = F.pad(image, (padding,) * 4)[None, None]
    return F.conv2d(x, kernel[None, None], stride=stride * dilation)[0, 0]


def correlate2d_dilated__padding_times_dilation(image, kernel, stride=1, padding=0, dilation=1):
    x = F.pad(image, (padding * dilation,) * 4)[None, None]
    return F.conv2d(x, kernel[None, None], stride=stride, dilation=dilation)[0, 0]


def correlate2d_dilated__rows_only(image, kernel, stride=1, padding=0, dilation=1):
    x = F.pad(image, (padding,) * 4)[None, None]
    return F.conv2d(x, kernel[None, None], stride=stride, dilation=(dilation, 1))[0, 0]


def correlate2d_dilated__flipped(image, kernel, stride=1, padding=0, dilation=1):
    x, k = F.pad(image, (padding,) * 4)[None, None], kernel.flip(0, 1)[None, None]
    return F.conv2d(x, k, stride=stride, dilation=dilation)[0, 0]


def conv_forward__batch_averaged(images, weight, bias, stride=1, padding=0):
    out = F.conv2d(images, weight, bias, stride=stride, padding=padding)
    return out.mean(0, keepdim=True)


def conv_forward__padding_of_rows(images, weight, bias, stride=1, padding=0):
    return F.conv2d(images, weight, bias, stride=stride, padding=(padding, 0))


def conv_forward__bias_on_border_missing(images, weight, bias, stride=1, padding=0):
    out = F.conv2d(images, weight, stride=stride, padding=padding)
    out[:, :, 1:, 1:] += bias[:, None, None]
    return out


def conv_forward__weight_transposed(images, weight, bias, stride=1, padding=0):
    weight = weight.transpose(2, 3)
    return F.conv2d(images, weight, bias, stride=stride, padding=padding)


def bias_gradient__batch_left(output_gradient):
    return output_gradient.sum((2, 3))


def bias_gradient__batch_mean(output_gradient):
    return output_gradient.mean(0).sum((1, 2))


def bias_gradient__one_number(output_gradient):
    return output_gradient.sum()


def _weight(images, kernel_size, g, stride, padding):
    shape = (g.shape[1], images.shape[1], *kernel_size)
    return torch.nn.grad.conv2d_weight(images, shape, g, stride=stride, padding=padding)


def weight_gradient__batch_mean(images, kernel_size, output_gradient, stride=1, padding=0):
    return _weight(images, kernel_size, output_gradient, stride, padding) / len(images)


def weight_gradient__turned(images, kernel_size, output_gradient, stride=1, padding=0):
    return _weight(images, kernel_size, output_gradient, stride, padding).flip(2, 3)


def weight_gradient__channels_exchanged(images, kernel_size, output_gradient, stride=1, padding=0):
    return _weight(images, kernel_size, output_gradient, stride, padding).transpose(0, 1)


def weight_gradient__first_image(images, kernel_size, output_gradient, stride=1, padding=0):
    return _weight(images[:1], kernel_size, output_gradient[:1], stride, padding)


def _image(size, weight, g, stride, padding):
    shape = (len(g), weight.shape[1], *size)
    return torch.nn.grad.conv2d_input(shape, weight, g, stride=stride, padding=padding)


def image_gradient__border_kept(image_size, weight, output_gradient, stride=1, padding=0):
    size = [n + 2 * padding for n in image_size]
    return _image(size, weight, output_gradient, stride, 0)


def image_gradient__not_turned(image_size, weight, output_gradient, stride=1, padding=0):
    return _image(image_size, weight.flip(2, 3), output_gradient, stride, padding)


def image_gradient__cut_at_the_corner(image_size, weight, output_gradient, stride=1, padding=0):
    size = [n + 2 * padding for n in image_size]
    return _image(size, weight, output_gradient, stride, 0)[..., : image_size[0], : image_size[1]]


def image_gradient__overwritten(image_size, weight, output_gradient, stride=1, padding=0):
    height, width = (n + 2 * padding for n in image_size)
    out = weight.new_zeros(len(output_gradient), weight.shape[1], height, width)
    for i in range(output_gradient.shape[2]):
        for j in range(output_gradient.shape[3]):
            rows = slice(i * stride, i * stride + weight.shape[2])
            columns = slice(j * stride, j * stride + weight.shape[3])
            g = output_gradient[:, :, i, j]
            out[:, :, rows, columns] = torch.einsum("no,ochw->nchw", g, weight)  # = for +=
    return out[:, :, padding : padding + image_size[0], padding : padding + image_size[1]]


def count_lenet5__without_bias():
    return [
        ("C1", (6, 28, 28), 150, 117600, 5),
        ("S2", (6, 14, 14), 12, 1176, 6),
        ("C3", (16, 10, 10), 1500, 150000, 14),
        ("S4", (16, 5, 5), 32, 400, 16),
        ("C5", (120, 1, 1), 48000, 48000, 32),
        ("F6", (84, 1, 1), 10080, 10080, 32),
    ]


def count_plain__height_last():
    return [
        ("conv1", (32, 32, 16), 448, 442368, 3),
        ("conv2", (32, 32, 16), 2320, 2359296, 5),
        ("pool1", (16, 16, 16), 0, 0, 6),
        ("conv3", (16, 16, 32), 4640, 1179648, 10),
        ("pool2", (8, 8, 32), 0, 0, 12),
        ("linear", (10, 1, 1), 20490, 20480, 40),
    ]


def count_plain__pools_do_not_stride():
    return [
        ("conv1", (16, 32, 32), 448, 442368, 3),
        ("conv2", (16, 32, 32), 2320, 2359296, 5),
        ("pool1", (16, 16, 16), 0, 0, 6),
        ("conv3", (32, 16, 16), 4640, 1179648, 8),
        ("pool2", (32, 8, 8), 0, 0, 9),
        ("linear", (10, 1, 1), 20490, 20480, 16),
    ]


def count_modern__a_row_left_out():
    return [
        ("stem", (8, 24, 32), 608, 460800, 5),
        ("depthwise", (8, 24, 32), 72, 55296, 9),
        ("pointwise", (24, 24, 32), 192, 147456, 9),
        ("dilated", (24, 24, 32), 2616, 1990656, 17),
        ("head", (10, 11, 15), 250, 39600, 21),
    ]
