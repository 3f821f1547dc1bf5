"""Exercise of lesson 06: batch norm, in training and in use."""

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from cnnlab.exercises.kit.exercise import (
    Arguments,
    Exercise,
    Switches,
    misconceptions_from,
    whole_numbers,
)
from cnnlab.exercises.kit.values import plain

ASKED = {"batch_norm": ("Lesson 06.2", "06 batch-norm-intro")}

EPS = 1e-5
PARTS = ("normalized features", "running mean", "running variance")
AXES = {
    "one mean for all channels": (0, 1, 2, 3),
    "each image by itself": (2, 3),
    "each pixel by itself": (0,),
}


def _batch_norm(
    switches: Switches,
    features: Tensor,
    running_mean: Tensor,
    running_var: Tensor,
    weight: Tensor,
    bias: Tensor,
    training: bool,
    momentum: float = 0.1,
) -> Any:
    axes = next((axes for name, axes in AXES.items() if name in switches), (0, 2, 3))
    mean = features.mean(axes, keepdim=True)
    biased, unbiased = (features.var(axes, correction=c, keepdim=True) for c in (0, 1))
    from_batch = training or "batch statistics in eval mode" in switches
    if not from_batch or "running statistics in training" in switches:
        used = running_mean[:, None, None], running_var[:, None, None]
    else:
        used = mean, unbiased if "normalized by the unbiased variance" in switches else biased
    answer = _scaled(switches, _normalized(switches, features, *used), weight, bias)
    if not training and "updated in eval mode" not in switches:
        return answer, running_mean, running_var
    kept = biased if "running variance biased" in switches else unbiased
    return answer, *_updated(switches, (running_mean, running_var), (mean, kept), momentum)


def _normalized(switches: Switches, features: Tensor, mean: Tensor, var: Tensor) -> Tensor:
    if "mean not subtracted" in switches:
        mean = torch.zeros_like(mean)
    if "root forgotten" in switches:
        return (features - mean) / (var + EPS)
    if "eps forgotten" in switches:
        return (features - mean) / var.sqrt()
    if "eps outside the root" in switches:
        return (features - mean) / (var.sqrt() + EPS)
    return (features - mean) / (var + EPS).sqrt()


def _scaled(switches: Switches, features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if "weight and bias swapped" in switches:
        weight, bias = bias, weight
    if not {"weight unused", "weight and bias unused"} & switches:
        features = features * weight[:, None, None]
    if not {"bias unused", "weight and bias unused"} & switches:
        features = features + bias[:, None, None]
    return features


def _updated(
    switches: Switches, old: tuple[Tensor, Tensor], new: tuple[Tensor, Tensor], momentum: float
) -> tuple[Tensor, Tensor]:
    if "momentum reversed" in switches:
        momentum = 1 - momentum
    if "momentum ignored" in switches:
        momentum = 1.0
    # (1, channels, 1, 1) -> (channels,); means per image or pixel are averaged
    flat = [part.mean((0, 2, 3)) for part in new]
    mean, var = ((1 - momentum) * o + momentum * n for o, n in zip(old, flat, strict=True))
    if {"running mean never updated", "running statistics never updated"} & switches:
        mean = old[0]
    if {"running variance never updated", "running statistics never updated"} & switches:
        var = old[1]
    return mean, var


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
    settings = (
        ((2, 1, 2, 3), True, 0.5),
        ((3, 2, 2, 4), True),
        ((3, 2, 4, 3), False),
        ((4, 3, 5, 2), True, 0.3),
        ((2, 4, 3, 5), False, 0.7),
    )
    cases = [_draw(generator, *setting) for setting in settings]
    features, *rest = _draw(generator, (3, 2, 4, 5), True, 0.2)
    return [*cases, (features.mT, *rest)]


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
    model=_batch_norm,
    oracle=_torch_batch_norm,
    inputs=_inputs,
    extract_answer=_three_parts,
    axes={"running mean": ("channel",), "running variance": ("channel",)},
    misconceptions=misconceptions_from("""
    batch statistics in eval mode
        the batch's own mean and variance are used in eval mode, too
        What does an image's answer depend on if it comes alone, and if it comes in a batch?
    running statistics in training
        the running mean and variance are used in training, too
        Which mean do the features have after the layer if training is True?
    updated in eval mode
        the running statistics change in eval mode, too
        Should test images leave a trace in the network?
    running statistics never updated
        the running mean and variance stay as they were
        What does eval mode use, and from where does it come?
    running mean never updated
        the running mean stays as it was
        What does eval mode subtract, and from where does it come?
    running variance never updated
        the running variance stays as it was
        What does eval mode divide by, and from where does it come?
    running variance biased
        the running variance takes over the variance divided by n, not by n - 1
        Which of the two variances estimates that of all images from a few?
    normalized by the unbiased variance
        the features are normalized by the variance divided by n - 1, not by n
        Which variance have the normalized features, divided by n, if yours is used?
    momentum reversed
        the share momentum goes to the old value, and the rest to the batch
        With momentum=0.1, how much of the old value should remain?
    momentum ignored
        the running statistics are those of the last batch
        With momentum=0.1, how much of the old value should remain?
    one mean for all channels
        all channels share one mean and one variance
        How many numbers does running_mean hold?
    each image by itself
        each image is normalized by its own mean and variance
        Over which axes is there one mean: how many numbers does running_mean hold?
    each pixel by itself
        each pixel has a mean and a variance of its own
        Over which axes is there one mean: how many numbers does running_mean hold?
    mean not subtracted
        the mean is not subtracted
        Which mean should each channel have before weight and bias?
    root forgotten
        the features are divided by the variance, not by its root
        In which unit is a variance if the features are in metres?
    eps forgotten
        nothing is added to the variance
        What happens in a channel whose numbers are all alike?
    eps outside the root
        the small number is added to the root, not to the variance
        To which of the two does torch add it?
    weight unused
        weight is not used
        How can a layer behind the batch norm get larger numbers where it needs them?
    bias unused
        bias is not used
        How can a layer behind the batch norm get another mean where it needs one?
    weight and bias unused
        neither weight nor bias is used
        How can a layer behind the batch norm get another mean and spread where it needs them?
    weight and bias swapped
        weight is added and bias multiplied
        Which of the two is a factor?
    """),
    hints=(
        "Which mean and variance? In training the batch's, in eval mode the running ones.",
        "Over (0, 2, 3): one number per channel. [:, None, None] fits it to the features.",
        "Normalize with correction=0, keep correction=1: (1 - momentum) * old + momentum * new.",
    ),
    solution="""\
def batch_norm(features, running_mean, running_var, weight, bias, training, momentum=0.1):
    mean, var = running_mean, running_var
    if training:
        mean = features.mean((0, 2, 3))
        var = features.var((0, 2, 3), correction=0)
        unbiased = features.var((0, 2, 3), correction=1)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * unbiased
    normalized = (features - mean[:, None, None]) / (var[:, None, None] + 1e-5).sqrt()
    answer = weight[:, None, None] * normalized + bias[:, None, None]
    return answer, running_mean, running_var
""",
)

EXERCISES = (BATCH_NORM,)
