"""The review: what a learner has met before is asked again when it is due."""

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Self

import traitlets

from cnnlab import course
from cnnlab.widgets import review_items
from cnnlab.widgets.base import CourseWidget, encoded

OFFERED = 5  # at most, at the start of a lesson
SITTING = 3  # times that one question is asked at most before its widget is made anew
NEW_A_DAY = 20  # as in review_due.mjs
NUMBERS = ("stability", "difficulty", "scheduled_days", "reps", "lapses", "state")
FIELDS, LONGEST = 20, 40  # of a card: more than any has
TIMES = ("due", "last_review")

Cards = dict[str, dict[str, Any]]


class Review(CourseWidget):
    """Ask what is due of the lessons that were done, one question at a time.

    A question that was answered comes again after days or weeks, as the scheduler FSRS says; one
    that was not, after ten minutes. The progress file keeps when. Without one, questions of the
    whole course are asked, and nothing is kept.

    Args:
        most: how many to ask; None for all that are due.

    Example:
        >>> Review(5).most
        5
    """

    page = "review"

    items: traitlets.List = traitlets.List().tag(sync=True, to_json=encoded)
    cards = traitlets.Dict().tag(sync=True)
    most = traitlets.Int(None, allow_none=True).tag(sync=True)
    folded = traitlets.Bool(False).tag(sync=True)  # one line, which offers it
    keeps = traitlets.Unicode("session").tag(sync=True)  # or "file", or "server"
    links = traitlets.Dict().tag(sync=True)  # from "lesson#section" to an address

    def __init__(self, most: int | None = None, **state: Any) -> None:
        if "items" not in state:
            state = _from_file() | state
        super().__init__(most=most, **state)
        self.observe(self._remember, "cards")

    @classmethod
    def offer(cls, before: str = "") -> Self | None:
        """Return an offer of at most five questions that are due; None if there are none.

        What was answered for the first time today is not offered before tomorrow.

        Args:
            before: the number of a lesson, such as "04": offer only what lessons before it taught.
        """
        path = course.find_progress()
        if path is None:
            return None
        progress = course.read_progress(path)
        state = _kept(progress)
        cards = state["cards"]
        items = {
            each["id"]: each
            for each in state["items"]
            if each["lesson"] < (before or "~")
            and (each["id"] in cards or not _is_of_today(each["enters"], progress))
        }
        due = [items[each] for each in due_now(items, cards)[:OFFERED]]
        asked = {each["id"]: cards[each["id"]] for each in due if each["id"] in cards}
        state |= {"items": due, "cards": asked}
        return cls(OFFERED, folded=True, **state) if due else None

    def _remember(self, change: Any) -> None:
        new = {name: card for name, card in change.new.items() if card != change.old.get(name)}
        if self.keeps == "file":
            keep(new)

    def __repr__(self) -> str:
        return f"Review({len(self.items)} questions)"


def _from_file() -> dict[str, Any]:
    path = course.find_progress()
    if path is None:
        return {"items": review_items.for_pages(), "cards": {}, "keeps": "session"}
    return _kept(course.read_progress(path))


def _kept(progress: course.Progress) -> dict[str, Any]:
    """Return the state of a review whose cards a progress file keeps."""
    cards = read_cards(progress["review"])
    items = [next_asked(each, cards) for each in review_items.entered(progress)]
    return {"items": items, "cards": cards, "keeps": "file"}


def _is_of_today(enters: dict[str, str], progress: course.Progress) -> bool:
    ((kind, name),) = enters.items()
    return progress[kind][name].get("on") == date.today().isoformat()


def next_asked(item: dict[str, Any], cards: Cards) -> dict[str, Any]:
    """Return an item with the variants that are asked next, each where the page looks for it.

    A notebook keeps what a widget has: all variants of all items would be megabytes.
    """
    variants, asked = item["variants"], cards.get(item["id"], {}).get("reps", 0)
    count = min(SITTING, len(variants))
    turns = sorted(range(asked, asked + count), key=lambda turn: turn % count)
    return item | {"variants": [variants[turn % len(variants)] for turn in turns]}


def keep(cards: Cards) -> None:
    """Write cards into the progress file; of two of one question, the one reviewed later stays."""

    def write(done: course.Progress) -> None:
        kept = done["review"]
        for name, card in cards.items():
            before = read_cards({name: kept.get(name)})
            if name not in before or _reviewed(before[name]) <= _reviewed(card):
                kept[name] = card

    course.change_progress(write)


def read_cards(found: Any) -> Cards:
    """Return what of a dict are cards of the scheduler, by the ids of their questions.

    Example:
        >>> read_cards({"quiz/03/how-many": {"due": "soon"}})
        {}
    """
    cards = found.items() if isinstance(found, Mapping) else ()
    return {name: card for name, card in cards if isinstance(name, str) and _is_card(card)}


def _is_card(card: Any) -> bool:
    if not isinstance(card, dict) or len(card) > FIELDS:
        return False
    if any(isinstance(each, list | dict | str) and len(each) > LONGEST for each in card.values()):
        return False
    try:
        times = [_time(card[name]) for name in (*TIMES, *(card.keys() & {"first"}))]
        numbers = [card[name] for name in NUMBERS]
    except (KeyError, TypeError, ValueError):
        return False
    plain = all(isinstance(each, int | float) and math.isfinite(each) for each in numbers)
    return plain and all(time.tzinfo is not None for time in times)


def _reviewed(card: dict[str, Any]) -> datetime:
    return _time(card["last_review"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def due_now(ids: Iterable[str], cards: Cards, now: datetime | None = None) -> list[str]:
    """Return what to ask now: what is due, in order, then what is new, at most 20 a day.

    `dueNow` in review_due.mjs does so in the page.

    Args:
        ids: of the questions that may be asked.
        cards: of those that were asked before.
        now: with a time zone; by default the present.
    """
    now = (now or datetime.now()).astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    ids = list(ids)
    known = {each: _time(cards[each]["due"]) for each in ids if each in cards}

    def is_due(name: str) -> bool:
        waits_days = cards[name]["scheduled_days"] > 0
        return known[name] <= now or (waits_days and known[name] < midnight + timedelta(days=1))

    firsts = [_time(cards[each]["first"]) for each in known if "first" in cards[each]]
    begun = sum(first.astimezone().date() == now.date() for first in firsts)
    new = [each for each in ids if each not in known]
    due = sorted(filter(is_due, known), key=lambda name: known[name])
    return [*due, *new[: max(NEW_A_DAY - begun, 0)]]
