"""respond: the response of a kernel to one patch."""

from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit import Arguments, Exercise, misconceptions_from, whole_numbers
from cnnlab.exercises.kit.drawing import TURNED, Pair, shapes

ASKED = {"respond": ("Lesson 01.1", "01 row-intro")}


def _respond_inputs(generator: Generator) -> list[Arguments]:
    divisors, each_way = (1, 1, 2), ((0, 0, 1, -1), TURNED)  # halves: often no whole number
    return [
        (_draw(generator, shape, *of_both[:2]) / divisor, _draw(generator, shape, *of_both[2:]))
        for shape, divisor, *of_both in shapes(generator, 42, divisors, *each_way, *each_way)
    ]


def _draw(generator: Generator, shape: Pair, sign: int, turned: bool) -> Tensor:
    numbers = whole_numbers(generator, *shape, turned=turned)
    return sign * numbers.abs() if sign else numbers


RESPOND = Exercise(
    name="respond",
    task="Return the response of a kernel to a patch of its own size.",
    returns="one number",
    oracle=lambda patch, kernel: F.conv2d(patch[None, None], kernel[None, None])[0, 0, 0, 0],
    inputs=_respond_inputs,
    misconceptions=misconceptions_from("""
        product without sum
            the products are not added up
            How many numbers should one patch give?
            edit: (patch * kernel).sum() -> patch * kernel
        sum along one axis
            the products are added up along one axis only
            Which axes does your sum run over?
            edit: .sum() -> .sum(0)
        mean for sum
            the products are averaged, not added up
            Would a kernel twice as large, filled with the same numbers, have a larger response?
            edit: .sum() -> .mean()
        matrix product
            patch and kernel are multiplied as matrices
            Which pixel should the kernel's upper right number be multiplied with?
            edit: patch * kernel -> patch @ kernel
        kernel transposed
            the kernel is transposed: its rows meet the patch's columns
            Which pixel should the kernel's upper right number be multiplied with?
            edit: * kernel) -> * kernel.T)
        kernel flipped
            the kernel is rotated by 180 degrees first
            Which pixel should the kernel's upper left number be multiplied with?
            edit: * kernel) -> * kernel.flip(0, 1))
        sign reversed
            the sign is reversed: the response is negative where patch and kernel are alike
            Should the response of a kernel to itself be positive or negative?
            edit: return (patch -> return -(patch
        sign lost
            the sign is dropped
            How would you tell a left edge from a right edge by the response?
            edit: return (patch * kernel).sum() -> return abs((patch * kernel).sum())
        negative cut off
            negative responses become 0
            What does a negative response say about the patch?
            edit: return (patch * kernel).sum() -> return max((patch * kernel).sum(), 0)
        sum for product
            patch and kernel are added, not multiplied
            What is the response of a kernel of zeros?
            edit: patch * kernel -> patch + kernel
        squared difference
            the squared difference is taken, not the product
            What is the response of a kernel of zeros?
            edit: patch * kernel -> (patch - kernel) ** 2
        largest for sum
            only the largest product is kept
            Which pixels should take part in the response?
            edit: .sum() -> .max()
        only the last product
            only the product of the last pixel is kept
            What becomes of the total in the next round of your loop?
            edit: (patch * kernel).sum() -> (patch * kernel)[-1, -1]
        one pixel for all
            all the kernel's numbers are multiplied with the pixel in the middle
            Which pixel should the kernel's upper left number be multiplied with?
            edit: patch * kernel -> patch[patch.shape[0] // 2, patch.shape[1] // 2] * kernel
        fraction cut off
            the response is cut to a whole number
            What is the response when the pixels are fractions?
            edit: return (patch * kernel).sum() -> return int((patch * kernel).sum())
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
