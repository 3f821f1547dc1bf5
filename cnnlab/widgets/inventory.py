"""The concept inventory: 18 questions before the course and after it, and what has changed."""

import re
from typing import Any

import traitlets

from cnnlab import course
from cnnlab.widgets import inventory_items
from cnnlab.widgets.base import CourseWidget, encoded

ROUNDS = ("before", "after")
ASKED = ("id", "forms")
SHOWN = {"before": ASKED, "after": (*ASKED, "idea", "lesson", "section", "reasons")}  # of an item


class Inventory(CourseWidget):
    """Ask what a learner believes, without a word on what is right until the course is over.

    Args:
        when: "before" the course or "after" it. Which of two forms comes before is drawn by the
            learner's random number; the other one comes after.

    `record` is what is kept in the progress file: `learner`, a dict with a random `id`; `before`
    and `after`, each a dict with its `form` and its `answers` (as in `inventory_items`); in
    `begun` the rounds that are not finished; in `skipped` those that are folded up.

    Raises:
        ValueError: if `when` is neither.

    Example:
        >>> Inventory("before")
        Inventory('before')
    """

    page = "inventory"

    when = traitlets.Unicode().tag(sync=True)
    items: traitlets.List = traitlets.List().tag(sync=True, to_json=encoded)
    record: traitlets.Dict = traitlets.Dict().tag(sync=True)

    def __init__(self, when: str) -> None:
        if when not in ROUNDS:
            raise ValueError(f"when={when!r} is not one of {ROUNDS}.")
        items = [{name: each[name] for name in SHOWN[when]} for each in inventory_items.items()]
        kept = course.read_progress(course.find_progress())["inventory"]
        super().__init__(when=when, items=items, record=readable(kept))
        self.observe(self._remember, "record")

    def _remember(self, change: Any) -> None:
        """Write this round; the other one is another widget's."""
        mine = readable(change.new)

        def note(done: dict[str, Any]) -> None:
            kept = readable(done["inventory"])
            kept.setdefault("learner", mine.get("learner", {}))
            if self.when in mine:
                kept.setdefault(self.when, mine[self.when])
            for part in ("begun", "skipped"):
                others = {k: v for k, v in kept.get(part, {}).items() if k != self.when}
                own = {k: v for k, v in mine.get(part, {}).items() if k == self.when}
                kept[part] = {**others, **own}
            done["inventory"] = kept

        course.change_progress(note)

    def __repr__(self) -> str:
        return f"Inventory({self.when!r})"


def readable(found: dict[str, Any]) -> dict[str, Any]:
    """Return what of a record is as it should be; `readable` in inventory.mjs decides alike."""
    record: dict[str, Any] = {}
    learner = found.get("learner")
    ident = learner.get("id") if isinstance(learner, dict) else None
    if isinstance(ident, str) and re.fullmatch("[0-9a-f]{8,32}", ident):
        record["learner"] = {"id": ident}
    for when in ROUNDS:
        if inventory_items.is_round(answered := found.get(when)):
            record[when] = {name: answered[name] for name in ("form", "answers")}
    begun, skipped = (found.get(part) for part in ("begun", "skipped"))
    if isinstance(begun, dict):
        started = {when: begun[when] for when in ROUNDS if is_begun(begun.get(when))}
        record["begun"] = started
    if isinstance(skipped, dict):
        record["skipped"] = {when: True for when in ROUNDS if skipped.get(when) is True}
    return record


def is_begun(found: Any) -> bool:
    """Return whether this is a round that was begun: it has a place, too, the item it is at."""
    if not inventory_items.is_round(found):
        return False
    at = found.get("at")
    return type(at) is int and 0 <= at < len(inventory_items.items())
