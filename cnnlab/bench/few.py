"""Few pictures, drawn from many, and what is answered on others: the parts of `bench transfer`."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab import data, models, training
from cnnlab.data import ImageData
from cnnlab.models.layers import watch
from cnnlab.training.settings import Settings

CHOICE = 10_000  # the seed of the draw by which strengths are chosen
LAYERS = {"first kernels": "relu", "group1": "group1", "group2": "group2", "group3": "group3"}
LAST = "last layer"  # what goes into it: the largest response of each of group3's maps
TUNED = "fine-tuned"
NETWORKS = ("SmallCNN", "PhotoCNN", TUNED)
AUGMENT = data.Augment(flip=True, shift=2)


@dataclass(frozen=True, eq=False)
class Pool:
    """Pictures to draw from; those with the same number in `groups` show the same thing.

    Attributes:
        images: (N, 3, 32, 32) uint8.
        labels, groups: (N,) int64.
        tested: how many groups of each class a draw keeps for testing.
    """

    images: Tensor
    labels: Tensor
    groups: Tensor
    classes: tuple[str, ...]
    tested: int

    def groups_of(self, seed: int) -> list[Tensor]:
        """Return the groups of each class in an order drawn by a seed: the first are tested.

        What is tested when strengths are chosen is never tested by another seed.
        """
        chosen = torch.cat([order[: self.tested] for order in self._shuffled(CHOICE)])
        if seed == CHOICE:
            return self._shuffled(CHOICE)
        found = []
        for order in self._shuffled(seed):
            free = ~torch.isin(order, chosen)
            found.append(torch.cat([order[free], order[~free]]))
        return found

    def _shuffled(self, seed: int) -> list[Tensor]:
        generator = torch.Generator().manual_seed(seed)
        each = [self.groups[self.labels == label].unique() for label in range(len(self.classes))]
        return [groups[torch.randperm(len(groups), generator=generator)] for groups in each]

    def places(self, groups: Tensor) -> Tensor:
        """Return where the pictures of some groups lie."""
        return torch.isin(self.groups, groups).nonzero().flatten()

    def draw(self, seed: int, sizes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Return places: some of each class to train on, and those of the groups to be tested.

        Args:
            sizes: pictures of each class to train on, at most as many as there are. More
                pictures drawn by the same seed are the fewer ones and others.
        """
        generator = torch.Generator().manual_seed(seed)
        order = self.groups_of(seed)
        train = []
        for groups, size in zip(order, sizes, strict=True):
            rest = self.places(groups[self.tested :])
            train.append(rest[torch.randperm(len(rest), generator=generator)[:size]])
        return torch.cat(train), torch.cat([self.places(each[: self.tested]) for each in order])


def all_features(network: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """Return what a PhotoCNN knows of images after each group: the mean of each map.

    The last is what its own last layer gets: the largest response of each map.

    Shape:
        images (N, 3, height, width) uint8 -> each (N, channels).
    """
    seen: dict[str, list[Tensor]] = {}

    def see(name: str, maps: object) -> None:
        assert isinstance(maps, Tensor)
        seen.setdefault(name, []).append(maps if maps.ndim == 2 else maps.mean(dim=(2, 3)))

    with watch(network, [*LAYERS.values(), "flatten"], see):
        training.predict(network, images, batch_size=250)
    return {name: torch.cat(seen[layer]) for name, layer in (LAYERS | {LAST: "flatten"}).items()}


@torch.no_grad()
def random_network(seed: int, images: Tensor, widths: tuple[int, int, int]) -> nn.Module:
    """Return a PhotoCNN as it begins, with the statistics of images in its batch norms."""
    torch.manual_seed(seed)
    network = models.PhotoCNN(widths=widths).train()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # the mean over all batches
    for batch in images.split(100):
        network(data.to_float(batch))
    return network.eval()


def linear_answers(
    features: Tensor,
    labels: Tensor,
    asked: Tensor,
    *,
    strength: float,
    weights: Tensor | None = None,
) -> Tensor:
    """Train a linear layer on features to the least loss; return the class it gives to others.

    The features are standardized by those that are trained on. The loss is cross-entropy and
    `strength` times the sum of the squared weights; it has one minimum, found by L-BFGS in 64
    bits, so that nothing depends on a seed or a learning rate.

    Args:
        weights: of each class in the loss.
    """
    features, asked = features.double(), asked.double()
    mean, deviation = features.mean(dim=0), features.std(dim=0) + 1e-6
    known, asked = (features - mean) / deviation, (asked - mean) / deviation
    count = int(labels.max()) + 1
    weight = torch.zeros(count, features.shape[1], dtype=torch.double, requires_grad=True)
    bias = torch.zeros(count, dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")
    importance = None if weights is None else weights.double()

    def loss() -> Tensor:
        optimizer.zero_grad()
        wrong = F.cross_entropy(F.linear(known, weight, bias), labels, importance)
        total = wrong + strength * weight.square().sum()
        total.backward()
        return total

    optimizer.step(loss)
    return F.linear(asked, weight, bias).argmax(dim=1)


def widths_of(network: nn.Module) -> tuple[int, int, int]:
    """Return how many channels the groups of a PhotoCNN have."""
    norms = (network.get_submodule(f"group{i}.5") for i in (1, 2, 3))
    first, second, third = (int(norm.num_features) for norm in norms)  # type: ignore[arg-type]
    return first, second, third


def nearest_answers(images: Tensor, labels: Tensor, asked: Tensor) -> Tensor:
    """Return the class of the most similar training image, pixel by pixel."""
    pixels = images.flatten(1).float()
    return labels[torch.cdist(asked.flatten(1).float(), pixels).argmin(dim=1)]


def network_answers(
    way: str, network: nn.Module, part: ImageData, *, seen: int, seed: int
) -> Tensor:
    """Train a network on few pictures, from its beginning or from a trained one; return answers.

    Args:
        way: "SmallCNN" and "PhotoCNN" begin with random weights; "fine-tuned" with those of
            `network`, all of which learn, the early ones slower.
        seen: about how many pictures it sees in all.
    """
    count, classes = len(part.train_labels), len(part.classes)
    known = replace(part, test_images=part.test_images[:1], test_labels=part.test_labels[:1])
    settings = Settings(
        epochs=max(1, round(seen / count)),
        batch_size=max(8, min(64, count // 4)),
        augment=AUGMENT,
        seed=seed,
    )
    torch.manual_seed(seed)
    if way == TUNED:
        model = models.with_new_head(network, classes)
        settings = replace(settings, learning_rate=2e-3, layer_decay=0.7)
    elif way == "PhotoCNN":
        model = models.PhotoCNN(classes, widths=widths_of(network))
    else:
        model = models.SmallCNN(classes)
    training.train(model, known, settings, progress=False, device="cpu", precision="float32")
    return training.predict(model, part.test_images).argmax(dim=1)
