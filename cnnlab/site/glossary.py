"""The glossary: one page of the terms that the lessons define, each with the sentence that does."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from cnnlab.course import is_lecture
from cnnlab.site.lessons import unwrapped

TERMS = (
    "ablation",
    "activations",
    "adversarial training",
    "aliasing",
    "balanced accuracy",
    "bias",
    "bottleneck",
    "causal",
    "checkpoint",
    "covariance",
    "cross-correlation",
    "cross-entropy",
    "data-parallel training",
    "depthwise separable",
    "dilation",
    "epoch",
    "equivariance",
    "fast gradient sign method",
    "feature map",
    "filter",
    "fine-tuning",
    "forward hook",
    "gradient",
    "gradient descent",
    "hierarchy",
    "hyperparameter",
    "im2col",
    "inductive bias",
    "initialization",
    "invariant",
    "kernel",
    "learning-rate schedule",
    "locality",
    "locally connected",
    "logits",
    "MAC",
    "max pooling",
    "nonlinearity",
    "normalized cross-correlation",
    "overfitting",
    "padding",
    "parameters",
    "patch",
    "receptive field",
    "residual block",
    "response",
    "saliency map",
    "skip connection",
    "span",
    "stride",
    "transfer learning",
    "transposed convolution",
    "validation set",
    "weight sharing",
    "zero-sum",
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
            if cell.cell_type != "markdown" or is_lecture(cell):
                continue
            for sentence in sentences(unwrapped(cell.source)):
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
        for sentence in filter(None, re.split(r"(?<=[.!?])\s+(?=[A-Z`*(])", text)):
            points_back = before and sentence.startswith(POINTING_BACK)
            yield f"{before} {sentence}" if points_back else sentence
            before = sentence


def anchor(term: str) -> str:
    """Return the id of a term, in any case, on the glossary's page."""
    return term.lower().replace(" ", "-")


class Linker:
    """Lead from the first use of each term on a page to the glossary.

    Where that first use defines the term, in bold or italics, no link is needed.

    Example:
        >>> link = Linker()
        >>> link("<p>A stride of 2. Strides skip.</p>")
        '<p>A <a class="term" href="glossary.html#stride">stride</a> of 2. Strides skip.</p>'
        >>> link("<p>The <em>kernel</em> slides.</p>") + link("<p>A kernel.</p>")
        '<p>The <em>kernel</em> slides.</p><p>A kernel.</p>'
    """

    CLOSED = re.compile(r"a|code|pre|math|h[1-6]|summary")  # elements whose text stays as it is
    MARKED = ("strong", "em")

    def __init__(self) -> None:
        self._left = {term.lower() for term in TERMS}

    def __call__(self, html: str) -> str:
        """Return a cell's HTML with links. Call it with the cells of a page in order."""
        inside: list[str] = []
        parts = re.split(r"(<[^>]*>)", html)
        for place, part in enumerate(parts):
            if tag := re.fullmatch(r"<(/?)(\w+)[^>]*?(/?)>", part, re.S):
                self._step(inside, *tag.groups())
            elif not any(map(self.CLOSED.fullmatch, inside)):
                parts[place] = self._linked(part, bool(set(inside) & set(self.MARKED)))
        return "".join(parts)

    @staticmethod
    def _step(inside: list[str], closing: str, name: str, empty: str) -> None:
        if closing and name in inside:
            del inside[len(inside) - 1 - inside[::-1].index(name) :]
        elif not closing and not empty and name not in ("br", "hr", "img", "input"):
            inside.append(name)

    def _linked(self, text: str, marked: bool) -> str:
        def link(found: re.Match) -> str:
            term = found[1].lower()
            if term not in self._left:
                return found[0]
            self._left.discard(term)
            if marked:
                return found[0]
            return f'<a class="term" href="glossary.html#{anchor(term)}">{found[0]}</a>'

        terms = "|".join(map(re.escape, sorted(self._left, key=len, reverse=True)))
        return re.sub(rf"\b({terms})s?\b", link, text, flags=re.I) if terms else text
