"""Exercises of lesson 08 on moved pictures: does the answer move along, or stay as it is?"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.check.answers import plain
from cnnlab.check.exercise import Arguments, Exercise, Slips, slips_from, whole_numbers


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution on whole numbers, exact in any order of sums; `gain` differs by place."""

    weight: Tensor
    stride: int
    padding: int
    gain: Tensor | None

    def __call__(self, images: Tensor) -> Tensor:
        weight = self.weight.to(images.dtype)
        maps = F.conv2d(images, weight, stride=self.stride, padding=self.padding)
        return maps if self.gain is None else maps * self.gain.to(images.dtype)

    def __str__(self) -> str:
        same = "" if self.gain is None else " that does not treat all places alike"
        return f"a layer with stride {self.stride} and padding {self.padding}{same}"


def _equivariance_error(
    slips: Slips, layer: Layer, images: Tensor, shift: int, stride: int = 1, border: int = 0
) -> float:
    axis = 2 if "moved down" in slips else 3
    step = shift if "output shift not divided by the stride" in slips else shift // stride
    before, after = layer(images), layer(images.roll(shift, axis))
    if "moved to the left" in slips:
        after = layer(images.roll(-shift, axis))
    edge = 0 if "border counted as failure" in slips else border
    old, new, width = edge, edge + step, before.shape[axis] - 2 * edge - step
    if "output moved the wrong way" in slips:
        old, new = new, old
    elif "invariance called equivariance" in slips:
        old, new, width = edge, edge, width + step
    elif "columns that came round counted" in slips:
        before = before.roll(step, axis)
        old, new, width = edge, edge, width + step
    difference = after.narrow(axis, new, width) - before.narrow(axis, old, width)
    if "rows left out as well" in slips:
        other = 5 - axis
        difference = difference.narrow(other, edge, difference.shape[other] - 2 * edge)
    if "signed difference" in slips:
        return difference.max().item()
    difference = difference.abs()
    return (difference.mean() if "mean for largest" in slips else difference.max()).item()


def _error_inputs(generator: Generator) -> list[Arguments]:
    settings = [  # stride, padding, knows its column, shift, border
        (1, 1, False, 1, 1),
        (1, 0, True, 2, 0),
        (2, 1, False, 4, 1),
        (2, 1, True, 2, 1),
        (1, 2, True, 3, 2),
        (3, 1, True, 3, 1),
        (2, 2, True, 4, 0),
    ]
    cases = []
    for stride, padding, knows, shift, border in settings:
        images = whole_numbers(generator, 2, 3, 17, 18)
        weight = whole_numbers(generator, 4, 3, 3, 3)
        size = F.conv2d(images, weight, stride=stride, padding=padding).shape[2:]
        gain = whole_numbers(generator, *size) if knows else None
        if gain is not None:
            gain[[0, -1]] *= 100  # the largest difference is at the top or at the bottom
        layer = Layer(weight, stride, padding, gain)
        cases.append((layer, images, shift, stride, border))
    layer, images, *rest = cases[-1]
    turned = whole_numbers(generator, 2, 3, 18, 17).mT  # (2, 3, 17, 18), not contiguous
    return [*cases, (layer, turned, *rest)]


EQUIVARIANCE_ERROR = Exercise(
    name="equivariance_error",
    task="Return by how much the maps of moved pictures differ, at most, from the moved maps.",
    returns="one number, the largest absolute difference",
    model=_equivariance_error,
    inputs=_error_inputs,
    slips=slips_from("""
    invariance called equivariance
        the maps are compared as if they should stay where they were
        The picture moves by shift. What should the maps do: stay, or move along?
    output shift not divided by the stride
        the maps are moved by as many cells as the picture by pixels
        With stride 2, how many pixels of the picture lie between two neighbors in the map?
    border counted as failure
        the columns at the border are compared as well
        Which columns of the map have seen the padding?
    columns that came round counted
        the columns that torch.roll brought round from the other end are compared as well
        torch.roll moves right by two. Where were the two columns on the left before?
    output moved the wrong way
        the maps are moved to the left while the picture moves to the right
        Which way does a feature go in the map if its picture moves to the right?
    moved to the left
        the picture is moved to the left
        In which direction does torch.roll move a picture for a positive shift?
    moved down
        pictures and maps are moved down, not to the right
        Which axis of (batch, channels, height, width) counts the columns?
    rows left out as well
        the border is left out at the top and at the bottom as well
        The picture moves sideways: does the top row of the map see anything new?
    signed difference
        the largest difference is taken with its sign
        Is a difference of -5 smaller than one of 1?
    mean for largest
        the differences are averaged
        Could one column be wrong and the average still small?
    """),
    hints=(
        "Two ways to one place: move and then apply the layer, or apply it and then move.",
        "step = shift // stride. Column c of the old maps should be column c + step of the new.",
        "Compare new[..., border + step : width - border] with old[..., border : ...], as wide.",
    ),
    solution="""\
def equivariance_error(layer, images, shift, stride=1, border=0):
    before = layer(images)
    after = layer(images.roll(shift, dims=3))
    step, width = shift // stride, before.shape[3]
    old = before[..., border : width - border - step]
    new = after[..., border + step : width - border]
    return (new - old).abs().max().item()
""",
)


@dataclass(frozen=True, eq=False)
class Classifier:
    """A linear classifier of flattened pictures."""

    weight: Tensor

    def __call__(self, images: Tensor) -> Tensor:
        return images.flatten(1) @ self.weight.to(images.dtype).T

    def __str__(self) -> str:
        return "a model"


def _shift_consistency(
    slips: Slips, model: Classifier, images: Tensor, shifts: tuple[int, ...]
) -> Any:
    def answers(moved: Tensor) -> Tensor:
        logits = model(moved)
        return logits if "logits compared" in slips else logits.argmax(1)

    reference, agreements = answers(images), []
    moved = images
    for shift in shifts:
        moved = _moved(slips, moved if "shifts add up" in slips else images, shift)
        agreeing = answers(moved) == reference
        agreeing = agreeing.all(1) if agreeing.dim() == 2 else agreeing
        if "all or nothing" in slips:
            agreeing = agreeing.all()
        agreements.append(agreeing.double().mean())
        if "compared with the shift before" in slips:
            reference = answers(moved)
    fractions = torch.stack(agreements)
    if "changes counted" in slips:
        fractions = 1 - fractions
    if "pictures counted" in slips:
        fractions = fractions * len(images)
    fractions = fractions * 100 if "percentage" in slips else fractions
    return fractions.mean() if "one number for all shifts" in slips else fractions


def _moved(slips: Slips, images: Tensor, shift: int) -> Tensor:
    if "rolled without an axis" in slips:
        return images.roll(shift)
    if "moved down" in slips:
        return images.roll(shift, 2)
    if "moved to the left" in slips:
        return images.roll(-shift, 3)
    moved = images.roll(shift, 3)
    if "zeros moved in" in slips:
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
    task="Return for each shift the fraction of pictures whose predicted class stays the same.",
    returns="one fraction for each shift",
    model=_shift_consistency,
    inputs=_consistency_inputs,
    observe=_observe_fractions,
    axes={"": ("shift",)},
    slips=slips_from("""
    logits compared
        a picture counts only if all its logits stay the same
        What does the network answer: ten numbers, or a class?
    compared with the shift before
        each shift is compared with the one before it in the list
        Which pictures are the reference for every shift?
    shifts add up
        each shift starts from pictures that are moved already
        Where does the loop begin again with the given pictures?
    all or nothing
        one picture that changes makes the whole answer 0
        What does torch.equal return for 999 equal classes of 1,000?
    changes counted
        the pictures whose class changes are counted
        What is the answer for a shift of 0?
    pictures counted
        the pictures are counted, not divided by their number
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
        the pictures are moved down, not to the right
        Which axis of (batch, channels, height, width) counts the columns?
    moved to the left
        the pictures are moved to the left
        In which direction does torch.roll move a picture for a positive shift?
    zeros moved in
        the columns that come in are zero, not those that left at the other end
        Which pixels does a circular shift lose?
    """),
    hints=(
        "Predict once for the pictures as they are, then once for each shift.",
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

EXERCISES = (EQUIVARIANCE_ERROR, SHIFT_CONSISTENCY)
