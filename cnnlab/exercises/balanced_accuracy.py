"""Exercise of lesson 12: an accuracy in which every class counts the same."""

import torch
from torch import Generator, Tensor

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from

ASKED = {"balanced_accuracy": ("Lesson 12.4", "12 unequal-intro")}

CLASSES = 9  # numbers from 0; not all of them occur


def _inputs(generator: Generator) -> list[Arguments]:
    cases = [(_tensor([0, 0, 2, 0]), _tensor([0, 0, 0, 2]))]
    settings = range(1, 7), (1, 4, 12, 40), (True, False, False), (0.2, 0.6, 0.9), (True, False)
    for count, most, alike, share, elsewhere in crossed(generator, 40, *settings):
        order = torch.randperm(CLASSES, generator=generator, device="cpu")
        known, absent = order[:count], order[count:]
        size = integer(generator, 1, most)
        sizes = [size if alike else integer(generator, 1, most) for _ in range(count)]
        labels = known.repeat_interleave(_tensor(sizes))
        labels = labels[torch.randperm(len(labels), generator=generator, device="cpu")]
        others = absent if elsewhere else known
        picked = torch.randint(len(others), labels.shape, generator=generator, device="cpu")
        right = torch.rand(len(labels), generator=generator, device="cpu") < share
        cases.append((torch.where(right, labels, others[picked]), labels))
    return cases


def _tensor(numbers: list[int]) -> Tensor:
    return torch.tensor(numbers, device="cpu")


def _only_predicted(predicted: Tensor, labels: Tensor) -> bool:
    return not torch.isin(predicted, labels).all()


def _never_predicted(predicted: Tensor, labels: Tensor) -> bool:
    return not torch.isin(labels, predicted).all()


def _differ_in_size(predicted: Tensor, labels: Tensor) -> bool:
    return len(set(labels.unique(return_counts=True)[1].tolist())) > 1


def _several(predicted: Tensor, labels: Tensor) -> bool:
    return len(labels.unique()) > 1


BALANCED_ACCURACY = Exercise(
    name="balanced_accuracy",
    task="Return the mean, over the classes that occur in labels, of the share that is right.",
    returns="one number between 0 and 1",
    inputs=_inputs,
    facts={
        "predicted holds a class that is not in labels": _only_predicted,
        "labels holds a class that is never predicted": _never_predicted,
        "the classes in labels differ in size": _differ_in_size,
        "labels holds more than one class": _several,
    },
    misconceptions=misconceptions_from("""
    plain accuracy
        every image counts the same, so that a large class counts more than a small one
        What does a model earn that always gives the commonest class? What should it?
        edit: sum(shares) / len(shares) -> (predicted == labels).double().mean().item()
    precision for recall
        of the images that are predicted as a class, it is counted how many belong to it
        Which images is a class's share of: those with its label, or those with its prediction?
        edit: predicted[labels == each] == each -> labels[predicted == each] == each
    precision, 0 if never predicted
        of the images that are predicted as a class, it is counted how many belong to it; 0 if none
        Which images is a class's share of: those with its label, or those with its prediction?
        edit: predicted[labels == each] == each -> labels[predicted == each] == each
        edit: .double().mean() -> .double().mean().nan_to_num()
    precision of the predicted classes
        the mean is over the classes that are predicted, of the share that belongs to each
        Which images is a class's share of: those with its label, or those with its prediction?
        edit: predicted[labels == each] == each -> labels[predicted == each] == each
        edit: in labels.unique() -> in predicted.unique()
    missing classes count as 0
        the numbers up to the largest label that no image has count as classes with share 0
        Can a model be right about a class of which there is no image?
        edit: in labels.unique() -> in range(int(labels.max()) + 1)
        edit: .double().mean() -> .double().mean().nan_to_num()
    all numbers up to the largest count
        each number up to the largest counts as a class, predicted or not, with 0 if no image has it
        Can a model be right about a class of which there is no image?
        edit: in labels.unique() -> in range(int(torch.cat([labels, predicted]).max()) + 1)
        edit: .double().mean() -> .double().mean().nan_to_num()
    only predicted classes count
        a class that is predicted, but is no image's label, counts with share 0
        Over which classes is the mean: those in labels, or those in predicted?
        edit: in labels.unique() -> in torch.cat([labels, predicted]).unique()
        edit: .double().mean() -> .double().mean().nan_to_num()
    mean of nothing
        a number below the largest label that no image has gives 0 / 0, and so does the mean
        What is the mean of an empty tensor?
        edit: in labels.unique() -> in range(int(labels.max()) + 1)
    hits not divided
        the hits of a class are counted, not divided by the number of its images
        What is the largest share possible?
        edit: .double().mean() -> .double().sum()
    all images for one class
        the hits of a class are divided by the number of all images
        How many images could be right about this class at most?
        edit: .double().mean().item() -> .double().sum().item() / len(labels)
    shares added up
        the shares of the classes are added up, not averaged
        What is the largest balanced accuracy possible?
        edit: sum(shares) / len(shares) -> sum(shares)
    divided by the images
        the shares of the classes are added up and divided by the number of images
        How many shares were added up?
        edit: sum(shares) / len(shares) -> sum(shares) / len(labels)
    only the last class
        only the last class counts
        Where do you keep what the earlier classes gave?
        edit: sum(shares) / len(shares) -> shares[-1]
    the worst class
        the answer is the share of the worst class
        Is that a mean of the classes?
        edit: sum(shares) / len(shares) -> min(shares)
    the best class
        the answer is the share of the best class
        Is that a mean of the classes?
        edit: sum(shares) / len(shares) -> max(shares)
    only the first class
        only the first class counts
        Where do you add what the later classes gave?
        edit: sum(shares) / len(shares) -> shares[0]
    the median class
        the answer is the median of the shares, not their mean
        May the worst class change without changing the answer?
        edit: sum(shares) / len(shares) -> torch.tensor(shares).double().quantile(0.5).item()
    geometric mean
        the shares are multiplied, and the root is taken
        What is the answer if a single class is never right?
        edit: sum(shares) / len(shares) -> torch.tensor(shares).double().prod().item() \
** (1 / len(shares))
    macro F1
        the mean is of F1: hits are divided by the mean of labeled and predicted images
        Which images is a class's share of: those with its label, or those with its prediction?
        edit: in labels.unique() -> in torch.cat([labels, predicted]).unique()
        edit: predicted[labels == each] == each -> (predicted == each) & (labels == each)
        edit: hits.double().mean() -> 2 * hits.sum() / ((predicted == each) | hits).sum().add(\
(labels == each).sum())
    mean over the predicted classes
        the mean is over the classes that are predicted
        Does a class count that the model never names?
        edit: in labels.unique() -> in predicted.unique()
        edit: .double().mean() -> .double().mean().nan_to_num()
    missed classes left out
        a class with share 0 is left out of the mean
        What is the answer for a model that always gives one class?
        edit: return sum -> shares = [each for each in shares if each] or [0.0]\\n    return sum
    all or nothing
        the share of a class is 1 if all its images are right, and else 0
        Does / or // divide a count into a share?
        edit: .double().mean() -> .double().mean().floor()
    adjusted for chance
        the mean is put on a scale on which chance is 0
        What should the answer be for a model that guesses?
        edit: sum(shares) / len(shares) -> (sum(shares) / len(shares) - 1 / len(shares)) / (\
1 - 1 / len(shares)) if len(shares) > 1 else 0.0
    class 0 left out
        the class with the number 0 is left out
        Is 0 a class like the others?
        edit: in labels.unique(): -> in labels[labels > 0].unique():
        edit: / len(shares) -> / max(len(shares), 1)
    classes of one image left out
        a class with a single image is left out
        Does the exercise leave out any class that occurs?
        edit: in labels.unique(): -> in labels.unique()[labels.unique(return_counts=True)[1] > 1]:
        edit: / len(shares) -> / max(len(shares), 1)
    each class against the rest
        an image counts as right about a class, too, if neither its label nor its prediction is that
        How many images should have a say in one class's share?
        edit: predicted[labels == each] == each -> (predicted == each) == (labels == each)
    errors for hits
        the errors are counted, not the hits
        What is the answer for a model that is always right?
        edit: labels == each] == each -> labels == each] != each
    percentage
        the answer is a percentage
        What is the largest accuracy possible, as a fraction?
        edit: return -> return 100 *
    """),
    hints=(
        "First one class: which images have its label, and of how many is the prediction right?",
        "labels.unique() are the classes that occur; predicted[labels == each] is one of them.",
        "The mean of (predicted[labels == each] == each).double().mean() over those classes.",
    ),
    solution="""\
def balanced_accuracy(predicted, labels):
    shares = []
    for each in labels.unique():
        hits = predicted[labels == each] == each
        shares.append(hits.double().mean().item())
    return sum(shares) / len(shares)
""",
)
