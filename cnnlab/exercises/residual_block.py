"""Exercise of lesson 06: the residual block."""

from dataclasses import dataclass

from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit import Arguments, Exercise, crossed, misconceptions_from, whole_numbers

ASKED = {"residual_block": ("Lesson 06.5", "06 residual-intro")}


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution that keeps the size of a map, under the name that a call is shown with."""

    weight: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        return F.conv2d(features, self.weight, padding=self.weight.shape[2] // 2)

    @property
    def __name__(self) -> str:
        out_channels, in_channels, size, _ = self.weight.shape
        return f"{size}x{size} convolution {in_channels}->{out_channels}"


def _inputs(generator: Generator) -> list[Arguments]:
    sizes = (range(1, 4), range(1, 5), range(1, 6), range(1, 6))
    others = (range(1, 5), (1, 3), (1, 3, None, None), (False, True))
    cases = []
    for *shape, hidden, kernel, projection, turned in crossed(generator, 36, *sizes, *others):
        channels = hidden if projection else shape[1]
        kernels = [(channels, shape[1], kernel), (channels, channels, 3)]
        if projection:
            kernels.append((channels, shape[1], projection))
        features = whole_numbers(generator, *shape, turned=turned)
        layers = [Layer(whole_numbers(generator, *each, each[-1])) for each in kernels]
        cases.append((features, *layers))
    return cases


RESIDUAL_BLOCK = Exercise(
    name="residual_block",
    task="Add two layers' answer to what went in, and apply ReLU to the sum.",
    returns="a tensor (batch, channels, height, width)",
    inputs=_inputs,
    facts={
        "projection is None": lambda features, first, second, projection: projection is None,
        "projection is given": lambda features, first, second, projection: projection is not None,
    },
    misconceptions=misconceptions_from("""
    no skip
        the input is not added: only the two layers' answer comes back
        What should the block return when both layers give zeros?
        edit: branch + skip -> branch
    product for sum
        the answer of the layers is multiplied with the input
        What would a product return when both layers give zeros?
        edit: branch + skip -> branch * skip
    difference for sum
        the input is subtracted from the layers' answer
        What should the block return when both layers give zeros?
        edit: branch + skip -> branch - skip
    mean for sum
        the sum is halved
        What should the block return when both layers give zeros?
        edit: (branch + skip) -> (branch + skip) / 2
    ReLU before the sum
        the ReLU comes before the sum, and none after it
        Can the layers still lower a number of the input if their answer is never negative?
        edit: second(hidden) -> second(hidden).relu()
        edit: F.relu(branch + skip) -> (branch + skip)
    ReLU before and after the sum
        the layers' answer passes a ReLU of its own before the sum
        Can the layers still lower a number of the input if their answer is never negative?
        edit: second(hidden) -> second(hidden).relu()
    outer ReLU missing
        there is no ReLU after the sum
        Can the block return a negative number?
        edit: F.relu(branch + skip) -> (branch + skip)
    inner ReLU missing
        there is no ReLU between the two layers
        What are two convolutions in a row, with nothing between, worth together?
        edit: F.relu(first(features)) -> first(features)
    second layer missing
        the second layer is not used
        How many layers does the input pass before the sum?
        edit: second(hidden) -> hidden
    ReLU on the skip
        the input passes a ReLU on its way to the sum
        What is changed on the short way around the layers?
        edit: skip = features -> skip = F.relu(features)
    skip from the hidden map
        what is added is the map between the two layers, not the input
        Where does the short way begin?
        edit: skip = features -> skip = hidden
        edit: skip = projection(skip) -> pass
    projection missing
        the projection is not used
        What is the projection for, when it is given?
        edit: skip = projection(skip) -> pass
    projection beside the skip
        the projection is added, and the input itself as well
        How many terms has the sum, with a projection and without one?
        edit: = projection(skip) -> = skip + projection(skip)
    projection of the hidden map
        the projection is given the map between the two layers
        Where does the short way begin?
        edit: projection(skip) -> projection(hidden)
    zero channels for a projection
        channels of zeros are added to the input, where the projection should make them
        What is the projection for, when it is given?
        edit: projection(skip) -> F.pad(skip, (0, 0, 0, 0, 0, hidden.shape[1] - skip.shape[1]))
    all zeros
        every number is zero
        Where does the sum get stored in the answer?
        edit: F.relu(branch + skip) -> torch.zeros_like(branch + skip)
    """),
    hints=(
        "Two ways lead to the sum: one through both layers, one around them.",
        "Through: first, ReLU, second. Around: the features themselves, or their projection.",
        "skip = features if projection is None else projection(features); then ReLU of the sum.",
    ),
    solution="""\
def residual_block(features, first, second, projection=None):
    hidden = F.relu(first(features))
    branch = second(hidden)
    skip = features
    if projection is not None:
        skip = projection(skip)
    return F.relu(branch + skip)
""",
)
