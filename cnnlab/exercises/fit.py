"""Exercise of lesson 06: the loop of a training program."""

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import Arguments, Exercise, crossed, misconceptions_from
from cnnlab.exercises.kit.observed_fit import (
    CLASSES,
    Cards,
    ShownSpec,
    extract_fit,
    prepare_fit,
)

ASKED = {"fit": ("Lesson 06.3", "06 program-intro", 0, "loop")}


def _inputs(generator: Generator) -> list[Arguments]:
    cases = []
    choices = range(12, 24), range(8, 18), (1, 2, 2, 3), range(3, 8), (True, False)
    for count, others, epochs, batch_size, training in crossed(generator, 36, *choices):
        labels, new_labels = (_below(CLASSES, generator, each) for each in (count, others))
        # At place i stands training image i; at -i, counted from the end, validation image i.
        right = torch.cat([labels[:1], labels, new_labels.flip(0)])
        table = (right + _below(2, generator, 4, 2, 2, len(right))) % CLASSES
        sets = Cards(labels, 1), Cards(new_labels, -1)
        names = "make_optimizer", "schedule", "augment"
        spec = ShownSpec(table, training)
        cases.append((spec, *sets, *names, epochs, batch_size, "device"))
    return cases


def _below(end: int, generator: Generator, *shape: int) -> Tensor:
    return torch.randint(end, shape, generator=generator, device="cpu")


FIT = Exercise(
    name="fit",
    task="Train a model on a device, and return its validation accuracy after each epoch.",
    returns="a list of numbers, one accuracy for each epoch",
    inputs=_inputs,
    prepare_arguments=prepare_fit,
    extract_answer=extract_fit,
    live=True,
    facts={
        "the model comes in eval mode": lambda model, **_: not model.training,
        "the last batch of training images is smaller": lambda learned, batch_size, **_: (
            len(learned.labels) % batch_size > 0
        ),
        "the last batch of validation images is smaller": lambda decides, batch_size, **_: (
            len(decides.labels) % batch_size > 0
        ),
    },
    misconceptions=misconceptions_from("""
    scheduler stepped once an epoch
        the rate changes after an epoch, not after a batch
        How many steps has schedule been promised, and how often is the scheduler called?
        edit: \\n            scheduler.step() -> \\n        scheduler.step()
    scheduler before the optimizer
        the scheduler steps before the optimizer, so that each step takes the rate of the next one
        Which rate is set when the first batch comes, and which one does its step take?
        edit: optimizer.step()\\n            scheduler.step() -> scheduler.step()\\n            optimizer.step()
    scheduler never stepped
        the scheduler never steps, and the rate stays as it is at the first step
        Which line goes on to the rate of the next step?
        edit: \\n            scheduler.step() ->
    steps for epochs
        the schedule is told the number of epochs as the number of steps
        How many steps does one epoch take?
        edit: epochs * len(labels.split(batch_size)) -> epochs
    steps of one epoch
        the schedule is told the number of steps in one epoch
        When is the rate to be near 0: after the first epoch, or at the end?
        edit: epochs * len -> len
    steps rounded down
        the smaller last batch is not counted among the steps
        How many batches of 4 are 10 images?
        edit: len(labels.split(batch_size)) -> (len(labels) // batch_size)
    optimizer before the model is moved
        the optimizer is made while the model is still on the CPU
        Whose parameters does an optimizer hold if the model is moved after it was made?
        edit: model.to(device)\\n    images -> images
        edit: optimizer = make_optimizer(model.parameters()) -> \
optimizer = make_optimizer(model.parameters())\\n    model.to(device)
    optimizer made anew
        each epoch makes a new optimizer and a new scheduler
        Where does an optimizer keep its momentum, and the scheduler its count?
    images moved batch by batch
        the training images go to the device batch by batch, in every epoch anew
        How often does one image travel to the device in 8 epochs?
        edit: (each.to(device) for each in learned) -> learned
        edit: images[chosen] -> images[chosen].to(device)
        edit: labels[chosen] -> labels[chosen].to(device)
    images moved one by one
        the training images go to the device one by one
        What does it cost to call the device once for each image?
        edit: (each.to(device) for each in learned) -> [torch.stack([one.to(device) for one in each]) for each in learned]
    """),
    hints=(
        "Once: model, images and labels to the device; then the optimizer, then the scheduler.",
        "An epoch: train mode and the batches of a new order; then eval mode, no gradients.",
        "A batch: augment, loss, zero_grad, backward, optimizer.step(), then scheduler.step().",
    ),
    solution="""\
def fit(
    model, learned, decides, make_optimizer, schedule, augment, epochs, batch_size, device
):
    model.to(device)
    images, labels = (each.to(device) for each in learned)
    new_images, new_labels = (each.to(device) for each in decides)
    optimizer = make_optimizer(model.parameters())
    steps = epochs * len(labels.split(batch_size))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: schedule(step, steps))
    accuracies = []
    for epoch in range(epochs):
        model.train()
        for chosen in torch.randperm(len(labels), device=device).split(batch_size):
            loss = F.cross_entropy(model(augment(images[chosen])), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
        model.eval()
        right = 0
        with torch.no_grad():
            for few, answers in zip(new_images.split(batch_size), new_labels.split(batch_size)):
                right += (model(few).argmax(dim=1) == answers).sum().item()
        accuracies.append(right / len(new_labels))
    return accuracies
""",
)
