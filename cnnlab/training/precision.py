"""Choose the numbers that a run computes in: float32, or 16 bits where a step is faster in them."""

import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from cnnlab.data import to_float
from cnnlab.training import distributed
from cnnlab.training.devices import keep_freed_memory, keep_random_state, memory_format_on

FORMATS = {each: getattr(torch, each) for each in ("float32", "bfloat16", "float16")}
# What a processor needs to multiply bfloat16 by itself, in torch's words and in the makers'.
INSTRUCTIONS = {
    "avx512_bf16": "AVX512_BF16",
    "amx_bf16": "AMX",
    "bf16": "BF16",
    "sve_bf16": "SVE's BF16",
}
GAIN = 0.9  # bfloat16 is taken if a step takes at most so much of its time in float32
HOPELESS = 3.0  # times the time in float32: no second look is needed
FEWEST_IMAGES, STEP = 32, 0.04  # a step is timed on so many images or, if it is shorter, on more
SECONDS, FEWEST, MOST = 0.2, 3, 20  # of all steps; how many in each format


@dataclass(frozen=True)
class Choice:
    """The numbers that `auto` takes, and why.

    Attributes:
        ratio: the time of a step in bfloat16, in times of the same step in float32; None where
            no step was timed.
    """

    numbers: torch.dtype
    why: str
    ratio: float | None = None

    def __str__(self) -> str:
        return f"{name_of(self.numbers)}: {self.why}"


_remembered: dict[tuple, Choice] = {}


def name_of(numbers: torch.dtype) -> str:
    """Return the name of a format, such as "float32"."""
    return str(numbers).removeprefix("torch.")


def instructions() -> tuple[str, ...] | None:
    """Return the instructions for bfloat16 that this processor has; None if torch cannot tell."""
    tell = getattr(torch.cpu, "get_capabilities", None)  # older versions of torch have none
    has = tell() if tell else None
    return has and tuple(ours for theirs, ours in INSTRUCTIONS.items() if has.get(theirs))


def choose(model: nn.Module, images: Tensor, device: torch.device) -> Choice:
    """Return what a training step of a model is fastest in; looked at once in each process.

    On a processor with instructions for bfloat16 a step on some of the batch is timed in both
    formats, in turns; of each the fastest counts, so another program that is busy meanwhile does
    not decide. Nothing of the model changes.

    Args:
        model: on `device`, as it is to be trained.
        images: a batch as it will be trained on, (N, channels, height, width), uint8 or float in
            [0, 1].
    """
    if device.type == "cuda":
        return Choice(_half_on(device), "what CUDA cards are fast in")
    if device.type != "cpu":
        return Choice(torch.float32, f"16 bits were never tried on {device.type}")
    has = instructions()
    if has == ():
        return Choice(torch.float32, "this processor has no instructions for bfloat16")
    key = (repr(model), images.shape, torch.get_num_threads())
    if key not in _remembered:
        _remembered[key] = distributed.broadcast_from_rank0(
            lambda: _timed(model, images, ", ".join(has or ()))
        )
    return _remembered[key]


def resolve(
    precision: str | None,
    model: nn.Module,
    images: Tensor,
    device: torch.device,
    *,
    before: str = "",
) -> torch.dtype:
    """Return the numbers that a run computes in.

    Args:
        precision: "auto": what `choose` says. None: 16 bits on CUDA, float32 elsewhere, whatever
            the processor has. Else the format.
        before: what the run computed in before it was interrupted. It goes on in that, unless
            `precision` says otherwise, or this device is slow in it.

    Raises:
        ValueError: for another name, one that differs from `before`, or bfloat16 on a card
            without it.
    """
    if precision not in (None, "auto"):
        numbers = _named(precision, device)
        if before and before != precision:
            raise ValueError(
                f"The checkpoint's run computed in {before}, but this run has "
                f"precision={precision!r}. Leave precision out to go on in {before}."
            )
        return numbers
    if before and _is_fast(FORMATS[before], device):
        return FORMATS[before]
    if precision == "auto":
        return choose(model, images, device).numbers
    return _half_on(device) if device.type == "cuda" else torch.float32


def _named(name: str, device: torch.device) -> torch.dtype:
    if name not in FORMATS:
        raise ValueError(f"precision={name!r} must be auto, {' or '.join(FORMATS)}.")
    if device.type == "cuda" and name == "bfloat16" and _half_on(device) is not torch.bfloat16:
        raise ValueError("precision='bfloat16': this card has float16 in its place. Use auto.")
    return FORMATS[name]


def _half_on(card: torch.device) -> torch.dtype:
    """Return the 16 bits of a CUDA card: bfloat16, or on older cards float16."""
    has = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if has else torch.float16


def _is_fast(numbers: torch.dtype, device: torch.device) -> bool:
    """Return whether a run that began elsewhere may go on in its numbers here."""
    if numbers is torch.float32:
        return True
    if device.type == "cuda":
        return numbers is _half_on(device)
    return device.type == "cpu" and numbers is torch.bfloat16 and bool(instructions())


def autocast_on(device: torch.device, numbers: torch.dtype) -> torch.autocast:
    """Return the context in which a model computes in these numbers; weights stay in float32."""
    half = numbers is not torch.float32
    return torch.autocast(device.type, numbers if half else None, enabled=half)


def scaler_on(device: torch.device, numbers: torch.dtype) -> torch.amp.GradScaler:
    """Return what keeps gradients in the range of float16; for other numbers it does nothing."""
    return torch.amp.GradScaler(device.type, enabled=numbers is torch.float16)


def _timed(model: nn.Module, images: Tensor, has: str) -> Choice:
    """Return the faster format of a step on a CPU whose instructions are `has`."""
    try:
        with keep_random_state(torch.device("cpu")), keep_freed_memory():
            ratio = _ratio(model, images)
    except (RuntimeError, ValueError) as error:  # the run itself will say it, if it must
        return Choice(torch.float32, f"no step could be timed ({error})")
    numbers = torch.bfloat16 if ratio <= GAIN else torch.float32
    named = f" (the processor has {has})" if has else ""
    why = f"a step in bfloat16 takes {ratio:.2f} of its time in float32{named}"
    return Choice(numbers, why, ratio)


def _ratio(model: nn.Module, images: Tensor) -> float:
    """Return the time of a step in bfloat16, in times of one in float32: the fastest of each."""
    memory_format = memory_format_on(images.device)
    weights = dict(model.named_parameters())
    state = weights | {name: buffer.clone() for name, buffer in model.named_buffers()}
    learned = [weight for weight in weights.values() if weight.requires_grad]

    def seconds(numbers: torch.dtype) -> float:
        batch = to_float(images[:count]).contiguous(memory_format=memory_format)
        began = time.perf_counter()
        with autocast_on(images.device, numbers):
            logits = functional_call(model, state, (batch,))
        torch.autograd.grad(logits.float().square().mean(), learned, allow_unused=True)
        return time.perf_counter() - began

    formats = (torch.float32, torch.bfloat16)
    count, began = FEWEST_IMAGES, time.perf_counter()
    while count < len(images) and min(max(map(seconds, formats)) for _ in range(2)) < STEP:
        count *= 2
    fastest = {numbers: seconds(numbers) for numbers in formats}  # warms up
    for done in range(MOST):
        fastest = {numbers: min(fastest[numbers], seconds(numbers)) for numbers in formats}
        ratio = fastest[torch.bfloat16] / fastest[torch.float32]
        enough = done + 1 >= FEWEST and time.perf_counter() - began > SECONDS
        if enough or ratio > HOPELESS:
            break
    return ratio
