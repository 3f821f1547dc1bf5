"""Exercises of lesson 09: attack a network with the gradient of its images."""

from math import prod
from typing import Any

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    integer,
    misconceptions_from,
    plain,
    turned,
    whole_numbers,
)
from cnnlab.exercises.kit.probes import CLASSES, ProbeSpec

ASKED = {"fgsm": ("Lesson 09.1", "09 fgsm-intro", 0, "loop")}

EDGES = torch.tensor([0.0, 1.0], dtype=torch.float64, device="cpu")


def _fgsm_inputs(generator: Generator) -> list[Arguments]:
    sizes = (range(1, 5), range(1, 4), range(1, 5), range(1, 5))
    others = ((8 / 255, 0.1, 0.25), (True, False), (True, False))
    cases = []
    for *shape, epsilon, training, in_order in crossed(generator, 32, *sizes, *others):
        count, *picture = shape
        if count * picture[1] * picture[2] == 1:  # too little for batch norm in train mode
            count = 2
        weight = whole_numbers(generator, CLASSES, prod(picture)) / 9
        weight[0] += 0.01  # no number is as good for all classes
        spec = ProbeSpec(weight, training, picture[0])
        images = _pictures(generator, (count, *picture))
        with torch.no_grad():
            answers = spec.build().eval()(images).argmax(1)
        answers[0] += integer(generator, 1, CLASSES - 1)  # one image that it mistakes
        cases.append((spec, images if in_order else turned(images), answers % CLASSES, epsilon))
    return cases


def _pictures(generator: Generator, shape: tuple[int, ...]) -> Tensor:
    """Return images in [0, 1], a quarter of their numbers black or white."""
    images = torch.rand(shape, generator=generator, dtype=torch.float64, device="cpu")
    edges = EDGES[torch.randint(2, shape, generator=generator, device="cpu")]
    at_edge = torch.rand(shape, generator=generator, device="cpu") < 0.25
    return torch.where(at_edge, edges, images)


def _prepare(arguments: Arguments) -> Arguments:
    spec, images, labels, epsilon = arguments
    return spec.build(), images.clone(), labels.clone(), epsilon


def _extract(returned: Any, prepared: Arguments) -> Any:
    model = prepared[0]
    answer = plain(returned)
    if not isinstance(answer, Tensor):
        return answer
    left = any(each.grad is not None and each.grad.any() for each in model.parameters())
    return {
        "mode during the attack": "train" if any(model.modes) else "eval",
        "mode afterwards": "train" if model.training else "eval",
        "gradient left in the weights": "yes" if left else "no",
        "attacked images": answer,
    }


FGSM = Exercise(
    name="fgsm",
    task="Change each number of the images by epsilon so that the loss rises, within [0, 1].",
    returns="the attacked images, of the shape of images",
    inputs=_fgsm_inputs,
    prepare_arguments=_prepare,
    extract_answer=_extract,
    axes={"attacked images": ("picture", "channel", "row", "column")},
    facts={"the model comes in train mode": lambda model, images, labels, epsilon: model.training},
    misconceptions=misconceptions_from("""
    downhill
        the images go downhill: the loss falls
        Training lowers the loss. What does an attacker want of it?
        edit: * gradient -> * -gradient
    sign forgotten
        the gradient itself is added, not its sign
        By how much should a number with a tiny gradient change?
        edit: .sign() ->
    divided by its length
        the gradient is divided by its length, instead of taking its sign
        By how much should a number with a tiny gradient change?
        edit: gradient.sign() -> gradient / gradient.flatten(1).norm(dim=1)[:, None, None, None]
    epsilon divided by 255 again
        epsilon is divided by 255
        The images run from 0 to 1. In which units is epsilon then given?
        edit: epsilon * -> epsilon / 255 *
    not clipped
        the images leave the range from 0 to 1
        What would a white pixel become, and can a file hold that?
        edit: .clamp(0, 1) ->
    only the change
        the change is returned, not the changed images
        What should the model be shown?
        edit: (images + epsilon -> (epsilon
    own answers attacked
        the loss is that of the network's own answers, not of the labels
        On an image that the network mistakes, whose loss should rise?
        edit: (logits, labels) -> (logits, logits.argmax(1))
    softmax before cross-entropy
        softmax is applied before cross-entropy, which contains it
        What does F.cross_entropy take: logits or probabilities?
        edit: (logits, labels) -> (logits.softmax(1), labels)
    log-softmax forgotten
        the loss is the negative logit of the right class, without log-softmax
        Do the other nine logits have no say?
        edit: F.cross_entropy -> F.nll_loss
    eval mode not switched
        the model is attacked in the mode it came in
        In train mode, on what else than its own numbers does an image's answer depend?
        edit: model.eval() -> pass
    mode not restored
        the model is left in eval mode, although it came in train mode
        In which mode does the next training step find the model?
        edit: model.train(was_training) -> pass
    always left in train mode
        the model is left in train mode, although it came in eval mode
        What does model.training say before you change it?
        edit: model.train(was_training) -> model.train()
    gradients left in the weights
        the weights have a gradient afterwards
        What would the next training step do with it? Whose gradient did you need?
        edit: (gradient,) = -> loss.backward(); gradient =
        edit: torch.autograd.grad(loss, images) -> images.grad
    """),
    hints=(
        "The gradient is that of the loss for the images, so they must ask for one.",
        "torch.autograd.grad(loss, images) gives that gradient and leaves the weights alone.",
        "(images + epsilon * gradient.sign()).clamp(0, 1), in eval mode; then the mode as it was.",
    ),
    solution="""\
def fgsm(model, images, labels, epsilon):
    was_training = model.training
    model.eval()
    images = images.detach().clone().requires_grad_()
    logits = model(images)
    loss = F.cross_entropy(logits, labels)
    (gradient,) = torch.autograd.grad(loss, images)
    model.train(was_training)
    return (images + epsilon * gradient.sign()).clamp(0, 1).detach()
""",
)
