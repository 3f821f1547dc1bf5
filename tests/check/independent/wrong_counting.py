"""Wrong answers to the exercises that count: each is code of its own, in a learner's style."""

import math
from typing import Any


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
