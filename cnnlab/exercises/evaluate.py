"""Exercise of lesson 05: how good is a model?"""

from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import Arguments, Exercise, Switches, misconceptions_from
from cnnlab.exercises.kit.observed_loops import extract_evaluation, prepare_evaluation
from cnnlab.exercises.kit.probes import Batches, draw

ASKED = {"evaluate": ("Lesson 05.2", "05 loop-intro", 0, "loop")}


def _evaluate(switches: Switches, model: nn.Module, batches: Batches) -> Any:
    was_training = model.training
    if "eval mode not switched" not in switches:
        model.eval()
    batches = batches[::-1] if "test set shuffled" in switches else batches
    batches = batches[:-1] if "last batch dropped" in switches else batches
    hits, losses = [], []
    with torch.set_grad_enabled(
        bool({"gradients recorded", "loss kept with its graph"} & switches)
    ):
        for images, labels in batches:
            logits = model(images.flip(3) if "test set augmented" in switches else images)
            hits.append((logits.argmax(1) == labels).double())
            scores = logits.softmax(1) if "softmax before cross-entropy" in switches else logits
            losses.append(F.cross_entropy(scores, labels, reduction="none"))
    if "mode not restored" not in switches:
        model.train(was_training or "always left in train mode" in switches)
    loss = combined(switches, losses, "loss averaged over batches")
    loss = loss if "loss kept with its graph" in switches else float(loss)
    answer = _share(switches, hits), loss
    return answer[::-1] if "loss first" in switches else answer


def _share(switches: Switches, hits: list[Tensor]) -> float:
    if "hits counted" in switches:
        return float(torch.cat(hits).sum())
    share = float(combined(switches - LOSS_ONLY, hits, "accuracy averaged over batches"))
    return 100 * share if "percentage" in switches else share


LOSS_ONLY = frozenset(("batch means over images", "losses added up"))


def combined(switches: Switches, parts: list[Tensor], averaged: str) -> Tensor:
    """Return the mean over all images, or what the switches make of it."""
    means = torch.stack([part.mean() for part in parts])
    if {averaged, "mean of batch means"} & switches:
        return means.mean()
    if "last batch only" in switches:
        return means[-1]
    if "batch means over images" in switches:
        return means.sum() / sum(map(len, parts))
    pictures = torch.cat(parts)
    return pictures.sum() if "losses added up" in switches else pictures.mean()


def _evaluate_inputs(generator: Generator) -> list[Arguments]:
    settings = (("rrrw rww w", True), ("rw wrrrr", False), ("r rrrww", True))
    return [draw(generator, rights, training=training) for rights, training in settings]


LOSS_MISCONCEPTIONS = misconceptions_from("""
    softmax before cross-entropy
        softmax is applied before cross-entropy, which contains it
        What is the smallest loss possible when the scores lie between 0 and 1?
    loss averaged over batches
        the loss is the average of the batches' averages
        Should an image in a batch of 1 count as much as 4 images in a batch of 4?
    batch means over images
        the batches' average losses are added up and divided by the number of images
        What does cross_entropy return for a batch: a sum or an average?
    losses added up
        the losses of all images are added up, not averaged
        Would the answer double if every image came twice?
    last batch only
        only the last batch counts
        Where do you keep what the earlier batches gave?
    last batch dropped
        the last batch is left out
        Does a smaller last batch hold images, too?
    loss kept with its graph
        the loss is returned as a tensor that still holds its graph
        What does .item() leave behind?
""")

EVALUATE = Exercise(
    name="evaluate",
    task="Return accuracy and mean loss over all images, and leave the model as it was.",
    returns="a pair of numbers (accuracy, mean loss)",
    model=_evaluate,
    inputs=_evaluate_inputs,
    prepare_arguments=prepare_evaluation,
    extract_answer=extract_evaluation,
    live=True,
    facts={"the model comes in train mode": lambda model, batches: model.training},
    misconceptions=misconceptions_from("""
    eval mode not switched
        the model is not switched to eval mode
        From what does batch norm take its mean in train mode when the batch has one image?
    mode not restored
        the model is left in eval mode, although it came in train mode
        In which mode does the next training step find the model?
    always left in train mode
        the model is left in train mode, although it came in eval mode
        What does model.training say before you change it?
    gradients recorded
        gradients are recorded while evaluating
        Which memory does torch fill for a backward pass that never comes?
    mean of batch means
        accuracy and loss are averages of the batches' averages
        Over n images an accuracy is a multiple of 1/n. Is yours?
    accuracy averaged over batches
        the accuracy is the average of the batches' accuracies
        Over n images an accuracy is a multiple of 1/n. Is yours?
    hits counted
        the hits are counted, not divided by the number of images
        What is the largest accuracy possible?
    percentage
        the accuracy is a percentage
        What is the largest accuracy possible, as a fraction?
    loss first
        the loss is returned before the accuracy
        In which order does the exercise ask for the two?
    test set augmented
        the images are changed before the model sees them
        Is a test on changed images the test that others can repeat?
    test set shuffled
        the images are taken in another order
        What does the order of a test set decide?
    """)
    + LOSS_MISCONCEPTIONS,
    hints=(
        "Before the loop, switch off two things: train mode and the recording of gradients.",
        "Add up hits and losses over all images and divide once, at the end.",
        "model.eval(), torch.no_grad(), cross_entropy(..., reduction='sum'), model.train(before).",
    ),
    solution="""\
def evaluate(model, batches):
    was_training = model.training
    model.eval()
    hits, loss, pictures = 0, 0.0, 0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            hits += (logits.argmax(dim=1) == labels).sum().item()
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            pictures += len(labels)
    model.train(was_training)
    return hits / pictures, loss / pictures
""",
)

EXERCISES = (EVALUATE,)
