"""Mistakes of published solutions: the gradients of a convolution, by hand and by differences."""

import itertools

import torch
from torch.nn import functional as F


def _weight_gradient(images, kernel_size, output_gradient, stride=1, padding=0):
    rows, columns = output_gradient.shape[2:]
    padded = F.pad(images, (padding,) * 4)
    windows = padded.unfold(2, kernel_size[0], stride).unfold(3, kernel_size[1], stride)
    windows = windows[:, :, :rows, :columns]
    return torch.einsum("nohw,nchwab->ocab", output_gradient, windows)


def _spread(image_size, weight, output_gradient, stride=1, padding=0):
    height, width = (size + 2 * padding for size in image_size)
    out = weight.new_zeros(len(output_gradient), weight.shape[1], height, width)
    for i, j in itertools.product(*map(range, output_gradient.shape[2:])):
        top, left = i * stride, j * stride
        window = out[:, :, top : top + weight.shape[2], left : left + weight.shape[3]]
        window += torch.einsum("no,ochw->nchw", output_gradient[:, :, i, j], weight)
    return out


def _gradients(images, weight, output_gradient, stride=1):
    image_gradient = _spread(images.shape[2:], weight, output_gradient, stride)
    weight_gradient = _weight_gradient(images, weight.shape[2:], output_gradient, stride)
    return image_gradient, weight_gradient, output_gradient.sum((0, 2, 3))


def conv_backward__stride_missing(images, weight, output_gradient, stride=1):
    """The window of the output at (i, j) is taken to start at (i, j), without the stride.
    Named by: stride is not used | stride=1 | never changes with stride | stride is (above |not )?1
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
    Named by: steps? (of|by) (the )?stride | range[(]0,
    | over (the )?output.s (own )?(places|positions) | skip | every second
    | stride is (above |not )?1 | [*] (the )?stride
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
    Named by: last image | overwr | replaced | last index of axis 0 | [+]= | one image
    """
    image_gradient, _, bias_gradient = _gradients(images, weight, output_gradient, stride)
    for n in range(len(images)):
        one = _gradients(images[n : n + 1], weight, output_gradient[n : n + 1], stride)
        weight_gradient = one[1]
    return image_gradient, weight_gradient, bias_gradient


def conv_backward__bias_as_column(images, weight, output_gradient, stride=1):
    """The bias's gradient keeps an axis of length 1, as in arrays of shape (channels, 1).
    Named by: of 2 axes | one axis (more|too many) | axis of (length|size) 1 | [(][0-9]+, 1[)]
    | as a column | keepdim
    """
    image_gradient, weight_gradient, bias = _gradients(images, weight, output_gradient, stride)
    return image_gradient, weight_gradient, bias[:, None]


def conv_backward__bias_mean_over_images(images, weight, output_gradient, stride=1):
    """The bias's gradient is averaged over the batch instead of summed.
    Named by: averag | mean | divided by .*(images|batch|len|shape.0.) | 1 / | number of images
    """
    image_gradient, weight_gradient, bias = _gradients(images, weight, output_gradient, stride)
    return image_gradient, weight_gradient, bias / len(images)


def conv_backward__image_overwritten_and_order(images, weight, output_gradient, stride=1):
    """Two slips: overlapping windows overwrite each other, and the bias's gradient comes second.
    Named by: overlap | overwr | [+]= | order of the (three|gradients|parts) | second (place|part)
    | exchang | swap | replace
    """
    image_gradient = torch.zeros_like(images)
    height, width = weight.shape[2:]
    for i, j in itertools.product(*map(range, output_gradient.shape[2:])):
        part = torch.einsum("no,ochw->nchw", output_gradient[:, :, i, j], weight)
        top, left = i * stride, j * stride
        image_gradient[:, :, top : top + height, left : left + width] = part
    _, weight_gradient, bias = _gradients(images, weight, output_gradient, stride)
    return image_gradient, bias, weight_gradient


def bias_gradient__keeps_axes(output_gradient):
    """The sum keeps its axes, so the answer has three axes of length 1 too many.
    Named by: keepdim | of 4 axes | ax[ie]s of (length|size) 1 | (three|3) axes | too many axes
    | squeez
    """
    return output_gradient.sum((0, 2, 3), keepdim=True)


def bias_gradient__squeezed(output_gradient):
    """The sums over the places are squeezed, which loses the axis of a single channel.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped)
    """
    return output_gradient.sum((0, 2, 3), keepdim=True).squeeze()


def bias_gradient__counts_places(output_gradient):
    """The bias's gradient is taken to be the number of places, without the gradients there.
    Named by: number of (places|positions|outputs) | of ones | never changes with output_gradient
    | not used
    """
    batch, channels, rows, columns = output_gradient.shape
    return torch.full((channels,), float(batch * rows * columns))


def bias_gradient__over_channels(output_gradient):
    """The wrong axes are summed: the channels, and not the images.
    Named by: over the channels | summed .*channels | (for|per) (each )?image | images and channels
    | axes 0 and 1 | transpose[(]0, 1
    """
    return output_gradient.sum((1, 2, 3))


def bias_gradient__one_axis_short_and_mean(output_gradient):
    """Two slips: the last column is left out, and the batch is averaged.
    Named by: averag | mean | divided by | last column | last index of axis 3 | (last|end) .*axis 3
    """
    return output_gradient[..., :-1].sum((2, 3)).mean(0)


def weight_gradient__steps_over_the_output(
    images, kernel_size, output_gradient, stride=1, padding=0
):
    """The loops go over the output's own places in steps of stride, so most of them are skipped.
    Named by: steps? (of|by) (the )?stride | range[(]0,
    | over (the )?output.s (own )?(places|positions) | skip | every second
    | stride is (above |not )?1 | [*] (the )?stride
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
    Named by: last (place|position|window|output) | overwr | [+]= | replaced | one place
    | never changes with .*first
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
    Named by: empty | -padding | :-0 | padding (=|==) ?0 | padding is (above |not )?0
    """
    batch, channels, height, width = images.shape
    padded = images.new_zeros(batch, channels, height + 2 * padding, width + 2 * padding)
    padded[:, :, padding:-padding, padding:-padding] = images
    return _weight_gradient(padded, kernel_size, output_gradient, stride, 0)


def weight_gradient__averaged_over_places(
    images, kernel_size, output_gradient, stride=1, padding=0
):
    """The gradient is divided by the number of places, where the sum belongs.
    Named by: divided by .*(shape.2.|places|positions|rows) | averag | mean | number of places
    | output_gradient.shape.2.
    """
    full = _weight_gradient(images, kernel_size, output_gradient, stride, padding)
    return full / output_gradient[0, 0].numel()


def weight_gradient__sideways(images, kernel_size, output_gradient, stride=1, padding=0):
    """The kernel's height and width are exchanged.
    Named by: height and width | swap | exchang | square | transpos
    | kernel_size.*(order|turned|revers)
    """
    return _weight_gradient(images, kernel_size, output_gradient, stride, padding).transpose(2, 3)


def weight_gradient__squeezed(images, kernel_size, output_gradient, stride=1, padding=0):
    """The answer is squeezed, which loses the axis of a single channel or of a 1 by 1 kernel.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped)
    """
    return _weight_gradient(images, kernel_size, output_gradient, stride, padding).squeeze()


def weight_gradient__no_padding_and_first_image(
    images, kernel_size, output_gradient, stride=1, padding=0
):
    """Two slips: the zeros are all added at the end, and only the first image is used.
    Named by: first image | other images | first index of axis 0 | one side
    | padding is (above |not )?0 | bottom | after only
    """
    padded = F.pad(images, (0, 2 * padding, 0, 2 * padding))
    return _weight_gradient(padded[:1], kernel_size, output_gradient[:1], stride, 0)


def image_gradient__cut_by_minus_padding(image_size, weight, output_gradient, stride=1, padding=0):
    """The border is cut by [padding:-padding], a slice that is empty where padding is 0.
    Named by: empty | -padding | :-0 | padding (=|==) ?0 | padding is (above |not )?0
    """
    full = _spread(image_size, weight, output_gradient, stride, padding)
    return full[:, :, padding:-padding, padding:-padding]


def image_gradient__steps_over_the_output(image_size, weight, output_gradient, stride=1, padding=0):
    """The loops go over the output's own places in steps of stride, so most of them are skipped.
    Named by: steps? (of|by) (the )?stride | range[(]0,
    | over (the )?output.s (own )?(places|positions) | skip | every second
    | stride is (above |not )?1 | [*] (the )?stride
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
    Named by: image_size is not used | never changes with image_size | remainder | from the output
    | not divi | left over
    """
    return F.conv_transpose2d(output_gradient, weight, stride=stride, padding=padding)


def image_gradient__gaps_not_opened(image_size, weight, output_gradient, stride=1, padding=0):
    """The gradient is convolved with the turned kernel, but no gaps are opened for the stride.
    Named by: stride is not used | stride=1 | never changes with stride | stride is (above |not )?1
    | [*] (the )?stride | gaps?
    """
    height, width = image_size
    full = F.conv_transpose2d(output_gradient, weight)
    room = F.pad(full, (0, width + 2 * padding, 0, height + 2 * padding))
    return room[:, :, padding : padding + height, padding : padding + width]


def image_gradient__height_for_width(image_size, weight, output_gradient, stride=1, padding=0):
    """The image's height is taken for its width as well, as if every image were square.
    Named by: square | height .*(both|as well) | image_size.0. in place of
    | never changes with (image_size.1.|.*width)
    """
    height, width = image_size
    full = _spread((height, max(height, width)), weight, output_gradient, stride, padding)
    return full[:, :, padding : padding + height, padding : padding + height]


def image_gradient__squeezed(image_size, weight, output_gradient, stride=1, padding=0):
    """The answer is squeezed, which loses the axis of a batch of one or of one input channel.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped) | batch of (one|1)
    """
    height, width = image_size
    full = _spread(image_size, weight, output_gradient, stride, padding)
    return full[:, :, padding : padding + height, padding : padding + width].squeeze()


def image_gradient__turned_and_padding_kept(
    image_size, weight, output_gradient, stride=1, padding=0
):
    """Two slips: the kernels are turned over, and the padded border is not cut off.
    Named by: flip | turned | 180 | wrong way round | border | cut off | padding is (above |not )?0
    | padded images
    """
    return _spread(image_size, weight.flip(2, 3), output_gradient, stride, padding)
