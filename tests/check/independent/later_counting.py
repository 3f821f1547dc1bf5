"""Wrong answers of lessons 01 to 03, written later, by someone who had not read the engine.

They are written as students write them: without annotations, a comment says what is wrong.
"""

import torch
from torch.nn import functional as F


def respond__only_the_diagonal(patch, kernel):
    return sum(patch[i, i] * kernel[i, i] for i in range(min(patch.shape)))


def respond__last_row_forgotten(patch, kernel):
    total = 0.0
    for i in range(patch.shape[0] - 1):  # range ends too early
        for j in range(patch.shape[1]):
            total += patch[i, j] * kernel[i, j]
    return total


def respond__cosine(patch, kernel):
    return (patch * kernel).sum() / (patch.norm() * kernel.norm() + 1e-9)


def respond__printed(patch, kernel):
    return f"{(patch * kernel).sum():.2f}"  # text


def respond__relu(patch, kernel):
    return (patch * kernel).sum().clamp(min=0)


def respond__whole_numbers(patch, kernel):
    return int((patch * kernel).sum())


def respond__writes_into_patch(patch, kernel):
    patch *= kernel
    return patch.sum()


def edge_kernel__reversed():
    return torch.tensor([[-1.0, 0.0, 1.0]] * 3)


def edge_kernel__one_row():
    return torch.tensor([[1.0, 0.0, -1.0]])


def edge_kernel__not_balanced():
    return torch.tensor([[2.0, 0.0, -1.0]] * 3)  # answers to even brightness


def edge_kernel__only_the_bright_side():
    return torch.tensor([[1.0, 0.0, 0.0]] * 3)


def output_size__rounded(i, k, stride=1, padding=0, dilation=1):
    return round((i + 2 * padding - dilation * (k - 1) - 1) / stride) + 1


def output_size__one_added_before_division(i, k, stride=1, padding=0, dilation=1):
    return (i + 2 * padding - dilation * (k - 1) - 1 + 1) // stride


def output_size__padding_on_one_side(i, k, stride=1, padding=0, dilation=1):
    return (i + padding - dilation * (k - 1) - 1) // stride + 1


def output_size__even_kernels_as_odd(i, k, stride=1, padding=0, dilation=1):
    half = k // 2
    return (i + 2 * padding - dilation * 2 * half - 1) // stride + 1


def output_size__float(i, k, stride=1, padding=0, dilation=1):
    return (i + 2 * padding - dilation * (k - 1) - 1) / stride + 1


def output_size__at_most_input(i, k, stride=1, padding=0, dilation=1):
    return min(i, (i + 2 * padding - dilation * (k - 1) - 1) // stride + 1)


def output_size__dilation_on_the_input(i, k, stride=1, padding=0, dilation=1):
    return (i + 2 * padding - k) // (stride * dilation) + 1


def output_shape__width_then_height(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    return tuple(
        (i[a] + 2 * padding[a] - dilation[a] * (k[a] - 1) - 1) // stride[a] + 1 for a in (1, 0)
    )


def output_shape__stride_of_the_other_axis(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    return tuple(
        (i[a] + 2 * padding[a] - dilation[a] * (k[a] - 1) - 1) // stride[1 - a] + 1 for a in (0, 1)
    )


def output_shape__area(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    rows, columns = (
        (i[a] + 2 * padding[a] - dilation[a] * (k[a] - 1) - 1) // stride[a] + 1 for a in (0, 1)
    )
    return rows * columns


def output_shape__no_dilation_of_columns(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    rows = (i[0] + 2 * padding[0] - dilation[0] * (k[0] - 1) - 1) // stride[0] + 1
    return rows, (i[1] + 2 * padding[1] - k[1]) // stride[1] + 1


def output_shape__larger_kernel_side(i, k, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    k = (max(k), max(k))
    return tuple(
        (i[a] + 2 * padding[a] - dilation[a] * (k[a] - 1) - 1) // stride[a] + 1 for a in (0, 1)
    )


def _slide(image, kernel, stride=1, padding=0):
    padded = F.pad(image, (padding,) * 4)
    return F.conv2d(padded[None, None], kernel[None, None], stride=stride)[0, 0]


def correlate2d__mirrored_border(image, kernel, stride=1, padding=0):
    padded = torch.cat([image[:padding].flip(0), image, image[len(image) - padding :].flip(0)])
    return _slide(F.pad(padded, (padding, padding, 0, 0)), kernel, stride)


def correlate2d__padding_top_left_only(image, kernel, stride=1, padding=0):
    return _slide(F.pad(image, (2 * padding, 0, 2 * padding, 0)), kernel, stride)


def correlate2d__kernel_normalized(image, kernel, stride=1, padding=0):
    return _slide(image, kernel / kernel.abs().sum().clamp(min=1e-9), stride, padding)


def correlate2d__strided_after_padding_result(image, kernel, stride=1, padding=0):
    full = _slide(image, kernel, 1, padding)
    return full[stride - 1 :: stride, stride - 1 :: stride]  # starts at the wrong place


def correlate2d__kernel_turned(image, kernel, stride=1, padding=0):
    return _slide(image, kernel.rot90(1), stride, padding)


def correlate2d__half_precision(image, kernel, stride=1, padding=0):
    return _slide(image, kernel, stride, padding).half()


def correlate2d__rows_as_columns(image, kernel, stride=1, padding=0):
    out = _slide(image, kernel, stride, padding)
    return out.reshape(out.shape[1], out.shape[0])


def correlate2d__added_to_the_last(image, kernel, stride=1, padding=0):
    out = _slide(image, kernel, stride, padding)
    return out.flatten().cumsum(0).reshape(out.shape)  # the total is never set back to 0


def correlate2d__a_list_of_rows_flat(image, kernel, stride=1, padding=0):
    return _slide(image, kernel, stride, padding).flatten()


def flip__only_rows(kernel):
    return kernel.flip(0)


def flip__turned_a_quarter(kernel):
    return kernel.rot90(1)


def flip__negative(kernel):
    return -kernel.flip(0, 1)


def flip__other_diagonal(kernel):
    return kernel.flip(0, 1).T
