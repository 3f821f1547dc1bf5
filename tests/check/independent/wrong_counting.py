"""Wrong answers to the exercises that count: each is code of its own, in a learner's style."""

import math
from typing import Any


def output_size__pads_by_dilation(
    input_size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    return (input_size + 2 * padding * dilation - dilation * (kernel_size - 1) - 1) // stride + 1


def output_size__span_k_plus_d(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    span = k + d - 1
    return (i + 2 * p - span) // s + 1


def output_size__twice_the_stride(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    return (i + 2 * p - d * (k - 1) - 1) // (2 * s) + 1


def output_size__padding_squared(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    return (i + p**2 - d * (k - 1) - 1) // s + 1


def output_size__at_least_two(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    return max((i + 2 * p - d * (k - 1) - 1) // s, 1) + 1


def output_size__modulo(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    free = i + 2 * p - d * (k - 1) - 1
    return free // s + (1 if free % s == 0 else 0)


def output_size__same_padding(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    return math.ceil(i / s)


def output_size__counts_from_list(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    starts = list(range(0, i + 2 * p - d * (k - 1) - 1, s))
    return len(starts)


def output_size__stride_is_dilation(i: int, k: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    return (i + 2 * p - s * (k - 1) - 1) // d + 1


def output_size__remembers(
    i: int,
    k: int,
    s: int = 1,
    p: int = 0,
    d: int = 1,
    seen: list = [],  # noqa: B006
) -> int:
    seen.append(i)
    return (i + 2 * p - d * (k - 1) - 1) // s + 1 + len(seen) // 3


def output_shape__first_of_every_pair(
    size: Any, kernel: Any, stride: Any = (1, 1), padding: Any = (0, 0), dilation: Any = (1, 1)
) -> tuple:
    k, s, p, d = kernel[0], stride[0], padding[0], dilation[0]
    return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n in size)


def output_shape__width_first(
    size: Any, kernel: Any, s: Any = (1, 1), p: Any = (0, 0), d: Any = (1, 1)
) -> tuple:
    out = [(size[a] + 2 * p[a] - d[a] * (kernel[a] - 1) - 1) // s[a] + 1 for a in (0, 1)]
    return out[1], out[0]


def output_shape__square_of_height(
    size: Any, kernel: Any, s: Any = (1, 1), p: Any = (0, 0), d: Any = (1, 1)
) -> tuple:
    h = (size[0] + 2 * p[0] - d[0] * (kernel[0] - 1) - 1) // s[0] + 1
    return h, h


def output_shape__stride_pair_turned(
    size: Any, kernel: Any, s: Any = (1, 1), p: Any = (0, 0), d: Any = (1, 1)
) -> tuple:
    return tuple((size[a] + 2 * p[a] - d[a] * (kernel[a] - 1) - 1) // s[1 - a] + 1 for a in (0, 1))


def output_shape__total_padding(
    size: Any, kernel: Any, s: Any = (1, 1), p: Any = (0, 0), d: Any = (1, 1)
) -> tuple:
    return tuple((size[a] + sum(p) - d[a] * (kernel[a] - 1) - 1) // s[a] + 1 for a in (0, 1))


def conv_parameters__groups_multiplied(
    i: int, o: int, k: tuple, groups: int = 1, bias: bool = True
) -> int:
    return o * i * groups * k[0] * k[1] + (o if bias else 0)


def conv_parameters__square_kernel(
    i: int, o: int, k: tuple, groups: int = 1, bias: bool = True
) -> int:
    return o * (i // groups) * k[0] ** 2 + bias * o


def conv_parameters__groups_on_both(
    i: int, o: int, k: tuple, groups: int = 1, bias: bool = True
) -> int:
    return (o // groups) * (i // groups) * k[0] * k[1] + bias * o


def conv_parameters__bias_per_input(
    i: int, o: int, k: tuple, groups: int = 1, bias: bool = True
) -> int:
    return o * i // groups * k[0] * k[1] + (i if bias else 0)


def conv_parameters__always_bias(
    i: int, o: int, k: tuple, groups: int = 1, bias: bool = True
) -> int:
    return o * i // groups * k[0] * k[1] + o


def conv_parameters__perimeter(i: int, o: int, k: tuple, groups: int = 1, bias: bool = True) -> int:
    return o * i // groups * (k[0] + k[1]) + (o if bias else 0)


def layer_macs__input_positions(images: tuple, weight: tuple, s: int = 1, p: int = 0) -> int:
    _, _, height, width = images
    o, c, kh, kw = weight
    return o * c * kh * kw * (height // s) * (width // s)


def layer_macs__batch_too(images: tuple, weight: tuple, s: int = 1, p: int = 0) -> int:
    n, _, height, width = images
    o, c, kh, kw = weight
    return n * o * c * kh * kw * ((height + 2 * p - kh) // s + 1) * ((width + 2 * p - kw) // s + 1)


def layer_macs__flops(images: tuple, weight: tuple, s: int = 1, p: int = 0) -> int:
    o, c, kh, kw = weight
    rows, columns = ((n + 2 * p - k) // s + 1 for n, k in zip(images[2:], (kh, kw), strict=True))
    return 2 * o * c * kh * kw * rows * columns


def layer_macs__one_filter(images: tuple, weight: tuple, s: int = 1, p: int = 0) -> int:
    _, c, kh, kw = weight
    rows, columns = ((n + 2 * p - k) // s + 1 for n, k in zip(images[2:], (kh, kw), strict=True))
    return c * kh * kw * rows * columns


def layer_macs__rows_squared(images: tuple, weight: tuple, s: int = 1, p: int = 0) -> int:
    o, c, kh, kw = weight
    rows = (images[2] + 2 * p - kh) // s + 1
    return o * c * kh * kw * rows**2


def layer_macs__half_padding(images: tuple, weight: tuple, s: int = 1, p: int = 0) -> int:
    o, c, kh, kw = weight
    return o * c * kh * kw * ((images[2] + p - kh) // s + 1) * ((images[3] + p - kw) // s + 1)


def activation_bytes__twice(shape: tuple, size: int = 4) -> int:
    return 2 * math.prod(shape) * size


def activation_bytes__no_width(shape: tuple, size: int = 4) -> int:
    return shape[0] * shape[1] * size


def activation_bytes__border(shape: tuple, size: int = 4) -> int:
    c, h, w = shape
    return c * (h + 2) * (w + 2) * size


def activation_bytes__power(shape: tuple, size: int = 4) -> int:
    return math.prod(shape) * 2**size


def table_parameters__full_table(table: tuple, k: int) -> int:
    maps = {i for row in table for i in row}
    return len(table) * len(maps) * k * k + len(table)


def table_parameters__bias_per_kernel(table: tuple, k: int) -> int:
    return sum(len(row) * (k * k + 1) for row in table)


def table_parameters__no_bias(table: tuple, k: int) -> int:
    return sum(len(row) for row in table) * k * k


def table_parameters__k_once(table: tuple, k: int) -> int:
    return sum(len(row) for row in table) * k + len(table)


def receptive_field__spans_added(layers: list) -> int:
    return sum(d * (k - 1) + 1 for k, s, d in layers)


def receptive_field__all_strides(layers: list) -> int:
    step = math.prod(s for _, s, _ in layers)
    return 1 + sum(d * (k - 1) for k, _, d in layers) * step


def receptive_field__first_two(layers: list) -> int:
    size, step = 1, 1
    for k, s, d in layers[:2]:
        size += d * (k - 1) * step
        step *= s
    return size


def receptive_field__dilation_in_step(layers: list) -> int:
    size, step = 1, 1
    for k, s, d in layers:
        size += (k - 1) * step
        step *= s * d
    return size


def receptive_field__larger_by_stride(layers: list) -> int:
    size, step = 1, 1
    for k, s, d in layers:
        size += d * (k - 1) * step + (s - 1)
        step *= s
    return size


def dilated_field__product(k: int, dilations: tuple) -> int:
    return 1 + (k - 1) * math.prod(dilations)


def dilated_field__largest(k: int, dilations: tuple) -> int:
    return 1 + (k - 1) * max(dilations)


def dilated_field__per_layer_one(k: int, dilations: tuple) -> int:
    return len(dilations) + (k - 1) * sum(dilations)


def dilated_field__half_kernel(k: int, dilations: tuple) -> int:
    return 1 + (k // 2) * sum(dilations)


def dilated_field__first_only(k: int, dilations: tuple) -> int:
    return 1 + (k - 1) * dilations[0]


def macs_per_byte__two_bytes(macs: int, weights: int, inputs: int, outputs: int, n: int) -> float:
    return n * macs / (2 * (weights + n * (inputs + outputs)))


def macs_per_byte__outputs_twice(
    macs: int, weights: int, inputs: int, outputs: int, n: int
) -> float:
    return n * macs / (4 * (weights + n * (inputs + 2 * outputs)))


def macs_per_byte__rounded(macs: int, weights: int, inputs: int, outputs: int, n: int) -> int:
    return n * macs // (4 * (weights + n * (inputs + outputs)))


def macs_per_byte__precedence(macs: int, weights: int, inputs: int, outputs: int, n: int) -> float:
    return n * macs / 4 * (weights + n * (inputs + outputs))


def throughput__milliseconds(step: Any, wait: Any, clock: Any, batch: int, steps: int) -> float:
    step()
    wait()
    start = clock()
    for _ in range(steps):
        step()
    wait()
    return batch * steps / (1000 * (clock() - start))


def throughput__one_step(step: Any, wait: Any, clock: Any, batch: int, steps: int) -> float:
    step()
    wait()
    start = clock()
    step()
    wait()
    return batch / (clock() - start)


def throughput__no_last_wait(step: Any, wait: Any, clock: Any, batch: int, steps: int) -> float:
    step()
    wait()
    start = clock()
    for _ in range(steps):
        step()
    return batch * steps / (clock() - start)


def compare__one_group(before: tuple, after: tuple) -> tuple:
    from statistics import mean, stdev

    return mean(after) - mean(before), stdev(after) / len(after) ** 0.5


def compare__population(before: tuple, after: tuple) -> tuple:
    from statistics import mean, pvariance

    squares = pvariance(before) / len(before) + pvariance(after) / len(after)
    return mean(after) - mean(before), squares**0.5


def compare__best(before: tuple, after: tuple) -> tuple:
    from statistics import variance

    squares = variance(before) / len(before) + variance(after) / len(after)
    return max(after) - max(before), squares**0.5
