"""Mistakes of published solutions: the gradients of a convolution, by hand and by differences."""

import itertools

import torch
from torch.nn import functional as F


def _torch_gradients(images, weight, output_gradient, stride=1):
    images, weight = images.clone().requires_grad_(), weight.clone().requires_grad_()
    F.conv2d(images, weight, stride=stride).backward(output_gradient)
    return images.grad, weight.grad, output_gradient.sum((0, 2, 3))


def conv_backward__stride_missing(images, weight, output_gradient, stride=1):
    """The window of the output at (i, j) is taken to start at (i, j), without the stride.
    Named by: stride is not used | stride=1 | never changes with stride | stride is (above|not) 1
    | [*] (the )?stride
    """
    image_gradient, weight_gradient = torch.zeros_like(images), torch.zeros_like(weight)
    height, width = weight.shape[2:]
    for i, j in itertools.product(*map(range, output_gradient.shape[2:])):
        g = output_gradient[:, :, i, j]
        part = torch.einsum("no,ochw->nchw", g, weight)
        image_gradient[:, :, i : i + height, j : j + width] += part
        window = images[:, :, i : i + height, j : j + width]
        weight_gradient += torch.einsum("no,nchw->ochw", g, window)
    return image_gradient, weight_gradient, output_gradient.sum((0, 2, 3))


def conv_backward__steps_over_the_output(images, weight, output_gradient, stride=1):
    """The loops go over the output's own places in steps of stride, so most of them are skipped.
    Named by: steps? (of|by) (the )?stride | range[(]0, | over (the )?(output|gradient) | skip
    | every .*(stride|second) | stride is (above|not) 1 | [*] (the )?stride
    | output_gradient .*(index|stride)
    """
    image_gradient, weight_gradient = torch.zeros_like(images), torch.zeros_like(weight)
    height, width = weight.shape[2:]
    for i in range(0, output_gradient.shape[2], stride):
        for j in range(0, output_gradient.shape[3], stride):
            g = output_gradient[:, :, i, j]
            part = torch.einsum("no,ochw->nchw", g, weight)
            image_gradient[:, :, i : i + height, j : j + width] += part
            window = images[:, :, i : i + height, j : j + width]
            weight_gradient += torch.einsum("no,nchw->ochw", g, window)
    return image_gradient, weight_gradient, output_gradient.sum((0, 2, 3))


def conv_backward__weight_overwritten(images, weight, output_gradient, stride=1):
    """The weight's gradient is assigned for each image instead of added, so the last one is left.
    Named by: last image | overwr | replaced | index .*of axis 0 | [+]= | (summed|added) .*images
    | one image
    """
    image_gradient, _, bias_gradient = _torch_gradients(images, weight, output_gradient, stride)
    for n in range(len(images)):
        one = _torch_gradients(images[n : n + 1], weight, output_gradient[n : n + 1], stride)
        weight_gradient = one[1]
    return image_gradient, weight_gradient, bias_gradient


def conv_backward__bias_as_column(images, weight, output_gradient, stride=1):
    """The bias's gradient keeps an axis of length 1, as in arrays of shape (channels, 1).
    Named by: (axis|axes|shape|dimension|column) | [(][0-9], 1[)]
    """
    image_gradient, weight_gradient, bias = _torch_gradients(
        images, weight, output_gradient, stride
    )
    return image_gradient, weight_gradient, bias[:, None]


def conv_backward__bias_mean_over_images(images, weight, output_gradient, stride=1):
    """The bias's gradient is averaged over the batch instead of summed.
    Named by: averag | mean | divided by .*(images|batch|len|shape.0.) | 1 / | number of images
    """
    image_gradient, weight_gradient, bias = _torch_gradients(
        images, weight, output_gradient, stride
    )
    return image_gradient, weight_gradient, bias / len(images)


def conv_backward__image_overwritten_and_order(images, weight, output_gradient, stride=1):
    """Two slips: overlapping windows overwrite each other, and the bias's gradient comes second.
    Named by: overlap | overwr | [+]= | order | second | exchang | swap | replaced
    """
    image_gradient = torch.zeros_like(images)
    height, width = weight.shape[2:]
    for i, j in itertools.product(*map(range, output_gradient.shape[2:])):
        part = torch.einsum("no,ochw->nchw", output_gradient[:, :, i, j], weight)
        top, left = i * stride, j * stride
        image_gradient[:, :, top : top + height, left : left + width] = part
    _, weight_gradient, bias = _torch_gradients(images, weight, output_gradient, stride)
    return image_gradient, bias, weight_gradient


def bias_gradient__keeps_axes(output_gradient):
    """The sum keeps its axes, so the answer has three axes of length 1 too many.
    Named by: keepdim | axes | axis | shape | dimension | squeez
    """
    return output_gradient.sum((0, 2, 3), keepdim=True)


def bias_gradient__squeezed(output_gradient):
    """The sums over the places are squeezed, which loses the axis of a single channel.
    Named by: squeez | axis of (length|size) 1 | sizes? (of )?1 | (lost|lose|loses|missing) .*axis
    | one (output )?channel
    """
    return output_gradient.sum((0, 2, 3), keepdim=True).squeeze()


def bias_gradient__counts_places(output_gradient):
    """The bias's gradient is taken to be the number of places, without the gradients there.
    Named by: number of (places|positions|outputs) | count | never changes with output_gradient
    | not used | shape.0. [*]
    """
    batch, channels, rows, columns = output_gradient.shape
    return torch.full((channels,), float(batch * rows * columns))


def bias_gradient__over_channels(output_gradient):
    """The wrong axes are summed: the channels, and not the images.
    Named by: axis (0|1) | axes | channels | (for|per|of) each image | images? and channels?
    """
    return output_gradient.sum((1, 2, 3))


def bias_gradient__one_axis_short_and_mean(output_gradient):
    """Two slips: the last column is left out, and the batch is averaged.
    Named by: averag | mean | divided by | last column | last index of axis 3 | (last|end) .*axis 3
    """
    return output_gradient[..., :-1].sum((2, 3)).mean(0)


def _torch_weight(images, kernel_size, output_gradient, stride, padding):
    shape = (output_gradient.shape[1], images.shape[1], *kernel_size)
    return torch.nn.grad.conv2d_weight(
        images, shape, output_gradient, stride=stride, padding=padding
    )


def weight_gradient__steps_over_the_output(
    images, kernel_size, output_gradient, stride=1, padding=0
):
    """The loops go over the output's own places in steps of stride, so most of them are skipped.
    Named by: steps? (of|by) (the )?stride | range[(]0, | over (the )?(output|gradient) | skip
    | every .*(stride|second) | stride is (above|not) 1 | [*] (the )?stride
    """
    padded = F.pad(images, (padding,) * 4)
    height, width = kernel_size
    out = torch.zeros(output_gradient.shape[1], images.shape[1], height, width)
    for i in range(0, output_gradient.shape[2], stride):
        for j in range(0, output_gradient.shape[3], stride):
            window = padded[:, :, i : i + height, j : j + width]
            out += torch.einsum("no,nchw->ochw", output_gradient[:, :, i, j], window)
    return out


def weight_gradient__overwritten(images, kernel_size, output_gradient, stride=1, padding=0):
    """The gradient is assigned at each place instead of added, so only the last place counts.
    Named by: last (place|position|window|row|column|index|output) | overwr | [+]= | replaced
    | (one|single) (place|position|window) | never changes with
    """
    padded = F.pad(images, (padding,) * 4)
    height, width = kernel_size
    for i, j in itertools.product(*map(range, output_gradient.shape[2:])):
        top, left = i * stride, j * stride
        window = padded[:, :, top : top + height, left : left + width]
        out = torch.einsum("no,nchw->ochw", output_gradient[:, :, i, j], window)
    return out


def weight_gradient__laid_between_minus_padding(
    images, kernel_size, output_gradient, stride=1, padding=0
):
    """The images are laid into [padding:-padding], a slice that is empty where padding is 0.
    Named by: empty | -0 | padding is 0 | padding=0 | :-padding | without padding
    """
    batch, channels, height, width = images.shape
    padded = images.new_zeros(batch, channels, height + 2 * padding, width + 2 * padding)
    padded[:, :, padding:-padding, padding:-padding] = images
    return _torch_weight(padded, kernel_size, output_gradient, stride, 0)


def weight_gradient__averaged_over_places(
    images, kernel_size, output_gradient, stride=1, padding=0
):
    """The gradient is divided by the number of places, where the sum belongs.
    Named by: divided by .*(shape.2.|places|positions|rows) | averag | mean | number of places
    | output_gradient.shape.2.
    """
    full = _torch_weight(images, kernel_size, output_gradient, stride, padding)
    return full / output_gradient[0, 0].numel()


def weight_gradient__sideways(images, kernel_size, output_gradient, stride=1, padding=0):
    """The kernel's height and width are exchanged.
    Named by: height and width | swap | exchang | not square | transpos
    | kernel_size.*(order|turned|revers) | width .*for .*height | kernel_size.(0|1). in place
    """
    return _torch_weight(images, kernel_size, output_gradient, stride, padding).transpose(2, 3)


def weight_gradient__squeezed(images, kernel_size, output_gradient, stride=1, padding=0):
    """The answer is squeezed, which loses the axis of a single channel or of a 1 by 1 kernel.
    Named by: squeez | axis of (length|size) 1 | sizes? (of )?1 | (lost|lose|loses|missing) .*axis
    | one (row|column|(input |output )?channel|filter) | 1x1
    """
    return _torch_weight(images, kernel_size, output_gradient, stride, padding).squeeze()


def weight_gradient__no_padding_and_first_image(
    images, kernel_size, output_gradient, stride=1, padding=0
):
    """Two slips: the zeros are all added at the end, and only the first image is used.
    Named by: first image | other images | index 0 of axis 0 | one side | padding is (above|not) 0
    | at the end | bottom | images? (after|but) the first
    """
    padded = F.pad(images, (0, 2 * padding, 0, 2 * padding))
    return _torch_weight(padded[:1], kernel_size, output_gradient[:1], stride, 0)


def _spread(image_size, weight, output_gradient, stride, padding):
    height, width = (size + 2 * padding for size in image_size)
    out = weight.new_zeros(len(output_gradient), weight.shape[1], height, width)
    for i, j in itertools.product(*map(range, output_gradient.shape[2:])):
        top, left = i * stride, j * stride
        window = out[:, :, top : top + weight.shape[2], left : left + weight.shape[3]]
        window += torch.einsum("no,ochw->nchw", output_gradient[:, :, i, j], weight)
    return out


def image_gradient__cut_by_minus_padding(image_size, weight, output_gradient, stride=1, padding=0):
    """The border is cut by [padding:-padding], a slice that is empty where padding is 0.
    Named by: empty | -0 | padding is 0 | padding=0 | :-padding | without padding
    """
    full = _spread(image_size, weight, output_gradient, stride, padding)
    return full[:, :, padding:-padding, padding:-padding]


def image_gradient__steps_over_the_output(image_size, weight, output_gradient, stride=1, padding=0):
    """The loops go over the output's own places in steps of stride, so most of them are skipped.
    Named by: steps? (of|by) (the )?stride | range[(]0, | over (the )?(output|gradient) | skip
    | every .*(stride|second) | stride is (above|not) 1 | [*] (the )?stride
    """
    height, width = image_size
    kernel_height, kernel_width = weight.shape[2:]
    size = (height + 2 * padding, width + 2 * padding)
    out = weight.new_zeros(len(output_gradient), weight.shape[1], *size)
    for i in range(0, output_gradient.shape[2], stride):
        for j in range(0, output_gradient.shape[3], stride):
            part = torch.einsum("no,ochw->nchw", output_gradient[:, :, i, j], weight)
            out[:, :, i : i + kernel_height, j : j + kernel_width] += part
    return out[:, :, padding : padding + height, padding : padding + width]


def image_gradient__size_from_the_output(image_size, weight, output_gradient, stride=1, padding=0):
    """The size is computed backwards from the output, where the stride can lose rows and columns.
    Named by: size | shape | image_size is not used | never changes with image_size | remainder
    | last (row|column|index)s? | too (small|short|few) | divi
    """
    return F.conv_transpose2d(output_gradient, weight, stride=stride, padding=padding)


def image_gradient__gaps_not_opened(image_size, weight, output_gradient, stride=1, padding=0):
    """The gradient is convolved with the turned kernel, but no gaps are opened for the stride.
    Named by: stride is not used | stride=1 | never changes with stride | stride is (above|not) 1
    | [*] (the )?stride | gaps? | next to each other
    """
    height, width = image_size
    full = F.conv_transpose2d(output_gradient, weight)
    room = F.pad(full, (0, width + 2 * padding, 0, height + 2 * padding))
    return room[:, :, padding : padding + height, padding : padding + width]


def image_gradient__height_for_width(image_size, weight, output_gradient, stride=1, padding=0):
    """The image's height is taken for its width as well, as if every image were square.
    Named by: square | height .*(both|as well|width) | image_size.0. in place of | width|columns
    | axis 3
    """
    height, width = image_size
    full = _spread((height, max(height, width)), weight, output_gradient, stride, padding)
    return full[:, :, padding : padding + height, padding : padding + height]


def image_gradient__squeezed(image_size, weight, output_gradient, stride=1, padding=0):
    """The answer is squeezed, which loses the axis of a batch of one or of one input channel.
    Named by: squeez | axis of (length|size) 1 | sizes? (of )?1 | (lost|lose|loses|missing) .*axis
    | one (row|column|image|(input |output )?channel) | batch of (one|1)
    """
    height, width = image_size
    full = _spread(image_size, weight, output_gradient, stride, padding)
    return full[:, :, padding : padding + height, padding : padding + width].squeeze()


def image_gradient__turned_and_padding_kept(
    image_size, weight, output_gradient, stride=1, padding=0
):
    """Two slips: the kernels are turned over, and the padded border is not cut off.
    Named by: flip | turned | 180 | border | cut | padding is (above|not) 0 | padded
    """
    return _spread(image_size, weight.flip(2, 3), output_gradient, stride, padding)
