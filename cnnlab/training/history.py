"""Keep what a training run gave, in plain numbers."""

import math
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training images gave.

    Attributes:
        train_accuracy, train_loss: met on the way, each batch before the step that it caused.
        test_accuracy, test_loss: over all test images, after the epoch.
        seconds: of training alone, without the evaluation.
    """

    train_accuracy: float
    train_loss: float
    test_accuracy: float
    test_loss: float
    seconds: float
    images_per_second: float

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Epoch":
        """Return an epoch from a file that may be of another version of the package.

        A field that the file lacks has its default; one that is gone from this class is dropped.
        """
        names = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in record.items() if name in names})


@dataclass
class History:
    """What a training run gave, epoch by epoch.

    Attributes:
        interrupted: whether the run was stopped before its last epoch.
    """

    epochs: list[Epoch] = field(default_factory=list)
    interrupted: bool = False

    @property
    def test_accuracy(self) -> float:
        """Test accuracy after the last epoch; nan if none was finished."""
        return self.epochs[-1].test_accuracy if self.epochs else math.nan

    @property
    def seconds(self) -> float:
        """Seconds of training over all epochs."""
        return sum(epoch.seconds for epoch in self.epochs)

    @property
    def images_per_second(self) -> float:
        """Training images per second of training, over all epochs."""
        return sum(epoch.images_per_second * epoch.seconds for epoch in self.epochs) / self.seconds

    def __repr__(self) -> str:
        lines = ["epoch  train loss  accuracy  test loss  accuracy  seconds  images/s"]
        lines += [
            f"{number:5}  {each.train_loss:10.3f}  {each.train_accuracy:8.2%}  "
            f"{each.test_loss:9.3f}  {each.test_accuracy:8.2%}  {each.seconds:7.1f}  "
            f"{each.images_per_second:8,.0f}"
            for number, each in enumerate(self.epochs, start=1)
        ]
        return "\n".join(lines + ["stopped before the end"] * self.interrupted)
