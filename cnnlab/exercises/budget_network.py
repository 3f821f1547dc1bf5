"""Exercise of homework 2: a network that keeps to a budget."""

from functools import partial

from torch import Generator

from cnnlab.exercises.kit import RIGHT, Exercise, Numbers, Varied, integer, misconceptions_from
from cnnlab.exercises.kit.observed_networks import PICTURE, extract_budget
from cnnlab.models.summary import describe

ASKED = {"budget_network": ("Homework 2.4", "03 cost-table-intro", 5, "counting")}

GIVEN = {"widths": (12, 24, 32), "classes": 10, "field": 32}
GIVEN |= {"parameters": 25_000, "macs": 1_000_000}


def _draw(generator: Generator) -> Numbers:
    """Draw a network, and the budget that it keeps with little to spare."""
    widths = tuple(integer(generator, *ends) for ends in ((8, 14), (16, 28), (28, 40)))
    numbers = {"widths": widths, "classes": integer(generator, 5, 19)}
    rows = describe(_budget_network(numbers).variant(RIGHT)(), PICTURE)
    return numbers | {
        "field": integer(generator, 18, 33),
        "parameters": -(-rows.parameters * 11 // 10_000) * 1000,
        "macs": -(-rows.macs * 12 // 100_000) * 10_000,
    }


def _budget_network(n: Numbers) -> Exercise:
    first, second, third = n["widths"]
    values = {"first": first, "second": second, "third": third, "classes": n["classes"]}
    return Exercise(
        name="budget_network",
        task=f"Return an nn.Sequential that turns images {PICTURE} into {n['classes']} logits "
        "within a budget.",
        returns="an nn.Sequential",
        inputs=lambda _: [()],
        extract_answer=partial(extract_budget, n=n),
        live=True,
        misconceptions=misconceptions_from(MISCONCEPTIONS.format(**values)),
        hints=(
            "Three strides of 2 leave 4 x 4 places: later layers are cheap, and see far.",
            "Average each map before the linear layer: then it has one weight per channel and "
            "class.",
            "arithmetic.describe(network, (3, 32, 32)) prints the table. Change one layer at a "
            "time.",
        ),
        solution=SOLUTION.format(**values),
    )


MISCONCEPTIONS = """
    too many parameters
        the network has more parameters than the budget allows
        Which layer has the most weights, and does it need every place of its input?
        edit: nn.AdaptiveAvgPool2d(1), ->
        edit: nn.Linear({third}, -> nn.Linear(16 * {third}, 40), nn.ReLU(), nn.Linear(40,
    too many MACs
        the network does more work than the budget allows
        At how many places does the first layer work? What would a stride change?
        edit: 5, stride=2, padding=2), -> 5, padding=2), nn.MaxPool2d(2),
    receptive field too small
        the last convolution sees less of the image than is asked for
        What makes a receptive field grow faster: a larger kernel late, or a stride early?
        edit: nn.Conv2d({third}, {third}, 3, padding=1) -> nn.Conv2d({third}, {third}, 1)
    not ten logits
        the network does not return one number for each class
        How many classes are there?
        edit: {third}, {classes}) -> {third}, {classes} - 1)
    too few convolutions
        fewer than three convolutions have something nonlinear before the next
        What is a convolution of a convolution, with nothing between them?
        edit: ({first}, {second}, 3, stride=2, padding=1),\\n        nn.ReLU(), -> \
({first}, {second}, 3, stride=2, padding=1),
        edit: ({second}, {third}, 3, stride=2, padding=1),\\n        nn.ReLU(), -> \
({second}, {third}, 3, stride=2, padding=1),
    too narrow
        a convolution has fewer than 8 output channels
        How many features can a map of so few numbers a place tell apart?
        edit: ({third}, {third}, 3, padding=1) -> ({third}, 4, 3, padding=1)
        edit: Linear({third}, -> Linear(4,
    too little learned
        the network has fewer than 5,000 parameters
        Where would another weight cost few MACs?
        edit: ({first}, {second}, 3 -> ({first}, 8, 3
        edit: ({second}, {third}, 3 -> (8, 8, 3
        edit: ({third}, {third}, 3 -> (8, 8, 3
        edit: Linear({third}, -> Linear(8,
    dilation too large
        a dilation is above 2
        How many pixels does a kernel of 3 read of those that it spans?
        edit: ({third}, {third}, 3, padding=1) -> ({third}, {third}, 3, padding=3, dilation=3)
    softmax at the end
        the network ends in softmax, which cross-entropy contains
        Which loss will train it, and what does that loss expect?
        edit: {classes}), -> {classes}), nn.Softmax(1),
"""
SOLUTION = """\
def budget_network():
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(3, {first}, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d({first}, {second}, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d({second}, {third}, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d({third}, {third}, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear({third}, {classes}),
    )
"""


def _grows(n: Numbers) -> bool:
    """Tell whether no two convolutions are written alike: an edit has to mean one of them."""
    return n["widths"][1] < n["widths"][2]


VARIED = {"budget_network": Varied(GIVEN, _draw, _budget_network, _grows)}
