"""What is seen of a training program, on a device that need not be there.

The images know where they lie, and meet as on a real card only what lies there, too. What the
model is shown, and the optimizer finds, goes into a diary. Nothing here knows a right answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isclose
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD

from cnnlab.exercises.kit.exercise import Arguments
from cnnlab.exercises.kit.values import plain

DEVICE, HOST = torch.device("cpu", 0), torch.device("cpu")
CLASSES, RATE = 4, 0.4
APART = "Expected all tensors to be on the same device, but found at least two devices, {} and {}!"


@dataclass(frozen=True)
class Batch:
    """What the model was shown at once."""

    numbers: list[int]  # image i of the training set is i + 1, of the validation set -i - 1
    stamps: list[int]  # which call of augment each comes from; 0 of none, -1 of two
    training: bool
    recorded: bool


class Diary:
    """What happened, in order, with so many training images."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.moves: list[list[int]] = []  # the images that each move to the device took there
        self.optimizers: list[torch.device] = []  # where the model was when each was made
        self.learned: list[list[Batch]] = []  # for each epoch
        self.judged: dict[int, list[Batch]] = defaultdict(list)  # after so many epochs
        self.asked: list[tuple[int, int, float]] = []  # of schedule, and what it said
        self.rates: list[float] = []  # of each step
        self.gradients: list[str] = []  # at each step
        self.labels: list[tuple[list[int], list[int]]] = []  # the images' own, those in the loss
        self.augmentations = 0

    def show(self, batch: Batch) -> int:
        """Enter a batch and return how many epochs have begun."""
        if not (batch.recorded and all(number > 0 for number in batch.numbers)):
            self.judged[len(self.learned)].append(batch)
            return len(self.learned)
        shown = sum(len(each.numbers) for each in (self.learned or [[]])[-1])
        if not self.learned or self.judged[len(self.learned)] or shown >= self.count:
            self.learned.append([])
        self.learned[-1].append(batch)
        return len(self.learned)


class Placed(Tensor):
    """Images or labels that know whether they lie on the device."""

    place = HOST
    diary: Diary

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = list(_placed((*args, *kwargs.values())))
        if func == Tensor.device.__get__:
            return given[0].place
        with torch._C.DisableTorchFunctionSubclass():
            place = _target(func, args, kwargs) or _meet(func, given)
            moves = func in (Tensor.to, Tensor.cpu) and place != args[0].place
            if moves and place == DEVICE and args[0].dim() > 2:
                args[0].diary.moves.append(read(args[0])[0].reshape(-1).tolist())
            if moves:
                args = (args[0].clone(), *args[1:])
        result = super().__torch_function__(func, types, args, kwargs)
        for each in _placed([result]):
            each.place, each.diary = place, given[0].diary
        return result


def _placed(values: Iterable[Any]) -> Iterator[Placed]:
    for value in values:
        if isinstance(value, Placed):
            yield value
        elif isinstance(value, list | tuple):
            yield from _placed(value)


def _target(func: Any, args: Any, kwargs: Any) -> torch.device | None:
    """Return where a call moves a tensor."""
    if func is Tensor.cpu:
        return HOST
    return destination(*args[1:], **kwargs) if func is Tensor.to else None


def destination(*args: Any, **kwargs: Any) -> torch.device | None:
    """Return the device among the arguments of `.to`, or None."""
    for each in (*args, *kwargs.values()):
        if isinstance(each, torch.device | str):
            return torch.device(each)
        if isinstance(each, Placed):
            return each.place
    return None


def _meet(func: Any, given: list[Placed]) -> torch.device:
    """Return where tensors meet.

    Raises:
        RuntimeError: as torch does, if they lie apart; single numbers and an index may.
    """
    if func is Tensor.__getitem__ and given[0].place == DEVICE:
        return DEVICE
    places = {each.place for each in given if each.dim()}
    if len(places) > 1:
        raise RuntimeError(APART.format("cuda:0", "cpu"))
    return places.pop() if places else given[0].place


def place(tensor: Tensor, diary: Diary, where: torch.device = HOST) -> Placed:
    """Return a tensor that knows where it lies."""
    placed = tensor.as_subclass(Placed)
    placed.diary, placed.place = diary, where
    return placed


def images_of(numbers: Tensor) -> Tensor:
    """Return an image of 3 channels for each number: 0 and 1 above it, and no stamp beside it."""
    zeros = torch.zeros_like(numbers)
    corners = torch.stack([zeros, zeros + 1, numbers, zeros], dim=1).reshape(-1, 1, 2, 2)
    return corners.expand(-1, 3, -1, -1).float()


def read(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the numbers and the stamps of images, even if they were scaled and shifted.

    It is called where subclasses of tensors are switched off.
    """
    pixels = images.detach().as_subclass(Tensor)[..., 0, :, :].double().flatten(-2)
    zero, unit, *_ = pixels.unbind(-1)
    found = (pixels[..., 2:] - zero[..., None]) / (unit - zero)[..., None]
    number, stamp = found.nan_to_num(0, 0, 0).round().long().unbind(-1)
    return number, stamp


class Cards(tuple):
    """The labels of the training or validation images of one call."""

    def build(self, sign: int, diary: Diary) -> tuple[Placed, Placed]:
        numbers = sign * torch.arange(1, len(self[0]) + 1, device="cpu")
        return place(images_of(numbers), diary), place(self[0].clone(), diary)

    def __str__(self) -> str:
        return f"{len(self[0])} images"


class Shown(nn.Module):
    """A model that enters what it is shown, and answers from a table."""

    def __init__(self, table: Tensor, diary: Diary) -> None:
        super().__init__()
        self.table, self.diary, self.place = table, diary, HOST
        self.weight = nn.Parameter(torch.zeros(CLASSES, device="cpu"))
        self.weight.register_hook(self._computed)
        self.gradient: Tensor | None = None  # of the batch that was shown last

    def _computed(self, gradient: Tensor) -> None:
        self.gradient = gradient.clone()

    def to(self, *args: Any, **kwargs: Any) -> "Shown":
        self.place = destination(*args, **kwargs) or self.place
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Return the table's answers, and enter the images.

        Raises:
            RuntimeError: as torch does, if model and images lie apart.
        """
        if isinstance(images, Placed) and images.place != self.place:
            raise RuntimeError(APART.format("cuda:0", "cpu"))
        with torch._C.DisableTorchFunctionSubclass():
            logits = self._logits(images)
        if isinstance(images, Placed):
            logits = place(logits, self.diary, self.place)
        return logits

    def _logits(self, images: Tensor) -> Tensor:
        numbers, stamps = read(images)
        recorded = torch.is_grad_enabled()
        batch = Batch(numbers.tolist(), stamps.tolist(), self.training, recorded)
        epoch = self.diary.show(batch) % len(self.table)
        rows = self.table[epoch, int(self.training), (stamps != 0).long()]  # (batch, numbers)
        answers = rows.gather(1, numbers[:, None] % rows.shape[1])[:, 0]
        logits = 2 * F.one_hot(answers, CLASSES) + (numbers[:, None] / 50) * self.weight
        self.gradient = None
        if recorded:
            logits.register_hook(lambda g: self.diary.labels.append((batch.numbers, _lowest(g))))
        return logits


def _lowest(gradient: Tensor) -> list[int]:
    """Return the label of each image: more of its logit is all that makes the loss smaller."""
    return gradient.argmin(dim=1).tolist()


class Entering(SGD):
    """An optimizer that changes nothing, and enters what it finds at each step."""

    def __init__(self, parameters: Any, model: Shown) -> None:
        super().__init__(parameters, lr=RATE)
        self.model = model
        model.diary.optimizers.append(model.place)

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        self.model.diary.rates.append(float(self.param_groups[0]["lr"]))
        self.model.diary.gradients.append(self._found())

    def _found(self) -> str:
        held, latest = self.model.weight.grad, self.model.gradient
        if latest is None:
            return "not computed yet"
        if held is None or not held.any():
            return "cleared already"
        alone = torch.allclose(held * latest.norm(), latest * held.norm(), rtol=1e-4, atol=1e-8)
        return "of its batch" if alone else "of earlier batches as well"


@dataclass(frozen=True, eq=False)
class ShownSpec:
    """How to build the model anew for each call; see `Shown`."""

    table: Tensor
    training: bool

    def __str__(self) -> str:
        return f"a model in {'train' if self.training else 'eval'} mode"


def prepare_fit(arguments: Arguments) -> Arguments:
    spec, learned, decides, _, _, _, epochs, batch_size, _ = arguments
    diary = Diary(len(learned[0]))
    model = Shown(spec.table, diary).train(spec.training)

    def make_optimizer(parameters: Any) -> Entering:
        return Entering(parameters, model)

    def schedule(step: int, steps: int) -> float:
        share = 1 / (1.5 + step + steps / 1000)  # no two pairs have the same
        diary.asked.append((step, steps, share))
        return share

    def augment(images: Tensor) -> Tensor:
        diary.augmentations += 1
        changed = images.clone()
        with torch._C.DisableTorchFunctionSubclass():
            zero, unit = images[..., 0, 0], images[..., 0, 1]
            again = read(images)[1].any()
            changed[..., 1, 1] = zero + (-1 if again else diary.augmentations) * (unit - zero)
        return changed

    sets = learned.build(1, diary), decides.build(-1, diary)
    return model, *sets, make_optimizer, schedule, augment, epochs, batch_size, DEVICE


def extract_fit(returned: Any, prepared: Arguments) -> Any:
    model, (images, labels), (new_images, _), *_ = prepared
    answer = plain(returned)
    if isinstance(answer, Tensor) and answer.dim() == 1:
        answer = tuple(answer.tolist())
    numbers = answer if isinstance(answer, tuple) else (answer,)
    if not all(isinstance(each, int | float) for each in numbers):
        return answer
    diary: Diary = model.diary
    return {
        "accuracies": answer,
        "model, when the optimizer is made": _places(diary.optimizers),
        "number of optimizers": len(diary.optimizers),
        "way of the training images to the device": _way(diary.moves, 1, len(images)),
        "way of the validation images to the device": _way(diary.moves, -1, len(new_images)),
        **_of_learning(diary, plain(labels).long().tolist()),
        **_of_judging(diary, len(new_images)),
    }


def _places(places: list[torch.device]) -> str:
    return "on the device" if set(places) == {DEVICE} else "on the CPU"


def _way(moves: list[list[int]], sign: int, count: int) -> str:
    sizes = [len(each) for each in moves if sign * each[0] > 0]
    if len(sizes) < 2:
        return "all at once" if sizes == [count] else "none"
    if max(sizes) == count:
        return "all at once, several times"
    return "one by one" if max(sizes) == 1 else "batch by batch"


def _of_learning(diary: Diary, labels: list[int]) -> dict[str, Any]:
    batches = [batch for epoch in diary.learned for batch in epoch]
    modes = list(dict.fromkeys("train" if each.training else "eval" for each in batches))
    asked = [_asked_for(rate, diary) for rate in diary.rates]
    used = [pair for each in diary.labels for pair in zip(*each, strict=True)]
    label_of = dict(enumerate(labels, 1))
    own = all(label == label_of.get(number) for number, label in used)
    found = list(dict.fromkeys(diary.gradients))
    return {
        "mode while learning": ", then ".join(modes) or "none",
        "training images in an epoch": _shares(diary.learned, len(labels)),
        "order of the training images": _order(diary.learned),
        "labels in the loss": "the images' own" if own else "those of other images",
        "changes by augment": _changes(diary.learned),
        "gradient at the steps": found[-1] if found else "none, for want of a step",
        "steps that schedule gave the rates of": tuple(step for step, _ in asked),
        "steps in all, as schedule is told": _one([steps for _, steps in asked]),
        "size of the rates": _one([_size(rate, diary) for rate in diary.rates]),
    }


def _shares(epochs: list[list[Batch]], count: int) -> str:
    for epoch in epochs:
        numbers = sorted(number for batch in epoch for number in batch.numbers)
        if numbers != list(range(1, count + 1)):
            return "some left out" if len(set(numbers)) == len(numbers) else "some several times"
    return "each once"


def _order(epochs: list[list[Batch]]) -> str:
    if all(_neighbors(batch.numbers) for epoch in epochs for batch in epoch):
        return "as given, at least in each batch"
    orders = [[number for batch in epoch for number in batch.numbers] for epoch in epochs]
    same = len(epochs) > 1 and all(order == orders[0] for order in orders)
    return "one for all epochs" if same else "new in every epoch"


def _neighbors(numbers: list[int]) -> bool:
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _changes(epochs: list[list[Batch]]) -> str:
    stamps = [{stamp for batch in epoch for stamp in batch.stamps} for epoch in epochs]
    all_stamps = set().union(*stamps)
    if 0 in all_stamps:
        return "not of all images" if len(all_stamps) > 1 else "none"
    if -1 in all_stamps:
        return "new ones of images that are changed already"
    anew = sum(map(len, stamps)) == len(all_stamps)  # none is of two epochs
    return "new in every epoch" if anew else "one for all epochs"


def _size(rate: float, diary: Diary) -> str:
    if any(isclose(rate, RATE * share) for *_, share in diary.asked):
        return "the share of the optimizer's rate"
    alone = any(isclose(rate, share) for *_, share in diary.asked)
    return (
        "the share itself" if alone else "the optimizer's own, whole" if rate == RATE else "other"
    )


def _asked_for(rate: float, diary: Diary) -> tuple[int, int]:
    """Return the step, and the steps in all, whose share was taken; -1 if none was."""
    for step, steps, share in diary.asked:
        if isclose(rate, RATE * share) or isclose(rate, share):
            return step, steps
    return -1, -1


def _one(values: list[Any]) -> Any:
    return values[0] if len(set(values)) == 1 else "several" if values else "none"


def _of_judging(diary: Diary, count: int) -> dict[str, Any]:
    epochs = [
        [batch for batch in diary.judged[after] if min(batch.numbers) < 0]
        for after in range(1, len(diary.learned) + 1)
    ]
    batches = [batch for epoch in epochs for batch in epoch]
    seen = [len({number for batch in epoch for number in batch.numbers}) for epoch in epochs]
    modes = list(dict.fromkeys("train" if each.training else "eval" for each in batches))
    changed, recorded = (any(any(b.stamps) for b in batches)), any(b.recorded for b in batches)
    return {
        "validation images after an epoch": (
            "all" if set(seen) == {count} else "some left out" if any(seen) else "none"
        ),
        "state of the validation images": "changed by augment" if changed else "as given",
        "mode while judging": ", then ".join(modes) or "none",
        "gradients while judging": "recorded" if recorded else "not recorded",
    }
