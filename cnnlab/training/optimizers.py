"""Muon, an optimizer for convolution kernels, and what gives a training run its optimizer."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.models.heads import depths
from cnnlab.training.settings import Settings

MOMENTUM = 0.9  # of "sgd"
KERNEL_MOMENTUM = 0.6  # of "muon", as is what follows
OTHER_MOMENTUM = 0.85
WEIGHT_SCALE = 0.02 / 0.24  # learning rate of linear layers, in those of the kernels
VECTOR_SCALE = 0.053 / 0.24  # the same for biases and batch norm, for each image of a batch
STEPS = 5
IMAGE_CHANNELS = 3
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def make_optimizer(
    model: nn.Module, settings: Settings, *, compile: bool = False
) -> torch.optim.Optimizer:
    """Return the optimizer that the settings name, for the weights that may change.

    With `compile`, Muon passes what it computes most through torch.compile.

    A group of its weights may have a "scale": its learning rate is so many times the run's.
    """
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    lr, weight_decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "muon":
        size = settings.batch_size
        return Muon(weights, lr, weight_decay=weight_decay, batch_size=size, compile=compile)
    groups = weights if settings.layer_decay == 1 else _by_depth(model, settings.layer_decay)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(
            groups, lr, weight_decay=weight_decay, momentum=MOMENTUM, nesterov=True
        )
    return torch.optim.AdamW(groups, lr, weight_decay=weight_decay)


def _by_depth(model: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Return a group of weights for each layer; the last has scale 1, the one before `decay`.

    Source:
        Howard and Ruder 2018, "Universal Language Model Fine-tuning for Text Classification",
        arXiv:1801.06146, section 3.2, who divide by 2.6 from layer to layer.
    """
    by_depth: dict[int, list[Tensor]] = {}
    for module, depth in depths(model).items():
        own = [weight for weight in module.parameters(recurse=False) if weight.requires_grad]
        by_depth.setdefault(max(depth, 1), []).extend(own)
    last = max(by_depth)
    scales = {depth: decay ** (last - depth) for depth in by_depth}
    return [{"params": own, "scale": scales[depth]} for depth, own in by_depth.items() if own]


class Muon(torch.optim.SGD):
    """SGD with Nesterov's momentum that orthogonalizes the update of a hidden layer's kernel.

    A kernel (out, in, height, width) is read as a matrix (out, in * height * width). Its update
    is the nearest matrix whose singular values are all 1: every direction in which the outputs
    can change moves equally far, the rare ones as far as the common ones. Before a step each
    kernel is brought back to the norm sqrt(out), so the network needs a batch norm after each
    convolution. All other weights take SGD's own steps; so do kernels of up to three channels,
    which read the images themselves.

    Args:
        lr: the learning rate of the kernels; those of the other weights follow from it.
        weight_decay: share of the other weights that a step at the highest rate takes away.
        batch_size: images per step. Biases move in proportion to it.
        compile: whether `orthogonalize` is passed through torch.compile.

    Source:
        Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; the
        coefficients, the rates and the norm are those of his record on CIFAR-10, said for the
        mean loss of a batch.
    """

    def __init__(
        self,
        weights: Sequence[Tensor],
        lr: float = 0.24,
        *,
        weight_decay: float = 0.0,
        batch_size: int = 2000,
        compile: bool = False,
    ) -> None:
        self._orthogonalize = torch.compile(orthogonalize) if compile else orthogonalize
        kernels = [weight for weight in weights if _is_hidden_kernel(weight)]
        kernel_group = {"params": kernels, "momentum": KERNEL_MOMENTUM, "kernels": True}
        groups: list[dict[str, Any]] = [kernel_group] if kernels else []
        for scale, belongs in (
            (WEIGHT_SCALE, lambda weight: weight.ndim > 1 and not _is_hidden_kernel(weight)),
            (VECTOR_SCALE * batch_size, lambda weight: weight.ndim < 2),
        ):
            chosen = [weight for weight in weights if belongs(weight)]
            rates = {"lr": scale * lr, "scale": scale, "weight_decay": weight_decay / (scale * lr)}
            groups += [{"params": chosen, **rates}] if chosen else []
        super().__init__(groups, lr=lr, momentum=OTHER_MOMENTUM, nesterov=True)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Take one step; the gradients of the kernels are used up by it."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            kernels = [weight for weight in group["params"] if weight.grad is not None]
            if kernels and group.get("kernels"):
                self._step_kernels(kernels, group["momentum"], group["lr"])
                for kernel in kernels:
                    kernel.grad = None  # SGD's step passes over it
        super().step()
        return loss

    def _step_kernels(self, kernels: list[Tensor], momentum: float, lr: float) -> None:
        """Step many kernels in few calls: a card would wait for the calls, not for the numbers."""
        gradients: list[Any] = [kernel.grad for kernel in kernels]
        velocities = [self._velocity(kernel) for kernel in kernels]
        torch._foreach_mul_(velocities, momentum)
        torch._foreach_add_(velocities, gradients)
        directions = torch._foreach_add(gradients, velocities, alpha=momentum)  # Nesterov's
        norms = torch._foreach_norm(kernels)
        for shape in dict.fromkeys(kernel.shape for kernel in kernels):
            alike = [index for index, kernel in enumerate(kernels) if kernel.shape == shape]
            updates = self._orthogonalize(torch.stack([directions[i].flatten(1) for i in alike]))
            for i, update in zip(alike, updates, strict=True):
                kernels[i].mul_(shape[0] ** 0.5 / norms[i].clamp(min=1e-12))
                kernels[i].sub_(update.view(shape), alpha=lr)

    def _velocity(self, kernel: Tensor) -> Tensor:
        state = self.state[kernel]
        if state.get("momentum_buffer") is None:
            state["momentum_buffer"] = torch.zeros_like(kernel)
        return state["momentum_buffer"]


def _is_hidden_kernel(weight: Tensor) -> bool:
    return weight.ndim == 4 and weight.shape[1] > IMAGE_CHANNELS


def orthogonalize(matrix: Tensor) -> Tensor:
    """Bring all singular values of a matrix, or of each in a batch, near 1; keep its vectors.

    An odd polynomial of a matrix changes its singular values alone. This one, taken five times,
    brings every value above 0.002 of the matrix's norm to between 0.68 and 1.21, with products
    of matrices only, which a GPU does fastest; a singular value decomposition is slow there.

    Shape:
        (..., rows, columns) -> (..., rows, columns)

    Source:
        A Newton-Schulz iteration with the coefficients of Jordan et al. 2024.
    """
    rows, columns = matrix.shape[-2:]
    tall = rows > columns
    each = matrix.reshape(-1, rows, columns)
    each = each.mT if tall else each
    each = each.to(torch.bfloat16 if matrix.is_cuda else each.dtype)
    each = each / (each.norm(dim=(1, 2), keepdim=True) + 1e-7)  # no singular value is above 1 now
    linear, cubic, quintic = COEFFICIENTS
    for _ in range(STEPS):
        square = each @ each.mT
        odd = torch.baddbmm(square, square, square, beta=cubic, alpha=quintic)
        each = torch.baddbmm(each, odd, each, beta=linear)
    return (each.mT if tall else each).reshape(matrix.shape).to(matrix.dtype)
