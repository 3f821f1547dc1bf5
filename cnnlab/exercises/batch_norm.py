"""Exercise of lesson 06: batch norm, in training and in use."""

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit import (
    Arguments,
    Exercise,
    crossed,
    misconceptions_from,
    plain,
    turned,
    whole_numbers,
)

ASKED = {"batch_norm": ("Lesson 06.6", "06 batch-norm-intro")}

EPS = 1e-5
PARTS = ("normalized features", "running mean", "running variance")


def _torch_batch_norm(
    features: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool,
    momentum: float = 0.1,
) -> tuple[Tensor, Tensor, Tensor]:
    mean, var = running_mean.clone(), running_var.clone()
    return F.batch_norm(features, mean, var, weight, bias, training, momentum, EPS), mean, var


def _inputs(generator: Generator) -> list[Arguments]:
    sizes = (range(1, 4), range(1, 5), range(1, 5), range(1, 5))
    momenta = ((), (), (0.2,), (0.3,), (0.5,), (0.7,), (1.0,))
    others = ((True, False), momenta, (True, False))
    cases = []
    for *shape, training, momentum, in_order in crossed(generator, 36, *sizes, *others):
        if shape[0] * shape[2] * shape[3] == 1:  # no variance divided by n - 1
            shape[0] = 2
        features, *rest = _draw(generator, tuple(shape), training, *momentum)
        cases.append((features if in_order else turned(features), *rest))
    return cases


def _draw(
    generator: Generator, shape: tuple[int, ...], training: bool, *momentum: float
) -> Arguments:
    """Return one call; the last of several channels hardly varies, so that eps can be seen."""
    channels = shape[1]
    features = whole_numbers(generator, *shape) + whole_numbers(generator, channels, 1, 1)
    features[:, 1:][:, -1:] /= 1000
    mean, weight, bias = whole_numbers(generator, 3, channels)
    var = whole_numbers(generator, channels).abs() / 2
    var[1:][-1:] = 3e-5
    return features, mean, var, weight, bias + 0.5, training, *momentum


def _three_parts(returned: Any, _: Arguments) -> Any:
    answer = plain(returned)
    if isinstance(answer, tuple) and len(answer) == 3 and all(map(torch.is_tensor, answer)):
        return dict(zip(PARTS, answer, strict=True))
    return answer


BATCH_NORM = Exercise(
    name="batch_norm",
    task="Normalize each channel, and return the result with the new running mean and variance.",
    returns="three tensors (normalized features, running mean, running variance)",
    oracle=_torch_batch_norm,
    inputs=_inputs,
    extract_answer=_three_parts,
    facts={
        "momentum is 0.1": lambda momentum, **_: momentum == 0.1,
        "momentum is not 0.1": lambda momentum, **_: momentum != 0.1,
    },
    axes={"running mean": ("channel",), "running variance": ("channel",)},
    misconceptions=misconceptions_from("""
    batch statistics in eval mode
        the batch's own mean and variance are used in eval mode, too
        What does an image's answer depend on if it comes alone, and if it comes in a batch?
        edit: mean, var = running_mean[:, None, None], running_var[:, None, None] -> pass
    running statistics in training
        the running mean and variance are used in training, too
        Which mean do the features have after the layer if training is True?
        edit: if not training:\\n        mean, -> mean,
        edit: \\n        new_mean, -> \\n    if not training:\\n        new_mean,
    updated in eval mode
        the running statistics change in eval mode, too
        Should test images leave a trace in the network?
        edit: new_mean, new_var = running_mean, running_var -> pass
    running statistics never updated
        the running mean and variance stay as they were
        What does eval mode use, and from where does it come?
        edit: answer, new_mean, new_var -> answer, running_mean, running_var
    running mean never updated
        the running mean stays as it was
        What does eval mode subtract, and from where does it come?
        edit: answer, new_mean -> answer, running_mean
    running variance never updated
        the running variance stays as it was
        What does eval mode divide by, and from where does it come?
        edit: answer, new_mean, new_var -> answer, new_mean, running_var
    running variance biased
        the running variance takes over the variance divided by n, not by n - 1
        Which of the two variances estimates that of all images from a few?
        edit: momentum * unbiased -> momentum * var
    normalized by the unbiased variance
        the features are normalized by the variance divided by n - 1, not by n
        Which variance have the normalized features, divided by n, if yours is used?
        edit: if not -> var = unbiased\\n    if not
    momentum reversed
        the share momentum goes to the old value, and the rest to the batch
        With momentum=0.1, how much of the old value should remain?
        edit: axes = -> momentum = 1 - momentum\\n    axes =
    momentum ignored
        the running statistics are those of the last batch
        With momentum=0.1, how much of the old value should remain?
        edit: axes = -> momentum = 1\\n    axes =
    one mean for all channels
        all channels share one mean and one variance
        How many numbers does running_mean hold?
        edit: axes = (0, 2, 3) -> axes = (0, 1, 2, 3)
    each image by itself
        each image is normalized by its own mean and variance
        Over which axes is there one mean: how many numbers does running_mean hold?
        edit: axes = (0, 2, 3) -> axes = (2, 3)
        edit: mean.flatten() -> mean.mean((0, 2, 3))
        edit: unbiased.flatten() -> unbiased.mean((0, 2, 3))
    each pixel by itself
        each pixel has a mean and a variance of its own
        Over which axes is there one mean: how many numbers does running_mean hold?
        edit: axes = (0, 2, 3) -> axes = (0,)
        edit: mean.flatten() -> mean.mean((0, 2, 3))
        edit: unbiased.flatten() -> unbiased.mean((0, 2, 3))
    mean not subtracted
        the mean is not subtracted
        Which mean should each channel have before weight and bias?
        edit: (features - mean) -> features
    root forgotten
        the features are divided by the variance, not by its root
        In which unit is a variance if the features are in metres?
        edit: .sqrt() ->
    eps forgotten
        nothing is added to the variance
        What happens in a channel whose numbers are all alike?
        edit: (var + 1e-5) -> var
    eps outside the root
        the small number is added to the root, not to the variance
        To which of the two does torch add it?
        edit: (var + 1e-5).sqrt() -> (var.sqrt() + 1e-5)
    weight unused
        weight is not used
        How can a layer behind the batch norm get larger numbers where it needs them?
        edit: weight[:, None, None] * normalized -> normalized
    bias unused
        bias is not used
        How can a layer behind the batch norm get another mean where it needs one?
        edit: normalized + bias[:, None, None] -> normalized
    weight and bias unused
        neither weight nor bias is used
        How can a layer behind the batch norm get another mean and spread where it needs them?
        edit: weight[:, None, None] * normalized + bias[:, None, None] -> normalized
    weight and bias swapped
        weight is added and bias multiplied
        Which of the two is a factor?
        edit: answer = -> weight, bias = bias, weight\\n    answer =
    """),
    hints=(
        "Which mean and variance? In training the batch's, in eval mode the running ones.",
        "Over (0, 2, 3): one number per channel. [:, None, None] fits it to the features.",
        "Normalize with correction=0, keep correction=1: (1 - momentum) * old + momentum * new.",
    ),
    solution="""\
def batch_norm(features, running_mean, running_var, weight, bias, training, momentum=0.1):
    axes = (0, 2, 3)
    mean = features.mean(axes, keepdim=True)  # (1, channels, 1, 1)
    var = features.var(axes, correction=0, keepdim=True)
    unbiased = features.var(axes, correction=1, keepdim=True)
    new_mean = (1 - momentum) * running_mean + momentum * mean.flatten()
    new_var = (1 - momentum) * running_var + momentum * unbiased.flatten()
    if not training:
        mean, var = running_mean[:, None, None], running_var[:, None, None]
        new_mean, new_var = running_mean, running_var
    normalized = (features - mean) / (var + 1e-5).sqrt()
    answer = weight[:, None, None] * normalized + bias[:, None, None]
    return answer, new_mean, new_var
""",
)
