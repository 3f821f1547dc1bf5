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
    choices = range(10, 15), range(8, 13), (1, 2, 2, 3), range(4, 8), (True, False)
    for count, others, epochs, batch_size, training in crossed(generator, 32, *choices):
        labels, new_labels = (_below(CLASSES, generator, each) for each in (count, others))
        # At place i stands training image i; at -i, counted from the end, validation image i.
        right = torch.cat([labels[:1], labels, new_labels.flip(0)])
        table = (right + _below(2, generator, 4, 2, 2, len(right))) % CLASSES
        sets = Cards((labels,)), Cards((new_labels,))
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
            len(learned[0]) % batch_size > 0
        ),
        "the last batch of validation images is smaller": lambda decides, batch_size, **_: (
            len(decides[0]) % batch_size > 0
        ),
    },
    misconceptions=misconceptions_from("""
    scheduler stepped once an epoch
        the scheduler steps after an epoch, not after a batch
        How many steps was schedule told, and how often does the scheduler step?
        edit: \\n            scheduler.step() -> \\n        scheduler.step()
    scheduler before the optimizer
        the scheduler steps before the optimizer, so that each step takes the rate of the next one
        Which step's rate is set when the first batch comes, and which one does its step take?
        edit: \\n            scheduler.step() ->
        edit: loss.backward() -> loss.backward()\\n            scheduler.step()
    scheduler never stepped
        the scheduler never steps, and every step takes the rate of the first
        Which line goes on to the rate of the next step?
        edit: \\n            scheduler.step() ->
    scheduler made anew
        every epoch begins with the rate of the first step again
        How many steps were taken when the second epoch begins?
        edit: train() -> train()\\n        scheduler.__init__(optimizer, scheduler.lr_lambdas)
    steps of one epoch
        schedule is told the number of steps in one epoch
        When is the rate to be near 0: after the first epoch, or at the end?
        edit: epochs * len -> len
    epochs for steps
        schedule is told the number of epochs as the number of steps
        How many steps does one epoch take?
        edit: epochs * len(labels.split(batch_size)) -> epochs
    steps rounded down
        the smaller last batch is not counted among the steps
        How many batches of 4 do 10 images make?
        edit: len(labels.split(batch_size)) -> (len(labels) // batch_size)
    optimizer before the model is moved
        the optimizer is made while the model is still on the CPU
        Which parameters does an optimizer hold if the model gets others on the device?
        edit: model.to(device)\\n    images -> images
        edit: (model.parameters()) -> (model.parameters())\\n    model.to(device)
    training images moved one by one
        the training images go to the device one by one
        What does a call of the device cost, if it is made for every image?
        edit: images, labels = (each.to(device) for each in learned) -> images, labels = learned
        edit: images[chosen] -> torch.stack([images[i].to(device) for i in chosen])
        edit: labels[chosen] -> labels[chosen].to(device)
    training images moved batch by batch
        the training images go to the device batch by batch, in every epoch anew
        How often does one image travel to the device in eight epochs?
        edit: images, labels = (each.to(device) for each in learned) -> images, labels = learned
        edit: images[chosen] -> images[chosen].to(device)
        edit: labels[chosen] -> labels[chosen].to(device)
    validation images moved batch by batch
        the validation images go to the device batch by batch, after every epoch anew
        How often does one image travel to the device in eight epochs?
        edit: new_labels = (each.to(device) for each in decides) -> new_labels = decides
        edit: model(few) -> model(few.to(device))
        edit: == answers -> == answers.to(device)
    train mode not switched
        the model is never switched to train mode
        In which mode does the validation leave the model?
        edit: \\n        model.train() ->
    train mode not switched back
        the model is switched to train mode once, and validation leaves it in eval mode
        In which mode does the second epoch find the model?
        edit: \\n        model.train() ->
        edit: accuracies = [] -> model.train()\\n    accuracies = []
    eval mode not switched
        the model is in train mode while the validation images judge it
        Which images decide what batch norm does to an image in train mode?
        edit: \\n        model.eval() ->
    gradients recorded
        gradients are recorded while the validation images judge
        Which memory does torch fill for a backward pass that never comes?
        edit: no_grad -> enable_grad
    not shuffled
        the training images are not shuffled: those that are given one after the other stay together
        What does a batch teach if the images are sorted by their class?
        edit: randperm -> arange
    one order for all epochs
        every epoch takes the images in the same order
        Which images meet in a batch in the second epoch that did not in the first?
        edit: accuracies = [] -> order = torch.randperm(len(labels))\\n    accuracies = []
        edit: in torch.randperm(len(labels), device=device) -> in order
    labels not shuffled
        the labels stay in their order, and the images do not
        Whose label does the first image of a batch meet in the loss?
        edit: labels[chosen] -> labels[: len(chosen)]
    last training batch dropped
        a last batch that is smaller is left out of training
        Does a smaller batch hold images, too?
        edit: len(labels.split(batch_size)) -> (len(labels) // batch_size)
        edit: device).split(batch_size) -> device).split(batch_size)[: steps // epochs]
    not augmented
        the training images are never changed
        Which of the arguments do you not use?
        edit: augment(images[chosen]) -> images[chosen]
    augmented once
        the images are changed once, before the first epoch
        How many versions of one photograph does the model see in eight epochs?
        edit: augment(images[chosen]) -> images[chosen]
        edit: accuracies = [] -> images = augment(images)\\n    accuracies = []
    validation images augmented
        the validation images are changed as well
        Is the accuracy after two epochs comparable if the images have changed in between?
        edit: model(few) -> model(augment(few))
    gradients never cleared
        gradients of earlier batches are still there at the next step
        What does backward() do with a gradient that is already there?
        edit: \\n            optimizer.zero_grad() ->
    cleared before the step
        the gradients are gone when the optimizer steps
        Which gradients does optimizer.step() read, and when are they made?
        edit: \\n            optimizer.zero_grad() ->
        edit: loss.backward() -> loss.backward()\\n            optimizer.zero_grad()
    training images judge
        the accuracy is that of the training images
        Which of the two sets has the model not learned?
        edit: new_images.split -> images.split
        edit: new_labels.split -> labels.split
        edit: right / len(new_labels) -> right / len(labels)
    last validation batch dropped
        a smaller last batch is left out, and the hits are divided by the number of all images
        Does a smaller batch hold images, too?
        edit: new_labels.split(batch_size)) -> new_labels[:whole].split(batch_size))
        edit: right = 0 -> right, whole = 0, len(new_labels) // batch_size * batch_size
    whole validation batches only
        a last batch of validation images that is smaller is left out
        Does a smaller batch hold images, too?
        edit: new_labels.split(batch_size)) -> new_labels[:whole].split(batch_size))
        edit: right = 0 -> right, whole = 0, len(new_labels) // batch_size * batch_size
        edit: right / len(new_labels) -> right / whole
    mean of batch accuracies
        the accuracy is the average of the batches' accuracies
        Over n images an accuracy is a multiple of 1/n. Is yours?
        edit: .sum().item() -> .double().mean().item()
        edit: right / len(new_labels) -> right / len(new_labels.split(batch_size))
    hits of all epochs
        the hits of earlier epochs are still counted
        What is the largest number that your list could hold after two epochs?
        edit: \\n        right = 0 ->
        edit: accuracies = [] -> accuracies, right = [], 0
    hits counted
        the hits are counted, not divided by the number of images
        What is the largest accuracy possible?
        edit: right / len(new_labels) -> right
    only the last accuracy
        only the accuracy after the last epoch is returned
        How could you see afterwards whether more epochs would help?
        edit: return accuracies -> return accuracies[-1]
    only the best accuracy
        only the best accuracy is returned
        Of eight accuracies that scatter, is the best one what a new set of images would give?
        edit: return accuracies -> return max(accuracies)
    """),
    hints=(
        "Once: model, images and labels to the device; then the optimizer, then the scheduler.",
        "An epoch: train mode and the batches of a new order; then eval mode, no gradients.",
        "A batch: augment, loss, zero_grad, backward, optimizer.step(), then scheduler.step().",
    ),
    solution="""\
def fit(model, learned, decides, make_optimizer, schedule, augment, epochs, batch_size, device):
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
