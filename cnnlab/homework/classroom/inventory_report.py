"""The inventory report: what changed from before the course to after it, and how surely."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.homework.classroom import gains, inventory_figures, report_files
from cnnlab.homework.classroom.inventory_results import Results, Taken
from cnnlab.widgets.inventory_items import FORMS, OPTIONS, items

ITEMS = len(items())
CHANCE = ITEMS / OPTIONS  # the score that guessing brings
NOT_AN_EFFECT = (
    "This is what changed, not what the course did: nobody here went without it, answering once "
    "teaches something, too, and who stayed is not who began."
)


@dataclass(frozen=True)
class Study:
    """A class's results, and the inventory's items as `inventory.json` has them."""

    results: Results
    items: Sequence[dict[str, Any]]

    @cached_property
    def both(self) -> list[tuple[Taken, Taken]]:
        """Before and after of the learners who answered both times."""
        everyone = self.results.learners
        return [(each.before, each.after) for each in everyone if each.before and each.after]

    @cached_property
    def only_before(self) -> gains.Scores | None:
        everyone = self.results.learners
        return gains.scores(
            [each.before.score for each in everyone if each.before and not each.after]
        )

    @cached_property
    def only_after(self) -> gains.Scores | None:
        everyone = self.results.learners
        return gains.scores(
            [each.after.score for each in everyone if each.after and not each.before]
        )

    @cached_property
    def scores(self) -> tuple[list[int], list[int]]:
        """Scores before and after of those who answered both times."""
        return [first.score for first, _ in self.both], [second.score for _, second in self.both]

    @cached_property
    def changed(self) -> gains.Gains | None:
        return gains.gains(*self.scores, items=ITEMS)

    @cached_property
    def answers(self) -> list[gains.ItemResult]:
        """What became of the answers to each item; empty if nobody answered both times."""
        if not self.both:
            return []
        return gains.item_results(*(_indices(taken) for taken in zip(*self.both, strict=True)))

    @property
    def forms(self) -> dict[str, gains.Scores]:
        """The scores before, by form, of all who answered then."""
        firsts = [each.before for each in self.results.learners if each.before]
        found = {
            form: gains.scores([first.score for first in firsts if first.form == form])
            for form in FORMS
        }
        return {form: scores for form, scores in found.items() if scores}

    @property
    def same_form(self) -> int:
        """How many answered the same form twice."""
        return sum(first.form == second.form for first, second in self.both)


def _indices(taken: Sequence[Taken]) -> np.ndarray:
    """Return answers as indices, (learners, items), or `gains.UNKNOWN`."""
    return np.array(
        [[gains.UNKNOWN if each is None else each for each in one.answers] for one in taken]
    )


def write_report(study: Study, out: Path, *, names: bool = False) -> tuple[Path, Path]:
    """Write the report on a class; return the paths of the page and of the table.

    Args:
        out: the page; the table lies beside it, with the ending .csv.
        names: also say which file each line comes from; without it no name leaves the folder.
    """
    return report_files.write(out, page(study, names), rows(study, names))


def page(study: Study, names: bool) -> str:
    """Return the report as HTML."""
    matched = len(study.both)
    return report_files.render(
        "inventory.html.j2",
        {"learners": learners, "interval": interval, "figure": figure},
        study=study,
        found=study.changed,
        matched=matched,
        limits=gains.limits(matched) if matched else None,
        many=gains.MANY,
        fewest=gains.FEWEST,
        enough=matched >= gains.MANY,
        items=list(zip(study.items, study.answers, strict=True)) if matched else [],
        first=discuss_first(study),
        chance=CHANCE,
        count=ITEMS,
        letters=inventory_figures.LETTERS,
        draw=inventory_figures,
        story=story,
        place=place,
        title=title,
        names=names,
    )


def learners(count: int) -> str:
    """Return a number of learners in words.

    Example:
        >>> learners(1), learners(20)
        ('1 learner', '20 learners')
    """
    return f"{count} learner{'s' * (count != 1)}"


def figure(value: float | None, digits: int = 1) -> str:
    """Return a number, or "none"; never a negative zero.

    Example:
        >>> figure(-0.25, 2), figure(None)
        ('-0.25', 'none')
    """
    if value is None:
        return "none"
    return f"{round(value, digits) + 0.0:.{digits}f}"


def interval(ends: gains.Interval | None, digits: int = 1) -> str:
    """Return an interval in words.

    Example:
        >>> interval(gains.Interval(-0.5, 2), 1)
        '-0.5 to 2.0'
    """
    return " to ".join(figure(end, digits) for end in ends) if ends else "none"


def place(item: dict[str, Any]) -> str:
    """Return where the course treats an item.

    Example:
        >>> place({"lesson": "02_sliding_window", "section": "Padding"})
        'Lesson 02, Padding'
    """
    number = str(item["lesson"]).partition("_")[0]
    return f"Lesson {number}, {item['section']}" if item["section"] else f"Lesson {number}"


def title(item: dict[str, Any]) -> str:
    """Return an item's name as a heading.

    Example:
        >>> title({"id": "by-heart"})
        'By heart'
    """
    return str(item["id"]).replace("-", " ").capitalize()


def _wrong(counts: Sequence[int]) -> list[int]:
    """Return the indices of the wrong beliefs that most learners chose; none if nobody did."""
    most = max(counts[1 : gains.UNKNOWN])
    return [index for index in range(1, gains.UNKNOWN) if most and counts[index] == most]


def _letters(indices: Sequence[int]) -> str:
    return " and ".join(inventory_figures.LETTERS[index] for index in indices)


def story(result: gains.ItemResult) -> str:
    """Return in words which wrong answer was most frequent before, and what became of it."""
    table, whole = result.table, sum(result.before)
    said = f"Right: {result.before[0]} of {whole}, then {result.after[0]}."
    if held := _wrong(result.before):
        each = " each" * (len(held) > 1)
        who = sum(result.before[index] for index in held)
        right = sum(table[index][gains.RIGHT] for index in held)
        still = sum(table[index][index] for index in held)
        said += (
            f" Most often chosen before: {_letters(held)}, {result.before[held[0]]}{each}."
            f" Of these {who}, {right} then chose the right answer, {still} the same again and "
            f"{who - right - still} something else."
        )
    if now := _wrong(result.after):
        each = " each" * (len(now) > 1)
        came = sum(result.after[index] - table[index][index] for index in now)
        said += (
            f" Most often chosen after: {_letters(now)}, {result.after[now[0]]}{each}; "
            f"{came or 'none'} of them did not choose the same before."
        )
    return said


def discuss_first(study: Study) -> tuple[dict[str, Any], int, gains.ItemResult] | None:
    """Return the item with the wrong belief that most chose after the course, and its index."""
    found = [
        (item, index, result)
        for item, result in zip(study.items, study.answers, strict=False)
        for index in _wrong(result.after)
    ]
    return max(found, key=lambda each: each[2].after[each[1]], default=None)


def summary(study: Study, *, names: bool = False) -> Iterator[str]:
    """Yield the report's main lines, for a terminal."""
    results, found = study.results, study.changed
    said = f"{learners(len(results.learners))}: {len(study.both)} answered both times"
    for scores, word in ((study.only_before, "before"), (study.only_after, "after")):
        if scores:
            said += f", {scores.learners} only {word} (mean {scores.mean:.1f} of {ITEMS})"
    yield f"{said}."
    if found:
        first, second = found.before, found.after
        yield (
            f"Before {first.mean:.1f} of {ITEMS} (SD {figure(first.sd)}), after {second.mean:.1f} "
            f"(SD {figure(second.sd)}): {found.difference.mean:+.1f}, 95 % interval "
            f"{interval(found.difference.interval)}."
        )
        yield (
            f"Gain of the class means {figure(found.gain, 2)}, 95 % interval "
            f"{interval(found.gain_interval, 2)}. Effect size d {figure(found.effect_size, 2)}."
        )
        yield NOT_AN_EFFECT
    for files, what in (
        (results.repeated, "left out: another file of the same learner is counted"),
        (results.empty, "answered at neither time"),
        ([f"{name} ({reason})" for name, reason in results.unread], "not read"),
    ):
        if files:
            yield f"{len(files)} {what}" + (f": {', '.join(files)}" if names else "")
    if results.more:
        yield "There are more files than are read. Name a smaller folder."


def rows(study: Study, names: bool) -> Iterator[list[Any]]:
    """Yield a header and a row for each learner: scores, and each answer's index as stored."""
    times = ("before", "after")
    yield [
        "learner",
        *["file"] * names,
        *(f"{what} {time}" for time in times for what in ("form", "score")),
        *(f"{item['id']} {time}" for time in times for item in study.items),
    ]
    for each in study.results.learners:
        both = (each.before, each.after)
        scores = [cell for one in both for cell in ((one.form, one.score) if one else ("", ""))]
        answers = [cell for one in both for cell in (one.answers if one else [""] * ITEMS)]
        shown = ["" if cell is None else cell for cell in answers]
        yield [f"id {each.id}", *[each.source] * names, *scores, *shown]
