"""The bugs of homework 4: each breaks one line of a loop of lesson 05, and shows in one way."""

from dataclasses import dataclass

from cnnlab.exercises.evaluate import EVALUATE
from cnnlab.exercises.kit.exercise import Exercise
from cnnlab.exercises.train_one_epoch import TRAIN_ONE_EPOCH


@dataclass(frozen=True)
class Bug:
    """How a function of lesson 05 is broken.

    Attributes:
        symptom: what someone notices who runs it.
        edits: pieces of the lesson's solution, and what stands in their place.
    """

    lesson: Exercise
    symptom: str
    edits: tuple[tuple[str, str], ...]

    def code(self, name: str) -> str:
        """Return the broken function under another name.

        Raises:
            ValueError: if an edit does not fit the solution at exactly one place.
        """
        code = self.lesson.solution.replace(f"def {self.lesson.name}(", f"def {name}(")
        for old, new in self.edits:
            if code.count(old) != 1:
                raise ValueError(f"The edit {old!r} does not fit {self.lesson.name}.")
            code = code.replace(old, new)
        return code


def _train(symptom: str, *edits: tuple[str, str]) -> Bug:
    return Bug(TRAIN_ONE_EPOCH, symptom, edits)


def _evaluate(symptom: str, *edits: tuple[str, str]) -> Bug:
    return Bug(EVALUATE, symptom, edits)


CLEAR, BACKWARD, STEP = (
    f"        {call}\n" for call in ("optimizer.zero_grad()", "loss.backward()", "optimizer.step()")
)
ADDED = "total += loss.item() * len(labels)"
HITS = "            hits += (logits.argmax(dim=1) == labels).sum().item()\n"
LOSSES = '            loss += F.cross_entropy(logits, labels, reduction="sum").item()\n'
COUNT = "            pictures += len(labels)\n"
SHARES = "            accuracies.append((logits.argmax(dim=1) == labels).double().mean().item())\n"
MEANS = "            losses.append(F.cross_entropy(logits, labels).item())\n"

BUGS = {
    "cleared before the step": _train(
        "Epoch after epoch the loss is the same to the last digit.",
        (CLEAR, ""),
        (STEP, CLEAR + STEP),
    ),
    "eval mode not switched": _evaluate(
        "With batches of one image the accuracy is near chance.",
        ("    model.eval()\n", ""),
    ),
    "gradients never cleared": _train(
        "Its loss jumps about from batch to batch and never settles.", (CLEAR, "")
    ),
    "gradients recorded": _evaluate(
        "Its figures are right, but large batches that fit into the memory elsewhere do not here.",
        ("with torch.no_grad():", "with torch.enable_grad():"),
    ),
    "last batch dropped": _evaluate(
        "Of 2,000 images, in batches of 128, its accuracy counts 1,920.",
        ("in batches:", "in batches[:-1]:"),
    ),
    "log-softmax forgotten": _train(
        "Its loss is soon below 0, and falls without end.",
        ("F.cross_entropy(model(images), labels)", "F.nll_loss(model(images), labels)"),
    ),
    "loss kept with its graph": _train(
        "It learns well, but needs more memory with every batch.",
        (ADDED, "total = total + loss * len(labels)"),
    ),
    "mean of batch means": _evaluate(
        "Its accuracy over 2,000 images is no multiple of 1/2,000.",
        ("hits, loss, pictures = 0, 0.0, 0", "accuracies, losses = [], []"),
        (HITS + LOSSES + COUNT, SHARES + MEANS),
        (
            "return hits / pictures, loss / pictures",
            "return sum(accuracies) / len(accuracies), sum(losses) / len(losses)",
        ),
    ),
    "mode not restored": _evaluate(
        "Its figures are right, but dropout does nothing in the training step that follows it.",
        ("    model.train(was_training)\n", ""),
        ("    was_training = model.training\n", ""),
    ),
    "softmax before cross-entropy": _train(
        "Its loss never falls below 1.46, whatever the network.",
        ("model(images)", "model(images).softmax(dim=1)"),
    ),
    "step forgotten": _train(
        "Every gradient is right, and every weight is what it was before the epoch.", (STEP, "")
    ),
    "test set augmented": _evaluate(
        "Nobody else can repeat its accuracy, and letters are read worse than they should be.",
        ("model(images)", "model(images.flip(dims=(3,)))"),
    ),
    "test set shuffled": _evaluate(
        "Its figures are right, but a list of the logits does not fit the list of file names.",
        ("in batches:", "in reversed(batches):"),
    ),
    "train mode not switched": _train(
        "The first epoch is fine. From the second on, after each evaluation, batch norm stands "
        "still.",
        ("    model.train()\n", ""),
    ),
}
