"""Train with several processes: each takes its part of every batch (`torchrun` starts them).

In one process everything here does nothing.
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel


def rank_and_size() -> tuple[int, int]:
    """Return the number of this process, from 0, and how many processes train together."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def is_main_process() -> bool:
    """Tell whether this is rank 0, which alone prints, reads the images and writes files."""
    return rank_and_size()[0] == 0


def wrap_ddp(model: nn.Module) -> nn.Module:
    """Return the model, with rank 0's weights and gradients that are averaged.

    Raises:
        ValueError: on Apple's GPU, which no backend of torch.distributed knows.
    """
    if rank_and_size()[1] == 1:
        return model
    device = next(model.parameters()).device.type
    if device not in ("cpu", "cuda"):
        raise ValueError(f"device={device} trains in one process only. Use the CPU for several.")
    parallel = DistributedDataParallel(model)
    # Each process keeps its own running mean until `average_buffers`. The argument that says so
    # has another name in newer versions of torch; the attribute has the same in all.
    parallel.broadcast_buffers = False
    return parallel


def all_reduce_sum(numbers: Tensor) -> Tensor:
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


def broadcast_from_rank0(make: Callable[[], Any]) -> Any:
    """Return to all processes what `make` returns on rank 0, the only one that calls it."""
    rank, size = rank_and_size()
    found = [make() if rank == 0 else None]
    if size > 1:
        dist.broadcast_object_list(found)
    return found[0]
