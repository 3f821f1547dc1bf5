"""What is seen of a training loop or an evaluation: what it returns, and what the model tells.

Nothing here knows a right answer: in the grader's box these lines run beside the learner's.
"""

from typing import Any

from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from cnnlab.exercises.kit.exercise import Arguments
from cnnlab.exercises.kit.probes import Batches, Probe, copies, order_of
from cnnlab.exercises.kit.values import plain


class CountingSGD(SGD):
    """Plain gradient descent that counts its steps."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__(model.parameters(), lr=0.1)
        self.steps = 0
        self.register_step_post_hook(self._count)

    def _count(self, *_: object) -> None:
        self.steps += 1


def prepare_training(arguments: Arguments) -> tuple[Probe, Optimizer, Batches]:
    spec, _, batches = arguments
    model = spec.build()
    return model, CountingSGD(model), copies(batches)


def extract_training(returned: Any, prepared: Arguments) -> Any:
    model, optimizer, _ = prepared
    answer = plain(returned)
    if not isinstance(answer, int | float):
        return answer
    return {
        "mode during the steps": "train" if all(model.modes) else "eval",
        "number of backward passes": model.backward_passes,
        "number of optimizer steps": optimizer.steps,
        "mean loss": float(answer),
        "graph kept with the loss": has_graph(returned),
        "weight after the epoch": plain(model.weight),
    }


def prepare_evaluation(arguments: Arguments) -> tuple[Probe, Batches]:
    spec, batches = arguments
    return spec.build(), copies(batches)


def extract_evaluation(returned: Any, prepared: Arguments) -> Any:
    model, batches = prepared
    answer = plain(returned)
    if not (isinstance(answer, tuple) and len(answer) == 2):
        return answer
    if not all(isinstance(number, int | float) for number in answer):
        return answer
    seen = order_of(model.images, batches)
    if seen != "as given":
        return {"order or content of the images": seen}
    return {
        "accuracy": float(answer[0]),
        "mean loss": float(answer[1]),
        "mode while evaluating": "train" if any(model.modes) else "eval",
        "mode afterwards": "train" if model.training else "eval",
        "recording of gradients": "on" if any(model.recorded) else "off",
        "graph kept with the loss": has_graph(returned),
        "number of backward passes": model.backward_passes,
    }


def has_graph(returned: Any) -> str:
    """Tell whether a returned tensor, or one in a returned pair, still holds its graph."""
    values = returned if isinstance(returned, tuple | list) else (returned,)
    return "yes" if any(isinstance(v, Tensor) and v.requires_grad for v in values) else "no"
