"""Exercise of lesson 11: the gradient of a batch that several processes share."""

from copy import deepcopy
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    misconceptions_from,
    plain,
    whole_numbers,
)
from cnnlab.exercises.kit.probes import (
    CHANNELS,
    CLASSES,
    SIZE,
    BatchList,
    copies,
    differ_in_size,
    draw_sizes,
)

ASKED = {"shared_gradient": ("Lesson 11.3", "11 several-intro")}


SHAPES = ((3, CHANNELS, 2, 2), (3,), (CLASSES, 24), (CLASSES,))  # of the weights, in order


class Parts(BatchList):
    """A list of (images, labels), one for each process, that prints its sizes."""

    def __str__(self) -> str:
        return f"parts of {', '.join(str(len(labels)) for _, labels in self)} images"


class SharedNet(nn.Module):
    """A convolution and a linear layer, without batch norm.

    Attributes:
        passes: the number of images in every forward pass.
        as_built: copies of the weights.
        earlier: copies of the gradients it came with, one for each weight; or none.
    """

    def __init__(self, weights: list[Tensor], gradients: list[Tensor]) -> None:
        super().__init__()
        parameters = [nn.Parameter(each.clone()) for each in weights]
        for parameter, gradient in zip(parameters, gradients, strict=False):
            parameter.grad = gradient.clone()
        self.kernel, self.offset, self.weight, self.bias = parameters
        self.passes: list[int] = []
        self.as_built, self.earlier = weights, gradients

    def forward(self, images: Tensor) -> Tensor:
        self.passes.append(len(images))
        features = torch.tanh(F.conv2d(images, self.kernel, self.offset))  # (batch, 3, 2, 4)
        return F.linear(features.flatten(1), self.weight, self.bias)  # (batch, classes)

    def is_as_built(self) -> bool:
        return all(map(torch.equal, self.parameters(), self.as_built))

    def has_new_gradient(self) -> bool:
        """Tell whether a weight has a gradient that is neither 0 nor the one it came with."""
        gradients = [parameter.grad for parameter in self.parameters()]
        return any(map(_is_new, gradients, self.earlier or repeat(None)))


def _is_new(gradient: Tensor | None, earlier: Tensor | None) -> bool:
    if gradient is None or not gradient.any():
        return False
    return earlier is None or not torch.equal(gradient, earlier)


@dataclass(frozen=True, eq=False)
class NetSpec:
    """How to build the network anew for each call."""

    weights: list[Tensor]
    gradients: list[Tensor]

    def build(self) -> SharedNet:
        return SharedNet(self.weights, self.gradients)

    def __str__(self) -> str:
        return f"a network {'with gradients' if self.gradients else 'without gradients'}"


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    for sizes, earlier in draw_sizes(generator, 32):
        weights = [whole_numbers(generator, *shape) / 9 for shape in SHAPES]
        gradients = [whole_numbers(generator, *shape) for shape in SHAPES] if earlier else []
        images = whole_numbers(generator, sum(sizes), CHANNELS, *SIZE) / 9
        labels = torch.randint(CLASSES, (sum(sizes),), generator=generator, device="cpu")
        parts = zip(images.split(sizes), labels.split(sizes), strict=True)
        cases.append((NetSpec(weights, gradients), Parts(parts)))
    return cases


def _by_torch(model: SharedNet, parts: Parts) -> Tensor:
    twin = deepcopy(model)  # its passes are not counted
    images, labels = map(torch.cat, zip(*parts, strict=True))
    loss = F.cross_entropy(twin(images), labels)
    gradients = torch.autograd.grad(loss, list(twin.parameters()))
    return torch.cat([gradient.flatten() for gradient in gradients])


def _prepare(arguments: Arguments) -> tuple[SharedNet, Parts]:
    spec, parts = arguments
    return spec.build(), Parts(copies(parts))


def _extract(returned: Any, prepared: Arguments) -> Any:
    model, parts = prepared
    answer = plain(returned)
    if not isinstance(answer, Tensor):
        return answer
    joined = max(model.passes, default=0) > max(len(labels) for _, labels in parts)
    return {
        "largest forward pass": "larger than any part" if joined else "a part or less",
        "state of the weights": "as before" if model.is_as_built() else "changed",
        "state of .grad": "a new gradient" if model.has_new_gradient() else "as before, or empty",
        "gradient": answer,
    }


SHARED_GRADIENT = Exercise(
    name="shared_gradient",
    task="Return the gradient of a batch's mean cross-entropy, computed from each part alone.",
    returns="one flat tensor with a number for each weight",
    inputs=_inputs,
    oracle=_by_torch,
    prepare_arguments=_prepare,
    extract_answer=_extract,
    facts={
        "the weights come with a gradient": lambda model, parts: bool(model.gradients),
        "the parts differ in size": lambda model, parts: differ_in_size(parts),
    },
    misconceptions=misconceptions_from("""
    sum of the parts
        the mean gradients of the parts are added up and not divided
        Would the gradient be ten times as large if the batch were cut into ten parts?
        edit: share = len(labels) / count -> share = 1
    plain mean of the parts
        each part counts the same, however many images it has
        How much should a part of 1 image count beside a part of 4?
        edit: share = len(labels) / count -> share = 1 / len(parts)
    gradient of the summed loss
        the gradient is that of the losses' sum over all images, not of their mean
        By what is a sum of losses divided to be a mean?
        edit: share = len(labels) / count -> share = len(labels)
    all parts as large as the first
        the number of images is taken to be the first part's, times the number of parts
        How many images are there in parts of 5 and 2?
        edit: sum(len(labels) for _, labels in parts) -> len(parts) * len(parts[0][1])
    averaged twice
        what is divided by the number of images is divided by the number of parts as well
        Do the shares of the parts add up to 1?
        edit: share * F -> share / len(parts) * F
    only the first part
        the gradient is that of the first part alone
        What have the other processes computed?
        edit: in parts: -> in parts[:1]:
        edit: share = len(labels) / count -> share = 1
    only the last part
        the gradient is that of the last part alone
        What happens in the loop to the gradients of the parts before?
        edit: in parts: -> in parts[-1:]:
        edit: share = len(labels) / count -> share = 1
    terms overwritten
        only the last part's share of the gradient is left
        What happens in the loop to the shares of the parts before?
        edit: total + torch.cat -> torch.cat
    earlier gradient added
        the gradient that the weights came with is in the answer
        What does backward() do with a gradient that is already there?
        edit: total = 0 -> old = [0 * w if w.grad is None else w.grad for w in weights]; total = 0
        edit: return total -> return total + torch.cat([each.flatten() for each in old])
    gradient left in the weights
        the weights have a new gradient afterwards
        What would the next backward() do with it? Can you get a gradient without storing it?
        edit: gradients = -> model.zero_grad(); loss.backward(); gradients =
        edit: torch.autograd.grad(loss, weights) -> [each.grad for each in weights]
    gradients never cleared
        an earlier gradient is in the answer, and the weights have a new one afterwards
        What does backward() do with a gradient that is there, and where does it leave its own?
        edit: gradients = -> loss.backward(); gradients =
        edit: torch.autograd.grad(loss, weights) -> [each.grad for each in weights]
        edit: total + torch.cat -> torch.cat
    weights changed
        the weights are not what they were before
        Who takes the step once the gradient is known: this function or its caller?
        edit: return -> for w, g in zip(weights, gradients): w.data -= 0.1 * g\\n    return
    parts joined
        the parts are put together, and the model sees images of several parts at once
        Each process has the images of its own part only. What can it compute from these?
        edit: count = -> parts = [tuple(map(torch.cat, zip(*parts)))]; count =
    softmax before cross-entropy
        softmax is applied before cross-entropy, which contains it
        What does F.cross_entropy take: logits or probabilities?
        edit: model(images), labels -> model(images).softmax(1), labels
    log-softmax forgotten
        the loss is the negative logit of the right class, without log-softmax
        Do the other logits have no say?
        edit: F.cross_entropy -> F.nll_loss
    """),
    hints=(
        "Each part gives the gradient of its own mean loss. What is left is to average them.",
        "The mean over all images weighs each part by its share of the images.",
        "torch.autograd.grad(loss, list(model.parameters())) returns them and stores nothing.",
    ),
    solution="""\
def shared_gradient(model, parts):
    weights = list(model.parameters())
    count = sum(len(labels) for _, labels in parts)
    total = 0
    for images, labels in parts:
        share = len(labels) / count
        loss = share * F.cross_entropy(model(images), labels)
        gradients = torch.autograd.grad(loss, weights)
        total = total + torch.cat([each.flatten() for each in gradients])
    return total
""",
)
