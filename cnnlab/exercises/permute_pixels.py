"""Exercise of lesson 08: images whose pixels stand in another order."""

from typing import Any

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    misconceptions_from,
    plain,
    turned,
)

ASKED = {"permute_pixels": ("Lesson 08.1", "08 locality")}


def _extract(returned: Any, prepared: Arguments) -> Any:
    """Say in words what a random order did, so that it is the same in each run."""
    answer, (images, permutation) = plain(returned), prepared
    if not isinstance(answer, Tensor) or answer.shape != images.shape:
        return answer
    before, after = images.double().flatten(2), answer.flatten(2)
    if not torch.equal(before.sort(2).values, after.sort(2).values):
        return answer
    source = torch.empty_like(before, dtype=torch.int64)  # where each pixel came from
    source.scatter_(2, after.argsort(2), before.argsort(2))
    alike = [bool((source == first).all()) for first in (source[:1], source[:, :1])]
    if not all(alike):
        owners = ("picture", "channel")
        each = " and ".join(f"each {n}" for n, a in zip(owners, alike, strict=True) if not a)
        return f"pixels whose order is not the same for {each}"
    if any(torch.equal(source[0, 0], order) for order in _known_orders(images, permutation)):
        return answer
    return "pixels in one order for all images, but not the given one"


def _known_orders(images: Tensor, permutation: Tensor) -> list[Tensor]:
    """Return the order that is asked for, and others that are told from a random one."""
    height, width = images.shape[2:]
    unchanged = torch.arange(height * width, device="cpu")
    down_columns = unchanged.view(height, width).T.flatten()
    by_columns = down_columns[permutation].view(width, height).T.flatten()
    return [permutation, permutation.argsort(), by_columns, unchanged]


def _inputs(generator: Generator) -> list[Arguments]:
    sizes = (range(1, 4), range(1, 4), range(1, 6), range(1, 6))
    cases = []
    for *shape, as_bytes, in_order in crossed(generator, 36, *sizes, *[(True, False, False)] * 2):
        images = _pictures(generator, *shape)
        images = images.to(torch.uint8) if as_bytes else images
        cases.append((turned(images) if in_order else images, _order(generator, tuple(shape[2:]))))
    return cases


def _pictures(generator: Generator, *shape: int) -> Tensor:
    """Return images in which no two numbers are equal, as whole numbers."""
    numbers = torch.randperm(torch.Size(shape).numel(), generator=generator, device="cpu")
    return numbers.double().view(shape)


def _order(generator: Generator, size: tuple[int, ...]) -> Tensor:
    """Return an order that differs from its inverse, where there are enough pixels."""
    count = size[0] * size[1]
    while True:
        order = torch.randperm(count, generator=generator, device="cpu")
        if count < 3 or not torch.equal(order, order.argsort()):
            return order


PERMUTE_PIXELS = Exercise(
    name="permute_pixels",
    task="Put the pixels of every image into the same new order; a pixel keeps its channels.",
    returns="a tensor (batch, channels, height, width)",
    inputs=_inputs,
    extract_answer=_extract,
    misconceptions=misconceptions_from("""
    new permutation per image
        each image has its pixels in an order of its own
        Could anything be learned about a pixel that stands elsewhere in every image?
        edit: return permuted -> return torch.stack([x.roll(i, 1) for i, x in enumerate(permuted)])
    new permutation per channel
        each channel has its pixels in an order of its own
        What happens to a pixel's color if its red and its green part from each other?
        edit: images.flatten(2) -> images.flatten(2).unbind(1)
        edit: = pixels[ -> = torch.stack([x.roll(c, 1) for c, x in enumerate(pixels)], dim=1)[
    permutation drawn inside
        all images have one order, but it is not the given one
        Training and test images are permuted by two calls. Do both get the same order?
        edit: permutation] -> permutation.flip(0)]
    inverse permutation
        pixel p goes to place permutation[p]; asked for is pixel permutation[p] at place p
        In the worked example, which pixel of the image stands first in the answer?
        edit: permutation] -> permutation.argsort()]
    channels mixed
        the numbers are taken in groups of one per channel that do not belong to one pixel
        Which axis comes first in memory, the channels or the pixels?
        edit: images.flatten(2) -> images.reshape(len(images), -1, images.shape[1])
        edit: [:, :, permutation] -> [:, permutation]
    numbered by columns
        the pixels are counted down the columns
        Which pixel is number 1: the one to the right of pixel 0, or the one below it?
        edit: images.flatten(2) -> images.mT.flatten(2)
        edit: reshape(images.shape) -> reshape(images.mT.shape).mT
    height and width swapped
        the answer is as high as the images are wide
        In which order does torch name the sizes of an image?
        edit: reshape(images.shape) -> reshape(images.mT.shape)
    images left as they were
        the images come back as they went in
        Which line of yours uses the permutation?
        edit: permuted.reshape(images.shape) -> images
    """),
    hints=(
        "Lay the pixels of an image in one row. Which two axes become one, and which stay?",
        "images.flatten(2) has the shape (batch, channels, height x width).",
        "Index the last axis with the permutation, then give it its two axes back.",
    ),
    solution="""\
def permute_pixels(images, permutation):
    pixels = images.flatten(2)  # (batch, channels, height x width)
    permuted = pixels[:, :, permutation]
    return permuted.reshape(images.shape)
""",
)
