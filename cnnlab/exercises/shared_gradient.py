"""Exercise of lesson 11: the gradient of a batch that several processes share."""

from copy import deepcopy
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import Arguments, Exercise, Switches, misconceptions_from
from cnnlab.exercises.kit.probes import copies
from cnnlab.exercises.kit.values import plain
from cnnlab.exercises.shared_net import Parts, SharedNet, draw

ASKED = {"shared_gradient": ("Lesson 11.3", "11 several-intro")}


def _shared_gradient(switches: Switches, model: nn.Module, parts: Parts) -> Tensor:
    weights = list(model.parameters())
    if "parts joined" in switches:
        parts = [tuple(map(torch.cat, zip(*parts, strict=True)))]
    losses = [_loss(switches, model(images), labels) for images, labels in parts]
    shares = _shares(switches, [len(labels) for _, labels in parts])
    loss = sum(share * loss for share, loss in zip(shares, losses, strict=True))
    gradients = torch.autograd.grad(loss, weights)
    found = _flat(gradients)
    added = {"earlier gradient added", "gradients never cleared"} & switches
    if added and weights[0].grad is not None:
        found = found + _flat(weight.grad for weight in weights)
    if {"gradient left in the weights", "gradients never cleared"} & switches:
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
    if "weights changed" in switches:
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= 0.1 * gradient
    return found


def _flat(gradients: Any) -> Tensor:
    return torch.cat([gradient.flatten() for gradient in gradients])


def _loss(switches: Switches, logits: Tensor, labels: Tensor) -> Tensor:
    scores = logits.softmax(1) if "softmax before cross-entropy" in switches else logits
    loss = F.nll_loss if "log-softmax forgotten" in switches else F.cross_entropy
    return loss(scores, labels)


def _shares(switches: Switches, sizes: list[int]) -> list[float]:
    """Return how much the mean loss of each part counts."""
    count = len(sizes)
    shares = [size / sum(sizes) for size in sizes]
    if "sum of the parts" in switches:
        shares = [1.0] * count
    elif "plain mean of the parts" in switches:
        shares = [1 / count] * count
    elif "gradient of the summed loss" in switches:
        shares = [float(size) for size in sizes]
    elif "all parts as large as the first" in switches:
        shares = [size / (count * sizes[0]) for size in sizes]
    if "only the first part" in switches:
        shares = [1.0] + [0.0] * (count - 1)
    elif "only the last part" in switches:
        shares = [0.0] * (count - 1) + [1.0]
    elif "terms overwritten" in switches:
        shares = [0.0] * (count - 1) + shares[-1:]
    return [share / count for share in shares] if "averaged twice" in switches else shares


def _by_torch(model: SharedNet, parts: Parts) -> Tensor:
    twin = deepcopy(model)  # its passes are not counted
    images, labels = map(torch.cat, zip(*parts, strict=True))
    loss = F.cross_entropy(twin(images), labels)
    return _flat(torch.autograd.grad(loss, list(twin.parameters())))


def _stage(arguments: Arguments) -> tuple[SharedNet, Parts]:
    spec, parts = arguments
    return spec.build(), Parts(copies(parts))


def _observe(returned: Any, staged: Arguments) -> Any:
    model, parts = staged
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


def _inputs(generator: Generator) -> list[Arguments]:
    settings = (((5, 2), False), ((1, 4, 2), True), ((3, 1, 2, 5), True))
    return [draw(generator, sizes, earlier=earlier) for sizes, earlier in settings]


SHARED_GRADIENT = Exercise(
    name="shared_gradient",
    task="Return the gradient of a batch's mean cross-entropy, computed from each part alone.",
    returns="one flat tensor with a number for each weight",
    model=_shared_gradient,
    inputs=_inputs,
    oracle=_by_torch,
    prepare_arguments=_stage,
    extract_answer=_observe,
    facts={"the weights come with a gradient": lambda model, parts: bool(model.gradients)},
    misconceptions=misconceptions_from("""
    sum of the parts
        the mean gradients of the parts are added up and not divided
        Would the gradient be ten times as large if the batch were cut into ten parts?
    plain mean of the parts
        each part counts the same, however many images it has
        How much should a part of 1 image count beside a part of 4?
    gradient of the summed loss
        the gradient is that of the losses' sum over all images, not of their mean
        By what is a sum of losses divided to be a mean?
    all parts as large as the first
        the number of images is taken to be the first part's, times the number of parts
        How many images are there in parts of 5 and 2?
    averaged twice
        what is divided by the number of images is divided by the number of parts as well
        Do the shares of the parts add up to 1?
    only the first part
        the gradient is that of the first part alone
        What have the other processes computed?
    only the last part
        the gradient is that of the last part alone
        What happens in the loop to the gradients of the parts before?
    terms overwritten
        only the last part's share of the gradient is left
        What happens in the loop to the shares of the parts before?
    earlier gradient added
        the gradient that the weights came with is in the answer
        What does backward() do with a gradient that is already there?
    gradient left in the weights
        the weights have a new gradient afterwards
        What would the next backward() do with it? Can you get a gradient without storing it?
    gradients never cleared
        an earlier gradient is in the answer, and the weights have a new one afterwards
        What does backward() do with a gradient that is there, and where does it leave its own?
    weights changed
        the weights are not what they were before
        Who takes the step once the gradient is known: this function or its caller?
    parts joined
        the parts are put together, and the model sees images of several parts at once
        Each process has the images of its own part only. What can it compute from these?
    softmax before cross-entropy
        softmax is applied before cross-entropy, which contains it
        What does F.cross_entropy take: logits or probabilities?
    log-softmax forgotten
        the loss is the negative logit of the right class, without log-softmax
        Do the other logits have no say?
    """),
    hints=(
        "Each part gives the gradient of its own mean loss. What is left is to average them.",
        "The mean over all images weighs each part by its share of the images.",
        "torch.autograd.grad(loss, list(model.parameters())) returns them and stores nothing.",
    ),
    solution="""\
def shared_gradient(model, parts):
    pictures = sum(len(labels) for _, labels in parts)
    total = 0
    for images, labels in parts:
        loss = F.cross_entropy(model(images), labels)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        flat = torch.cat([each.flatten() for each in gradients])
        total = total + len(labels) / pictures * flat
    return total
""",
)

EXERCISES = (SHARED_GRADIENT,)
