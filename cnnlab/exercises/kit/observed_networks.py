"""What is seen of a network that a learner has built. Nothing here knows a right answer."""

from typing import Any

import torch
from torch import nn

from cnnlab.exercises.kit.values import plain
from cnnlab.models import BY_NAME
from cnnlab.models.summary import describe

BUDGET = 100_000  # parameters in homework 5
PICTURE = (3, 32, 32)
STAGES, WIDTH, LEARNED = 3, 8, 5_000  # what a network of homework 2 has at least
DILATION = 2  # and at most
LINEAR = (
    *("Linear", "Identity", "Flatten", "Unflatten", "Dropout", "AvgPool", "BatchNorm", "Pad2d"),
    *("Upsampl", "Shuffle", "Unshuffle", "ConvTranspose", "Fold", "Unfold"),
)


def extract_budget(returned: Any, _: tuple, *, n: dict[str, Any]) -> Any:
    if not isinstance(returned, nn.Sequential):
        return plain(returned)
    foreign = [m for m in returned.modules() if not type(m).__module__.startswith("torch.nn.")]
    if foreign:
        return {"layers": f"not all of torch.nn: {type(foreign[0]).__name__}"}
    rows = describe(returned, PICTURE)
    seen = [row.receptive_field for row in rows if row.layer == "Conv2d"]
    field = min((axis.size for axis in seen[-1]), default=0) if seen and seen[-1] else 0
    convolutions = [m for m in returned.modules() if isinstance(m, nn.Conv2d)]
    narrow = any(m.out_channels < WIDTH for m in convolutions)
    spread = any(max(m.dilation) > DILATION for m in convolutions)
    softmax = rows[-1].layer in ("Softmax", "LogSoftmax", "Sigmoid")
    enough = field >= n["field"]
    return {
        "layers": "all of torch.nn",
        "output shape": rows[-1].output_shape,
        "number of parameters": _within(rows.parameters, n["parameters"]),
        "number of MACs": _within(rows.macs, n["macs"]),
        "receptive field of the last convolution": "enough" if enough else "too small",
        "last layer": "softmax" if softmax else "logits",
        "convolutions with something nonlinear between them": (
            "enough" if _stages(returned) >= STAGES else "too few"
        ),
        "output channels of each convolution": "too few" if narrow else "enough",
        "what is learned": "enough" if rows.parameters >= LEARNED else "too little",
        "dilation": "too large" if spread else "small enough",
    }


def _stages(network: nn.Module) -> int:
    """Count the convolutions that have something nonlinear before them, or nothing."""
    count, apart = 0, True
    for _, layer in network.named_modules(remove_duplicate=False):
        if isinstance(layer, nn.Conv2d):
            count, apart = count + apart, False
        elif not any(name in type(layer).__name__ for name in (*LINEAR, "Sequential")):
            apart = True
    return count


def _within(number: int, budget: int) -> str:
    return "within the budget" if number <= budget else "over the budget"


def design_of(network: nn.Module) -> str:
    """Tell whether a network is the package's: built of its classes, or the same layer by layer."""
    of_package = any(type(m).__module__.startswith("cnnlab.") for m in network.modules())
    known = of_package or any(_learning(network) == _learning(make()) for make in BY_NAME.values())
    return "of the package" if known else "your own"


def _learning(network: nn.Module) -> list[str]:
    """Return the layers that learn, in order, with their settings."""
    return [str(m) for m in network.modules() if m._parameters]


def extract_network(returned: Any, _: tuple) -> Any:
    if not isinstance(returned, nn.Module):
        return plain(returned)
    count = sum(parameter.numel() for parameter in returned.parameters())
    pictures = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = plain(returned.eval()(pictures))
    if not isinstance(logits, torch.Tensor):
        return {"logits of three images": logits}
    sums = logits.sum(-1)
    return {
        "number of parameters": "within the budget" if count <= BUDGET else "over the budget",
        "shape of the logits of three images": tuple(logits.shape),
        "last layer": "softmax" if torch.allclose(sums, torch.ones_like(sums)) else "logits",
        "design": design_of(returned),
    }
