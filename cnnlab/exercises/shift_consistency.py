"""shift_consistency: how often the answer stays when the image moves."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)
from cnnlab.exercises.kit.values import plain

ASKED = {"shift_consistency": ("Lesson 08.3", "08 invariance")}


@dataclass(frozen=True, eq=False)
class Classifier:
    """A linear classifier of flattened images."""

    weight: Tensor

    def __call__(self, images: Tensor) -> Tensor:
        return images.flatten(1) @ self.weight.to(images.dtype).T

    def __str__(self) -> str:
        return "a model"


def _shift_consistency(
    switches: Switches, model: Classifier, images: Tensor, shifts: tuple[int, ...]
) -> Any:
    def answers(moved: Tensor) -> Tensor:
        logits = model(moved)
        return logits if "logits compared" in switches else logits.argmax(1)

    reference, agreements = answers(images), []
    moved = images
    for shift in shifts:
        moved = _moved(switches, moved if "shifts add up" in switches else images, shift)
        agreeing = answers(moved) == reference
        agreeing = agreeing.all(1) if agreeing.dim() == 2 else agreeing
        if "all or nothing" in switches:
            agreeing = agreeing.all()
        agreements.append(agreeing.double().mean())
        if "compared with the shift before" in switches:
            reference = answers(moved)
    fractions = torch.stack(agreements)
    if "changes counted" in switches:
        fractions = 1 - fractions
    if "images counted" in switches:
        fractions = fractions * len(images)
    fractions = fractions * 100 if "percentage" in switches else fractions
    return fractions.mean() if "one number for all shifts" in switches else fractions


def _moved(switches: Switches, images: Tensor, shift: int) -> Tensor:
    if "rolled without an axis" in switches:
        return images.roll(shift)
    if "moved down" in switches:
        return images.roll(shift, 2)
    if "moved to the left" in switches:
        return images.roll(-shift, 3)
    moved = images.roll(shift, 3)
    if "zeros moved in" in switches:
        moved[..., :shift] = 0
    return moved


def _observe_fractions(returned: Any, _: Arguments) -> Any:
    """A list of numbers is as good as a tensor."""
    answer = plain(returned)
    if isinstance(answer, tuple) and all(isinstance(each, int | float) for each in answer):
        return torch.tensor(answer, dtype=torch.float64, device="cpu")
    return answer


def _consistency_inputs(generator: Generator) -> list[Arguments]:
    cases = []
    for count, size, shifts in (
        (5, (3, 4), (0, 1, 2)),
        (11, (6, 5), (1, 2, 4)),
        (23, (4, 7), (3, 0, 1, 5)),
        (31, (7, 6), (2, 3)),
    ):
        images = whole_numbers(generator, count, 2, *size)
        classes = whole_numbers(generator, 3, 2 * size[0] * size[1])
        # Neighbors are alike, as in a photograph: most answers outlast a small shift.
        images = images + 2 * images.roll(1, 3) + 2 * images.roll(2, 3)
        images[:2] = images[:2, ..., :1]  # and some have columns all alike
        ties = torch.linspace(0, 0.1, classes.shape[1], dtype=torch.float64, device="cpu")
        cases.append((Classifier(classes + ties * classes.roll(1, 1)), images, shifts))
    model, images, _ = cases[1]
    turned = whole_numbers(generator, 11, 2, 5, 6).mT  # (11, 2, 6, 5), not contiguous
    return [*cases, (model, turned, (4, 1, 3))]


SHIFT_CONSISTENCY = Exercise(
    name="shift_consistency",
    task="Return for each shift the fraction of images whose predicted class stays the same.",
    returns="one fraction for each shift",
    model=_shift_consistency,
    inputs=_consistency_inputs,
    extract_answer=_observe_fractions,
    axes={"": ("shift",)},
    misconceptions=misconceptions_from("""
    logits compared
        an image counts only if all its logits stay the same
        What does the network answer: ten numbers, or a class?
    compared with the shift before
        each shift is compared with the one before it in the list
        Which images are the reference for every shift?
    shifts add up
        each shift starts from images that are moved already
        Where does the loop begin again with the given images?
    all or nothing
        one image that changes makes the whole answer 0
        What does torch.equal return for 999 equal classes of 1,000?
    changes counted
        the images whose class changes are counted
        What is the answer for a shift of 0?
    images counted
        the images are counted, not divided by their number
        What is the answer for a shift of 0?
    percentage
        the answer is a percentage
        What is the answer for a shift of 0, as a fraction?
    one number for all shifts
        the fractions of all shifts are averaged
        How would you see from it that shifts of 4 are special?
    rolled without an axis
        the whole batch is rolled as one long row of numbers
        What does torch.roll do if dims is not given?
    moved down
        the images are moved down, not to the right
        Which axis of (batch, channels, height, width) counts the columns?
    moved to the left
        the images are moved to the left
        In which direction does torch.roll move an image for a positive shift?
    zeros moved in
        the columns that come in are zero, not those that left at the other end
        Which pixels does a circular shift lose?
    """),
    hints=(
        "Predict once for the images as they are, then once for each shift.",
        "images.roll(shift, dims=3) moves to the right; .argmax(dim=1) is the class.",
        "(moved_classes == classes).float().mean() is one of the fractions.",
    ),
    solution="""\
def shift_consistency(model, images, shifts):
    classes = model(images).argmax(dim=1)
    fractions = []
    for shift in shifts:
        moved = model(images.roll(shift, dims=3)).argmax(dim=1)
        fractions.append((moved == classes).float().mean().item())
    return fractions
""",
)


EXERCISES = (SHIFT_CONSISTENCY,)
