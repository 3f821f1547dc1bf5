"""Wrong answers to the exercises on sizes and receptive fields: each is code of its own."""

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
