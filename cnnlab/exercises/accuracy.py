"""Exercise of lessons 00 and 05: the accuracy."""

import torch
from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, misconceptions_from, whole_numbers

ASKED = {"accuracy": ("Lesson 00.1", "05 confusions-intro")}


def _accuracy_inputs(generator: Generator) -> list[Arguments]:
    square = torch.tensor([[0.0, 2.0, 1.0], [3.0, 1.0, 2.0], [0.5, 0.2, 0.1]], device="cpu")
    cases = [(square.double(), torch.tensor([1, 2, 1], device="cpu"))]
    settings = crossed(generator, 36, range(1, 13), range(2, 11), (0.1, 0.5, 0.9), (True, False))
    for count, classes, share, turned in settings:
        logits = whole_numbers(generator, count, classes, turned=turned) / 8
        logits += torch.arange(classes, device="cpu") / 100  # no two are equal
        wrong = torch.rand(count, generator=generator, device="cpu") > share
        off = wrong * torch.randint(1, classes, (count,), generator=generator, device="cpu")
        labels = (logits.argmax(1) + off) % classes
        cases.append((logits, labels))
    return cases


ACCURACY = Exercise(
    name="accuracy",
    task="Return the fraction of images whose largest logit is at their label.",
    returns="one number between 0 and 1",
    inputs=_accuracy_inputs,
    misconceptions=misconceptions_from("""
    argmax over the batch
        the largest logit is looked for among the images, not among the classes
        Which axis of (batch, classes) are the classes?
        edit: dim=1 -> dim=0
    smallest logit
        the smallest logit is taken
        Which class does the model think most likely?
        edit: argmax -> argmin
    values for places
        the largest logit itself is compared with the label, not its place
        What does max return, and what does argmax?
        edit: argmax -> max
        edit: (dim=1) -> (dim=1).values
    all compared with all
        every prediction is compared with every label
        Which shape do (batch, 1) and (batch,) give when they are compared?
        edit: == labels -> == labels[:, None]
    one-hot labels
        one-hot vectors are compared number by number
        How many zeros agree although the class is wrong?
        edit: (logits.argmax -> (F.one_hot(logits.argmax
        edit: dim=1) -> dim=1), logits.shape[1])
        edit: == labels -> == F.one_hot(labels, logits.shape[1])
    only confident answers
        a hit counts only if its probability is above one half
        With ten classes, how large must the largest probability be?
        edit: .float() -> .logical_and(logits.softmax(1).amax(1) > 0.5).float()
    hits counted
        the hits are counted, not divided by the number of images
        What is the largest accuracy possible?
        edit: .mean() -> .sum()
    whole division
        the division throws the fraction away
        What is 3 // 4?
        edit: .mean() -> .sum()
        edit: .item() -> .item() // len(labels)
    divided by classes
        the hits are divided by the number of classes
        Of how many images were the hits?
        edit: .mean() -> .sum()
        edit: .item() -> .item() / logits.shape[1]
    softmax over the images
        softmax runs over the images, which changes what is largest for an image
        For one image, should its probabilities over the classes sum to 1?
        edit: logits.argmax -> logits.softmax(dim=0).argmax
    right if second
        a hit counts as well if the label has the second largest logit
        How many classes does a model predict for one image?
        edit: (logits.argmax(dim=1) == labels) -> (logits.topk(2).indices == labels[:, None]).any(1)
    only the first image
        only the first image counts
        How many images does the fraction count?
        edit: .float().mean() -> .float()[0]
    rounded to tenths
        the answer is rounded to one decimal
        Which accuracies of 100 images do you tell apart?
        edit: return (logits -> return round((logits
        edit: .item() -> .item(), 1)
    errors for hits
        the errors are counted, not the hits
        What is the accuracy of a model that is always right?
        edit: == labels -> != labels
    percentage
        the answer is a percentage
        What is the largest accuracy possible, as a fraction?
        edit: return -> return 100 *
    """),
    hints=(
        "logits has the axes (batch, classes). What does a model predict for one image?",
        "logits.argmax(dim=1) gives a class for each image. Compare it with labels.",
        "The mean of the comparison, taken as numbers: (... == labels).float().mean().",
    ),
    solution="""\
def accuracy(logits, labels):
    return (logits.argmax(dim=1) == labels).float().mean().item()
""",
)
