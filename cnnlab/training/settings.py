"""The settings of a training run: what decides its result besides the model's initial weights."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from cnnlab.data.augmentation import Augmentation
from cnnlab.errors import as_int

OPTIMIZERS = ("adamw", "sgd", "muon")
LARGEST_SEED = 2**32 - 1
SCHEDULES = ("one-cycle", "linear", "constant")
EARLY = 0.2  # of the epochs look at all images: see `leave_out`
# What follows the number of images where nothing else is said: see `Settings.for_images`.
STEPS, STEPS_PER_EPOCH, SMALLEST_BATCH, FEWEST_EPOCHS = 300, 12, 8, 4


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What decides the result of a run.

    Attributes:
        epochs: passes over the training images.
        batch_size: images per step, of all processes together.
        learning_rate: the highest one.
        weight_decay: as the optimizer takes it.
        optimizer: "adamw", "sgd" with Nesterov's momentum of 0.9, or "muon" (`optimizers.Muon`).
        schedule: "one-cycle": the learning rate rises over the first fifth of the steps and
            falls to zero over the rest. "linear": it falls to zero from the first step on.
            "constant": it is the same in every step.
        label_smoothing: share of each label that is spread evenly over all classes.
        augment: changes each training batch, such as `data.Augment(flip=True, shift=2)`.
        scales: what the sides of the training images are multiplied by, each in an equal share
            of the steps, such as (0.625, 0.75, 0.875, 1): small images first, which cost less
            (progressive resizing). Default: the images stay as they are.
        leave_out: share of the training images that each epoch leaves out, after the first fifth
            of the epochs: those whose loss was smallest when they were last seen. They are
            learned; the time goes to the others.
        layer_decay: what the learning rate is multiplied by from each layer with kernels or a
            matrix to the one before it: 0.5 lets early layers learn slower. Not for "muon".
        freeze: how many of these layers, the first ones, stay as they are: their weights, and the
            statistics of their batch norms, which they go on using as in eval mode.
        seed: decides the order of the images, the augmentation and dropout.

    Raises:
        ValueError: for a value out of its range, with the range.
    """

    epochs: int
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    optimizer: str = "adamw"
    schedule: str = "one-cycle"
    label_smoothing: float = 0.0
    augment: Augmentation | None = None
    scales: tuple[float, ...] = (1.0,)
    leave_out: float = 0.0
    layer_decay: float = 1.0
    freeze: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            as_int(name, getattr(self, name))
        if not 0 < self.learning_rate < math.inf:
            rate = self.learning_rate
            raise ValueError(f"learning_rate={rate} must be greater than 0 and finite.")
        if not 0 <= as_int("seed", self.seed, minimum=0) <= LARGEST_SEED:
            raise ValueError(f"seed={self.seed} must be from 0 to {LARGEST_SEED:,}.")
        for name, known in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}={getattr(self, name)!r} must be {' or '.join(known)}.")
        if not self.scales or not all(0 < scale <= 1 for scale in self.scales):
            raise ValueError(f"scales={self.scales} must be numbers in (0, 1], at least one.")
        if not 0 <= self.leave_out < 1:
            raise ValueError(f"leave_out={self.leave_out} must be in [0, 1).")
        as_int("freeze", self.freeze, minimum=0)
        if not 0 < self.layer_decay <= 1:
            raise ValueError(f"layer_decay={self.layer_decay} must be in (0, 1].")
        if self.layer_decay != 1 and self.optimizer == "muon":
            raise ValueError(
                "optimizer='muon' has a rate of its own for each kind of weight: "
                f"layer_decay={self.layer_decay} is for adamw and sgd."
            )
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing={self.label_smoothing} must be in [0, 1).")

    @classmethod
    def for_images(cls, count: int, **given: Any) -> "Settings":
        """Return settings whose batch size and epochs, where not given, follow the data.

        Where a batch holds all of few images, an epoch is one step: the network learns little in
        it, and the statistics of batch norm, which move by a tenth in each step, lag behind what
        it has learned. So a batch is at most a twelfth of the images, from 8 to 128
        (and one more where a single image would be left over), and the epochs make 300 steps or
        more. From 9,600 images on these are batches of 128 and four epochs.

        Args:
            count: of the training images.
            given: settings by name; they stay as they are.

        Raises:
            ValueError: if there are no images, or a setting is out of its range.

        Example:
            >>> settings = Settings.for_images(96)
            >>> settings.batch_size, settings.epochs
            (8, 25)
        """
        wanted = max(1, as_int("count", count) // STEPS_PER_EPOCH)
        size = min(cls.batch_size, max(SMALLEST_BATCH, 2 ** (wanted.bit_length() - 1)))
        while count > size and count % size == 1:  # batch norm can do nothing with a single image
            size += 1
        size = given.setdefault("batch_size", size)
        steps = -(-count // max(1, as_int("batch_size", size)))
        given.setdefault("epochs", max(FEWEST_EPOCHS, -(-STEPS // steps)))
        return cls(**given)

    def images_in(self, epoch: int, count: int) -> int:
        """Return how many of so many training images an epoch looks at, the first being 0."""
        if epoch < math.ceil(EARLY * self.epochs):
            return count
        return max(1, round((1 - self.leave_out) * count))

    def steps(self, count: int, before: int | None = None) -> int:
        """Return the steps that a run on so many images takes in all, or before an epoch."""
        epochs = range(self.epochs if before is None else before)
        return sum(-(-self.images_in(epoch, count) // self.batch_size) for epoch in epochs)

    def as_record(self) -> dict[str, Any]:
        """Return the settings by name, in values that a checkpoint can hold."""
        return asdict(self) | {"augment": repr(self.augment)}
