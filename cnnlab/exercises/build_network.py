"""build_network: a network of the learner's own within a budget."""

from cnnlab.exercises.kit import Exercise, misconceptions_from
from cnnlab.exercises.kit.observed_networks import extract_network

ASKED = {"build_network": ("Homework 5.1", "05 network-intro", 2, "counting")}

BUILD_NETWORK = Exercise(
    name="build_network",
    task="Return a new network of your own, of at most 100,000 parameters: images (3, 32, 32) to "
    "10 logits.",
    returns="an nn.Module",
    inputs=lambda _: [()],
    extract_answer=extract_network,
    live=True,
    misconceptions=misconceptions_from("""
    too many parameters
        the network learns more than 100,000 numbers
        Which layer has the most weights, and does it need every place of its input?
        edit: AdaptiveMaxPool2d(1) -> AdaptiveMaxPool2d(4)
        edit: Linear(64, -> Linear(64 * 16, 64), nn.ReLU(), nn.Linear(64,
    not ten logits
        the network does not return ten numbers for an image
        How many classes are there?
        edit: Linear(64, 10) -> Linear(64, 9)
    softmax at the end
        the network ends in softmax, which cross-entropy contains
        Which loss will train it, and what does that loss expect?
        edit: Linear(64, 10), -> Linear(64, 10), nn.Softmax(1),
    batch mixed up
        the images of a batch come out in one row
        Which axis must flatten leave alone?
        edit: Linear(64, 10), -> Linear(64, 10), nn.Flatten(0), nn.Unflatten(0, (1, -1)),
    a network of the package
        the network is one that the package holds, or is built of its layers
        What do you expect of another width, depth, kernel or stride, and why?
        edit: return nn -> return __import__("cnnlab.models").models.SmallCNN() or nn
    """),
    hints=(
        "Convolutions are cheap in parameters: 32 to 64 channels with 3x3 cost 18,496.",
        "A linear layer on a large map is not: pool over the whole map first.",
        "Start from the layers of models.SmallCNN, 61,344 parameters, and change what you can "
        "give a reason for.",
    ),
    solution="""\
def build_network():
    nn = torch.nn
    return nn.Sequential(
        nn.BatchNorm2d(3),
        nn.Conv2d(3, 24, 5, stride=2, padding=2, bias=False),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        nn.Conv2d(24, 48, 3, padding=1, bias=False),
        nn.BatchNorm2d(48),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(48, 64, 3, padding=1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )
""",
)
