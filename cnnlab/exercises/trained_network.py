"""trained_network: a network that was trained and handed in as a checkpoint."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from cnnlab import data
from cnnlab.exercises.kit.measured import MeasuredExercise, Measurement
from cnnlab.exercises.kit.observed_networks import BUDGET
from cnnlab.training import evaluate

ASKED = {"trained_network": ("Homework 5.2", "05 packaged", 8, "", True)}
LEVELS = ((0.97, 1.0), (0.90, 0.75), (0.70, 0.5), (0.40, 0.25))  # accuracy, share of the points
IMAGES = 2000


def measure(build: Callable[[], nn.Module], path: str | Path, *, seed: int = 0) -> Measurement:
    """Measure the network in a checkpoint on images of Shapes-10 that it was not trained on.

    Args:
        build: returns the network, untrained.
        path: a file made by `torch.save(network.state_dict(), path)`.
        seed: of the 2,000 test images.
    """
    if not Path(path).is_file():
        advice = "Train, save it, and run this again."
        return Measurement(f"Not yet: there is no {path} in this folder yet.", (advice,))
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network = build()
        network.load_state_dict(state)
        count = sum(parameter.numel() for parameter in network.parameters())
        images = data.shapes10(10, IMAGES, seed=10_000 + seed)
        accuracy = evaluate(network, images.test_images, images.test_labels).accuracy
    except Exception as error:
        advice = (
            f'Save it by torch.save(network.state_dict(), "{path}"), of the same class as here.'
        )
        return Measurement(
            f"Not yet: {path} cannot be used: {type(error).__name__}.",
            (*str(error).strip().splitlines()[:1], advice),
        )
    if count > BUDGET:
        return Measurement(f"Not yet: the network has {count:,} parameters, more than {BUDGET:,}.")
    share = next((share for least, share in LEVELS if accuracy >= least), 0.0)
    found = f"{accuracy:.2%} of {IMAGES:,} new images are right, with {count:,} parameters."
    steps = ", ".join(f"{share:.0%} from {least:.0%}" for least, share in reversed(LEVELS))
    headline = f"Passed. {found}" if share == 1 else found
    return Measurement(headline, (f"This earns {share:.0%} of the points ({steps}).",), share)


TRAINED_NETWORK = MeasuredExercise(
    name="trained_network",
    task="Train a network under the budget and hand it in.",
    signature='trained_network(build_network, "network.pt")',
    measure=measure,
    hints=(
        "The images are those of lesson 05: data.shapes10() draws them.",
        "If the accuracy stays low, try the network and the learning rate of lesson 05 first.",
        'torch.save(network.state_dict(), "network.pt") writes what the check reads.',
    ),
    solution="""\
network = build_network()
training.train(network, data.shapes10(), training.Settings(epochs=3, learning_rate=5e-3))
torch.save(network.state_dict(), "network.pt")
""",
)
