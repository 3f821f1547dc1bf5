"""Exercises of lesson 01: a kernel is a template."""

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.check.answers import plain
from cnnlab.check.exercise import Arguments, Exercise, Slips, slips_from, whole_numbers


def _respond(slips: Slips, patch: Tensor, kernel: Tensor) -> Any:
    if "kernel transposed" in slips:
        kernel = kernel.T
    if "kernel flipped" in slips:
        kernel = kernel.flip(0, 1)
    if "sign reversed" in slips:
        kernel = -kernel
    if "matrix product" in slips:
        product = patch @ kernel
    elif "sum for product" in slips:
        product = patch + kernel
    elif "squared difference" in slips:
        product = (patch - kernel) ** 2
    else:
        product = patch * kernel
    if "product without sum" in slips:
        return product
    if "sum along one axis" in slips:
        return product.sum(0)
    if "largest for sum" in slips:
        return product.max()
    answer = product.mean() if "mean for sum" in slips else product.sum()
    if "sign lost" in slips:
        answer = answer.abs()
    if "negative cut off" in slips:
        answer = answer.clamp(min=0)
    return int(answer) if "fraction cut off" in slips else answer


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
    slips=slips_from("""
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


def _edge_kernel(slips: Slips) -> Tensor:
    kernel = torch.tensor([[1.0, 0.0, -1.0]]).repeat(3, 1).double()
    if "answers to brightness" in slips:
        kernel = kernel.abs()
    if "edge turned" in slips:
        kernel = kernel.T.contiguous()
    if "sign reversed" in slips:
        kernel = -kernel
    if "all zeros" in slips:
        kernel = torch.zeros_like(kernel)
    return kernel


def _edge_answers(returned: Any, _: Arguments) -> Any:
    """Describe a kernel by the signs of its answers: many kernels are right."""
    kernel = plain(returned)
    if not isinstance(kernel, Tensor) or kernel.shape != (3, 3):
        return kernel
    bright_left = torch.tensor([[5.0, 3.0, 1.0]]).repeat(3, 1).double()
    patches = {
        "answer to bright on the left, dark on the right": bright_left,
        "answer to dark on the left, bright on the right": bright_left.flip(1),
        "answer to bright at the top, dark at the bottom": bright_left.T,
        "answer to a patch of one brightness": torch.full_like(bright_left, 4.0),
    }
    answers = {name: float((patch * kernel).sum()) for name, patch in patches.items()}
    return {name: _sign(answer) for name, answer in answers.items()}


def _sign(number: float) -> str:
    if abs(number) < 1e-6:
        return "0"
    return "positive" if number > 0 else "negative"


EDGE_KERNEL = Exercise(
    name="edge_kernel",
    task="Return a 3x3 kernel that answers positively where left is bright and right is dark.",
    returns="a tensor of 3 rows and 3 columns",
    model=_edge_kernel,
    inputs=lambda _: [()],
    observe=_edge_answers,
    slips=slips_from("""
        sign reversed
            the kernel finds the opposite edge, dark on the left
            Which column must have the positive numbers?
        edge turned
            the kernel finds edges between top and bottom
            Along which axis must the numbers change?
        answers to brightness
            the kernel answers to any bright patch, edge or not
            What do its nine numbers add up to, and what does that do to an even patch?
        all zeros
            the kernel answers to nothing
            What does a kernel of zeros answer?
    """),
    hints=(
        "Draw the patch first: 3x3, bright on the left. Where do you want large products?",
        "An even patch should answer 0, so the nine numbers add up to 0.",
        "Positive numbers in the left column, the same numbers negative in the right one.",
    ),
    solution="""\
def edge_kernel():
    return torch.tensor([[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]])
""",
)

EXERCISES = (RESPOND, EDGE_KERNEL)
