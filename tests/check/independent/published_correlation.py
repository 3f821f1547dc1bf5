"""Mistakes of published solutions: one window, one image and one kernel, and finding a template.

The first line of each docstring is the cause. After "Named by:" stand the patterns, separated by
bars, of which a true reason matches at least one.
"""

import math

import torch
from torch.nn import functional as F


def respond__bias_inside_the_sum(patch, kernel):
    """One is added to each product before the sum, as if it were a bias.
    Named by: patch[.]numel|kernel[.]numel|number of (elements|numbers|pixels|products)
    | shape.0. [*] [a-z]+[.]shape.1. | each product | bias
    """
    return (patch * kernel + 1).sum()


def respond__sum_over_rows_only(patch, kernel):
    """The products are summed along one axis only, so a row of sums is left.
    Named by: (one|only) axis | sum(med)? over (the )?rows | along (one axis|the columns)
    | axis 0 (only|alone) | one number (for|per) (each )?column | of 1 ax[ie]s
    """
    return (patch * kernel).sum(0)


def respond__loop_overwrites(patch, kernel):
    """The total is overwritten in the loop, so only the last product is left.
    Named by: last (product|element|number|pixel|cell|row|index) | overwr | replaced
    | at (their|its|the) last | never changes with .* (first|other|but)
    """
    total = 0
    for i in range(patch.shape[0]):
        for j in range(patch.shape[1]):
            total = patch[i, j] * kernel[i, j]
    return total


def respond__returned_inside_the_loop(patch, kernel):
    """The return stands inside the outer loop, so only the first row is summed.
    Named by: first row | inside the loop | returns? too (early|soon) | row 0 | index 0 of axis 0
    | (first index of|first along) axis 0 | without .* (other|later|further) rows
    """
    total = 0
    for i in range(patch.shape[0]):
        for j in range(patch.shape[1]):
            total += patch[i, j] * kernel[i, j]
        return total


def respond__upside_down(patch, kernel):
    """The kernel is turned over before the products are taken, as in a true convolution.
    Named by: flip | turned (by|over|around) | 180 | convolution | upside | revers | mirror | rot90
    """
    total = 0
    for i in range(patch.shape[0]):
        for j in range(patch.shape[1]):
            total += patch[i, j] * kernel[-1 - i, -1 - j]
    return total


def flip__negative_steps(kernel):
    """Tensors have no negative steps, so the slice [::-1] that arrays allow is an error.
    Named by: negative steps? | steps? (below|less than) (0|1) | [.]flip[(] | backwards? step
    | no (slices?|steps?) backwards? | cannot (step|count|go) backwards?
    """
    return kernel[::-1, ::-1]


def flip__flattened(kernel):
    """The numbers are turned over in one long row that is never put back into the kernel's shape.
    Named by: flat | one (long )?row | reshap
    """
    return kernel.flatten().flip(0)


def flip__rows_only_and_negative(kernel):
    """Two slips: only the rows are turned over, and the sign is changed.
    Named by: sign | negat | minus | [*] -1 | columns? (are|is) (not|never) | only (the )?rows
    | axis 0 (only|alone) | axis 1 depends on kernel at that index alone
    """
    return -kernel.flip(0)


def flip__squeezed(kernel):
    """The answer is squeezed, which loses the axis of a kernel with one row or column.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped)
    """
    return kernel.flip(0, 1).squeeze()


def correlate2d__steps_over_the_output(image, kernel, stride=1, padding=0):
    """The loops go over the output's own places in steps of stride, and windows start there.
    Named by: steps? (of|by) (the )?stride | range[(]0,
    | over (the )?output.s (own )?(places|positions) | [*] (the )?stride | stride is (above |not )?1
    | never (filled|written|computed) | zeros? (between|in between)
    """
    padded = F.pad(image, (padding,) * 4)
    height, width = kernel.shape
    rows = (padded.shape[0] - height) // stride + 1
    columns = (padded.shape[1] - width) // stride + 1
    out = torch.zeros(rows, columns)
    for i in range(0, rows, stride):
        for j in range(0, columns, stride):
            out[i, j] = (padded[i : i + height, j : j + width] * kernel).sum()
    return out


def correlate2d__written_at_the_window(image, kernel, stride=1, padding=0):
    """The answer is written at the window's corner instead of at its own place in the output.
    Named by: // (the )?stride | stride is (above |not )?1 | outside (of )?the (output|answer)
    | place of the window
    """
    padded = F.pad(image, (padding,) * 4)
    height, width = kernel.shape
    rows = (padded.shape[0] - height) // stride + 1
    columns = (padded.shape[1] - width) // stride + 1
    out = torch.zeros(rows, columns)
    for top in range(0, padded.shape[0] - height + 1, stride):
        for left in range(0, padded.shape[1] - width + 1, stride):
            out[top, left] = (padded[top : top + height, left : left + width] * kernel).sum()
    return out


def correlate2d__kernel_in_negative_steps(image, kernel, stride=1, padding=0):
    """The kernel is to be turned over, but tensors have no negative steps.
    Named by: negative steps? | steps? (below|less than) (0|1) | [.]flip[(] | backwards? step
    | no (slices?|steps?) backwards? | cannot (step|count|go) backwards?
    """
    kernel = kernel[::-1, ::-1]
    padded = F.pad(image, (padding,) * 4)
    windows = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return (windows * kernel).sum((2, 3))


def correlate2d__laid_between_minus_padding(image, kernel, stride=1, padding=0):
    """The image is laid into [padding:-padding], a slice that is empty where padding is 0.
    Named by: empty | -padding | :-0 | padding (=|==) ?0 | padding is (above |not )?0
    """
    padded = image.new_zeros(image.shape[0] + 2 * padding, image.shape[1] + 2 * padding)
    padded[padding:-padding, padding:-padding] = image
    windows = padded.unfold(0, kernel.shape[0], stride).unfold(1, kernel.shape[1], stride)
    return (windows * kernel).sum((2, 3))


def _slide(image, kernel, stride=1, dilation=1):
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, dilation=dilation)[0, 0]


def correlate2d__border_cut_from_the_answer(image, kernel, stride=1, padding=0):
    """The padding is cut off the answer again, by a slice that is empty where padding is 0.
    Named by: empty | -padding | :-0 | padding (=|==) ?0 | padding is (above |not )?0
    | (cut|taken) (off|away|from) | border .*(missing|lost|removed)
    | (first|outer) (rows?|columns?|index|indices).*(missing|lost)
    """
    out = _slide(F.pad(image, (padding,) * 4), kernel, stride)
    return out[padding:-padding, padding:-padding]


def correlate2d__padding_squared(image, kernel, stride=1, padding=0):
    """The padding is squared: padding * padding zeros on each side.
    Named by: padding [*] padding | padding squared | padding [*][*] 2 | padding²
    | square of padding
    """
    return _slide(F.pad(image, (padding * padding,) * 4), kernel, stride)


def correlate2d__padded_below_and_right(image, kernel, stride=1, padding=0):
    """The zeros are added on one side only, below and at the end of each row.
    Named by: one side | only (at|on) the (bottom|end|right) | bottom | below | half the padding
    | padding (only )?once | after the last
    """
    return _slide(F.pad(image, (0, padding, 0, padding)), kernel, stride)


def correlate2d__size_without_padding(image, kernel, stride=1, padding=0):
    """The zeros are added, but the number of rows and columns is counted without them.
    Named by: (size|shape|rows|positions|counted|number) .*without .*padd
    | padding is (above |not )?0 | last (rows?|columns?|indices|windows?).*(missing|left out|lost)
    | cut off
    """
    height, width = kernel.shape
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    padded = F.pad(image, (padding,) * 4)
    return _slide(padded, kernel, stride)[:rows, :columns]


def correlate2d__reads_the_unpadded_image(image, kernel, stride=1, padding=0):
    """The output has room for the padding, but the windows are read from the bare image.
    Named by: padding is (above |not )?0 | unpadded | padding is not used
    | over the (edge|border|end) | window .*(smaller|shorter|cut|empty)
    | (smaller|shorter|empty) window | past the (edge|end|border) | number by number
    """
    height, width = kernel.shape
    rows = (image.shape[0] + 2 * padding - height) // stride + 1
    columns = (image.shape[1] + 2 * padding - width) // stride + 1
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            out[i, j] = (image[top : top + height, left : left + width] * kernel).sum()
    return out


def correlate2d__rows_from_the_width(image, kernel, stride=1, padding=0):
    """The number of rows is counted from the width, and the number of columns from the height.
    Named by: height and width | rows and columns | swap | exchang | square | width .*for .*height
    | shape.1. in place of
    """
    padded = F.pad(image, (padding,) * 4)
    height, width = kernel.shape
    rows = (padded.shape[1] - width) // stride + 1
    columns = (padded.shape[0] - height) // stride + 1
    out = torch.zeros(rows, columns)
    full = _slide(padded, kernel, stride)[:rows, :columns]
    out[: full.shape[0], : full.shape[1]] = full
    return out


def correlate2d__last_column_stays_zero(image, kernel, stride=1, padding=0):
    """The loop over the columns ends one too early, so the last column stays 0.
    Named by: last column | last index of axis 1 | (last|end) .*axis 1
    | one (column )?too (early|few) | columns? (stays?|is|are) (left )?(at )?0
    """
    full = _slide(F.pad(image, (padding,) * 4), kernel, stride)
    out = torch.zeros_like(full)
    for j in range(full.shape[1] - 1):
        out[:, j] = full[:, j]
    return out


def correlate2d__window_over_the_edge(image, kernel, stride=1, padding=0):
    """The number of positions is rounded up, so a last window hangs over the edge.
    Named by: round(s|ed|ing)? up | ceil | over the (edge|border|end)
    | too many (rows|columns|positions|windows) | remainder | not divi | incomplete | partial window
    | left over
    """
    padded = F.pad(image, (padding,) * 4)
    height, width = kernel.shape
    rows = math.ceil((padded.shape[0] - height) / stride) + 1
    columns = math.ceil((padded.shape[1] - width) / stride) + 1
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = padded[i * stride : i * stride + height, j * stride : j * stride + width]
            out[i, j] = (window * kernel[: window.shape[0], : window.shape[1]]).sum()
    return out


def correlate2d__returned_after_the_first_row(image, kernel, stride=1, padding=0):
    """The return stands inside the loop over the rows, so only the first row is filled.
    Named by: first row | inside the loop | returns? too (early|soon) | row 0
    | (index 0|first) .*axis 0 | only (the )?first | (other|later|remaining) rows
    """
    full = _slide(F.pad(image, (padding,) * 4), kernel, stride)
    out = torch.zeros_like(full)
    for i in range(full.shape[0]):
        for j in range(full.shape[1]):
            out[i, j] = full[i, j]
        return out


def correlate2d__row_number_for_the_column(image, kernel, stride=1, padding=0):
    """The window's left edge is computed from the row number i, where j belongs.
    Named by: j is (not|never) used | i in place of j | diagonal | row number | same .*along axis 1
    | i [*] stride
    """
    padded = F.pad(image, (padding, padding + 99, padding, padding))
    height, width = kernel.shape
    rows = (image.shape[0] + 2 * padding - height) // stride + 1
    columns = (image.shape[1] + 2 * padding - width) // stride + 1
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, i * stride
            out[i, j] = (padded[top : top + height, left : left + width] * kernel).sum()
    return out


def correlate2d__around_the_center(image, kernel, stride=1, padding=0):
    """The window reaches kernel // 2 to both sides of its center, which fits odd kernels only.
    Named by: (of kernel|kernel.shape.[01].) (is|are) (even|odd) | (even|odd) kernels? | // 2
    | cent(er|re) | kernel.s middle | number by number
    """
    padded = F.pad(image, (padding,) * 4)
    up, aside = kernel.shape[0] // 2, kernel.shape[1] // 2
    rows = range(up, padded.shape[0] - up, stride)
    columns = range(aside, padded.shape[1] - aside, stride)
    out = torch.zeros(len(rows), len(columns))
    for a, i in enumerate(rows):
        for b, j in enumerate(columns):
            window = padded[i - up : i + up + 1, j - aside : j + aside + 1]
            out[a, b] = (window * kernel).sum()
    return out


def correlate2d__one_side_for_both(image, kernel, stride=1, padding=0):
    """The kernel's height is taken for its width as well, as if every kernel were square.
    Named by: square | kernel.shape.0. in place of | height .*(both|as well) | len[(]kernel[)]
    | number by number
    """
    size = len(kernel)
    padded = F.pad(image, (padding,) * 4)
    rows = (padded.shape[0] - size) // stride + 1
    columns = (padded.shape[1] - size) // stride + 1
    out = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            window = padded[i * stride : i * stride + size, j * stride : j * stride + size]
            out[i, j] = (window * kernel).sum()
    return out
