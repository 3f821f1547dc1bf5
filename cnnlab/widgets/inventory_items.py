"""The items of the concept inventory, and what two rounds of answers say.

An answer is the index of an option as `inventory.json` has it, where option 0 is the right one and
each other names a belief; None is "I do not know".
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

FILE = Path(__file__).with_name("inventory.json")
FORMS = ("A", "B")
OPTIONS = 4
Answers = Sequence[int | None]


@cache
def items() -> list[dict[str, Any]]:
    """Return the items in the order in which they are asked.

    Each is a dict with `id`, `idea`, `lesson` and `section`, where to read; `forms`, from "A" and
    "B" to a `question` and its `options`; `beliefs`, the name of what each option follows; and
    `reasons`, a sentence on each, for both forms.

    Example:
        >>> len(items()), items()[0]["beliefs"][0]
        (18, 'right')
    """
    return json.loads(FILE.read_text("utf-8"))["items"]


@cache
def sources() -> dict[str, str]:
    """Return the publication behind each belief that no check, quiz or prediction knows."""
    return json.loads(FILE.read_text("utf-8"))["sources"]


def score(answers: Answers) -> int:
    """Return how many answers are right.

    Raises:
        ValueError: if these are not answers to the items.

    Example:
        >>> score([0, 0, 1, None] + [2] * 14)
        2
    """
    return _checked(answers).count(0)


def changed(before: Answers | None, after: Answers) -> list[dict[str, Any]]:
    """Return for each item which belief left, stayed or came, and where to read of it.

    A right answer and "I do not know" are not beliefs: there the name is None.

    Args:
        before: the answers before the course; None if there are none.
        after: those after it.

    Raises:
        ValueError: if one of the two is not answers to the items.

    Example:
        >>> first = changed([1] + [0] * 17, [3] + [0] * 17)[0]
        >>> first["left"], first["came"]
        ('quiz 01: The second is the stronger response.', 'edge_kernel: responds to brightness')
    """
    pairs = zip(_checked(before or [None] * len(items())), _checked(after), strict=True)
    found = []
    for item, (then, now) in zip(items(), pairs, strict=True):
        old, new = (item["beliefs"][answer] if answer else None for answer in (then, now))
        same = old == new
        what = {"left": None if same else old, "stayed": old if same else None}
        what["came"] = None if same else new
        where = {name: item[name] for name in ("id", "idea", "lesson", "section")}
        found.append({**where, **what, "right": now == 0})
    return found


def is_round(found: Any) -> TypeGuard[dict[str, Any]]:
    """Return whether this is one round of answers: `{"form": "A", "answers": [...]}`."""
    return isinstance(found, dict) and found.get("form") in FORMS and _are(found.get("answers"))


def _are(answers: Any) -> bool:
    if not isinstance(answers, list | tuple) or len(answers) != len(items()):
        return False
    return all(each is None or (type(each) is int and 0 <= each < OPTIONS) for each in answers)


def _checked(answers: Answers) -> list[int | None]:
    if not _are(answers):
        raise ValueError(f"answers={answers!r} are not {len(items())} of 0 to {OPTIONS - 1}, None.")
    return list(answers)
