"""The inventory report's pictures, as SVG inside the page: they take its colors, on paper too.

Each picture's numbers also stand in a table or a sentence beside it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from cnnlab.homework.classroom.gains import RIGHT, ItemResult, Scores

LETTERS = ("right", "a", "b", "c", "?")  # of an answer's index; ? is "I do not know"
LEFT, WIDTH = 52, 336  # where an axis begins, and its length; a picture is 400 wide
ROW = 74  # height of a distribution
FLOWS, SLOT, BAR = 110, 15, 12  # all learners' height; the least of one group; a bar's width
BEFORE, AFTER = 76, 244  # where the flows begin and end


def distributions(
    times: Sequence[tuple[str, Sequence[int], Scores]], items: int, chance: float
) -> Markup:
    """Draw how many learners have each score, with the mean and its 95 % interval.

    Args:
        times: a word for each, such as "before", the scores, and what they are together.
        chance: the score that guessing brings.
    """
    step, bottom = WIDTH / (items + 1), len(times) * ROW + 8
    most = max(max(Counter(scores).values(), default=1) for _, scores, _ in times)
    at = [LEFT + step * (score + 0.5) for score in range(items + 1)]
    guess = LEFT + step * (chance + 0.5)
    parts = [
        _line(LEFT, bottom, LEFT + WIDTH, bottom),
        _line(guess, 4, guess, bottom + 5, "chance"),
        *(_text(at[score], bottom + 16, score) for score in (0, 9, items)),
        _text(guess, bottom + 16, f"{chance:g} by guessing"),
    ]
    for number, (word, scores, found) in enumerate(times):
        base = (number + 1) * ROW
        parts.append(_text(LEFT - 6, base - 12, word, "end"))
        for score, count in sorted(Counter(scores).items()):
            high = count / most * (ROW - 32)
            start, top = at[score] - step * 0.4, base - 18 - high
            parts.append(_bar("count", start, top, width=step * 0.8, height=high))
        middle = LEFT + step * (found.mean + 0.5)
        if found.interval:
            ends = (LEFT + step * (end + 0.5) for end in found.interval)
            low, high = (min(max(end, LEFT), LEFT + WIDTH) for end in ends)
            parts.append(_line(low, base - 9, high, base - 9, "mean"))
        parts.append(f'<circle cx="{middle:.1f}" cy="{base - 9}" r="4.5" class="right"/>')
    said = "; ".join(f"{word}: mean {found.mean:.1f}" for word, _, found in times)
    return _svg(400, bottom + 24, parts, f"Scores from 0 to {items}, {said}. Numbers in the table.")


def step(before: int, after: int, learners: int) -> Markup:
    """Draw one item's way from those right before (a ring) to those right after (a dot)."""
    start, end = (8 + 104 * count / learners for count in (before, after))
    parts = [
        _line(8, 10, 112, 10, "axis"),
        _line(start, 10, end, 10, "mean" if after >= before else "mean fewer"),
        f'<circle cx="{start:.1f}" cy="10" r="5" class="ring"/>',
        f'<circle cx="{end:.1f}" cy="10" r="4.5" class="right"/>',
    ]
    return _svg(120, 20, parts)


def flows(result: ItemResult, said: str) -> Markup:
    """Draw which answers learners left, and which they came to.

    Args:
        said: what is drawn, for who does not see it.
    """
    whole = sum(result.before)
    unit = FLOWS / whole
    left, right = (_places(counts, unit) for counts in (result.before, result.after))
    parts = [_text(BEFORE - 8, 10, "before", "end"), _text(AFTER + 8, 10, "after", "start")]
    leaving, coming = list(left), list(right)
    for first, row in enumerate(result.table):
        for second, count in enumerate(row):
            if count:
                high = count * unit
                kind = _kind(first, second)
                parts.append(_ribbon(leaving[first], coming[second], high, kind))
                leaving[first] += high
                coming[second] += high
    parts += _groups(BEFORE - BAR, left, result.before, unit)
    parts += _groups(AFTER, right, result.after, unit)
    bottom = max(left[-1], right[-1]) + SLOT
    return _svg(320, bottom, parts, said)


def _groups(x: float, tops: list[float], counts: list[int], unit: float) -> Iterator[str]:
    """Yield the groups of learners on one side, each with its letter and number."""
    label, anchor = (x - 5, "end") if x < BEFORE else (x + BAR + 5, "start")
    for index, (top, count) in enumerate(zip(tops, counts, strict=True)):
        if count:
            kind, high = "right" if index == RIGHT else "wrong", count * unit
            yield _bar(kind, x, top, width=BAR, height=high)
            yield _text(label, top + high / 2 + 4, f"{LETTERS[index]} {count}", anchor)


def _places(counts: Sequence[int], unit: float) -> list[float]:
    """Return where each group begins, so far apart that every group's label has its line."""
    places, top = [], 22.0
    for count in counts:
        room = max(SLOT, count * unit + 4) if count else 0
        places.append(top + (room - count * unit) / 2)
        top += room
    return places


def _kind(first: int, second: int) -> str:
    if second == RIGHT:
        return "to-right"
    if first == RIGHT:
        return "from-right"
    return "stayed" if first == second else "moved"


def _ribbon(start: float, end: float, high: float, kind: str) -> str:
    middle = (BEFORE + AFTER) / 2
    there = f"M{BEFORE} {start:.1f}C{middle} {start:.1f} {middle} {end:.1f} {AFTER} {end:.1f}"
    low, back = end + high, start + high
    return (
        f'<path class="flow {kind}" d="{there}V{low:.1f}'
        f'C{middle} {low:.1f} {middle} {back:.1f} {BEFORE} {back:.1f}Z"/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str = "axis") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _bar(kind: str, x: float, y: float, *, width: float, height: float) -> str:
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} class="{kind}"/>'


def _text(x: float, y: float, said: object, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'


def _svg(width: float, height: float, parts: Sequence[str], said: str = "") -> Markup:
    told = Markup('role="img" aria-label="{}"').format(said) if said else 'aria-hidden="true"'
    box = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return Markup(f"<svg {box} {told}>{''.join(parts)}</svg>")
