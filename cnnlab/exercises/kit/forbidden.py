"""See what an exercise is to be built without, under whatever name it was imported."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

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


class WatchOperations(TorchDispatchMode):
    """Note the convolutions in what was compiled before, which shows no function."""

    def __init__(self) -> None:
        super().__init__()
        self.used = ""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        if "conv" in func.__name__:
            self.used = CONVOLUTION
        return func(*args, **(kwargs or {}))


@contextmanager
def watching(without: tuple[str, ...]) -> Iterator[Callable[[], str]]:
    """Watch a call; yield a function that says what was used of what is forbidden, if anything."""
    operations = WatchOperations()
    inner = operations if CONVOLUTION in without else nullcontext()
    with Watch(without) if without else nullcontext() as functions, inner:
        yield lambda: (functions.used if functions else "") or operations.used
