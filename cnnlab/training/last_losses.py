"""How well each training image is known, so that an epoch may leave out what is learned."""

import torch
from torch import Tensor

from cnnlab.training.distributed import all_reduce_sum


class LastLosses:
    """The loss of each training image when it was last seen; the same in all processes.

    Attributes:
        values: (N,) float32; infinite for an image that was not seen yet.
    """

    def __init__(self, count: int, device: torch.device) -> None:
        self.values = torch.full((count,), torch.inf, device=device)
        self._fresh = torch.zeros(2, count, device=device)  # of this epoch: sums, and how many

    def largest(self, count: int) -> Tensor:
        """Return the places of the `count` images with the largest losses, in their own order."""
        by_loss = self.values.argsort(descending=True, stable=True)
        return by_loss[:count].sort().values

    def note(self, places: Tensor, losses: Tensor) -> None:
        """Keep the losses of the images at these places until the epoch ends."""
        self._fresh[:, places] = torch.stack([losses, torch.ones_like(losses)])

    def end_epoch(self) -> None:
        """Take over what all processes noted."""
        sums, counts = all_reduce_sum(self._fresh)
        self.values = torch.where(counts > 0, sums / counts, self.values)
        self._fresh.zero_()
