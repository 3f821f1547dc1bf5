"""Exercise of lesson 07: Grad-CAM of a network cut in two."""

from math import prod

import torch
from torch import Generator, nn

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    misconceptions_from,
    turned,
    whole_numbers,
)

ASKED = {"grad_cam": ("Lesson 07.2", "07 cam-intro")}


Sizes = tuple[int, int]


class Part(nn.Sequential):
    """One part of a small network, which prints in a few words."""

    def __str__(self) -> str:
        return " and ".join(type(layer).__name__ for layer in self)


def _inputs(generator: Generator) -> list[Arguments]:
    sizes = (range(1, 5), range(1, 4), range(1, 5), range(2, 6))  # images and all channels
    maps = (range(1, 5), range(1, 5), range(1, 4), range(1, 4))  # their size and the kernel's
    others = ((0.5, 0.9, 1, 2), (True, False))  # largest number, and whether contiguous
    cases = []
    for *counts, height, width, rows, columns, scale, in_order in crossed(
        generator, 32, *sizes, *maps, *others
    ):
        kernel = rows, columns
        features, head, images, targets = _draw(generator, counts, (height, width), kernel)
        images *= scale
        features[0].weight.data /= scale  # the same maps
        cases.append((features, head, images if in_order else turned(images), targets))
    return cases


def _draw(generator: Generator, counts: list[int], size: Sizes, kernel: Sizes) -> Arguments:
    """Draw a case in which every image's sum has both signs, so that the ReLU matters.

    Args:
        counts: of images, their channels, the maps, and the classes.
        size: of a map.
    """
    batch, colors, channels, classes = counts
    pixels = [n + k - 1 for n, k in zip(size, kernel, strict=True)]
    cells = prod(size)
    signed = GRAD_CAM.variant(frozenset({"no ReLU"}))
    while True:
        features = Part(nn.Conv2d(colors, channels, kernel, dtype=torch.float64, device="cpu"))
        features.append(nn.Tanh())
        linear = nn.Linear(channels * cells, classes, dtype=torch.float64, device="cpu")
        head = Part(nn.Flatten(), nn.Tanh(), linear)
        with torch.no_grad():
            for parameter in (*features.parameters(), *head.parameters()):
                parameter.copy_(whole_numbers(generator, *parameter.shape) / 16)
        images = whole_numbers(generator, 30 * batch, colors, *pixels) / 9
        targets = torch.randint(classes, (len(images),), generator=generator, device="cpu")
        sums = signed(features, head, images, targets).flatten(1)
        both = (sums.amax(1) > 0.01) & ((sums.amin(1) < -0.01) | (cells == 1))
        if both.sum() >= batch:
            chosen = both.nonzero()[:batch, 0]
            return features, head, images[chosen], targets[chosen]


GRAD_CAM = Exercise(
    name="grad_cam",
    task="Return where the maps speak for each image's target class.",
    returns="a tensor (batch, map height, map width)",
    inputs=_inputs,
    axes={"": ("picture", "row", "column")},
    misconceptions=misconceptions_from("""
    no ReLU
        negative places are kept
        A negative place speaks against the class. What is asked for?
        edit: F.relu((weights -> ((weights
    ReLU before the sum
        each weighted map loses its negative part before the maps are added
        Can a map that speaks against the class still take something away from the sum?
        edit: (weights * maps) -> F.relu(weights * maps)
    negative weights dropped
        maps whose weight is negative are left out
        What does a map do to the sum that speaks against the class?
        edit: keepdim=True) -> keepdim=True).relu()
    negative gradients dropped
        negative gradients count as 0 when they are averaged
        What is the mean gradient of a map that speaks for the class here and against it there?
        edit: = gradients.mean -> = gradients.relu().mean
    gradients not averaged
        each place is weighted by its own gradient
        How many weights does Grad-CAM give to one map?
        edit: .mean(dim=(2, 3), keepdim=True) ->
    averaged over channels
        the gradients are averaged over the maps, not over the places
        How many weights does Grad-CAM give to one map, and how many maps are there?
        edit: .mean(dim=(2, 3) -> .mean(1
    images averaged
        the gradients are averaged over the images too
        Do two images of two classes want the same weights?
        edit: .mean(dim=(2, 3) -> .mean((0, 2, 3)
    gradients summed
        the gradients are added over the places, not averaged
        Should a map of more places get a larger weight?
        edit: .mean(dim=(2, 3) -> .sum((2, 3)
    channels averaged
        the weighted maps are averaged, not added
        Would a network with twice as many maps give half the answer?
        edit: .sum(dim=1) -> .mean(dim=1)
    absolute gradients
        the signs of the gradients are dropped
        What does a map do whose gradient is negative?
        edit: weights = -> gradients = gradients.abs(); weights =
    gradients for maps
        the weights multiply the gradients, not the maps
        Which tensor says what was found, and where?
        edit: weights * maps -> weights * gradients
    predicted class
        the class that the network takes for the likeliest is asked about, not the target
        What is the argument targets for?
        edit: targets[:, None] -> logits.argmax(1)[:, None]
    one class for all
        the first image's target is used for all images
        Which class does the second image ask about?
        edit: targets[:, None] -> targets[:1].expand(len(targets))[:, None]
    all logits
        the gradient is of the sum of all logits
        Which one logit of each image does targets choose?
        edit: scores.sum() -> logits.sum()
    probability for logit
        the gradient is of the probability, behind a softmax
        Can a probability rise because another class becomes less likely?
        edit: logits.gather -> F.softmax(logits, 1).gather
    loss for logit
        the gradient is of the loss, not of the target's logit
        Does the loss grow or fall when the target's logit grows?
        edit: logits.gather -> -F.log_softmax(logits, 1).gather
    scaled to 1
        each answer is divided by its largest value
        What would an image look like in which almost nothing speaks for the class?
        edit: return cam -> return (cam / cam.amax((1, 2), keepdim=True))
    """),
    hints=(
        "maps = features(images) and logits = head(maps). One logit of each image matters.",
        "torch.autograd.grad(scores.sum(), maps) gives a tuple with one tensor, as large as maps. "
        "The images do not mix: each score depends on its own maps only.",
        "weights = gradients.mean(dim=(2, 3), keepdim=True); add weights * maps over the channels; "
        "then ReLU.",
    ),
    solution="""\
def grad_cam(features, head, images, targets):
    maps = features(images)
    logits = head(maps)
    scores = logits.gather(1, targets[:, None])
    (gradients,) = torch.autograd.grad(scores.sum(), maps)
    weights = gradients.mean(dim=(2, 3), keepdim=True)
    cam = F.relu((weights * maps).sum(dim=1))
    return cam.detach()
""",
)
