"""respond: the answer of a kernel to one patch."""

from typing import Any

from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)


def _respond(switches: Switches, patch: Tensor, kernel: Tensor) -> Any:
    if "kernel transposed" in switches:
        kernel = kernel.T
    if "kernel flipped" in switches:
        kernel = kernel.flip(0, 1)
    if "sign reversed" in switches:
        kernel = -kernel
    if "matrix product" in switches:
        product = patch @ kernel
    elif "sum for product" in switches:
        product = patch + kernel
    elif "squared difference" in switches:
        product = (patch - kernel) ** 2
    else:
        product = patch * kernel
    if "product without sum" in switches:
        return product
    if "sum along one axis" in switches:
        return product.sum(0)
    if "largest for sum" in switches:
        return product.max()
    answer = product.mean() if "mean for sum" in switches else product.sum()
    if "sign lost" in switches:
        answer = answer.abs()
    if "negative cut off" in switches:
        answer = answer.clamp(min=0)
    return int(answer) if "fraction cut off" in switches else answer


def _respond_inputs(generator: Generator) -> list[Arguments]:
    shapes = [(2, 2), (3, 3), (2, 3), (3, 5), (4, 4), (3, 3), (5, 2)]
    cases = [tuple(whole_numbers(generator, *shape) for _ in range(2)) for shape in shapes]
    half = whole_numbers(generator, 3, 3)
    half[0, 0] = 2.5  # times an odd number: no whole number comes out
    turned = whole_numbers(generator, 4, 3).T
    same_sign = whole_numbers(generator, 2, 2).abs()
    odd = whole_numbers(generator, 3, 3)
    odd[0, 0] = 3
    cases.append((half, odd))
    return [*cases, (turned, whole_numbers(generator, 3, 4)), (same_sign, -same_sign)]


RESPOND = Exercise(
    name="respond",
    task="Return how strongly a kernel answers to a patch of its own size.",
    returns="one number",
    model=_respond,
    oracle=lambda patch, kernel: F.conv2d(patch[None, None], kernel[None, None])[0, 0, 0, 0],
    inputs=_respond_inputs,
    misconceptions=misconceptions_from("""
        product without sum
            the products are not added up
            How many numbers should one patch give?
        sum along one axis
            the products are added up along one axis only
            Which axes does your sum run over?
        mean for sum
            the products are averaged, not added up
            Would a kernel twice as large, filled with the same numbers, answer more strongly?
        matrix product
            patch and kernel are multiplied as matrices
            Which pixel should the kernel's upper right number be multiplied with?
        kernel transposed
            the kernel is transposed: its rows meet the patch's columns
            Which pixel should the kernel's upper right number be multiplied with?
        kernel flipped
            the kernel is turned upside down and left to right first
            Which pixel should the kernel's upper left number be multiplied with?
        sign reversed
            the sign is reversed: the answer is negative where patch and kernel are alike
            What should a patch answer to itself as the kernel: something positive or negative?
        sign lost
            the sign is dropped
            How would you tell a left edge from a right edge by the answer?
        negative cut off
            negative answers become 0
            What does a negative answer say about the patch?
        sum for product
            patch and kernel are added, not multiplied
            What should a kernel of zeros answer?
        squared difference
            the squared difference is taken, not the product
            What should a kernel of zeros answer?
        largest for sum
            only the largest product is kept
            Which pixels should take part in the answer?
        fraction cut off
            the answer is cut to a whole number
            What should the answer be when the pixels are fractions?
    """),
    hints=(
        "The kernel lies on the patch, number on pixel. What do you do with each pair?",
        "patch * kernel multiplies number by number and keeps the shape. One number should remain.",
        "Multiply, then sum over both axes.",
    ),
    solution="""\
def respond(patch, kernel):
    return (patch * kernel).sum()
""",
)


EXERCISES = (RESPOND,)
