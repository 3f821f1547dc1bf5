"""Train with several processes, started by torchrun: each takes its part of every batch.

Without torchrun there is one process, and everything here does nothing.
"""

import inspect
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from cnnlab.errors import DataError, ProcessError


def rank_and_size() -> tuple[int, int]:
    """Return the number of this process, from 0, and how many processes train together."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def is_restart() -> bool:
    """Return whether torchrun has started this job again after a failure."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


@contextmanager
def joined(device: str | None, advice: str) -> Iterator[None]:
    """Join the processes that torchrun started, for as long as the block runs.

    On CUDA each process gets the card of its number on this machine.

    Args:
        device: where to train; None is the fastest there is.
        advice: how to go on, for the message when another process ends.

    Raises:
        ProcessError: when another process of the job has ended.
        ValueError: if a machine has fewer cards than processes.
    """
    if "RANK" not in os.environ:
        yield
        return
    on_cuda = torch.cuda.is_available() if device is None else torch.device(device).type == "cuda"
    if on_cuda:
        card, cards = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if card >= cards:
            raise ValueError(f"--nproc-per-node is above {cards}, the GPUs of this machine.")
        torch.cuda.set_device(card)
    message, told = f"another process of this job ended. {advice}", threading.Event()
    _end_when_told(message, told)
    # After a restart torchrun's store still holds the addresses of the first start.
    store, rank, size = next(rendezvous("env://"))
    store = dist.PrefixStore(f"start {os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)}", store)
    dist.init_process_group("nccl" if on_cuda else "gloo", store=store, rank=rank, world_size=size)
    try:
        yield
    except RuntimeError as error:
        if not _is_lost_connection(error):
            raise
        told.set()
        raise ProcessError(message) from None
    finally:
        dist.destroy_process_group()


def _end_when_told(message: str, told: threading.Event) -> None:
    """End with a message on SIGTERM, which torchrun sends when another process has failed.

    A thread waits for it: the main thread may be waiting for the lost process, deep in a library.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])

    def wait() -> None:
        signal.sigwait([signal.SIGTERM])
        first_two = int(os.environ["RANK"]) < 2  # the second in case the first is gone
        if first_two and not told.is_set():
            print(f"\ncnnlab: {message}", file=sys.stderr, flush=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _is_lost_connection(error: RuntimeError) -> bool:
    if isinstance(error, DataError):
        return False
    words = ("gloo", "NCCL", "Connection closed", "Connection reset", "Broken pipe")
    return isinstance(error, dist.DistError) or any(word in str(error) for word in words)


def wrapped(model: nn.Module) -> nn.Module:
    """Return the model, with the first process's weights and gradients that are averaged."""
    if rank_and_size()[1] == 1:
        return model
    new = "forward_sync_buffers" in inspect.signature(DistributedDataParallel).parameters
    return DistributedDataParallel(
        model, **{"forward_sync_buffers" if new else "broadcast_buffers": False}
    )


def summed(numbers: Tensor) -> Tensor:
    """Return the sum of all processes' numbers."""
    if rank_and_size()[1] > 1:
        dist.all_reduce(numbers)
    return numbers


def average_buffers(model: nn.Module) -> None:
    """Give all processes the mean of what they kept, such as batch norm's running mean."""
    size = rank_and_size()[1]
    if size > 1:
        for buffer in model.buffers():
            if buffer.is_floating_point():
                dist.all_reduce(buffer)
                buffer /= size


def from_first(make: Callable[[], Any]) -> Any:
    """Return to all processes what `make` returns in the first, where alone it is called."""
    rank, size = rank_and_size()
    found = [make() if rank == 0 else None]
    if size > 1:
        dist.broadcast_object_list(found)
    return found[0]
