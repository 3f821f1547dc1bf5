"""trained_network: a network that was trained and handed in as a checkpoint."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab import data
from cnnlab.exercises.kit.measured import MeasuredExercise, Measurement
from cnnlab.exercises.kit.observed_networks import BUDGET, design_of
from cnnlab.training import predict

ASKED = {"trained_network": ("Homework 5.2", "05 packaged", 8, "", True)}
LEVELS = ((0.97, 1.0), (0.90, 0.75), (0.70, 0.5), (0.40, 0.25))  # accuracy, share of the points
IMAGES = 2000
LONGEST = 300  # characters of what the learner's process says


def draw(seed: int) -> tuple[Tensor, Tensor]:
    """Return images of Shapes-10 that the network was not trained on, and their labels."""
    images = data.shapes10(10, IMAGES, seed=10_000 + seed)
    return images.test_images, images.test_labels


def look(build: Callable[[], nn.Module], path: str | Path, images: Tensor) -> dict[str, Any]:
    """Return what the network in a checkpoint makes of images: a class for each.

    Args:
        build: returns the network, untrained.
        path: a file made by `torch.save(network.state_dict(), path)`.
    """
    if not Path(path).is_file():
        advice = "Train, save it, and run this again."
        return {"problem": f"there is no {path} in this folder yet.", "details": [advice]}
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network = build()
        network.load_state_dict(state)
        count = sum(parameter.numel() for parameter in network.parameters())
        classes = predict(network, images).argmax(dim=1).tolist()
    except Exception as error:
        advice = (
            f'Save it by torch.save(network.state_dict(), "{path}"), of the same class as here.'
        )
        details = [*str(error).strip().splitlines()[:1], advice]
        return {"problem": f"{path} cannot be used: {type(error).__name__}.", "details": details}
    return {"parameters": count, "classes": classes, "design": design_of(network)}


def assess(seen: dict[str, Any], labels: Tensor) -> Measurement:
    """Measure the accuracy of the classes that were seen.

    Raises:
        ValueError: if they are not a class for each label.
    """
    if "problem" in seen:
        problem, *details = (str(each)[:LONGEST] for each in (seen["problem"], *seen["details"]))
        return Measurement(f"Not yet: {problem}", tuple(details[:2]))
    classes, count = torch.tensor(seen["classes"]), int(seen["parameters"])
    if classes.shape != labels.shape:
        raise ValueError(f"{len(labels)} images need as many classes")
    if count > BUDGET:
        return Measurement(f"Not yet: the network has {count:,} parameters, more than {BUDGET:,}.")
    if seen.get("design") == "of the package":
        return Measurement("Not yet: this is a network of the package. Train one of your own.")
    accuracy = float((classes == labels).double().mean())
    share = next((share for least, share in LEVELS if accuracy >= least), 0.0)
    found = f"{accuracy:.2%} of {len(labels):,} new images are right, with {count:,} parameters."
    steps = ", ".join(f"{share:.0%} from {least:.0%}" for least, share in reversed(LEVELS))
    headline = f"Passed. {found}" if share == 1 else found
    return Measurement(headline, (f"This earns {share:.0%} of the points ({steps}).",), share)


TRAINED_NETWORK = MeasuredExercise(
    name="trained_network",
    task="Train a network under the budget and hand it in.",
    signature='trained_network(build_network, "network.pt")',
    draw=draw,
    look=look,
    assess=assess,
    hints=(
        "The images are those of lesson 05: data.shapes10() draws them.",
        "If the accuracy stays low, try the learning rate and the batch norm of lesson 05 first.",
        'torch.save(network.state_dict(), "network.pt") writes what the check reads.',
    ),
    solution="""\
network = build_network()
training.train(network, data.shapes10(), training.Settings(epochs=3, learning_rate=5e-3))
torch.save(network.state_dict(), "network.pt")
""",
)
