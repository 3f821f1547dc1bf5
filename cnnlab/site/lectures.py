"""A lesson's lecture: its slides, which stand as Markdown cells at the end of its notebook.

A slide has a title, a few words, and what cells of the lesson put out, named by an image whose
address is the cell's id: `![what is seen](#scene)`. From "*For the lecturer, 2 minutes.*" on, its
text is notes.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from cnnlab.course import is_lecture
from cnnlab.site import figures
from cnnlab.site.twins import PATTERN

LENGTHS = (5, 15, 30, 45)  # minutes; a slide tagged minutes-15 is in lectures of 15, 30 and 45
PAUSE = ". . ."  # what follows this paragraph appears with the next key
BESIDE = 1.6  # width / height of a picture, up to which text stands at its side
NOTES = re.compile(r"^\*For the lecturer, (\d+(?:\.5)?) minutes?\.\*\s*", re.MULTILINE)
PICTURE = re.compile(
    r'^!\[(?P<alt>.*?)\]\(#(?P<cell>[\w-]+)(?:/(?P<number>\d+))?(?: "(?P<where>wide|beside)")?\)$',
    re.MULTILINE | re.DOTALL,
)
TO_WRITE = {"number": "a number", "shape": "a shape", "word": "a word"}  # without options


@dataclass
class Part:
    """A piece of a slide: Markdown, a picture, a widget's twin, a question or a verdict.

    Attributes:
        kind: "text", "figure", "html", "question" or "verdict".
        content: Markdown, the PNG in base64, HTML, or what was asked.
        step: how many keys make it appear.
        alt: what a picture shows: the slide's words, and then the figure's own.
    """

    kind: str
    content: Any
    step: int = 0
    alt: str = ""


@dataclass
class Slide:
    """One slide of a lecture.

    Attributes:
        title: a heading in Markdown, such as "## A kernel is a drawing"; that of a question may
            be left out, and is the question itself.
        notes: what is said aloud, in Markdown.
        minutes: how long it takes.
        length: of the shortest lecture that has it, in minutes.
        layout: "beside" if its text stands at the left of its picture, else "wide".
    """

    id: str
    title: str
    parts: list[Part] = field(default_factory=list)
    notes: str = ""
    minutes: float = 0
    length: int = LENGTHS[-1]
    layout: str = "wide"

    @property
    def words(self) -> list[Part]:
        """Its text, verdicts and questions, which stand before its pictures."""
        return [part for part in self.parts if part.kind in ("text", "verdict", "question")]

    @property
    def shown(self) -> list[Part]:
        """Its pictures and widgets."""
        return [part for part in self.parts if part.kind in ("figure", "html")]


def slides(notebook: NotebookNode) -> list[Slide]:
    """Return the slides of an executed lesson, in order.

    Raises:
        ValueError: for a slide without notes, or that shows what is not there.
    """
    outputs = _outputs(notebook)
    made = [_slide(cell, outputs) for cell in notebook.cells if is_lecture(cell)]
    asked: set[str] = set()  # on the slide before: only there a verdict answers something
    for slide in made:
        answered = [each for each in slide.parts if each.kind == "verdict"]
        for part in (each for each in answered if each.content["name"] not in asked):
            slide.parts.remove(part)
        slide.notes += "".join(map(_common, answered))
        asked = {each.content["name"] for each in slide.parts if each.kind == "question"}
    return made


def lead(notebook: NotebookNode) -> Part | None:
    """Return the picture or widget of the first slide, which the lesson's page begins with."""
    first = next(filter(is_lecture, notebook.cells), None)
    return next(iter(_slide(first, _outputs(notebook)).shown), None) if first else None


def _outputs(notebook: NotebookNode) -> dict[str, list[NotebookNode]]:
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def _slide(cell: NotebookNode, outputs: Mapping[str, list[NotebookNode]]) -> Slide:
    body, minutes, notes = [*NOTES.split(cell.source, maxsplit=1), "", ""][:3]
    if not minutes:
        raise ValueError(f"slide {cell.id} has no notes. Begin them *For the lecturer, 2 minutes.*")
    title, _, rest = f"{body.strip()}\n".partition("\n") if body.startswith("#") else ("", "", body)
    tags = cell.metadata.get("tags", [])
    length = next((each for each in LENGTHS if f"minutes-{each}" in tags), LENGTHS[-1])
    slide = Slide(cell.id, title, notes=notes.strip(), minutes=float(minutes), length=length)
    wished = set()
    for step, stage in enumerate(re.split(rf"^{re.escape(PAUSE)}$", rest, flags=re.MULTILINE)):
        end = 0
        for found in PICTURE.finditer(stage):
            _add_text(slide, stage[end : found.start()], step)
            end = found.end()
            wished.add(found["where"])
            for part in _shown(cell.id, found, outputs):
                part.step = step
                slide.parts.append(part)
        _add_text(slide, stage[end:], step)
    asked = [part.content["question"] for part in slide.parts if part.kind == "question"]
    if not slide.title and not asked:
        raise ValueError(f"slide {cell.id} has neither a title nor a question.")
    slide.title = slide.title or f"## {asked[0]}"
    wished.discard(None)
    drawn = [part.content for part in slide.shown if part.kind == "figure"]
    square = any(figures.aspect(png) < BESIDE for png in drawn)
    beside = wished == {"beside"} or (not wished and square)
    slide.layout = "beside" if beside and slide.words and slide.shown else "wide"
    return slide


def _add_text(slide: Slide, text: str, step: int) -> None:
    if text.strip():
        slide.parts.append(Part("text", text.strip(), step))


def _shown(
    slide: str, found: re.Match[str], outputs: Mapping[str, list[NotebookNode]]
) -> list[Part]:
    """Return what a picture of a slide stands for; with a result that was predicted, its verdict.

    Raises:
        ValueError: if there is no such cell, or if it shows no such thing.
    """
    if found["cell"] not in outputs:
        raise ValueError(f"slide {slide} shows #{found['cell']}, but no such cell has code.")
    every = [part for output in outputs[found["cell"]] for part in _part(output, found["alt"])]
    verdicts = [part for part in every if part.kind == "verdict"]
    seen = [part for part in every if part.kind != "verdict"]
    number = int(found["number"] or 1)
    if number > len(seen) and not (verdicts and not seen):
        raise ValueError(f"slide {slide} shows #{found['cell']}, which shows {len(seen)} things.")
    return verdicts + seen[number - 1 : number]


def _part(output: NotebookNode, alt: str) -> list[Part]:
    data = output.get("data", {})
    twin = PATTERN.search(data.get("text/html", ""))
    state = json.loads(twin["state"]) if twin else {}
    if state.get("part") == "ask":
        return [Part("question", {**state, "write": TO_WRITE.get(state["kind"], "")})]
    if state.get("part") == "compare":
        asked = json.loads(base64.b64decode(state["asked"]))
        asked |= {"name": state["name"], "said": say(asked["measured"], asked)}
        return [Part("verdict", asked)]
    if "image/png" in data:
        words = output.get("metadata", {}).get("image/png", {}).get("alt", "")
        alt = ". ".join(filter(None, (alt.rstrip("."), words)))
        return [Part("figure", data["image/png"].strip(), alt=alt)]
    return [Part("html", data["text/html"])] if "text/html" in data else []


def say(answer: Any, asked: Mapping[str, Any]) -> str:
    """Return an answer as text; `sayAnswer` in answers.mjs does so in the page.

    Example:
        >>> say(112384.0, {"kind": "number", "unit": ""}), say([3, 8], {"kind": "shape"})
        ('112,384', '(3, 8)')
    """
    if asked["kind"] == "shape":
        return f"({answer[0]},)" if len(answer) == 1 else f"({', '.join(map(str, answer))})"
    if asked["kind"] != "number":
        return str(answer)
    size = abs(answer)
    text = f"{answer:.3g}" if size < 1 else f"{answer:,.{2 if size < 1000 else 0}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text} {asked['unit']}".strip().replace("-", "\N{MINUS SIGN}")


def _common(part: Part) -> str:
    """Return for the notes what common wrong answers mix up."""
    if not part.content["common"]:
        return ""
    said = [f"- {say(each, part.content)}: {why}" for each, why in part.content["common"]]
    return "\n\nWhat common answers mix up:\n\n" + "\n".join(said)
