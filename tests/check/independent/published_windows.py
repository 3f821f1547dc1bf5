"""Mistakes of published solutions: corners of a correlation, dilation, and finding a template."""

import torch
from torch.nn import functional as F


def _slide(image, kernel, stride=1, dilation=1):
    height, width = (dilation * (size - 1) + 1 for size in kernel.shape)
    windows = image.unfold(0, height, stride).unfold(1, width, stride)
    return (windows[:, :, ::dilation, ::dilation] * kernel).sum((2, 3))


def correlate2d__windows_side_by_side(image, kernel, stride=1, padding=0):
    """The windows step by their own size, as in pooling, and the stride is not used.
    Named by: stride is not used | never changes with stride | overlap | side by side
    | kernel.*in place of stride | own (size|height|width) | pooling
    """
    padded = F.pad(image, (padding,) * 4)
    windows = padded.unfold(0, len(kernel), len(kernel))
    windows = windows.unfold(1, kernel.shape[1], kernel.shape[1])
    return (windows * kernel).sum((2, 3))


def correlate2d__whole_blocks_of_stride(image, kernel, stride=1, padding=0):
    """The image is cut into whole blocks, which loses windows where the stride is above the kernel.
    Named by: stride.{0,25}(above|larger|greater|more|longer|>).{0,25}(kernel|weight|span)
    | (kernel|weight)[^,;]{0,30}in place of stride | at most (as wide as )?the kernel | min[(]stride
    | whole block | last (window|position)
    """
    padded = F.pad(image, (padding,) * 4)
    span = [max(size, stride) for size in kernel.shape]
    windows = padded.unfold(0, span[0], stride).unfold(1, span[1], stride)
    return (windows[:, :, : kernel.shape[0], : kernel.shape[1]] * kernel).sum((2, 3))


def correlate2d__padding_below_the_kernel(image, kernel, stride=1, padding=0):
    """The padding is limited to the kernel's size less one.
    Named by: kernel.{0,30}padding | padding.{0,40}kernel | limited
    """
    up, aside = (min(padding, size - 1) for size in kernel.shape)
    return _slide(F.pad(image, (aside, aside, up, up)), kernel, stride)


def correlate2d__squeezed(image, kernel, stride=1, padding=0):
    """The answer is squeezed, which loses the axis of an answer with one row or column.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped)
    """
    padded = F.pad(image, (padding,) * 4)
    return F.conv2d(padded[None, None], kernel[None, None], stride=stride).squeeze()


def correlate2d__list_kept_between_calls(
    image,
    kernel,
    stride=1,
    padding=0,
    rows=[],  # noqa: B006
):
    """The list of rows is a default value, which is kept from one call to the next.
    Named by: kept | (second|another|next) (time|call) | between calls | same call | grow | remember
    """
    for row in _slide(F.pad(image, (padding,) * 4), kernel, stride):
        rows.append(row.tolist())
    width = len(rows[-1])
    return torch.tensor([row for row in rows if len(row) == width])


def correlate2d__divides_the_image_in_place(image, kernel, stride=1, padding=0):
    """The image is divided by 255, and in place, so that the caller's image is changed too.
    Named by: 255 | in place | in-place | changes? its (own )?(input|argument) | own input
    | (modif|chang|written).*image
    """
    image /= 255
    return _slide(F.pad(image, (padding,) * 4), kernel, stride)


def correlate2d__absolute(image, kernel, stride=1, padding=0):
    """The absolute value is returned, as for a picture of edges.
    Named by: abs | sign | negative | magnitude | below 0
    """
    return _slide(F.pad(image, (padding,) * 4), kernel, stride).abs()


def correlate2d__shown_as_bytes(image, kernel, stride=1, padding=0):
    """The answer is clipped to 0 to 255 and cut to whole numbers, as for showing it.
    Named by: clip | clamp | 255 | whole numbers | integer | negative | below 0 | relu | uint8
    | bytes?
    """
    out = _slide(F.pad(image, (padding,) * 4), kernel, stride)
    return out.clamp(0, 255).to(torch.uint8)


def correlate2d__no_padding_and_flipped(image, kernel, stride=1, padding=0):
    """Two slips: the padding is never added, and the kernel is turned over.
    Named by: padding is not used | never changes with padding | padding is (above|not) 0
    | padding=0 | no padding | flip | turned | 180 | mirror | revers
    """
    out = torch.zeros(
        (image.shape[0] - kernel.shape[0]) // stride + 1,
        (image.shape[1] - kernel.shape[1]) // stride + 1,
    )
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for a in range(kernel.shape[0]):
                for b in range(kernel.shape[1]):
                    out[i, j] += image[i * stride + a, j * stride + b] * kernel[-1 - a, -1 - b]
    return out


def correlate2d__averaged_and_padded_once(image, kernel, stride=1, padding=0):
    """Two slips: the products are averaged, and the zeros are added above and on the left only.
    Named by: averag | mean | divided by | one side | above and | half the padding | bottom
    | padding (only )?once
    """
    padded = F.pad(image, (padding, 0, padding, 0))
    return _slide(padded, kernel, stride) / kernel.numel()


def correlate2d__axes_exchanged_and_no_stride(image, kernel, stride=1, padding=0):
    """Two slips: the answer is transposed, and the stride is never used.
    Named by: transpos | rows and columns | swap | exchang | stride is not used | height and width
    | never changes with stride | stride is (above|not) 1 | stride=1
    """
    return _slide(F.pad(image, (padding,) * 4), kernel).T


def correlate2d_dilated__steps_over_the_output(image, kernel, stride=1, padding=0, dilation=1):
    """The loops go over the output's own places in steps of stride, and windows start there.
    Named by: steps? (of|by) (the )?stride | range[(]0,
    | over (the )?output.s (own )?(places|positions) | [*] (the )?stride | stride is (above |not )?1
    | never (filled|written|computed) | zeros? (between|in between)
    """
    padded = F.pad(image, (padding,) * 4)
    span = [dilation * (size - 1) + 1 for size in kernel.shape]
    rows = (padded.shape[0] - span[0]) // stride + 1
    columns = (padded.shape[1] - span[1]) // stride + 1
    out = torch.zeros(rows, columns)
    for i in range(0, rows, stride):
        for j in range(0, columns, stride):
            window = padded[i : i + span[0] : dilation, j : j + span[1] : dilation]
            out[i, j] = (window * kernel).sum()
    return out


def correlate2d_dilated__span_counted_whole(image, kernel, stride=1, padding=0, dilation=1):
    """The kernel is taken to span dilation * size, so too few positions are counted.
    Named by: dilation [*] (the )?(kernel|size) | span | dilation is (above |not )?1
    | last (row|column|position|index|window)s?.*(missing|left out|lost)
    """
    padded = F.pad(image, (padding,) * 4)
    full = _slide(padded, kernel, stride, dilation)
    rows = (padded.shape[0] - dilation * kernel.shape[0]) // stride + 1
    columns = (padded.shape[1] - dilation * kernel.shape[1]) // stride + 1
    return full[:rows, :columns]


def correlate2d_dilated__counted_from_zero(image, kernel, stride=1, padding=0, dilation=1):
    """The dilation is counted from 0, as the number of zeros between two weights.
    Named by: dilation [+] 1 | from 0 | gap | (one|1) (more|too much) .*dilation | dilation .*1 too
    """
    return _slide(F.pad(image, (padding,) * 4), kernel, stride, dilation + 1)


def correlate2d_dilated__squeezed(image, kernel, stride=1, padding=0, dilation=1):
    """The answer is squeezed, which loses the axis of an answer with one row or column.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped)
    """
    return _slide(F.pad(image, (padding,) * 4), kernel, stride, dilation).squeeze()


def correlate2d_dilated__border_cut_from_the_answer(image, kernel, stride=1, padding=0, dilation=1):
    """The padding is cut off the answer again, by a slice that is empty where padding is 0.
    Named by: empty | -padding | :-0 | padding (=|==) ?0 | padding is (above |not )?0
    | (cut|taken) (off|away|from) | border .*(missing|lost|removed)
    | (first|outer) (rows?|columns?|index|indices).*(missing|lost)
    """
    out = _slide(F.pad(image, (padding,) * 4), kernel, stride, dilation)
    return out[padding:-padding, padding:-padding]


def correlate2d_dilated__undilated_and_padded_once(image, kernel, stride=1, padding=0, dilation=1):
    """Two slips: the dilation is never used, and the zeros are added above and on the left only.
    Named by: dilation is not used | never changes with dilation | dilation is (above |not )?1
    | dilation=1 | one side | top and on the left | half the padding | padding (only )?once
    """
    return _slide(F.pad(image, (padding, 0, padding, 0)), kernel, stride)


def find_template__row_of_best_mean(image, template):
    """Row and column are sought one after the other, in the means of rows and of columns.
    Named by: mean of (the )?(rows?|columns?) | averaged (along|over) | means | separate
    | each on its own | one after the other
    """
    answers = _slide(image, template - template.mean())
    return answers.mean(1).argmax().item(), answers.mean(0).argmax().item()


def find_template__absolute(image, template):
    """The largest absolute answer is taken, so the template's negative is found as well.
    Named by: abs | negative | sign | strongest | invert
    """
    answers = _slide(image, template - template.mean()).abs()
    return divmod(answers.argmax().item(), answers.shape[1])


def find_template__last_stop_missing(image, template):
    """The ranges end one too early, so a template in the last row or column is not found.
    Named by: last (row|column|position|window|place|stop|index) | too (early|soon)
    | at the (lower |bottom |other )?(edge|corner|end)
    """
    kernel = template - template.mean()
    rows = image.shape[0] - template.shape[0]
    columns = image.shape[1] - template.shape[1]
    best, place = -torch.inf, (0, 0)
    for i in range(rows):
        for j in range(columns):
            score = (image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel).sum()
            if score > best:
                best, place = score, (i, j)
    return place


def find_template__squared_difference(image, template):
    """The squared difference is smallest where the brightness is alike too.
    Named by: squared? difference | bright | difference
    """
    windows = image.unfold(0, template.shape[0], 1).unfold(1, template.shape[1], 1)
    errors = ((windows - template) ** 2).sum((2, 3))
    return divmod(errors.argmin().item(), errors.shape[1])


def find_template__no_mean_and_exchanged(image, template):
    """Two slips: the template's mean is not taken off, and the pair is (column, row).
    Named by: mean | bright | exchang | swap | column.*row | other order
    """
    answers = _slide(image, template)
    row, column = divmod(answers.argmax().item(), answers.shape[1])
    return column, row
