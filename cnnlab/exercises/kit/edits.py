"""Edits of a solution's text: what someone with a misconception writes in its place."""

import re
from functools import cache
from itertools import pairwise

Edit = tuple[str, str]  # a piece of the solution, and what stands in its place
ARROW = " ->"
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


def parse_edit(line: str) -> Edit:
    r"""Read `old -> new`; nothing behind the arrow deletes the piece, `\n` is a new line.

    Example:
        >>> parse_edit(".sum() -> .mean()")
        ('.sum()', '.mean()')
    """
    old, _, new = line.replace("\\n", "\n").partition(ARROW)
    return old, new.removeprefix(" ")


def apply_edits(source: str, edits: tuple[Edit, ...]) -> str:
    """Return a text with all edits made at once.

    What both sides of an edit share, at the beginning and at the end, only says where it is.

    Raises:
        ValueError: if a piece is not in the text exactly once, or two edits meet.

    Example:
        >>> apply_edits("a + 2 * b", (("2 * b", "b"), ("a +", "a -")))
        'a - b'
    """
    changes = sorted(_change(source, *edit) for edit in edits)
    for (start, end, new), (following, _, _) in pairwise(changes):
        if following < end or following == start:
            raise ValueError(f"Two edits change the same piece: one makes it {new!r}.")
    for start, end, new in reversed(changes):
        source = source[:start] + new + source[end:]
    return source


@cache
def _change(source: str, old: str, new: str) -> tuple[int, int, str]:
    """Return where an edit begins and ends, and what it writes there."""
    if source.count(old) != 1:
        raise ValueError(f"{old!r} is in the text {source.count(old)} times, not once.")
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    start = source.index(old) + len("".join(before[:head]))
    end = source.index(old) + len("".join(before[: len(before) - tail]))
    return start, end, "".join(after[head : len(after) - tail])


def _shared(one: list[str], other: list[str]) -> int:
    """Return how many tokens two lists have in common at the beginning."""
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))
