"""Say in words and numbers what a figure shows, from what was drawn into it."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from cnnlab.grids import span

LONGEST = 600  # characters: a screen reader says them in half a minute
FEW = 8  # points of a line that are told one by one; of a longer one it is five
CELLS = 25  # numbers of a grid that are told one by one
COUNT = "Rows and columns count from 0."
PLACE = re.compile(r"\b(row|column)s? .?\d|row and column|at \(\d")  # what needs this sentence
WORDED = (
    ticker.FuncFormatter,
    ticker.PercentFormatter,
    ticker.StrMethodFormatter,
    StrCategoryFormatter,
)
DASHES = {"--": "dashed line", ":": "dotted line", "-.": "dash-dotted line"}


def describe(figure: Figure) -> str:
    """Return what a figure shows, in at most `LONGEST` characters.

    An Axes with a label of its own, `ax.set_label("...")`, says this below its title; a figure
    with a label says nothing else. `ax.imshow(image, label="a cat")` names a picture.
    """
    if figure.get_label():
        return _plain(figure.get_label())
    said, title = "", _plain(figure.get_suptitle())
    for brief in (False, True):
        said = " ".join(filter(None, [f"{title}." if title else "", *_panels(figure, brief)]))
        said = said or "A figure without words or numbers."
        places = f" {COUNT}" if PLACE.search(said) else ""
        if len(said + places) <= LONGEST:
            return said + places
    return said[: said.rindex(" ", 0, LONGEST - 50)].rstrip(" ,;:.") + " and more." + places


def _panels(figure: Figure, brief: bool) -> list[str]:
    """Return what each Axes shows; in brief, pictures without a title stand with those before."""
    found: list[tuple[str, list[str]]] = []
    for ax in figure.axes:
        if not ax.get_visible() or ax.get_label() == "<colorbar>":
            continue
        name, parts = _panel(ax, brief)
        plain = brief or all(part.startswith("a picture of") for part in parts)
        if plain and not name and found and ax.images and not ax.get_label():
            found[-1][1].extend(_size(image) for image in ax.images)
        elif name or parts:
            found.append((name, parts))
    said = []
    for n, (name, parts) in enumerate(found, 1):
        times = [f"{k} times {part}" if k > 1 else part for part, k in Counter(parts).items()]
        words = f"{'. '.join(filter(None, (name, '; '.join(times))))}.".replace("?.", "?")
        said.append(f"Panel {n}: {words}" if len(found) > 1 else words)
    return said


def _panel(ax: Axes, brief: bool) -> tuple[str, list[str]]:
    """Return the title of an Axes, with what stands on its axes, and the parts that are in it."""
    chart = ax.axison and not ax.images and len(ax.get_xticks()) + len(ax.get_yticks()) > 0
    names = [_plain(ax.get_title())]
    names += [_axes(ax)] if chart else [_plain(ax.get_ylabel()), _plain(ax.get_xlabel())]
    if ax.get_label():
        parts = [_plain(ax.get_label())]
        names = names[:1]
    elif chart:
        parts = [*_bars(ax, brief), *_lines(ax, brief), *_areas(ax, brief)]
        parts += _words(ax, "; ".join(parts))
    else:
        parts = [*_pictures(ax, brief)]
        parts += _words(ax, ": ".join(parts))
    return ", ".join(filter(None, names)), [part for part in parts if part]


def _axes(ax: Axes) -> str:
    """Return what a chart has on its axes, the values first."""
    axes = [ax.yaxis, ax.xaxis]
    if any(getattr(each, "orientation", "") == "horizontal" for each in ax.containers):
        axes.reverse()
    named = [_plain(axis.get_label_text()) for axis in axes]
    logs = [" on a logarithmic scale" * (axis.get_scale() == "log") for axis in axes]
    return " over ".join(f"{name}{log}" for name, log in zip(named, logs, strict=True) if name)


def _own(artist: Any) -> str:
    """Return an artist's label; "" for one that matplotlib has made up."""
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else _plain(label)


def _plain(text: object) -> str:
    """Return a text on one line, without the marks of formulas."""
    return " ".join(re.sub(r"\\(\w+)", r"\1", str(text).replace("$", "")).split()).rstrip(".")


def number(value: float, step: float) -> str:
    """Return a number rounded to a step, as it is read aloud.

    Example:
        >>> number(0.9312, 0.01), number(12345.6, 1), number(2.0, 0.1)
        ('0.93', '12,346', '2')
    """
    if value and abs(value) < 1e-3 and step < 1e-3:
        text = re.sub(r"e-0*", "e-", f"{value:.1e}")
    else:
        places = max(0, math.ceil(-math.log10(step) - 0.3)) if step > 0 else 2
        text = f"{value:z,.{0 if float(value).is_integer() else places}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _value(value: float, axis: Axis, near: float = 1e-6) -> str:
    """Return a place on an axis as an eye reads it: by its name, or to a hundredth of the axis."""
    formatter = axis.get_major_formatter()
    if isinstance(formatter, WORDED):
        places = np.asarray(axis.get_majorticklocs(), float)
        apart = np.abs(places - value)
        if apart.min(initial=math.inf) <= near:
            return _plain(formatter.format_ticks(places.tolist())[int(apart.argmin())])
        if text := "" if isinstance(formatter, StrCategoryFormatter) else formatter(value):
            return _plain(text)
    low, high = axis.get_view_interval()
    return number(value, abs(value) / 20 if axis.get_scale() == "log" else abs(high - low) / 100)


def _seen(ax: Axes, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the points that lie within the limits of an Axes."""
    x, y = (np.asarray(each, float).ravel() for each in np.broadcast_arrays(x, y))
    kept = np.isfinite(x) & np.isfinite(y)
    for each, (low, high) in ((x, sorted(ax.get_xlim())), (y, sorted(ax.get_ylim()))):
        slack = 1e-6 * (high - low)
        kept &= (each >= low - slack) & (each <= high + slack)
    return x[kept], y[kept]


def _curve(ax: Axes, x: np.ndarray, y: np.ndarray, brief: bool) -> str:
    """Return the points of a curve: all of them, or five, its ends and how steady it is."""
    last = len(x) - 1
    picked = [*range(len(x))] if last < FEW else sorted({last * n // 4 for n in range(5)})
    picked = [0, last] if brief and last > 0 else picked
    said = [f"{_value(y[n], ax.yaxis)} at {_value(x[n], ax.xaxis)}" for n in picked]
    if last >= FEW or (brief and last > 1):
        for name, n in (("lowest", int(y.argmin())), ("highest", int(y.argmax()))):
            if n not in picked:
                said.append(f"{name} {_value(y[n], ax.yaxis)} at {_value(x[n], ax.xaxis)}")
    if last >= FEW and not brief:
        rises = np.diff(y)[np.diff(y) > 0]
        if 0 < len(rises) < last:
            most = _value(rises.max(), ax.yaxis) if ax.get_yscale() == "linear" else ""
            by = f", by at most {most}" if most else ""
            said.append(f"up in {len(rises)} of {last} steps{by}")
        else:
            said.append("up in every step" if len(rises) else "never up")
    return ", ".join(said)


def _lines(ax: Axes, brief: bool) -> Iterator[str]:
    errors = [each for each in ax.containers if isinstance(each, ErrorbarContainer)]
    owned = {each[0]: each for each in errors if each[0]}
    caps = {cap for each in errors for cap in each[1]}
    rows: dict[str, list[str]] = {}
    for line in (each for each in ax.lines if each.get_visible() and each not in caps):
        name = _own(owned.get(line, line)) or _in_legend(line, ax)
        if line.get_transform() != ax.transData:
            yield _straight(line, ax, name)
            continue
        x, y = _seen(ax, *line.get_data(orig=False))
        row = _value(y[0], ax.yaxis, near=0.45) if len({*y}) == 1 else ""
        if row and line.get_linestyle() == "None" and (len(x) > 1 or not row[0].isdigit()):
            reach = "".join(f" ± {each:.2g}" for each in _reaches(owned.get(line)))
            rows.setdefault(row, []).append(f"{name} {_listed(x, ax.xaxis, brief)}{reach}".strip())
        elif brief and not name and line.get_linestyle() == "None" and ax.get_legend():
            continue  # such as the single runs beside their mean
        elif name or len(x) > 2 or len({*x}) == len({*y}) > 0:  # no upright or level stroke
            name = name or DASHES.get(str(line.get_linestyle()), "line")
            yield f"{name}: {_curve(ax, x, y, brief)}" if len(x) else ""
    yield from (f"{row}: {', '.join(said)}" for row, said in rows.items())


def _in_legend(line: Line2D, ax: Axes) -> str:
    """Return the name of an empty line that stands in the legend for those that look like it."""
    empty = [each for each in ax.lines if not np.size(each.get_xdata())]
    alike = [each for each in empty if each.get_marker() == line.get_marker()]
    same = [each for each in alike if each.get_markerfacecolor() == line.get_markerfacecolor()]
    return _own((same or alike)[0]) if len(same or alike) == 1 else ""


def _straight(line: Line2D, ax: Axes, name: str) -> str:
    """Return where a line stands that goes all the way across, from `axhline` or `axvline`."""
    x, y = np.asarray(line.get_data(), float)[:, 0]
    upright = line.get_transform() == ax.get_xaxis_transform(which="grid")
    at = _value(x, ax.xaxis) if upright else _value(y, ax.yaxis)
    return f"{name or DASHES.get(str(line.get_linestyle()), 'line')} at {at}"


def _listed(values: np.ndarray, axis: Axis, brief: bool) -> str:
    """Return up to three values, or the least and the largest of more; in brief, their mean."""
    if brief and len(values) > 1:
        return f"about {_value(float(values.mean()), axis)}"
    said = [_value(each, axis) for each in sorted(values)]
    return ", ".join(said) if len(said) < 4 else f"{said[0]} to {said[-1]}"


def _reaches(container: ErrorbarContainer | None) -> list[float]:
    """Return half the length of each error bar."""
    bars = container[2] if container is not None else ()
    return [float(np.ptp(path, axis=0).max()) / 2 for bar in bars for path in bar.get_segments()]


def _bars(ax: Axes, brief: bool) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    every = [each for each in ax.containers if isinstance(each, BarContainer) and each.patches]
    named = {each.patches[0].get_facecolor(): _own(each) for each in every if _own(each)}
    for bars in every:
        level = bars.orientation == "horizontal"
        boxes = [each.get_bbox() for each in bars.patches if each.get_visible()]
        ends = [(box.x0, box.x1) if level else (box.y0, box.y1) for box in boxes]
        at = [(box.y0 + box.y1) / 2 if level else (box.x0 + box.x1) / 2 for box in boxes]
        name = _own(bars) or named.get(bars.patches[0].get_facecolor(), "")
        said = found.setdefault(name, [])
        if len(boxes) > 2 * FEW:
            curve = _curve(ax, *_seen(ax, at, [high or low for low, high in ends]), brief)
            said.append(f"{len(boxes)} bars, {curve}")
            continue
        places, values = (ax.yaxis, ax.xaxis) if level else (ax.xaxis, ax.yaxis)
        for (low, high), place, reach in zip_longest(ends, at, _reaches(bars.errorbar)):
            texts = [_plain(each.get_text()) for each in ax.texts if _beside(each, place, level)]
            value = f"{_value(low, values)} to " * bool(low and high) + _value(high or low, values)
            value = next(filter(None, texts), value) + (f" ± {reach:.2g}" if reach else "")
            said.append(f"{_value(place, places, near=0.45)} {value}")
    yield from (f"{name or 'bars'}: {', '.join(said)}" for name, said in found.items())


def _beside(text: Any, place: float, level: bool) -> bool:
    """Return whether a text stands at a bar."""
    xy = getattr(text, "xy", text.get_position())
    return abs(float(xy[1] if level else xy[0]) - place) < 1e-6


def _areas(ax: Axes, brief: bool) -> Iterator[str]:
    for dots in (each for each in ax.collections if isinstance(each, PathCollection)):
        x, y = _seen(ax, *np.asarray(dots.get_offsets(), float).T)
        reach = f"{_listed(y, ax.yaxis, False)} over {_listed(x, ax.xaxis, False)}"
        said = _curve(ax, x, y, brief) if len(x) <= FEW else f"{len(x)} points, {reach}"
        yield f"{_own(dots) or 'points'}: {said}" if len(x) else ""
    for area in (each for each in ax.collections if isinstance(each, PolyCollection)):
        points = np.concatenate([path.vertices for path in area.get_paths()])
        order = np.lexsort((-np.abs(points[:, 1]), points[:, 0]))
        x, first = np.unique(points[order, 0], return_index=True)
        yield f"{_own(area) or 'area'}: {_curve(ax, *_seen(ax, x, points[order, 1][first]), brief)}"


def _pictures(ax: Axes, brief: bool) -> Iterator[str]:
    images = [each for each in ax.images if each.get_visible()]
    kinds = Counter(map(_size, images))
    if len(images) > 4 or (brief and len(images) > 1):
        yield from (
            f"{kind}, {count} times" if count > 1 else kind for kind, count in kinds.items()
        )
        return
    yield from (_picture(image, brief, _texts(ax)) for image in images)
    if len(images) == 1:
        yield from _marks(ax)


def _size(image: Any) -> str:
    """Return what kind of picture an image is: in color, in gray, or a map of numbers."""
    values = image.get_array()
    high, wide = values.shape[:2]
    kind = "picture" if values.ndim == 3 or image.get_cmap().name in ("gray", "Greys") else "map"
    return _own(image) or f"a {kind} of {high} by {wide}"


def _picture(image: Any, brief: bool, texts: Sequence[str]) -> str:
    values: np.ndarray = np.ma.filled(np.ma.asarray(image.get_array(), float), np.nan)
    said = _size(image)
    if _own(image) or values.ndim == 3 or not np.isfinite(values).any():
        return said
    step = (image.norm.vmax - image.norm.vmin) / 100
    if np.nanmin(values) == np.nanmax(values):
        return f"{said}, all {number(np.nanmax(values), step)}"
    numbers = sum(not re.search(r"[^\W\d]", text) for text in texts)  # one in each cell
    if numbers >= np.count_nonzero(values):
        rows = [" ".join(f"{each:.3g}" for each in row) for row in values]
        return f"{said}: {', '.join(rows)}".replace("-", "\N{MINUS SIGN}")
    if values.size <= CELLS and not (brief and said.startswith("a picture")):
        signs = np.sign(np.where(np.abs(values) < 10 * step, 0, values)).astype(int)
        texts = [["0+\N{MINUS SIGN}"[each] for each in row] for row in signs]
        if not brief:
            texts = [[number(each, 5 * step) for each in row] for row in values]
        return f"{said}: {', '.join(map(' '.join, texts))}"
    if said.startswith("a picture"):
        return said
    found = [("largest", np.nanargmax(values))]
    found += [("smallest", np.nanargmin(values))] if np.nanmin(values) < 0 else []
    ends = []
    for name, place in found:
        row, column = divmod(int(place), values.shape[1])
        at = f"({row}, {column})" if brief else f"row {row}, column {column}"
        ends.append(f"{name} {number(values[row, column], step)} at {at}")
    return ", ".join(ends if brief else [said, *ends])


def _marks(ax: Axes) -> Iterator[str]:
    """Return what is framed and marked in a picture."""
    left, right, *_ = ax.images[0].get_extent()
    if left != -0.5 or right - left != ax.images[0].get_size()[1]:  # not in pixels
        return
    frames = [each for each in ax.patches if isinstance(each, Rectangle) and not each.get_fill()]
    found = [
        f"{span('row', math.ceil(box.y0), math.floor(box.y1))}, "
        f"{span('column', math.ceil(box.x0), math.floor(box.x1))}"
        for box in (each.get_bbox() for each in frames)
    ]
    found = [*dict.fromkeys(found)]
    if found:
        more = f" and {len(found) - 4} more" * (len(found) > 4)
        yield f"framed: {'; '.join(found[:4])}{more}"
    points = [line for line in ax.lines if line.get_linestyle() in ("None", "", " ")]
    spots = [_seen(ax, *line.get_data(orig=False)) for line in points]
    marked = [f"{r:.0f}, {c:.0f}" for x, y in spots for c, r in zip(x, y, strict=True)]
    marked = [*dict.fromkeys(marked)]
    if marked:
        more = f" and {len(marked) - 16} more" * (len(marked) > 16)
        yield f"marked at row and column {'; '.join(marked[:16])}{more}"


def _texts(ax: Axes) -> list[str]:
    texts = [_plain(text.get_text()) for text in ax.texts if text.get_visible()]
    return [text for text in texts if text]


def _words(ax: Axes, told: str) -> Iterator[str]:
    """Return the texts in a drawing that have not been told as its numbers."""
    texts = [text for text in _texts(ax) if text.removesuffix(".0") not in told]
    if len(texts) <= 2 * CELLS:
        yield "; ".join(texts)
