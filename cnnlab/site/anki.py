"""The review's questions as a file for Anki, which imports it on any machine or phone."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from random import Random
from typing import Any

from cnnlab.errors import needed
from cnnlab.files import atomic_write

MODEL = 1_607_392_036  # Anki knows the kind of note by it: as long as its fields are these
VARIANTS = 3  # of a question with fresh numbers, each a note of its own
STYLE = (
    ".card { font: 20px sans-serif; max-width: 36em; margin: auto; line-height: 1.4; }"
    " ol { list-style: upper-alpha; } code { font-size: 0.9em; } ul { font-size: 0.85em; }"
)


def write(path: Path, items: Iterable[Mapping[str, Any]]) -> int:
    """Write questions as an .apkg file, in a deck for each lesson; return how many notes it has.

    Whoever imports a later file gets the same notes again, with their words as they are then, and
    keeps when each is due.

    Args:
        items: as `review_items.items` or `review_items.entered` returns them.

    Raises:
        MissingError: if genanki is not installed.
        OSError: if the file cannot be written.
    """
    genanki = needed("genanki", "a file for Anki needs")
    sides = {"name": "Card", "qfmt": "{{Front}}", "afmt": "{{FrontSide}}<hr id=answer>{{Back}}"}
    fields = [{"name": "Front"}, {"name": "Back"}]
    model = genanki.Model(MODEL, "cnnlab", fields=fields, templates=[sides], css=STYLE)
    decks: dict[str, Any] = {}
    for item in items:
        lesson, kind = item["lesson"], item["id"].partition("/")[0]
        if lesson not in decks:
            decks[lesson] = genanki.Deck(_number(lesson), f"cnnlab::{lesson}")
        for place, asked in enumerate(item["variants"][:VARIANTS]):
            guid = genanki.guid_for("cnnlab", item["id"], place)
            note = genanki.Note(model, [_front(asked, guid), _back(asked)], guid=guid)
            note.tags = [lesson, kind]
            decks[lesson].add_note(note)
    atomic_write(path, genanki.Package([*decks.values()]).write_to_file)
    return sum(len(deck.notes) for deck in decks.values())


def _number(name: str) -> int:
    """Return the same number for a name each time; Anki knows a deck by it."""
    return 2**30 + int.from_bytes(sha256(name.encode()).digest()[:3])


def _front(asked: Mapping[str, Any], guid: str) -> str:
    """Return the question, with its options in an order that is always the same."""
    question = _html(asked["question"])
    if asked["kind"] != "choice":
        return question
    texts = [text for text, _ in asked["options"]]
    Random(guid).shuffle(texts)
    return f"{question}<ol>{''.join(f'<li>{_html(text)}</li>' for text in texts)}</ol>"


def _back(asked: Mapping[str, Any]) -> str:
    """Return the answer, why it is right, and what other answers mix up."""
    if asked["kind"] == "choice":
        (right, why), others = asked["options"][asked["answer"]], asked["options"].copy()
        del others[asked["answer"]]
    else:
        right, why = _said(asked["answer"], asked), asked.get("reason", "")
        others = [[_said(answer, asked), text] for answer, text in asked["common"]]
    parts = [f"<b>{_html(right)}</b>", f"<p>{_html(why)}</p>" if why else ""]
    if others:
        told = (f"<li>{_html(answer)}: {_html(text)}</li>" for answer, text in others)
        parts.append(f"<ul>{''.join(told)}</ul>")
    return "".join(parts)


def _said(answer: Any, asked: Mapping[str, Any]) -> str:
    """Return an answer that is typed as it is written."""
    if asked["kind"] == "number":
        return f"{answer:,} {asked['unit']}".strip()
    return "x".join(map(str, answer)) if asked["kind"] == "shape" else answer


def _html(text: str) -> str:
    """Return a text with what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
