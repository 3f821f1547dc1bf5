"""See what an exercise is to be built without, under whatever name it was imported."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

CONVOLUTION, AUTOGRAD = "one of torch's convolutions", "torch's own gradients"


class Watch(TorchDispatchMode):
    """Note which forbidden ways were taken: torch shows it every operation that it computes."""

    def __init__(self, without: tuple[str, ...]) -> None:
        super().__init__()
        self._without, self.used = without, ""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        name = func._schema.name
        backward = "convolution_backward" in name or torch._C._current_graph_task_id() != -1
        if AUTOGRAD in self._without and backward:
            self.used = AUTOGRAD
        elif CONVOLUTION in self._without and "conv" in name:
            self.used = CONVOLUTION
        return func(*args, **(kwargs or {}))


def watching(without: tuple[str, ...]) -> AbstractContextManager[Watch | None]:
    """Return what is entered around a call; nothing is watched where nothing is forbidden."""
    return Watch(without) if without else nullcontext()
