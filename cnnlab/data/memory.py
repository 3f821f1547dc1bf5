"""Report how much memory images need before they are read."""

from importlib import import_module
from pathlib import Path

from cnnlab.course import find_progress
from cnnlab.errors import DataError, report

WORTH_REPORTING = 10**9  # bytes
A_LESSON = 1.4e9  # bytes, at most, after its imports: see cnnlab/bench/README.md
SHARE = 0.8  # of the memory that is free; training needs some too
MAPS = 16  # float32 numbers for each of an image's, at least, in a step: maps and gradients
CGROUP = Path("/sys/fs/cgroup")


def available_bytes() -> int | None:
    """Return the memory that a process could still take; None if the system does not report it."""
    limits = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        sizes = dict(line.split(":", 1) for line in lines)
        limits.append(1024 * int(sizes["MemAvailable"].split()[0]))
    except (OSError, KeyError, ValueError):  # not on Linux
        try:
            limits.append(import_module("psutil").virtual_memory().available)
        except (ImportError, AttributeError, OSError):  # on a bare machine
            return None
    try:
        limit = int((CGROUP / "memory.max").read_text())
        limits.append(limit - int((CGROUP / "memory.current").read_text()))
    except (OSError, ValueError):  # no limit, or not on Linux
        pass
    return max(0, min(limits))


def say_if_short() -> None:
    """Say at a lesson's start that memory is short; in a learner's own copy, else nothing."""
    free = available_bytes()
    if find_progress() and free is not None and free < A_LESSON:
        report(
            f"{free / 1e9:.1f} GB of memory are free, and a lesson takes up to "
            f"{A_LESSON / 1e9} more. Shut down what other lessons left running: in JupyterLab the "
            f"tab Running Terminals and Kernels, on the left."
        )


def require_memory(count: int, size: tuple[int, int]) -> None:
    """Report what `count` images of `size` take, if it is much.

    Raises:
        DataError: if it does not fit into the memory that is free, with the size that would.
    """
    height, width = size
    needed, free = 3 * count * height * width, available_bytes()
    if free is not None and needed > SHARE * free:
        side = max(1, int((SHARE * free / (3 * count)) ** 0.5))
        raise DataError(
            f"{count:,} images of {height}x{width} pixels take {needed / 1e9:.1f} GB of memory, "
            f"and {free / 1e9:.1f} GB are free. --size {side} would fit (in Python: size={side})."
        )
    if needed >= WORTH_REPORTING:
        report(f"{count:,} images of {height}x{width} pixels take {needed / 1e9:.1f} GB of memory.")


def require_batch_memory(batch_size: int, size: tuple[int, int]) -> None:
    """Refuse a batch that cannot be trained on the CPU, where a full memory ends the process.

    Raises:
        DataError: with a batch size that may fit.
    """
    height, width = size
    each, free = 3 * height * width * 4 * MAPS, available_bytes()
    if free is not None and batch_size * each > SHARE * free:
        fits = max(1, int(SHARE * free / each))
        raise DataError(
            f"batch_size={batch_size}: a step with so many images of {height}x{width} pixels takes "
            f"{batch_size * each / 1e9:.1f} GB of memory or more, and {free / 1e9:.1f} GB are "
            f"free. Try --batch-size {fits}, or smaller images with --size."
        )
