"""equivariance_error: how far a layer is from moving its output with its input."""

from dataclasses import dataclass

from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit import Arguments, Exercise, crossed, misconceptions_from, whole_numbers

ASKED = {"equivariance_error": ("Lesson 08.2", "08 equivariance")}


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


def _error_inputs(generator: Generator) -> list[Arguments]:
    counted = (range(1, 4), range(1, 4), range(1, 5))  # how many, channels, rows of the map
    layers = (range(1, 4), range(1, 5), range(4), (True, False))  # kernel, stride, ..., gain
    moves = (range(1, 5), range(4), range(1, 4))  # steps, border, columns to compare
    cases = []
    for *counts, rows, size, stride, padding, knows, steps, border, columns, turned in crossed(
        generator, 36, *counted, *layers, *moves, (True, False)
    ):
        shift = steps * stride
        kept = (rows, columns + 2 * border + shift)  # of the map
        lengths = [max((n - 1) * stride + size - 2 * padding, 1) for n in kept]
        lengths[1] = max(lengths[1], shift + 1)
        images = whole_numbers(generator, *counts, *lengths, turned=turned)
        weight = whole_numbers(generator, 2, counts[1], size, size)
        gain = None
        if knows:
            shape = F.conv2d(images, weight, stride=stride, padding=padding).shape[2:]
            gain = whole_numbers(generator, *shape)
            gain[[0, -1]] *= 100  # the largest difference is at the top or at the bottom
        layer = Layer(weight, stride, padding, gain)
        settings = (stride, border)[: 2 if border else stride > 1]  # else the defaults
        cases.append((layer, images, shift, *settings))
    return cases


EQUIVARIANCE_ERROR = Exercise(
    name="equivariance_error",
    task="Return by how much the maps of moved images differ, at most, from the moved maps.",
    returns="one number, the largest absolute difference",
    inputs=_error_inputs,
    misconceptions=misconceptions_from("""
    invariance called equivariance
        the maps are compared as if they should stay where they were
        The image moves by shift. What should the maps do: stay, or move along?
        edit: step, width = shift // stride, -> step, width = 0,
    output shift not divided by the stride
        the maps are moved by as many cells as the image by pixels
        With stride 2, how many pixels of the image lie between two neighbors in the map?
        edit: shift // stride -> shift
    border counted as failure
        the columns at the border are compared as well
        Which columns of the map have seen the padding?
        edit: old = before -> border = 0\\n    old = before
    columns that came round counted
        the columns that torch.roll brought round from the other end are compared as well
        torch.roll moves right by two. Where were the two columns on the left before?
        edit: before[..., border : -> before.roll(step, 3)[..., border :
        edit: - border - step] -> - border]
        edit: border + step : -> border :
    output moved the wrong way
        the maps are moved to the left while the image moves to the right
        Which way does a feature go in the map if its image moves to the right?
        edit: border : width - border - step -> border + step : width - border
        edit: border + step : width - border] -> border : width - border - step]
    moved to the left
        the image is moved to the left
        In which direction does torch.roll move an image for a positive shift?
        edit: roll(shift -> roll(-shift
    moved down
        images and maps are moved down, not to the right
        Which axis of (batch, channels, height, width) counts the columns?
        edit: before = layer(images) -> before = layer(images).mT
        edit: dims=3)) -> dims=2)).mT
    rows left out as well
        the border is left out at the top and at the bottom as well
        The image moves sideways: does the top row of the map see anything new?
        edit: (new - old) -> (new - old)[:, :, border : before.shape[2] - border]
    signed difference
        the largest difference is taken with its sign
        Is a difference of -5 smaller than one of 1?
        edit: .abs().max() -> .max()
    mean for largest
        the differences are averaged
        Could one column be wrong and the average still small?
        edit: .max() -> .mean()
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
