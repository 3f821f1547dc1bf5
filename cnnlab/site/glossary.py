"""The glossary: one page of the terms that the lessons define, each with the sentence that does."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from cnnlab.lab import FOR_THE_LECTURER

TERMS = (
    *("ablation", "activations", "adversarial training", "aliasing", "bias", "bottleneck"),
    *("causal", "checkpoint", "covariance", "cross-correlation", "cross-entropy"),
    *("data-parallel training", "depthwise separable", "dilation", "epoch", "equivariance"),
    *("fast gradient sign method", "feature map", "filter", "forward hook", "gradient"),
    *("gradient descent", "hierarchy", "hyperparameter", "im2col", "inductive bias"),
    *("initialization", "invariant", "kernel", "learning-rate schedule", "locality"),
    *("locally connected", "logits", "MAC", "max pooling", "normalized cross-correlation"),
    *("overfitting", "padding", "parameters", "patch", "receptive field", "residual block"),
    *("response", "saliency map", "skip connection", "span", "stride"),
    *("transposed convolution", "validation set", "weight sharing", "zero-sum"),
)

POINTING_BACK = ("That ", "This ", "For ", "What ", "We ", "One after ", "To ", "It ", "Their ")


@dataclass(frozen=True)
class Entry:
    """A term, the sentence (Markdown) that defines it, and where that stands."""

    term: str
    sentence: str
    lesson: str
    cell: str


def collect(lessons: Iterable[tuple[str, NotebookNode]]) -> list[Entry]:
    """Return an entry for each term where a lesson first sets it in bold or italics.

    Args:
        lessons: their names and notebooks, in order.
    """
    found: dict[str, Entry] = {}
    for name, notebook in lessons:
        for cell in notebook.cells:
            if cell.cell_type != "markdown" or cell.source.startswith(FOR_THE_LECTURER):
                continue
            for sentence in sentences(cell.source):
                for term in _marked(sentence):
                    found.setdefault(term, Entry(term, sentence, name, cell.id))
    return [found[term] for term in sorted(found, key=str.lower)]


def _marked(sentence: str) -> list[str]:
    return [term for term in TERMS if re.search(rf"\*{re.escape(term)}:?\*", sentence, re.I)]


def sentences(markdown: str) -> Iterator[str]:
    """Yield the sentences of a text cell, without headings, tables and the marks of lists.

    One that points back comes with the sentence before it.

    Example:
        >>> list(sentences("## A\\n\\n- **Stride** is a step. It may be 2."))
        ['**Stride** is a step.', '**Stride** is a step. It may be 2.']
    """
    for line in markdown.splitlines():
        if line.startswith(("#", "|", "    ")):
            continue
        text = re.sub(r"^\s*([-*]|\d+\.)\s+", "", line)
        before = ""
        for sentence in filter(None, re.split(r"(?<=[.!?])\s+(?=[A-Z`*])", text)):
            points_back = before and sentence.startswith(POINTING_BACK)
            yield f"{before} {sentence}" if points_back else sentence
            before = sentence
