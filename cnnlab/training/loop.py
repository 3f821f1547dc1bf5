"""Train a network and measure it: the loop that lesson 05 writes by hand, kept.

What is added to the lesson's loop: a learning rate that rises and falls, the fastest number
format of the device, a progress bar, and a checkpoint from which an interrupted run resumes.
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.data import Augment, ImageData, batches
from cnnlab.data.batching import rescale
from cnnlab.errors import MissingError, compiling, memory_is_full
from cnnlab.models.heads import frozen
from cnnlab.training import distributed
from cnnlab.training.checkpoints import Checkpoint
from cnnlab.training.devices import (
    as_device,
    cudnn_benchmark,
    keep_freed_memory,
    keep_random_state,
    memory_format_on,
)
from cnnlab.training.evaluation import Evaluation, evaluate
from cnnlab.training.history import Epoch, History
from cnnlab.training.last_losses import LastLosses
from cnnlab.training.optimizers import make_optimizer
from cnnlab.training.precision import autocast_on, name_of, resolve, scaler_on
from cnnlab.training.progress_bar import ProgressBar
from cnnlab.training.settings import Settings

WARM_UP = 0.2  # share of all steps in which the learning rate rises


def train(
    model: nn.Module,
    data: ImageData,
    settings: Settings | None = None,
    *,
    device: torch.device | str | None = None,
    precision: str | None = None,
    channels_last: bool = True,
    compile: bool = False,
    checkpoint: str | os.PathLike | None = None,
    progress: bool = True,
    on_epoch: Callable[[History], None] | None = None,
    **changes: Any,
) -> History:
    """Train `model` in place on cross-entropy; it stays on `device`.

    Several processes, joined by torch.distributed, share each batch and take the same steps.

    With validation images, these are looked at after each epoch, and the test images once, after
    the last one.

    Ctrl-C (in a notebook: interrupt the kernel) ends the run and keeps what was trained.

    Args:
        settings: what decides the result. Default: `Settings` as it is.
        device: default: the fastest there is.
        precision: the numbers to compute in, where that is safe: "float32", "bfloat16", or
            "auto": bfloat16 where a step is faster in it on this machine (`precision.choose`).
            Default: float32, and on CUDA bfloat16 or, on cards that cannot, float16 with its
            gradients scaled. A run that goes on from a checkpoint keeps its own.
        channels_last: whether the channels of a pixel lie side by side in memory; never on MPS.
        compile: whether to pass the model through torch.compile, and to let cuDNN try its ways of
            convolving (a minute first, then faster).
        checkpoint: a file written after each epoch. If it exists, the run resumes from it, on
            the CPU to the same numbers as a run that was never interrupted.
        on_epoch: called after each epoch, such as `plots.LiveCurve()`.
        changes: settings by name, such as `epochs=4, learning_rate=1e-2`: see `Settings`. The
            model's initial weights are the caller's; no seed changes them.

    Raises:
        FloatingPointError: if the loss is no longer a number, with a learning rate to try.
        MemoryError: if the device's memory is full, with a batch size to try.
        MissingError: if `compile` needs a compiler or Triton, which are not installed.
        ValueError: if a setting is out of range, or the checkpoint belongs to another run.
    """
    settings = Settings(**changes) if settings is None else replace(settings, **changes)
    device = as_device(device)
    memory_format = memory_format_on(device, channels_last)
    model.to(device).to(memory_format=memory_format)
    images = data.to(device)
    with frozen(model, settings.freeze), keep_freed_memory():
        run = _Run(model, images, settings, memory_format=memory_format, compile=compile)
        kept = None
        if checkpoint:
            kept = Checkpoint(
                Path(checkpoint),
                settings,
                images=repr(data),
                model=model,
                optimizer=run.optimizer,
                losses=run.losses,
            )
            run.history = kept.restore()
        batch = images.train_images[: settings.batch_size]
        before = run.history.precision if run.history.epochs else ""
        run.compute_in(resolve(precision, model, batch, device, before=before))
        return _run_epochs(run, kept, progress=progress, on_epoch=on_epoch, compile=compile)


def _run_epochs(
    run: "_Run",
    kept: Checkpoint | None,
    *,
    progress: bool,
    on_epoch: Callable[[History], None] | None,
    compile: bool,
) -> History:
    """Train from where the history ends to the last epoch, or to Ctrl-C."""
    done = run.first_step(len(run.history.epochs))
    with (
        keep_random_state(run.device),
        cudnn_benchmark(compile or torch.backends.cudnn.benchmark),
        ProgressBar(run.steps, done, show=progress and run.rank == 0) as bar,
        _explain_limits(run),
    ):
        try:
            for epoch in range(len(run.history.epochs), run.settings.epochs):
                run.train_epoch(epoch, bar)
                if kept:
                    kept.write(run.history)
                if on_epoch:
                    on_epoch(run.history)
        except KeyboardInterrupt:
            run.history.interrupted = True
    return run.history


@contextmanager
def _explain_limits(run: "_Run") -> Iterator[None]:
    """Say in a sentence that the memory is full, or a number too large."""
    try:
        yield
    except RuntimeError as error:  # CUDA, MPS and the CPU each word it in their own way
        if sentence := compiling(error):
            raise MissingError(sentence) from None
        batch_size, rate = run.settings.batch_size, run.settings.learning_rate
        if "without overflow" in str(error):
            raise FloatingPointError(
                f"learning_rate={rate:g} makes steps too large for a number. "
                f"Make a new model and try learning_rate={Settings.learning_rate:g}."
            ) from None
        if not memory_is_full(error):
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
        *,
        memory_format: torch.memory_format = torch.channels_last,
        compile: bool = False,
    ) -> None:
        self.model, self.data, self.settings = model, data, settings
        self.device, self.memory_format = data.train_images.device, memory_format
        self.forward: Callable[..., Tensor] = distributed.wrap_ddp(model)
        if compile:
            self.forward = torch.compile(self.forward)
        self.rank, self.size = distributed.rank_and_size()
        self.optimizer = make_optimizer(model, settings, compile=compile)
        self.losses = LastLosses(len(data.train_labels), self.device)
        self.steps = self.first_step(settings.epochs)
        self.history = History()
        self.compute_in(torch.float32)

    def compute_in(self, numbers: torch.dtype) -> None:
        """Choose the numbers of all steps that follow."""
        self.autocast = autocast_on(self.device, numbers)
        self.scaler = scaler_on(self.device, numbers)
        self.history.precision = name_of(numbers)

    def first_step(self, epoch: int) -> int:
        """Return how many steps are taken before an epoch."""
        return self.settings.steps(len(self.data.train_labels), before=epoch)

    def train_epoch(self, epoch: int, bar: ProgressBar) -> None:
        """Pass over the epoch's images once, evaluate, and add a line to the history."""
        # Everything random in an epoch follows from its number: a run that goes on from a
        # checkpoint needs no saved random state.
        seed = self.settings.seed * 1_000_003 + epoch
        generator = torch.Generator().manual_seed(seed)
        torch.manual_seed(seed + self.rank)  # for dropout
        sums, seen, began = torch.zeros(2, device=self.device), 0, time.perf_counter()
        self.model.train()
        images, labels = self.data.train_images, self.data.train_labels
        size, augment = self.settings.batch_size, self.settings.augment
        if isinstance(augment, Augment):
            images = augment.for_epoch(images, epoch, self.settings.seed)
        places = self._places(epoch)
        images = images if len(places) == len(images) else images[places]
        part = self.rank, self.size
        each = batches(images, places, size, augment=augment, generator=generator, part=part)
        first_step = self.first_step(epoch)
        for index, (batch, of_batch) in enumerate(each):
            step = first_step + index
            global_batch_size = min(size, len(places) - seen)
            sums += self._step(batch, labels[of_batch], step, global_batch_size, places=of_batch)
            seen += global_batch_size
            if self.rank == 0 and bar.is_due():
                loss, correct = self._means(self.size * sums, seen)  # waits for the device
                self._require_finite(loss, epoch, index)
                bar.show(step + 1, loss, correct, seen / (time.perf_counter() - began))
        loss, correct = self._means(distributed.all_reduce_sum(sums), seen)
        self._require_finite(loss, epoch, index)
        if self.settings.leave_out:
            self.losses.end_epoch()
        seconds = time.perf_counter() - began
        bar.show(step + 1, loss, correct, seen / seconds)
        self.history.epochs.append(
            Epoch(
                train_accuracy=correct,
                train_loss=loss,
                seconds=seconds,
                images_per_second=seen / seconds,
                **self._evaluated(last=epoch + 1 == self.settings.epochs),
            )
        )

    def _evaluated(self, *, last: bool) -> dict[str, float]:
        """Return what validation images say and, after the last epoch or alone, the test images.

        What is said after the last epoch is computed in float32, whatever the run computes in.
        """
        watched = test = Evaluation(math.nan, math.nan)
        with nullcontext() if last else self.autocast:
            if self.data.held_out:
                watched = self._measure(*self.data.held_out)
            if self.data.test_name == "test" and (last or not self.data.held_out):
                test = self._measure(self.data.test_images, self.data.test_labels)
        return {
            "test_accuracy": test.accuracy,
            "test_loss": test.loss,
            "validation_accuracy": watched.accuracy,
            "validation_loss": watched.loss,
        }

    def _means(self, sums: Tensor, seen: int) -> tuple[float, float]:
        return sums[0].item() / seen, sums[1].item() / seen

    def _measure(self, images: Tensor, labels: Tensor) -> Evaluation:
        """Measure on images that are not trained on, each process on its part of them."""
        distributed.average_buffers(self.model)
        images, labels = images[self.rank :: self.size], labels[self.rank :: self.size]
        if self.size == 1:
            return evaluate(self.model, images, labels)
        part = evaluate(self.model, images, labels) if len(labels) else Evaluation(0.0, 0.0)
        each = torch.tensor([part.accuracy, part.loss, 1.0], dtype=torch.float64)
        correct, loss, count = distributed.all_reduce_sum(
            (len(labels) * each).to(self.device)
        ).tolist()
        return Evaluation(round(correct) / count, loss / count)

    def _places(self, epoch: int) -> Tensor:
        """Return which training images an epoch looks at."""
        total = len(self.data.train_labels)
        count = self.settings.images_in(epoch, total)
        return (
            torch.arange(total, device=self.device)
            if count == total
            else self.losses.largest(count)
        )

    def _step(
        self,
        images: Tensor,
        labels: Tensor,
        step: int,
        global_batch_size: int,
        *,
        places: Tensor | None = None,
    ) -> Tensor:
        """Take one step of the optimizer; return the sums (loss, correct) over the batch.

        The batch has `global_batch_size` images, of which these are this process's part.
        """
        for group in self.optimizer.param_groups:
            highest = self.settings.learning_rate * group.get("scale", 1.0)
            group["lr"] = highest * self._schedule(step)
        scales = self.settings.scales
        images = rescale(images, scales[step * len(scales) // self.steps])
        with self.autocast:
            logits = self.forward(images.contiguous(memory_format=self.memory_format))
            smoothing = self.settings.label_smoothing
            loss = F.cross_entropy(logits.float(), labels, label_smoothing=smoothing)
        # The gradients are averaged over the processes: equal parts weigh 1, no part weighs 0.
        share = len(range(self.rank, global_batch_size, self.size)) * self.size / global_batch_size
        self.optimizer.zero_grad()
        self.scaler.scale(share * loss if self.size > 1 else loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.settings.leave_out and places is not None:
            each = F.cross_entropy(
                logits.detach().float(), labels, label_smoothing=smoothing, reduction="none"
            )
            self.losses.note(places, each)
        correct = (logits.argmax(dim=1) == labels).sum()
        sums = torch.stack([loss.detach() * len(labels), correct])
        return sums if share else 0 * sums

    def _schedule(self, step: int) -> float:
        """Return the share of the highest learning rate that a step takes."""
        if self.settings.schedule == "constant":
            return 1.0
        if self.settings.schedule == "linear":
            return 1 - step / self.steps
        done = (step + 1) / (self.steps + 1)
        return min(done / WARM_UP, (1 - done) / (1 - WARM_UP))

    def _require_finite(self, loss: float, epoch: int, index: int) -> None:
        if not math.isfinite(loss):
            rate = self.settings.learning_rate
            raise FloatingPointError(
                f"The loss became {loss} in epoch {epoch + 1}, by step {index + 1} "
                f"(learning_rate={rate:g}). Make a new model and try learning_rate={rate / 10:g}."
            )
