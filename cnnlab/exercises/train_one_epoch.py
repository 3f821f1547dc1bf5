"""Exercise of lesson 05: the training loop."""

from dataclasses import replace

from torch import Generator

from cnnlab.exercises.evaluate import LOSS_MISCONCEPTIONS
from cnnlab.exercises.kit import Arguments, Exercise, misconceptions_from
from cnnlab.exercises.kit.observed_loops import extract_training, prepare_training
from cnnlab.exercises.kit.probes import differ_in_size, draw_many

ASKED = {"train_one_epoch": ("Lesson 05.2", "05 loop-intro", 0, "loop")}


def _inputs(generator: Generator) -> list[Arguments]:
    return [(spec, "SGD", batches) for spec, batches in draw_many(generator, 33)]


LOSS_EDITS = {  # where evaluate's do not fit
    "loss averaged over batches": ((" * len(labels)", ""), ("+= len(labels)", "+= 1")),
    "batch means over images": ((" * len(labels)", ""),),
    "losses added up": (("total / pictures", "total"),),
    "last batch only": (("loss = ", "total, pictures = 0.0, 0\n        loss = "),),
    "loss kept with its graph": (("total +=", "total = total +"), ("loss.item()", "loss")),
}

TRAIN_ONE_EPOCH = Exercise(
    name="train_one_epoch",
    task="Take one optimizer step for each batch and return the mean loss over all images.",
    returns="one number, the mean loss",
    inputs=_inputs,
    prepare_arguments=prepare_training,
    extract_answer=extract_training,
    live=True,
    axes={"weight after the epoch": ("class", "feature")},
    facts={
        "the model comes in eval mode": lambda model, optimizer, batches: not model.training,
        "the batches differ in size": lambda model, optimizer, batches: differ_in_size(batches),
    },
    misconceptions=misconceptions_from("""
    train mode not switched
        the model is not switched to train mode
        In which mode does evaluate leave a model, and what does batch norm do there?
        edit: \\n    model.train() ->
    left in eval mode
        the model is trained in eval mode
        Which line of a training loop says that training begins?
        edit: model.train() -> model.eval()
    gradients never cleared
        gradients of earlier batches are still there at the next step
        What does backward() do with a gradient that is already there?
        edit: \\n        optimizer.zero_grad() ->
    cleared before the step
        the gradients are gone when the optimizer steps
        Which gradients does optimizer.step() read, and when are they made?
        edit: \\n        optimizer.zero_grad() ->
        edit: loss.backward() -> loss.backward()\\n        optimizer.zero_grad()
    step forgotten
        the optimizer never steps
        Which line changes the weights?
        edit: optimizer.step()\\n        total -> total
    one step per epoch
        the optimizer steps once, after the last batch
        Which lines belong inside the loop?
        edit: \\n        optimizer.zero_grad() ->
        edit: optimizer.step()\\n        total -> total
        edit: return -> optimizer.step()\\n    return
    backward forgotten
        no gradient is computed
        Which line computes the gradients?
        edit: loss.backward()\\n        optimizer -> optimizer
    uphill
        the gradient is of the negative loss, so that each step makes the loss larger
        Which way does a step of SGD go: along the gradient or against it?
        edit: loss.backward() -> (-loss).backward()
    loss after the step
        the loss that is added up is that of the weights after the step
        How often does your loop call the model for one batch, and with which weights?
        edit: total += loss -> total += F.cross_entropy(model(images), labels)
    gradients of the sum
        the gradient is of the batch's summed loss, not of its average
        How does the step grow with the batch size?
        edit: loss.backward() -> (loss * len(labels)).backward()
    squared error on one-hot labels
        the loss is the squared distance to one-hot labels
        Which loss does the lesson use for classes?
        edit: cross_entropy -> mse_loss
        edit: , labels) -> , F.one_hot(labels, 4).double())
    log-softmax forgotten
        the loss is the negative logit of the right class, without log-softmax
        Can this loss fall without end by making all logits larger?
        edit: cross_entropy -> nll_loss
    """)
    + tuple(
        replace(each, edits=LOSS_EDITS.get(each.name, each.edits)) for each in LOSS_MISCONCEPTIONS
    ),
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
