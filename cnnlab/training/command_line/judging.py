"""What stands beside an accuracy: what one answer for all would earn, and intervals."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from cnnlab.training.evaluation import balanced_accuracy, wilson_interval

FEW = 1000  # images: the interval of as many still reaches three points to either side
FEW_OF_A_CLASS = 20
MOST_NAMED = 10  # classes, so that a line stays a line


@dataclass(frozen=True, eq=False)
class Judged:
    """The accuracy on some images, and what it is to be held against.

    Attributes:
        name: of the images: "test" or "validation".
        accuracy: a fraction.
        totals: the images of each class.
        counts: the confusion matrix, where it is known.
    """

    name: str
    classes: tuple[str, ...]
    accuracy: float
    totals: list[int]
    counts: Tensor | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy."""
        total = sum(self.totals)
        return wilson_interval(round(self.accuracy * total), total)

    @property
    def one_answer(self) -> tuple[str, float]:
        """The class that most of the images are of, and what always answering it would earn."""
        largest = max(self.totals)
        return self.classes[self.totals.index(largest)], largest / sum(self.totals)

    @property
    def comparison(self) -> str:
        """What one answer for all would earn; empty where all classes have as many images."""
        if len({total for total in self.totals if total}) == 1 and self.totals.count(0) == 0:
            return ""
        answer, share = self.one_answer
        balanced = ""
        if self.counts is not None:
            balanced = f"; balanced accuracy {balanced_accuracy(self.counts):.1%}"
        return f"always answering {answer!r} would earn {share:.1%}{balanced}"

    @property
    def intervals(self) -> str:
        """The 95 % intervals of what few images judge; empty if all are many."""
        parts = []
        if sum(self.totals) < FEW:
            low, high = self.interval
            parts.append(f"all {low:.1%} to {high:.1%}")
        small = [
            (right / total, f"{name} {right} of {total}, {low:.1%} to {high:.1%}")
            for name, right, total in self._by_class()
            if 0 < total < FEW_OF_A_CLASS
            for low, high in [wilson_interval(right, total)]
        ]
        parts += [text for _, text in sorted(small, key=lambda each: each[0])[:MOST_NAMED]]
        plural = "s" * (len(parts) > 1)
        if len(small) > MOST_NAMED:
            parts.append(f"the {MOST_NAMED} worst classes are named, --out FILE writes all")
        said = f"95% interval{plural}, for so few {self.name} images: "
        return said + "; ".join(parts) if parts else ""

    def __str__(self) -> str:
        beside = f" ({self.comparison})" if self.comparison else ""
        return f"{self.accuracy:.2%} of {sum(self.totals):,} {self.name} images{beside}"

    def as_record(self) -> dict[str, Any]:
        """Return everything in plain values: of each class, too, if the confusions are known."""
        answer, share = self.one_answer
        record: dict[str, Any] = {
            "images": sum(self.totals),
            "interval": list(self.interval),
            "one_answer": {"class": answer, "accuracy": share},
        }
        if self.counts is not None:
            record["balanced_accuracy"] = balanced_accuracy(self.counts)
            record["classes"] = {
                name: {"images": total, "right": right}
                | ({"interval": list(wilson_interval(right, total))} if total else {})
                for name, right, total in self._by_class()
            }
        return record

    def _by_class(self) -> list[tuple[str, int, int]]:
        """Return name, right and total of each class; nothing without the confusions."""
        if self.counts is None:
            return []
        right = self.counts.diagonal().tolist()
        return list(zip(self.classes, right, self.totals, strict=True))


def judge(
    name: str,
    labels: Tensor,
    classes: tuple[str, ...],
    *,
    accuracy: float,
    counts: Tensor | None = None,
) -> Judged:
    """Return what an accuracy on images of these labels (N,) is to be held against.

    Args:
        counts: the confusion matrix; without it nothing is known of single classes.
    """
    totals = labels.bincount(minlength=len(classes)).tolist()
    return Judged(name, classes, accuracy, totals, counts)
