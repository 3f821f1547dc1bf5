"""Exercise of lesson 06: move every image by chance, each in its own way."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit import Arguments, Exercise, misconceptions_from, plain

ASKED = {"random_shift": ("Lesson 06.3", "06 augment-intro")}

STEP = 100  # the numbers of image n lie above n * STEP and below (n + 1) * STEP
FILLS = {"edge values": "replicate", "what left on the other side": "circular"}


@dataclass(frozen=True)
class Seed:
    """Says how to make the generator of one call."""

    number: int

    def __str__(self) -> str:
        return "a generator"


def _moved(images: Tensor, down: int, across: int, fill: str) -> Tensor:
    """Move all images alike."""
    height, width = images.shape[2:]
    margin = max(abs(down), abs(across))
    padded = F.pad(images, (margin,) * 4, mode=FILLS.get(fill, "constant"))
    top, left = margin - down, margin - across
    return padded[..., top : top + height, left : left + width]


def _inputs(generator: Generator) -> list[Arguments]:
    cases = [_draw(generator, *each) for each in (((80, 1, 4, 6), 1), ((120, 2, 7, 5), 2))]
    images, *rest = _draw(generator, (80, 3, 5, 4), 1)
    return [*cases, (images.mT, *rest)]


def _draw(generator: Generator, shape: tuple[int, ...], limit: int) -> Arguments:
    """Return images in which every number tells to which image it belongs."""
    inside = torch.randint(1, STEP, shape, generator=generator, device="cpu").double()
    numbers = torch.arange(shape[0], device="cpu")[:, None, None, None]
    seed = int(torch.randint(1000, (), generator=generator, device="cpu"))
    return STEP * numbers + inside, limit, Seed(seed)


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
    return {
        **_described(*_found(images[sources.clamp(0, len(images) - 1)], answer, limit)),
        "order of the images": "as given" if in_order else "another",
        "use of the generator": "none" if generator.get_state().equal(untouched) else "some",
    }


def _found(images: Tensor, answer: Tensor, limit: int) -> tuple[Tensor | None, str]:
    """Return by how much each image was moved, (down, across), and what came in."""
    for filling in ("zeros", *FILLS):
        shifts = torch.zeros(len(images), 2, dtype=torch.int64, device="cpu")
        found = torch.zeros(len(images), dtype=torch.bool, device="cpu")
        for shift in _by_size(limit + 1):
            fits = (_moved(images, *shift, filling) == answer).flatten(1).all(1) & ~found
            shifts[fits] = torch.tensor(shift, device="cpu")
            found |= fits
        if found.all():
            return shifts, filling
    return None, ""


def _by_size(limit: int) -> Iterator[tuple[int, int]]:
    several = product(range(-limit, limit + 1), repeat=2)
    yield from sorted(several, key=lambda shift: abs(shift[0]) + abs(shift[1]))


def _described(shifts: Tensor | None, filling: str) -> dict[str, Any]:
    if shifts is None:
        return {"kind of change": "no shift"}
    if (shifts == shifts[0]).all():  # by how much is chance, and so is whether anything came in
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
