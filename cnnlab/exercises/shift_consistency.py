"""shift_consistency: how often the answer stays when the image moves."""

from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    integer,
    misconceptions_from,
    plain,
    turned,
    whole_numbers,
)

ASKED = {"shift_consistency": ("Lesson 08.3", "08 invariance")}


@dataclass(frozen=True, eq=False)
class Classifier:
    """A linear classifier of flattened images."""

    weight: Tensor

    def __call__(self, images: Tensor) -> Tensor:
        return images.flatten(1) @ self.weight.to(images.dtype).T

    def __str__(self) -> str:
        return "a model"


def _extract_fractions(returned: Any, _: Arguments) -> Any:
    """A list of numbers is as good as a tensor."""
    answer = plain(returned)
    if isinstance(answer, tuple) and all(isinstance(each, int | float) for each in answer):
        return torch.tensor(answer, dtype=torch.float64, device="cpu")
    return answer


def _consistency_inputs(generator: Generator) -> list[Arguments]:
    sizes = (range(1, 24), range(1, 4), range(1, 6), range(1, 8))
    cases = []
    for *shape, several, in_order in crossed(generator, 36, *sizes, range(1, 5), (True, False)):
        images = whole_numbers(generator, *shape)
        classes = whole_numbers(generator, 3, prod(shape[1:]))
        # Neighbors are alike, as in a photograph: most answers outlast a small shift.
        images = images + 2 * images.roll(1, 3) + 2 * images.roll(2, 3)
        images[: shape[0] // 4] = images[: shape[0] // 4, ..., :1]  # some have columns all alike
        ties = torch.linspace(0, 0.1, classes.shape[1], dtype=torch.float64, device="cpu")
        ties = torch.arange(3, device="cpu")[:, None] / 100 + ties * classes.roll(1, 1)
        shifts = tuple(integer(generator, 0, shape[3]) for _ in range(several))
        model = Classifier(classes + ties)
        cases.append((model, images if in_order else turned(images), shifts))
    return cases


SHIFT_CONSISTENCY = Exercise(
    name="shift_consistency",
    task="Return for each shift the fraction of images whose predicted class stays the same.",
    returns="one fraction for each shift",
    inputs=_consistency_inputs,
    extract_answer=_extract_fractions,
    axes={"": ("shift",)},
    misconceptions=misconceptions_from("""
    logits compared
        an image counts only if all its logits stay the same
        What does the network answer: ten numbers, or a class?
        edit: model(images).argmax(dim=1) -> model(images)
        edit: model(moved).argmax(dim=1) -> model(moved)
        edit: after == before -> (after == before).all(dim=1)
    compared with the shift before
        each shift is compared with the one before it in the list
        Which images are the reference for every shift?
        edit: .item()) -> .item())\\n        before = after
    shifts add up
        each shift starts from images that are moved already
        Where does the loop begin again with the given images?
        edit: moved = images -> images = moved = images
    all or nothing
        one image that changes makes the whole answer 0
        What does torch.equal return for 999 equal classes of 1,000?
        edit: append(same -> append(same.all()
    changes counted
        the images whose class changes are counted
        What is the answer for a shift of 0?
        edit: same.float() -> same.logical_not().float()
    images counted
        the images are counted, not divided by their number
        What is the answer for a shift of 0?
        edit: append(same -> append(len(images) * same
    percentage
        the answer is a percentage
        What is the answer for a shift of 0, as a fraction?
        edit: .item() -> .item() * 100
    one number for all shifts
        the fractions of all shifts are averaged
        How would you see from it that shifts of 4 are special?
        edit: return fractions -> return sum(fractions) / len(fractions)
    rolled without an axis
        the whole batch is rolled as one long row of numbers
        What does torch.roll do if dims is not given?
        edit: roll(shift, dims=3) -> roll(shift)
    moved down
        the images are moved down, not to the right
        Which axis of (batch, channels, height, width) counts the columns?
        edit: dims=3 -> dims=2
    moved to the left
        the images are moved to the left
        In which direction does torch.roll move an image for a positive shift?
        edit: roll(shift -> roll(-shift
    zeros moved in
        the columns that come in are zero, not those that left at the other end
        Which pixels does a circular shift lose?
        edit: dims=3) -> dims=3)\\n        moved[..., :shift] = 0
    """),
    hints=(
        "Predict once for the images as they are, then once for each shift.",
        "images.roll(shift, dims=3) moves to the right; .argmax(dim=1) is the class.",
        "(moved_classes == classes).float().mean() is one of the fractions.",
    ),
    solution="""\
def shift_consistency(model, images, shifts):
    before = model(images).argmax(dim=1)
    fractions = []
    for shift in shifts:
        moved = images.roll(shift, dims=3)
        after = model(moved).argmax(dim=1)
        same = after == before
        fractions.append(same.float().mean().item())
    return fractions
""",
)
