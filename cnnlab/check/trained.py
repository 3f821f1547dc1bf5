"""Mark a trained network that was handed in as a checkpoint."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from cnnlab import data
from cnnlab.check.call import single_thread, suppress_output
from cnnlab.check.verdict import PASSED, Verdict
from cnnlab.exercises.observed_networks import BUDGET
from cnnlab.training import evaluate

LEVELS = ((0.97, 1.0), (0.90, 0.75), (0.70, 0.5), (0.40, 0.25))  # accuracy, share of the points
IMAGES = 2000


@dataclass(frozen=True, repr=False)
class Marked(Verdict):
    """A verdict whose share of the points depends on a measurement."""

    earned: float = 0.0

    @property
    def share(self) -> float:
        return self.earned


def trained_network(build: Callable[[], nn.Module], path: str | Path, *, seed: int = 0) -> Marked:
    """Measure the network in a checkpoint on images of Shapes-10 that it was not trained on.

    Args:
        build: returns the network, untrained.
        path: a file made by `torch.save(network.state_dict(), path)`.
        seed: of the 2,000 test images.
    """
    if not Path(path).is_file():
        return _no(f"there is no {path} in this folder yet.", "Train, save it, and run this again.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        with suppress_output(), single_thread():
            network = build()
            network.load_state_dict(state)
            count = sum(parameter.numel() for parameter in network.parameters())
            images = data.shapes10(10, IMAGES, seed=10_000 + seed)
            accuracy = evaluate(network, images.test_images, images.test_labels).accuracy
    except Exception as error:
        reason = str(error).strip().splitlines()[:1]
        return _no(
            f"{path} cannot be used: {type(error).__name__}.",
            *reason,
            f'Save it by torch.save(network.state_dict(), "{path}"), of the same class as here.',
        )
    if count > BUDGET:
        return _no(f"the network has {count:,} parameters, more than {BUDGET:,}.")
    earned = next((share for least, share in LEVELS if accuracy >= least), 0.0)
    said = f"{accuracy:.2%} of {IMAGES:,} new images are right, with {count:,} parameters."
    steps = ", ".join(f"{share:.0%} from {least:.0%}" for least, share in reversed(LEVELS))
    outcome = PASSED if earned == 1 else "unknown"
    headline = f"{'Passed. ' if earned == 1 else ''}{said}"
    detail = f"This earns {earned:.0%} of the points ({steps})."
    return Marked(headline, (detail,), "trained_network", outcome, earned=earned)


def _no(headline: str, *details: str) -> Marked:
    return Marked(f"Not yet: {headline}", details, "trained_network")
