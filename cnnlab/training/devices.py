"""Choose where to compute."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from cnnlab.errors import shell_command


def best_device() -> torch.device:
    """Return the fastest device of this machine: CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def as_device(device: torch.device | str | None) -> torch.device:
    """Return a device that this machine has; None stands for the fastest.

    Raises:
        ValueError: for a device that torch does not know, or that is not there.
    """
    if device is None:
        return best_device()
    try:
        found = torch.device(device)
    except RuntimeError:
        found = None
    if found is None or found.type not in ("cpu", "cuda", "mps") or _has_wrong_number(found):
        raise ValueError(
            f"device={str(device)!r} must be cpu, cuda or mps. Leave it out for the fastest."
        )
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not here.get(found.type, True):
        raise ValueError(
            f"device={str(device)!r}: PyTorch finds none here. Use cpu, or leave it out for the "
            f"fastest there is; `{shell_command('doctor')}` says more."
        )
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"device={str(device)!r}: there are {torch.cuda.device_count()} cards.")
    return found


def _has_wrong_number(device: torch.device) -> bool:
    return device.type != "cuda" and (device.index or 0) > 0


def memory_format_on(device: torch.device, channels_last: bool = True) -> torch.memory_format:
    """Return how images and weights lie in memory on a device.

    On Apple's MPS always channel after channel: with channels_last, batch norm's backward gives
    wrong gradients there, silently, and a convolution's is some 30 times as slow.

    Source:
        https://github.com/pytorch/pytorch/issues/175189, open in November 2026, and .../193349,
        closed since. `cnnlab doctor` compares a Mac's gradients with the CPU's.
    """
    if device.type == "mps" or not channels_last:
        return torch.contiguous_format
    return torch.channels_last


@contextmanager
def keep_random_state(device: torch.device) -> Iterator[None]:
    """Give the caller's own random numbers back as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


@contextmanager
def cudnn_benchmark(on: bool) -> Iterator[None]:
    """Let cuDNN time its ways of convolving, and keep the fastest for each size; or not."""
    before, torch.backends.cudnn.benchmark = torch.backends.cudnn.benchmark, on
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before
