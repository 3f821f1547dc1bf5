"""Mistakes of published solutions: a convolution of several channels, of a batch, and im2col."""

import torch
from torch.nn import functional as F


def conv2d_multichannel__bias_in_every_product(image, weight, bias):
    """The bias is added to each product, before the sum, so it counts for each weight.
    Named by: bias.*(times|often) | times .*bias | bias [*] | [*] bias | number of weights
    | before the sum | (every|each) product
    """
    out_channels, _, height, width = weight.shape
    rows, columns = image.shape[1] - height + 1, image.shape[2] - width + 1
    out = torch.zeros(out_channels, rows, columns)
    for o in range(out_channels):
        for i in range(rows):
            for j in range(columns):
                window = image[:, i : i + height, j : j + width]
                out[o, i, j] = (window * weight[o] + bias[o]).sum()
    return out


def conv2d_multichannel__total_never_set_back(image, weight, bias):
    """The running total is never set back to 0, so each answer contains all earlier ones.
    Named by: cumul | set back | reset | running (total|sum) | earlier answers | before it
    | previous
    """
    out_channels, _, height, width = weight.shape
    rows, columns = image.shape[1] - height + 1, image.shape[2] - width + 1
    out = torch.zeros(out_channels, rows, columns)
    total = 0
    for o in range(out_channels):
        for i in range(rows):
            for j in range(columns):
                total += (image[:, i : i + height, j : j + width] * weight[o]).sum() + bias[o]
                out[o, i, j] = total
    return out


def conv2d_multichannel__bias_along_the_width(image, weight, bias):
    """The bias is added without axes of its own, so it lies along the width and not the channels.
    Named by: broadcast | along the (width|columns|last axis) | bias.:, None | None, None
    """
    return F.conv2d(image[None], weight)[0] + bias


def conv2d_multichannel__columns_count_for_rows(image, weight, bias):
    """Rows and columns are exchanged in the number of positions.
    Named by: height and width | rows and columns | swap | exchang | square | width .*for .*height
    | right numbers, in another order | reshap
    """
    _, _, height, width = weight.shape
    rows, columns = image.shape[2] - width + 1, image.shape[1] - height + 1
    return F.conv2d(image[None], weight, bias)[0].reshape(len(weight), rows, columns)


def conv2d_multichannel__squeezed(image, weight, bias):
    """The answer is squeezed, which also loses the axis of a single output channel or row.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped)
    """
    return F.conv2d(image[None], weight, bias).squeeze()


def conv2d_multichannel__turned_and_no_bias(image, weight, bias):
    """Two slips: the kernels are turned over, and the bias is never added.
    Named by: flip | turned | 180 | mirror | revers | bias is not used | never changes with bias
    | (without|no) (the )?bias
    """
    return F.conv2d(image[None], weight.flip(2, 3))[0]


def _convolve(images, weight, bias=None, stride=1, padding=0):
    size = weight.shape[2:]
    rows, columns = stride if isinstance(stride, list) else (stride, stride)
    windows = F.pad(images, (padding,) * 4).unfold(2, size[0], rows).unfold(3, size[1], columns)
    out = torch.einsum("nchwab,ocab->nohw", windows, weight)
    return out if bias is None else out + bias[:, None, None]


def conv_forward__steps_over_the_output(images, weight, bias, stride=1, padding=0):
    """The loops go over the output's own places in steps of stride, and windows start there.
    Named by: steps? (of|by) (the )?stride | range[(]0,
    | over (the )?output.s (own )?(places|positions) | [*] (the )?stride | stride is (above |not )?1
    | never (filled|written|computed) | zeros? (between|in between)
    """
    padded = F.pad(images, (padding,) * 4)
    height, width = weight.shape[2:]
    rows = (padded.shape[2] - height) // stride + 1
    columns = (padded.shape[3] - width) // stride + 1
    out = torch.zeros(len(images), len(weight), rows, columns)
    for n in range(len(images)):
        for o in range(len(weight)):
            for i in range(0, rows, stride):
                for j in range(0, columns, stride):
                    window = padded[n, :, i : i + height, j : j + width]
                    out[n, o, i, j] = (window * weight[o]).sum() + bias[o]
    return out


def conv_forward__start_without_stride(images, weight, bias, stride=1, padding=0):
    """The output has the right size, but window i starts at i instead of i * stride.
    Named by: stride is not used | stride=1 | never changes with stride | stride is (above |not )?1
    | [*] (the )?stride | steps? of 1 | side by side
    """
    padded = F.pad(images, (padding,) * 4)
    height, width = weight.shape[2:]
    rows = (padded.shape[2] - height) // stride + 1
    columns = (padded.shape[3] - width) // stride + 1
    return _convolve(padded, weight, bias)[:, :, :rows, :columns]


def conv_forward__padding_squared(images, weight, bias, stride=1, padding=0):
    """The padding is squared: padding * padding zeros on each side.
    Named by: padding [*] padding | padding squared | padding [*][*] 2 | padding²
    | square of padding
    """
    return _convolve(images, weight, bias, stride, padding * padding)


def conv_forward__pads_channels_too(images, weight, bias, stride=1, padding=0):
    """All axes but the batch are padded, so the channels become more than the weight has.
    Named by: padding is (above |not )?0 | (channels?|axis 1) .*padded
    | padd.*(channels?|axis 1|all axes)
    """
    padded = F.pad(images, (padding,) * 6)
    return _convolve(padded, weight, bias, stride)


def conv_forward__laid_between_minus_padding(images, weight, bias, stride=1, padding=0):
    """The images are laid into [padding:-padding], a slice that is empty where padding is 0.
    Named by: empty | -padding | :-0 | padding (=|==) ?0 | padding is (above |not )?0
    """
    batch, channels, height, width = images.shape
    padded = images.new_zeros(batch, channels, height + 2 * padding, width + 2 * padding)
    padded[:, :, padding:-padding, padding:-padding] = images
    return _convolve(padded, weight, bias, stride)


def conv_forward__height_from_the_width(images, weight, bias, stride=1, padding=0):
    """The number of rows is counted from the width, and the number of columns from the height.
    Named by: height and width | rows and columns | swap | exchang | square | width .*for .*height
    | shape.3. in place of
    """
    full = _convolve(images, weight, bias, stride, padding)
    rows = (images.shape[3] + 2 * padding - weight.shape[3]) // stride + 1
    columns = (images.shape[2] + 2 * padding - weight.shape[2]) // stride + 1
    out = torch.zeros(len(images), len(weight), rows, columns)
    part = full[:, :, :rows, :columns]
    out[:, :, : part.shape[2], : part.shape[3]] = part
    return out


def conv_forward__bias_left_out_without_padding(images, weight, bias, stride=1, padding=0):
    """The bias is added in the branch for padded images only.
    Named by: padding is (above |not )?0 | without padding | padding=0
    """
    if padding == 0:
        return _convolve(images, weight, stride=stride)
    return _convolve(images, weight, bias, stride, padding)


def conv_forward__first_image_bias(images, weight, bias, stride=1, padding=0):
    """The bias is added inside the loop over the images, but to the first image only.
    Named by: first image | other images | more than one image
    | beyond (the|its) first index of axis 0 | images.shape.0. is (above )?1
    | len[(]images[)] is (above )?1
    """
    out = _convolve(images, weight, None, stride, padding)
    out[0] += bias[:, None, None]
    return out


def conv_forward__stride_past_the_kernel(images, weight, bias, stride=1, padding=0):
    """A step is at most as wide as the kernel, so that no pixel is left out.
    Named by: stride.{0,25}(above|larger|greater|more|longer|>).{0,25}(kernel|weight|span)
    | (kernel|weight)[^,;]{0,30}in place of stride | at most (as wide as )?the kernel | min[(]stride
    """
    step = [min(stride, size) for size in weight.shape[2:]]
    return _convolve(images, weight, bias, step, padding)


def conv_forward__squeezed(images, weight, bias, stride=1, padding=0):
    """The answer is squeezed, which loses the axis of a batch of one or of one output channel.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped) | batch of (one|1)
    """
    return _convolve(images, weight, bias, stride, padding).squeeze()


def conv_forward__one_channel_and_one_side(images, weight, bias, stride=1, padding=0):
    """Two slips: only the first channel is read, and the zeros are added on one side only.
    Named by: first (input )?channel | channel 0 | first index of axis 1 | one side
    | half the padding | padding (only )?once | top and on the left
    """
    padded = F.pad(images, (padding, 0, padding, 0))
    return _convolve(padded[:, :1], weight[:, :1], bias, stride)


def conv_forward__no_bias_and_no_stride(images, weight, bias, stride=1, padding=0):
    """Two slips: the bias is never added, and the stride is never used.
    Named by: bias is not (used|added) | never changes with (bias|stride) | stride is not used
    | stride is (above |not )?1 | stride=1 | without (the )?bias
    """
    return _convolve(images, weight, padding=padding)


def im2col__steps_over_the_positions(image, kernel_size, stride=1):
    """The loops count positions in steps of stride, and the windows start at those numbers.
    Named by: steps? (of|by) (the )?stride | range[(]0,
    | over (the )?output.s (own )?(places|positions) | [*] (the )?stride | stride is (above |not )?1
    | never (filled|written|computed) | zeros? (between|in between) | too few (positions|windows)
    """
    height, width = kernel_size
    rows = (image.shape[1] - height) // stride + 1
    columns = (image.shape[2] - width) // stride + 1
    windows = []
    for i in range(0, rows, stride):
        for j in range(0, columns, stride):
            windows.append(image[:, i : i + height, j : j + width].flatten())
    return torch.stack(windows, dim=1)


def im2col__reshaped_not_transposed(image, kernel_size, stride=1):
    """The windows are rows, and reshape, which keeps the order of the numbers, should turn them.
    Named by: reshap | transpos | order | [.]T | mixed | rows? (and|for|as) columns? | stack
    """
    height, width = kernel_size
    windows = []
    for i in range(0, image.shape[1] - height + 1, stride):
        for j in range(0, image.shape[2] - width + 1, stride):
            windows.append(image[:, i : i + height, j : j + width].flatten())
    return torch.stack(windows).reshape(-1, len(windows))


def im2col__last_row_of_windows(image, kernel_size, stride=1):
    """The + 1 is missing in the range of the rows only, so the last row of windows can be lost.
    Named by: last (row|window|position|stop) | last index of axis 1 | [+] 1 | too (early|soon)
    """
    height, width = kernel_size
    windows = []
    for i in range(0, image.shape[1] - height, stride):
        for j in range(0, image.shape[2] - width + 1, stride):
            windows.append(image[:, i : i + height, j : j + width].flatten())
    return torch.stack(windows, dim=1)


def im2col__kernel_turned_sideways(image, kernel_size, stride=1):
    """The kernel's height and width are unpacked in the wrong order.
    Named by: height and width | swap | exchang | square | kernel_size.*(order|turned|revers)
    | width .*for .*height
    """
    width, height = kernel_size
    return F.unfold(image[None], (height, width), stride=stride)[0]


def im2col__step_at_most_the_kernel(image, kernel_size, stride=1):
    """A step is at most as wide as the kernel, so that no pixel is left out.
    Named by: stride.{0,25}(above|larger|greater|more|longer|>).{0,25}(kernel|weight|span)
    | (kernel|weight)[^,;]{0,30}in place of stride | at most (as wide as )?the kernel | min[(]stride
    """
    step = [min(stride, size) for size in kernel_size]
    return F.unfold(image[None], tuple(kernel_size), stride=step)[0]


def im2col__squeezed(image, kernel_size, stride=1):
    """The answer is squeezed, which loses the axis of a single position or of a single matrix row.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped)
    """
    return F.unfold(image[None], tuple(kernel_size), stride=stride).squeeze()


def im2col__column_by_column_and_no_stride(image, kernel_size, stride=1):
    """Two slips: the windows go down the columns first, and the stride is never used.
    Named by: column by column | down the (image|columns) | order of the (positions|windows|columns)
    | stride is not used | never changes with stride | stride is (above |not )?1 | stride=1
    """
    height, width = kernel_size
    windows = []
    for j in range(image.shape[2] - width + 1):
        for i in range(image.shape[1] - height + 1):
            windows.append(image[:, i : i + height, j : j + width].flatten())
    return torch.stack(windows, dim=1)
