"""Exercise of lesson 09: one step of PGD, and the return to within epsilon."""

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    misconceptions_from,
    turned,
    whole_numbers,
)

ASKED = {"pgd_step": ("Lesson 09.2", "09 pgd-intro")}


def _inputs(generator: Generator) -> list[Arguments]:
    sizes = (range(1, 4), range(1, 4), range(1, 5), range(1, 5))
    lengths = ((0.02, 0.05, 0.09, 0.2), (0.03, 0.06, 0.12, 0.25))
    cases = []
    for *shape, step, epsilon, first, second, third in crossed(
        generator, 36, *sizes, *lengths, *[(turned, Tensor.contiguous)] * 3
    ):
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64, device="cpu")
        original = (1.4 * drawn - 0.2).clamp(0, 1)
        part = 2 * torch.rand(shape, generator=generator, dtype=torch.float64, device="cpu") - 1
        images = (original + epsilon * part).clamp(0, 1)
        gradient = whole_numbers(generator, *shape) / 9
        cases.append((first(images), second(original), third(gradient), step, epsilon))
    return cases


PGD_STEP = Exercise(
    name="pgd_step",
    task="Go one step uphill, then back to within epsilon of the original and within [0, 1].",
    returns="the images after the step, of the shape of images",
    inputs=_inputs,
    facts={
        "step is larger than epsilon": lambda images, original, gradient, step, epsilon: (
            step > epsilon
        )
    },
    misconceptions=misconceptions_from("""
    downhill
        the step goes downhill: the loss falls
        Training lowers the loss. What does an attacker want of it?
        edit: * gradient -> * -gradient
    sign forgotten
        the gradient itself is added, not its sign
        By how much should a number with a tiny gradient change in one step?
        edit: .sign() ->
    steps of epsilon
        each step is epsilon long
        Which argument says how far one step goes?
        edit: step * gradient -> epsilon * gradient
    starts anew
        the step starts at the original, not at the images so far
        What do ten steps reach, if each forgets those before?
        edit: = images + -> = original +
    ball forgotten
        nothing returns to within epsilon of the original
        How far from the original can ten steps lead?
        edit: .clamp(-epsilon, epsilon) ->
    ball around the current images
        the change is limited around the images so far, not around the original
        How far from the original can ten steps lead, if each is measured from the one before?
        edit: moved - original -> moved - images
        edit: original + change -> images + change
    ball of one step
        the change is limited to step, not to epsilon
        How far from the original may the images be in the end?
        edit: change = -> epsilon = step; change =
    change scaled
        the whole change is scaled down until its largest number fits
        Should a number that is within epsilon move because another is not?
        edit: .clamp(-epsilon, epsilon) -> ; change = change * min(1, epsilon / change.abs().max())
    not clipped
        the images leave the range from 0 to 1
        What would a white pixel become, and can a file hold that?
        edit: .clamp(0, 1) ->
    only the change
        the change is returned, not the changed images
        What should the model be shown?
        edit: (original + change) -> (change)
    divided by 255 again
        step and epsilon are divided by 255
        The images run from 0 to 1. In which units are step and epsilon then given?
        edit: moved = -> step, epsilon = step / 255, epsilon / 255; moved =
    """),
    hints=(
        "Three moves: a step, a return to within epsilon, a return to within 0 and 1.",
        "Within epsilon: clamp the difference from the original to between -epsilon and epsilon.",
        "moved = images + step * gradient.sign(); change = (moved - original).clamp(-e, e).",
    ),
    solution="""\
def pgd_step(images, original, gradient, step, epsilon):
    moved = images + step * gradient.sign()
    change = (moved - original).clamp(-epsilon, epsilon)
    return (original + change).clamp(0, 1)
""",
)
