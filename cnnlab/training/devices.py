"""Choose where to compute."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from cnnlab.data.memory import available_bytes
from cnnlab.errors import shell_command

# What glibc's mallopt calls the free memory at the end of the heap that is too much to keep, the
# size from which a block is asked of the system by itself, and the most such blocks. Afterwards
# they are what glibc itself arrives at once a block of 32 MiB was freed. A heap with holes can
# take half as much again, so little memory is left alone.
TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX = -1, -3, -4
AFTERWARDS = {TRIM_THRESHOLD: 64 * 2**20, MMAP_THRESHOLD: 32 * 2**20, MMAP_MAX: 65536}
PLENTY = 6 * 2**30  # bytes


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
def keep_freed_memory() -> Iterator[None]:
    """Let the C library keep what a training step frees, for the next step, on Linux.

    Without it each large tensor is a new piece of memory, which the system fills with zeros page
    by page: a sixth to a third of a step's time. At the end everything goes back to the system.
    Within another such context, on other systems, and with little memory free, nothing changes.

    Source:
        https://www.man7.org/linux/man-pages/man3/mallopt.3.html
    """
    c = _glibc()
    free = available_bytes()
    if _keeps or c is None or free is None or free < PLENTY:
        yield
        return
    _keeps.append(True)
    c.mallopt(TRIM_THRESHOLD, 2**31 - 1)
    c.mallopt(MMAP_MAX, 0)
    try:
        yield
    finally:
        for name, value in AFTERWARDS.items():
            c.mallopt(name, value)
        c.malloc_trim(0)
        _keeps.pop()


_keeps: list[bool] = []


def _glibc() -> ctypes.CDLL | None:
    """Return the C library of this process if it is GNU's, which these names belong to."""
    try:
        c = ctypes.CDLL(None)
        return c if c.gnu_get_libc_version and c.mallopt and c.malloc_trim else None
    except (AttributeError, OSError, TypeError):  # TypeError: on Windows it wants a name
        return None


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
