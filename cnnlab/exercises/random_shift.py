"""Exercise of lesson 06: move every image by chance, each in its own way."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    integer,
    misconceptions_from,
    plain,
    turned,
)

ASKED = {"random_shift": ("Lesson 06.1", "06 augment-intro")}

STEP = 100  # the numbers of image n lie above n * STEP and below (n + 1) * STEP
FILLS = {"edge values": "replicate", "what left on the other side": "circular"}


@dataclass(frozen=True)
class Seed:
    """Says how to make the generator of one call."""

    number: int

    def __str__(self) -> str:
        return "a generator"


def _inputs(generator: Generator) -> list[Arguments]:
    margins = (range(1, 4), range(1, 4))
    cases = []
    for limit, channels, *more, alone, in_order in crossed(
        generator, 32, range(5), range(1, 4), *margins, (True, False, False), (True, False)
    ):
        # Of this many images chance moves one by the largest shift; all keep a pixel. The numbers
        # are halves, or a call with other numbers would be added, which belong to no image.
        shape = (1 if alone else 20 + 35 * limit), channels, *(limit + each for each in more)
        inside = torch.randint(1, STEP, shape, generator=generator, device="cpu").double() / 2
        images = STEP * torch.arange(shape[0], device="cpu")[:, None, None, None] + inside
        seed = Seed(integer(generator, 0, 999))
        cases.append((images if in_order else turned(images), limit, seed))
    return cases


def _prepare(arguments: Arguments) -> Arguments:
    images, limit, seed = arguments
    return images.clone(), limit, Generator().manual_seed(seed.number)


def _extract(returned: Any, prepared: Arguments) -> Any:
    """Say what was done to the images, in words and numbers that chance cannot change."""
    images, limit, generator = prepared
    answer = plain(returned)
    if not isinstance(answer, Tensor) or answer.shape != images.shape:
        return answer
    untouched = Generator().manual_seed(generator.initial_seed()).get_state()
    sources = (answer.flatten(1).amax(1) // STEP).long()
    in_order = torch.equal(sources, torch.arange(len(images), device="cpu"))
    unused = limit > 0 and generator.get_state().equal(untouched)
    found = _found(images[sources.clamp(0, len(images) - 1)], answer, limit)
    return {
        **_described(*found, limit),
        "order of the images": "as given" if in_order else "another",
        "use of the generator": "none" if unused else "some",
    }


def _found(images: Tensor, answer: Tensor, limit: int) -> tuple[Tensor | None, str]:
    """Return by how much each image was moved, (down, across), and what came in."""
    margin = limit + 1
    steps = margin - torch.arange(2 * margin + 1, device="cpu")
    down, across = (each.flatten() for each in torch.meshgrid(steps, steps, indexing="ij"))
    by_size = (down.abs() + across.abs()).argsort(stable=True)
    wanted = _image_last(answer)
    for filling in ("zeros", *FILLS):
        padded = F.pad(images, (margin,) * 4, mode=FILLS.get(filling, "constant"))
        windows = _image_last(padded).unfold(0, len(wanted), 1).unfold(1, wanted.shape[1], 1)
        fits = (windows.permute(0, 1, 3, 4, 2) == wanted).flatten(2, 3).all(2).flatten(0, 1)
        fits = fits[by_size]
        if fits.any(0).all():
            first = by_size[fits.long().argmax(0)]
            return torch.stack([down[first], across[first]], dim=1), filling
    return None, ""


def _image_last(images: Tensor) -> Tensor:
    """Return (height, width, batch), each pixel's channels as one number: quick to compare."""
    digits = 1e5 ** torch.arange(images.shape[1], dtype=torch.float64, device="cpu")
    return torch.einsum("nchw,c->hwn", images, digits).contiguous()


def _described(shifts: Tensor | None, filling: str, limit: int) -> dict[str, Any]:
    if shifts is None:
        return {"kind of change": "not one shift of a whole image that lets zeros in"}
    if limit and (shifts == shifts[0]).all():  # by how much is chance
        return {"variety in the batch": "one shift for all images"}
    down, across = shifts.T
    return {
        "range of shifts down": (int(down.min()), int(down.max())),
        "range of shifts across": (int(across.min()), int(across.max())),
        "link of down and across": "the same number" if down.equal(across) else "none",
        "filling": filling,
    }


RANDOM_SHIFT = Exercise(
    name="random_shift",
    task="Move each image by its own random number of pixels, down and across; zeros come in.",
    returns="a tensor of the images' shape",
    inputs=_inputs,
    prepare_arguments=_prepare,
    extract_answer=_extract,
    misconceptions=misconceptions_from("""
    one shift for the batch
        all images of the batch are moved alike, or not at all
        How many different images can the network see of one photograph in one step?
        edit: (len(images), 2) -> (1, 2)
        edit: shifts.tolist() -> shifts.tolist() * len(images)
    same shift down and across
        each image is moved by the same number down and across
        Can an image be moved down without being moved across?
        edit: limit - across -> limit - down
    across only
        the images are moved across, never down
        In how many directions can the camera have been held differently?
        edit: limit - down -> limit
    down only
        the images are moved down or up, never across
        In how many directions can the camera have been held differently?
        edit: limit - across -> limit
    one direction only
        the shifts begin at 0: the images are never moved up, never to the left
        Which shifts are as likely as one to the right?
        edit: randint(-limit -> randint(0
    largest shift missing
        the largest shift is never drawn
        Does torch.randint ever give its upper bound?
        edit: limit + 1 -> limit
    wrapped around
        what leaves an image on one side comes in on the other
        Could a photograph look like that?
        edit: limit)) -> limit), mode="circular")
    edge repeated
        the image's edge is repeated
        Which number does the exercise ask for, where the image has moved away?
        edit: limit)) -> limit), mode="replicate")
    images in another order
        the images come back in another order
        The labels stay behind. To whom do they belong now?
        edit: stack(moved) -> stack(moved[::-1])
    generator unused
        the generator is not used
        Can two runs with the same seed see the same images?
        edit: , generator=generator) -> )
    """),
    hints=(
        "Draw two numbers for each image: torch.randint(-limit, limit + 1, ..., generator=...).",
        "F.pad the images with limit zeros on every side. A shift is another window of that.",
        "padded[n, :, limit - down : ..., limit - across : ...], as high and as wide as before.",
    ),
    solution="""\
def random_shift(images, limit, generator):
    height, width = images.shape[2:]
    padded = F.pad(images, (limit, limit, limit, limit))
    shifts = torch.randint(-limit, limit + 1, (len(images), 2), generator=generator)
    moved = []
    for picture, (down, across) in zip(padded, shifts.tolist()):
        top, left = limit - down, limit - across
        moved.append(picture[:, top : top + height, left : left + width])
    return torch.stack(moved)
""",
)
