"""See what an exercise is to be built without, under whatever name it was imported."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from torch.overrides import TorchFunctionMode

CONVOLUTION, AUTOGRAD = "one of torch's convolutions", "torch's own gradients"
OF_AUTOGRAD = {"backward", "grad", "convolution_backward", "make_dual", "_make_dual"}


class Watch(TorchFunctionMode):
    """Note which forbidden ways were taken: torch shows it every function that is called."""

    def __init__(self, without: tuple[str, ...]) -> None:
        self._without, self.used = without, ""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        if AUTOGRAD in self._without and name in OF_AUTOGRAD:
            self.used = AUTOGRAD
        elif CONVOLUTION in self._without and "conv" in name:
            self.used = CONVOLUTION
        return func(*args, **(kwargs or {}))


def watching(without: tuple[str, ...]) -> AbstractContextManager[Watch | None]:
    """Return what is entered around a call; nothing is watched where nothing is forbidden."""
    return Watch(without) if without else nullcontext()
