"""Exercise of lesson 05: the training loop."""

from typing import Any

import torch
from torch import Generator, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from cnnlab.exercises.evaluate import LOSS_MISCONCEPTIONS, combined
from cnnlab.exercises.kit.exercise import Arguments, Exercise, Switches, misconceptions_from
from cnnlab.exercises.kit.observed_loops import extract_training, prepare_training
from cnnlab.exercises.kit.probes import CLASSES, Batches, draw

ASKED = {"train_one_epoch": ("Lesson 05.3", "05 loop-intro", 0, "loop")}


def _train_one_epoch(
    switches: Switches, model: nn.Module, optimizer: Optimizer, batches: Batches
) -> Any:
    if "left in eval mode" in switches:
        model.eval()
    elif "train mode not switched" not in switches:
        model.train()
    batches = batches[:-1] if "last batch dropped" in switches else batches
    losses = []
    for images, labels in batches:
        if "gradients never cleared" not in switches and "one step per epoch" not in switches:
            optimizer.zero_grad()
        logits = model(images)
        each = _losses(switches, logits, labels)
        losses.append(each if "loss kept with its graph" in switches else each.detach())
        if "backward forgotten" not in switches:
            (each.sum() if "gradients of the sum" in switches else each.mean()).backward()
        if "cleared before the step" in switches:
            optimizer.zero_grad()
        if not {"step forgotten", "one step per epoch"} & switches:
            optimizer.step()
    if "one step per epoch" in switches:
        optimizer.step()
    loss = combined(switches, losses, "loss averaged over batches")
    return loss if "loss kept with its graph" in switches else float(loss)


def _losses(switches: Switches, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    scores = logits.softmax(1) if "softmax before cross-entropy" in switches else logits
    if "squared error on one-hot labels" in switches:
        return ((scores - F.one_hot(labels, CLASSES)) ** 2).mean(1)
    if "log-softmax forgotten" in switches:
        return F.nll_loss(scores, labels, reduction="none")
    return F.cross_entropy(scores, labels, reduction="none")


def _inputs(generator: Generator) -> list[Arguments]:
    settings = (("rrrw rwww rw", True), ("rwrr wr", False), ("rrww wrr w", False))
    cases = [draw(generator, rights, training=training) for rights, training in settings]
    return [(spec, "SGD", batches) for spec, batches in cases]


TRAIN_ONE_EPOCH = Exercise(
    name="train_one_epoch",
    task="Take one optimizer step for each batch and return the mean loss over all images.",
    returns="one number, the mean loss",
    model=_train_one_epoch,
    inputs=_inputs,
    prepare_arguments=prepare_training,
    extract_answer=extract_training,
    live=True,
    axes={"weight after the epoch": ("class", "feature")},
    facts={"the model comes in eval mode": lambda model, optimizer, batches: not model.training},
    misconceptions=misconceptions_from("""
    train mode not switched
        the model is not switched to train mode
        In which mode does evaluate leave a model, and what does batch norm do there?
    left in eval mode
        the model is trained in eval mode
        Which line of a training loop says that training begins?
    gradients never cleared
        gradients of earlier batches are still there at the next step
        What does backward() do with a gradient that is already there?
    cleared before the step
        the gradients are gone when the optimizer steps
        Which gradients does optimizer.step() read, and when are they made?
    step forgotten
        the optimizer never steps
        Which line changes the weights?
    one step per epoch
        the optimizer steps once, after the last batch
        Which lines belong inside the loop?
    backward forgotten
        no gradient is computed
        Which line computes the gradients?
    gradients of the sum
        the gradient is of the batch's summed loss, not of its average
        How does the step grow with the batch size?
    squared error on one-hot labels
        the loss is the squared distance to one-hot labels
        Which loss does the lesson use for classes?
    log-softmax forgotten
        the loss is the negative logit of the right class, without log-softmax
        Can this loss fall without end by making all logits larger?
    """)
    + LOSS_MISCONCEPTIONS,
    hints=(
        "First the mode, then the loop: for each batch the model's logits and their loss.",
        "Four lines a batch: clear the gradients, loss, backward, step.",
        "loss.item() * len(labels), added up and divided by the number of images at the end.",
    ),
    solution="""\
def train_one_epoch(model, optimizer, batches):
    model.train()
    total, pictures = 0.0, 0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        pictures += len(labels)
    return total / pictures
""",
)

EXERCISES = (TRAIN_ONE_EPOCH,)
