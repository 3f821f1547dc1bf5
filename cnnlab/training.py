"""Train a network and measure it: the loop that lesson 05 writes by hand, kept.

What is added to the lesson's loop: a learning rate that rises and falls, the fastest number
format of the device, a progress bar, and a checkpoint from which a stopped run goes on.
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab import distributed
from cnnlab.checkpoints import Checkpoint
from cnnlab.data import Augment, Augmentation, ImageData, batches
from cnnlab.devices import autocast_on, best_device
from cnnlab.evaluation import Evaluation, confusion_matrix, evaluate, predict
from cnnlab.history import Epoch, History, Settings
from cnnlab.optimizers import make_optimizer

__all__ = [
    "Epoch",
    "Evaluation",
    "History",
    "best_device",
    "confusion_matrix",
    "evaluate",
    "predict",
    "train",
]

WARM_UP = 0.2  # share of all steps in which the learning rate rises
LOOK_EVERY = 0.5  # seconds between two looks at the loss; each look waits for the GPU


def train(
    model: nn.Module,
    data: ImageData,
    *,
    epochs: int,
    batch_size: int = 128,
    learning_rate: float = 3e-3,
    weight_decay: float = 0.0,
    optimizer: str = "adamw",
    schedule: str = "one-cycle",
    label_smoothing: float = 0.0,
    augment: Augmentation | None = None,
    device: torch.device | str | None = None,
    amp: bool | None = None,
    channels_last: bool = True,
    compile: bool = False,
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
    on_epoch: Callable[[History], None] | None = None,
    seed: int = 0,
) -> History:
    """Train `model` in place on cross-entropy; it stays on `device`.

    Several processes, joined by torch.distributed, share each batch and take the same steps.
    `batch_size` and `learning_rate` are those of all together.

    Ctrl-C (in a notebook: interrupt the kernel) ends the run and keeps what was trained.

    Args:
        learning_rate: the highest one.
        optimizer: "adamw", "sgd" with Nesterov's momentum of 0.9, or "muon" (`optimizers.Muon`).
        schedule: "one-cycle": the learning rate rises over the first fifth of the steps and
            falls to zero over the rest. "constant": it is the same in every step.
        label_smoothing: share of each label that is spread evenly over all classes.
        augment: changes each training batch, such as `data.Augment(flip=True, shift=2)`.
        device: default: the fastest there is.
        amp: whether to compute in bfloat16 where that is safe. Default: on CUDA cards that can.
        channels_last: whether the channels of a pixel lie side by side in memory.
        compile: whether to pass the model through torch.compile (a minute first, then faster).
        checkpoint: a file written after each epoch. If it exists, the run goes on from it, on
            the CPU to the same numbers as a run that was never stopped.
        on_epoch: called after each epoch, such as `plots.LiveCurve()`.
        seed: decides the order of the pictures, the augmentation and dropout. The model's first
            weights are the caller's.

    Raises:
        FloatingPointError: if the loss is no longer a number, with a learning rate to try.
        MemoryError: if the device's memory is full, with a batch size to try.
        ValueError: if the checkpoint belongs to another run.
    """
    names = type(model).__name__, repr(data), repr(augment)
    numbers = epochs, batch_size, learning_rate, weight_decay, seed
    settings = Settings(*names, *numbers, optimizer, schedule, label_smoothing)
    device = torch.device(device or best_device())
    data = data.to(device)
    order = torch.channels_last if channels_last else torch.contiguous_format
    model.to(device, memory_format=order)
    run = _Run(model, data, settings, augment)
    run.autocast, run.memory_format = autocast_on(device, amp), order
    run.forward = distributed.wrapped(model)
    if compile:
        run.forward = torch.compile(run.forward)
    kept = Checkpoint(Path(checkpoint), settings, model, run.optimizer) if checkpoint else None
    if kept:
        run.history = kept.restore()
    with _random_state_kept(device), _Bar(run, progress) as bar, _full_memory_told(run):
        try:
            for epoch in range(len(run.history.epochs), epochs):
                run.train_epoch(epoch, bar)
                if kept:
                    kept.write(run.history)
                if on_epoch:
                    on_epoch(run.history)
        except KeyboardInterrupt:
            run.history.interrupted = True
    return run.history


@contextmanager
def _random_state_kept(device: torch.device) -> Iterator[None]:
    """Give the caller's own random numbers back as they were."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


@contextmanager
def _full_memory_told(run: "_Run") -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # CUDA, MPS and the CPU each word it in their own way
        batch_size = run.settings.batch_size
        if not any(words in str(error) for words in ("out of memory", "allocate memory")):
            raise
        raise MemoryError(
            f"batch_size={batch_size} does not fit into the memory of {run.device}. "
            f"Try batch_size={max(1, batch_size // 2)}."
        ) from None


class _Run:
    """One training run: what changes from step to step, and one epoch of it."""

    def __init__(
        self,
        model: nn.Module,
        data: ImageData,
        settings: Settings,
        augment: Augmentation | None,
    ) -> None:
        self.model, self.data, self.settings, self.augment = model, data, settings, augment
        self.forward: nn.Module = model
        self.rank, self.size = distributed.rank_and_size()
        self.device = data.train_images.device
        self.autocast = torch.autocast(self.device.type, enabled=False)
        self.memory_format = torch.channels_last
        rates = settings.learning_rate, settings.weight_decay, settings.batch_size
        self.optimizer = make_optimizer(settings.optimizer, model, *rates)
        self.steps_per_epoch = -(-len(data.train_labels) // settings.batch_size)
        self.history = History()

    def train_epoch(self, epoch: int, bar: "_Bar") -> None:
        """Pass over the pictures once, evaluate, and add a line to the history."""
        # Everything random in an epoch follows from its number: a run that goes on from a
        # checkpoint needs no saved random state.
        seed = self.settings.seed * 1_000_003 + epoch
        generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed + self.rank)  # for dropout
        sums, seen, began = torch.zeros(2, device=self.device), 0, time.perf_counter()
        self.model.train()
        images, labels = self.data.train_images, self.data.train_labels
        size, augment = self.settings.batch_size, self.augment
        if isinstance(augment, Augment):
            images = augment.for_epoch(images, epoch, self.settings.seed)
        part = self.rank, self.size
        each = batches(images, labels, size, augment=augment, generator=generator, part=part)
        for index, batch in enumerate(each):
            step, whole = epoch * self.steps_per_epoch + index, min(size, len(labels) - seen)
            sums += self._step(*batch, step, whole)
            seen += whole
            if self.rank == 0 and bar.is_due():
                loss, correct = self._means(self.size * sums, seen)  # waits for the device
                self._require_finite(loss, epoch, index)
                bar.show(step + 1, loss, correct, seen / (time.perf_counter() - began))
        loss, correct = self._means(distributed.summed(sums), seen)
        self._require_finite(loss, epoch, index)
        seconds = time.perf_counter() - began
        bar.show(step + 1, loss, correct, seen / seconds)
        test = self._test()
        self.history.epochs.append(
            Epoch(correct, loss, test.accuracy, test.loss, seconds, seen / seconds)
        )

    def _means(self, sums: Tensor, seen: int) -> tuple[float, float]:
        return sums[0].item() / seen, sums[1].item() / seen

    def _test(self) -> Evaluation:
        """Measure on the test pictures, each process on its part of them."""
        distributed.average_buffers(self.model)
        images, labels = (
            each[self.rank :: self.size] for each in (self.data.test_images, self.data.test_labels)
        )
        if self.size == 1:
            return evaluate(self.model, images, labels)
        part = evaluate(self.model, images, labels) if len(labels) else Evaluation(0.0, 0.0)
        each = torch.tensor([part.accuracy, part.loss, 1.0], dtype=torch.float64)
        correct, loss, count = distributed.summed((len(labels) * each).to(self.device)).tolist()
        return Evaluation(round(correct) / count, loss / count)

    def _step(self, images: Tensor, labels: Tensor, step: int, whole: int) -> Tensor:
        """Take one step of the optimizer; return the sums (loss, correct) over the batch.

        The batch has `whole` pictures, of which these are this process's part.
        """
        for group in self.optimizer.param_groups:
            highest = self.settings.learning_rate * group.get("scale", 1.0)
            group["lr"] = highest * self._schedule(step)
        with self.autocast:
            logits = self.forward(images.contiguous(memory_format=self.memory_format))
            smoothing = self.settings.label_smoothing
            loss = F.cross_entropy(logits.float(), labels, label_smoothing=smoothing)
        # The gradients are averaged over the processes: equal parts weigh 1, no part weighs 0.
        share = len(range(self.rank, whole, self.size)) * self.size / whole
        self.optimizer.zero_grad()
        (share * loss if self.size > 1 else loss).backward()
        self.optimizer.step()
        correct = (logits.argmax(dim=1) == labels).sum()
        sums = torch.stack([loss.detach() * len(labels), correct])
        return sums if share else 0 * sums

    def _schedule(self, step: int) -> float:
        """Return the share of the highest learning rate: up to 1 in a line, then down to 0."""
        if self.settings.schedule == "constant":
            return 1.0
        done = (step + 1) / (self.settings.epochs * self.steps_per_epoch + 1)
        return min(done / WARM_UP, (1 - done) / (1 - WARM_UP))

    def _require_finite(self, loss: float, epoch: int, index: int) -> None:
        if not math.isfinite(loss):
            rate = self.settings.learning_rate
            raise FloatingPointError(
                f"The loss became {loss} in epoch {epoch + 1}, by step {index + 1} "
                f"(learning_rate={rate:g}). Make a new model and try learning_rate={rate / 10:g}."
            )


class _Bar:
    """A progress bar over all steps, renewed a few times a second, quiet without `progress`."""

    def __init__(self, run: _Run, progress: bool) -> None:
        from tqdm.auto import tqdm

        done = len(run.history.epochs) * run.steps_per_epoch
        total = run.settings.epochs * run.steps_per_epoch
        quiet = not progress or run.rank > 0
        self.bar = tqdm(total=total, initial=done, unit="step", disable=quiet)
        self.shown = time.perf_counter()

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def is_due(self) -> bool:
        return time.perf_counter() - self.shown > LOOK_EVERY

    def show(self, step: int, loss: float, accuracy: float, images_per_second: float) -> None:
        self.shown = time.perf_counter()
        self.bar.set_postfix_str(
            f"loss {loss:.3f}, accuracy {accuracy:.1%}, {images_per_second:,.0f} images/s", False
        )
        self.bar.update(step - self.bar.n)
