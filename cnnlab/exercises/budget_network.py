"""Exercise of homework 2: a network that keeps to a budget."""

from typing import Any

from torch import nn

from cnnlab.arithmetic import describe
from cnnlab.exercises.exercise import Arguments, Exercise, Switches, misconceptions_from
from cnnlab.exercises.values import plain

PARAMETERS, MACS, FIELD = 25_000, 1_000_000, 32


def _budget_network(switches: Switches) -> nn.Sequential:
    layers = [nn.Conv2d(3, 12, 5, stride=2, padding=2), nn.ReLU()]
    if "too many MACs" in switches:
        layers = [nn.Conv2d(3, 12, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(12, 24, 3, stride=2, padding=1), nn.ReLU()]
    layers += [nn.Conv2d(24, 32, 3, stride=2, padding=1), nn.ReLU()]
    if "receptive field too small" not in switches:
        layers += [nn.Conv2d(32, 32, 3, padding=1), nn.ReLU()]
    classes = 9 if "not ten logits" in switches else 10
    if "too many parameters" in switches:
        head = [nn.Flatten(), nn.Linear(512, 40), nn.ReLU(), nn.Linear(40, classes)]
    else:
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, classes)]
    softmax = [nn.Softmax(1)] if "softmax at the end" in switches else []
    return nn.Sequential(*layers, *head, *softmax)


def _observe(returned: Any, _: Arguments) -> Any:
    if not isinstance(returned, nn.Sequential):
        return plain(returned)
    foreign = [m for m in returned.modules() if not type(m).__module__.startswith("torch.nn.")]
    if foreign:
        return {"layers": f"not all of torch.nn: {type(foreign[0]).__name__}"}
    rows = describe(returned, (3, 32, 32))
    seen = [row.receptive_field for row in rows if row.layer == "Conv2d"]
    field = min((axis.size for axis in seen[-1]), default=0) if seen and seen[-1] else 0
    softmax = rows[-1].layer in ("Softmax", "LogSoftmax", "Sigmoid")
    return {
        "layers": "all of torch.nn",
        "output shape": rows[-1].output_shape,
        "number of parameters": _within(rows.parameters, PARAMETERS),
        "number of MACs": _within(rows.macs, MACS),
        "receptive field of the last convolution": "enough" if field >= FIELD else "too small",
        "last layer": "softmax" if softmax else "logits",
    }


def _within(number: int, budget: int) -> str:
    return "within the budget" if number <= budget else "over the budget"


BUDGET_NETWORK = Exercise(
    name="budget_network",
    task="Return an nn.Sequential that turns pictures (3, 32, 32) into 10 logits within a budget.",
    returns="an nn.Sequential",
    model=_budget_network,
    inputs=lambda _: [()],
    extract_answer=_observe,
    misconceptions=misconceptions_from("""
    too many parameters
        the network learns more numbers than the budget allows
        Which layer has the most weights, and does it need every place of its input?
    too many MACs
        the network does more work than the budget allows
        At how many places does the first layer work? What would a stride change?
    receptive field too small
        the last convolution does not see the whole picture
        What makes a receptive field grow faster: a larger kernel late, or a stride early?
    not ten logits
        the network does not return ten numbers for a picture
        How many classes are there?
    softmax at the end
        the network ends in softmax, which cross-entropy contains
        Which loss will train it, and what does that loss expect?
    """),
    hints=(
        "Three strides of 2 leave 4 x 4 places: later layers are cheap, and see far.",
        "Average each map before the linear layer: then it has one weight per channel and class.",
        "arithmetic.describe(network, (3, 32, 32)) prints the table. Change one layer at a time.",
    ),
    solution="""\
def budget_network():
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(3, 12, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(12, 24, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(24, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(32, 10),
    )
""",
)

EXERCISES = (BUDGET_NETWORK,)
