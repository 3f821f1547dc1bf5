"""Keep what a training run gave, in plain numbers."""

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training images gave.

    Attributes:
        train_accuracy, train_loss: met on the way, each batch before the step that it caused.
        test_accuracy, test_loss: over all test images, after the epoch; nan where they were not
            looked at: with validation images, before the last epoch.
        validation_accuracy, validation_loss: over all validation images; nan without any.
        seconds: of training alone, without the evaluation.
    """

    train_accuracy: float
    train_loss: float
    test_accuracy: float
    test_loss: float
    seconds: float
    images_per_second: float
    validation_accuracy: float = math.nan
    validation_loss: float = math.nan

    @property
    def watched(self) -> tuple[str, float, float]:
        """What was looked at after each epoch: "validation" or "test", accuracy and loss."""
        if math.isnan(self.validation_accuracy):
            return "test", self.test_accuracy, self.test_loss
        return "validation", self.validation_accuracy, self.validation_loss

    def as_record(self) -> dict[str, float]:
        """Return the figures by name, without those that were not taken."""
        return {name: value for name, value in asdict(self).items() if not math.isnan(value)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Epoch":
        """Return an epoch from a file that may be of another version of the package.

        A field that the file lacks has its default; one that is gone from this class is dropped.
        """
        names = {each.name for each in fields(cls)}
        known = {name: value for name, value in record.items() if name in names}
        return cls(**{name: value if value == value else math.nan for name, value in known.items()})


@dataclass
class History:
    """What a training run gave, epoch by epoch.

    Attributes:
        interrupted: whether the run was stopped before its last epoch.
        precision: the numbers that it computed in, such as "bfloat16"; "" before it began.
    """

    epochs: list[Epoch] = field(default_factory=list)
    interrupted: bool = False
    precision: str = ""

    @property
    def test_accuracy(self) -> float:
        """Accuracy on the test images after the last epoch; nan if nobody looked at them."""
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
        judged = f"{self.epochs[0].watched[0] if self.epochs else 'test'} loss"
        lines = [f"epoch  train loss  accuracy  {judged}  accuracy  seconds  images/s"]
        for number, each in enumerate(self.epochs, start=1):
            _, accuracy, loss = each.watched
            lines.append(
                f"{number:5}  {each.train_loss:10.3f}  {each.train_accuracy:8.2%}  "
                f"{loss:{len(judged)}.3f}  {accuracy:8.2%}  {each.seconds:7.1f}  "
                f"{each.images_per_second:8,.0f}"
            )
        if self.precision not in ("", "float32"):
            lines.append(f"computed in {self.precision}")
        return "\n".join(lines + ["stopped before the end"] * self.interrupted)
