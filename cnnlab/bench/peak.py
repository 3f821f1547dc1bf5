"""What a machine computes at most, what a training step needs of it, and where the rest goes."""

import time
from collections import Counter
from functools import partial

import torch
from torch import nn
from torch.autograd import DeviceType
from torch.autograd.profiler_util import FunctionEvent
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.flop_counter import FlopCounterMode

from cnnlab import data
from cnnlab.data import ImageData
from cnnlab.training.devices import memory_format_on
from cnnlab.training.loop import _Run
from cnnlab.training.precision import FORMATS
from cnnlab.training.recipes import Recipe

SIDE = 2048  # of the square matrices, 16 MiB each in float32
REPEATS = 5
STEPS = 4  # that are profiled, after as many that are not
# What each operation of torch belongs to, by the first of these that its name holds.
KINDS = {
    "convolution": "convolutions",
    "conv2d": "convolutions",
    "batch_norm": "batch norm",
    "gelu": "activations",
    "relu": "activations",
    "pool": "pooling",
    "copy_": "copies, such as to another number format",
}
OTHER, BATCHES, OPTIMIZER = "the rest", "batches and augmentation", "the optimizer"


def matrix_flops(device: torch.device, numbers: torch.dtype) -> float:
    """Return the FLOP/s of the product of two large matrices: the fastest of several.

    The same product is also computed as a 1 x 1 convolution. On a processor torch has that from
    another library, oneDNN instead of MKL, and which of the two is faster depends on the processor.
    """
    left, right = (torch.rand(SIDE, SIDE, device=device).to(numbers) for _ in range(2))
    # A row of `left` is a place in one of 32 images, its columns are the channels there. A single
    # image is no work for oneDNN, as torch sees it, if there is one thread.
    images = left.view(32, 8, SIDE // 256, SIDE).permute(0, 3, 1, 2)
    kernels = right.view(SIDE, SIDE, 1, 1).to(memory_format=torch.channels_last)
    products = (partial(torch.mm, left, right), partial(functional.conv2d, images, kernels))
    fastest = float("inf")
    for product in products * (REPEATS + 1):
        began = time.perf_counter()
        result = product()
        result[(0,) * result.ndim].item()  # a number: the device is done
        fastest = min(fastest, time.perf_counter() - began)
    return 2 * SIDE**3 / fastest


def flops_of_image(model: nn.Module, images: torch.Tensor) -> int:
    """Return the FLOP of a training step for one image: forward, and backward to all weights.

    A multiplication and an addition count as two. Only convolutions and matrix products count.

    Args:
        images: (N, channels, height, width) uint8, on the model's device.
    """
    counter = FlopCounterMode(display=False)
    with counter:
        model(data.to_float(images[:2])).logsumexp(dim=1).sum().backward()
    model.zero_grad()
    return counter.get_total_flops() // 2


def where_time_goes(recipe: Recipe, images: ImageData, precision: str) -> dict[str, float]:
    """Return the seconds of a training step by what they are spent on, the most first.

    Args:
        images: on the device that is to be looked at.
        precision: a format, such as "bfloat16".
    """
    device = images.train_images.device
    model = recipe.model(len(images.classes))
    if recipe.prepare:
        recipe.prepare(model, images)
    memory_format = memory_format_on(device, recipe.channels_last)
    model.to(device).to(memory_format=memory_format)
    run = _Run(model, images, recipe.settings, memory_format=memory_format)
    run.compute_in(FORMATS[precision])
    _take_steps(run)
    on_cuda = device.type == "cuda"
    activities = [ProfilerActivity.CPU, *[ProfilerActivity.CUDA] * on_cuda]
    with profile(activities=activities) as profiled:
        _take_steps(run)
    spent: Counter[str] = Counter()
    for event in profiled.events():
        if event.device_type != DeviceType.CPU:
            continue  # what a card did is counted with the operation that asked for it
        micro = event.self_device_time_total if on_cuda else event.self_cpu_time_total
        spent[_kind(event)] += micro / min(STEPS, run.first_step(1)) / 1e6
    return dict(spent.most_common())


def _take_steps(run: _Run) -> None:
    settings = run.settings
    images, labels = run.data.train_images, run.data.train_labels
    each = iter(data.batches(images, labels, settings.batch_size, augment=settings.augment))
    for _ in range(min(STEPS, run.first_step(1))):
        with record_function(BATCHES):
            batch = next(each)
        run._step(*batch, 0, len(batch[1]))


def _kind(event: FunctionEvent) -> str:
    """Return what an operation belongs to: what it is part of, or else what its name says."""
    above: FunctionEvent | None = event
    while above:
        if above.name == BATCHES:
            return BATCHES
        if above.name.startswith("Optimizer.step"):
            return OPTIMIZER
        above = above.cpu_parent
    return next((kind for part, kind in KINDS.items() if part in event.name), OTHER)
