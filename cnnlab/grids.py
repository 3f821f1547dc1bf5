"""Draw small tensors as grids of numbers, and say what the colors of all drawings mean.

Two colors mean the same in every figure, widget and slide: yellow with a solid line is read, pink
with a dashed line is written. Whoever cannot tell the colors apart sees the lines.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from torch import Tensor

from cnnlab.errors import ShapeError, as_int

READ, READ_LINE = "#ffe27a", "#7a5a00"  # the widgets' colors: cnnlab/widgets/base.css
WRITTEN, WRITTEN_LINE = "#ffc2d9", "#a8124f"
INK, LINE, PADDING = "#1d1d1f", "#6e6e73", "#b4b8c0"
WIDEST, HIGHEST = 11.0, 5.2  # inches: a slide shows a figure of this size 1,152 pixels wide
SMALLEST = 0.19  # inches of text in it: 20 pixels there

Box = tuple[int, ...]  # (row, column), or (row, column, height, width)


class FittedText(Text):
    """A text whose size is in data units: it fits its cell in whatever Axes it stands."""

    def __init__(self, x: float, y: float, text: str, *, units: float, **style: Any) -> None:
        centered: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "color": INK,
            "linespacing": 1.2,
        }
        super().__init__(x, y, text, **(centered | style))
        self.units = units

    def _fit(self) -> None:
        figure = self.get_figure(root=True)
        if figure is None or self.axes is None:
            return
        (_, low), (_, high) = self.axes.transData.transform([(0, 0), (0, self.units)])
        points = abs(high - low) * 72 / figure.dpi
        if not math.isclose(points, float(self.get_fontsize())):
            self.set_fontsize(points)

    def draw(self, renderer: Any) -> None:
        self._fit()
        super().draw(renderer)

    def get_window_extent(self, renderer: Any = None, dpi: float | None = None) -> Any:
        self._fit()
        return super().get_window_extent(renderer, dpi)


def text_width(text: str, weight: str = "normal") -> float:
    """Return how wide the widest line of a text is, in units of its size."""
    font = FontProperties(weight=weight)
    lines = [line for line in text.split("\n") if line.strip()]
    paths = [TextPath((0, 0), line, size=100, prop=font) for line in lines]
    return max((path.get_extents().x1 / 100 for path in paths), default=0)


def span(name: str, first: int, last: int, step: int = 1) -> str:
    """Return rows or columns in words.

    Example:
        >>> span("row", 2, 2), span("row", 0, 4), span("column", 0, 4, 2)
        ('row 2', 'rows 0 to 4', 'columns 0, 2, 4')
    """
    if first == last:
        return f"{name} {first}"
    places = (
        f"{first} to {last}" if step == 1 else ", ".join(map(str, range(first, last + 1, step)))
    )
    return f"{name}s {places}".replace("-", "\N{MINUS SIGN}")


def canvas(width: float, height: float, title: str, ax: Axes | None) -> Axes:
    """Return an Axes for a drawing of so many units, y downwards, as large as a slide can show."""
    if ax is None:
        unit = min(0.6, WIDEST / width, HIGHEST / height)
        size = max(3.0, width * unit), height * unit + (0.4 if title else 0.05)
        _, ax = plt.subplots(figsize=size, layout="constrained")
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal", title=title)
    ax.set_axis_off()
    return ax


@dataclass(frozen=True)
class _Grid:
    """One grid of an equation, as `numbers` describes it."""

    grid: Tensor
    read: Box | Sequence[Box] | None = None
    written: Box | Sequence[Box] | None = None
    padding: int = 0
    dilation: int = 1
    unread: Tensor | None = None
    blank: str = ""
    title: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        grid = torch.as_tensor(self.grid).detach().cpu()
        grid = grid[None] if grid.ndim == 1 else grid
        if grid.ndim != 2 or not grid.numel():
            raise ShapeError(
                f"grid has shape {tuple(grid.shape)}. Give (height, width), or (width,)."
            )
        object.__setattr__(self, "grid", grid.double())
        as_int("padding", self.padding, minimum=0)
        as_int("dilation", self.dilation)
        if self.unread is not None and self.unread.shape != grid.shape:
            shapes = f"{tuple(self.unread.shape)} but grid {tuple(grid.shape)}"
            raise ShapeError(f"unread has shape {shapes}. Give one bool per cell.")

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.grid.shape
        return height + 2 * self.padding, width + 2 * self.padding

    def _given(self, name: str) -> Sequence[Box]:
        given = getattr(self, name)
        return [given] if given is not None and isinstance(given[0], int) else given or []

    def boxes(self, name: str) -> list[Box]:
        """Return (row, column, height, width) of what is read or written, in the padded grid."""
        spread = self.dilation if name == "read" else 1
        boxes: list[Box] = []
        for box in self._given(name):
            if len(box) not in (2, 4):
                wanted = "Give (row, column) or (row, column, height, width)."
                raise ShapeError(f"{name}={box} has {len(box)} numbers. {wanted}")
            row, column, high, wide = (*box, 1, 1)[:4]
            row, column = row + self.padding, column + self.padding
            bottom, right = row + spread * (high - 1), column + spread * (wide - 1)
            if min(row, column) < 0 or bottom >= self.size[0] or right >= self.size[1]:
                raise ShapeError(
                    f"{name}={box} leaves the grid of {self.grid.shape[0]}x{self.grid.shape[1]} "
                    f"with padding={self.padding}. Rows and columns count from 0."
                )
            if spread == 1:
                boxes.append((row, column, high, wide))
            else:
                rows, columns = range(row, bottom + 1, spread), range(column, right + 1, spread)
                boxes += [(r, c, 1, 1) for r in rows for c in columns]
        return boxes

    def texts(self) -> list[list[str]]:
        """Return what stands in each cell: as few decimals as tell the numbers apart from zero."""
        finite = self.grid[self.grid.isfinite()]
        largest = finite.abs().max().item() if finite.numel() else 0
        many = 2 if largest >= 0.1 or not largest else 1 - math.floor(math.log10(largest))
        few = [d for d in (0, 1) if torch.allclose(finite, finite.round(decimals=d), atol=1e-6)]
        decimals = few[0] if few and many == 2 else many
        return [[self._text(number, decimals) for number in line] for line in self.grid.tolist()]

    def words(self) -> str:
        """Return the grid as it is read aloud: its size, its numbers, and what is marked in it."""
        high, wide = self.grid.shape
        rows = [" ".join(text or "empty" for text in row) for row in self.texts()]
        numbers = f"each row {rows[0]}" if high > len({*rows}) == 1 else ", ".join(rows)
        said = [f"{self.title} {high} by {wide}: {numbers}".strip().replace("\n", " ")]
        said += [f"zeros around it, {self.padding} deep"] if self.padding else []
        for name, color in (("read", "yellow"), ("written", "pink")):
            step = self.dilation if name == "read" else 1
            for box in self._given(name):
                row, column, h, w = (*box, 1, 1)[:4]
                places = span("row", row, row + step * (h - 1), step)
                places += ", " + span("column", column, column + step * (w - 1), step)
                said.append(f"{color}: {places}")
        said += [f"crossed out: {int(self.unread.sum())}"] if self.unread is not None else []
        return "; ".join([*said, *filter(None, [self.note])])

    def _text(self, number: float, decimals: int) -> str:
        if not number or math.isnan(number):
            return "0" if number == 0 else self.blank
        return f"{number:z,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def numbers(
    grid: Tensor,
    *,
    read: Box | Sequence[Box] | None = None,
    written: Box | Sequence[Box] | None = None,
    padding: int = 0,
    dilation: int = 1,
    unread: Tensor | None = None,
    blank: str = "",
    title: str = "",
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a small tensor as a grid of numbers; the larger a number, the brighter its cell.

    Numbers of both signs are blue below zero and red above. NaN is a cell not yet computed.

    Args:
        grid: (height, width) or (width,), numbers of any kind.
        read: the window, in yellow: (row, column, height, width), or a cell, (row, column); or a
            list of these. Rows and columns count from the grid's first; padding is below 0.
        written: the same, in pink.
        padding: zeros drawn around the grid, cells on each side.
        dilation: cells from one number that is read to the next: height and width count them.
        unread: (height, width), true for cells that nothing reads: they are crossed out.
        blank: what stands in a cell that holds NaN, such as "?".
        title, note: texts above and below the grid.

    Raises:
        ShapeError: for a grid or mask of another shape, or a window that leaves the grid.
    """
    part: dict[str, Any] = {"grid": grid, "read": read, "written": written, "padding": padding}
    part |= {"dilation": dilation, "unread": unread, "blank": blank, "title": title, "note": note}
    return equation([part], ax=ax)


def equation(
    parts: Sequence[str | Tensor | Mapping[str, Any]], *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw grids of numbers in a row, with symbols between them.

    Args:
        parts: a symbol, such as "*" or "="; a tensor; or what `numbers` takes, as a dict.

    Raises:
        ShapeError: as `numbers` does.
        ValueError: if there is no part, or a dict has a key that `numbers` does not take.

    Example:
        `plots.equation([dict(grid=image, read=(0, 0, 3, 3)), "*", kernel, "=", feature_map])`
    """
    rows = [part if isinstance(part, str) else _as_grid(n, part) for n, part in enumerate(parts)]
    if not rows:
        raise ValueError("parts holds 0 grids. Give at least one.")
    size = 0.46
    for _ in range(2):  # the second time with the size of the text that the first needs
        widths = [_width(part, size) for part in rows]
        total = sum(widths) + 0.35 * (len(rows) + 1)
        size = max(size, SMALLEST * total / WIDEST)
    grids = [part for part in rows if isinstance(part, _Grid)]
    above, below = (_lines(grids, name) * 1.25 * size + 0.15 for name in ("title", "note"))
    tall = max((grid.size[0] for grid in grids), default=1)
    ax = canvas(total, above + tall + below, title, ax)
    left = 0.35
    for part, width in zip(rows, widths, strict=True):
        middle = left + width / 2, above + tall / 2
        if isinstance(part, str):
            ax.add_artist(FittedText(*middle, part, units=max(0.8, size)))
        else:
            _draw_grid(ax, part, middle, size)
        left += width + 0.35
    ax.set_label(" ".join(part if isinstance(part, str) else part.words() for part in rows))
    return ax


def _as_grid(place: int, part: Tensor | Mapping[str, Any]) -> _Grid:
    if not isinstance(part, Mapping):
        return _Grid(part)
    if wrong := set(part) - set(_Grid.__dataclass_fields__) or {"grid"} - set(part):
        keys = ", ".join(_Grid.__dataclass_fields__)
        raise ValueError(f"parts[{place}]: {sorted(wrong)[0]!r} is wrong or missing. Use {keys}.")
    return _Grid(**part)


def _lines(grids: Sequence[_Grid], name: str) -> int:
    return max((len(getattr(g, name).split("\n")) for g in grids if getattr(g, name)), default=0)


def _width(part: str | _Grid, size: float) -> float:
    if isinstance(part, str):
        return text_width(part) * max(0.8, size)
    return max(part.size[1], size * max(text_width(part.title), text_width(part.note)))


def _draw_grid(ax: Axes, part: _Grid, middle: tuple[float, float], size: float) -> None:
    (high, wide), pad = part.size, part.padding
    left, top = middle[0] - wide / 2, middle[1] - high / 2
    texts = part.texts()
    cell = min(0.5, 0.78 / max(text_width(text) for line in [*texts, ["0"]] for text in line))
    marked: dict[tuple[int, int], str] = {}
    for name, color in (("read", READ), ("written", WRITTEN)):
        for row, column, h, w in part.boxes(name):
            marked |= {
                (r, c): color for r in range(row, row + h) for c in range(column, column + w)
            }
    colors = _shades(part.grid)
    for row in range(high):
        for column in range(wide):
            r, c = row - pad, column - pad
            inside = 0 <= r < part.grid.shape[0] and 0 <= c < part.grid.shape[1]
            style: dict[str, Any] = {"facecolor": colors[r][c] if inside else "white"}
            if not inside or (part.unread is not None and part.unread[r, c]):
                style |= {"hatch": "xxx" if inside else "///", "hatch_linewidth": 0.6}
            style["edgecolor"] = PADDING
            if (row, column) in marked:
                style["facecolor"] = marked[row, column]
            at = left + column, top + row
            ax.add_patch(Rectangle(at, 1, 1, linewidth=0.8, **style))
            kind: dict[str, Any] = {} if inside else {"style": "italic"}
            if "hatch" in style:
                kind["path_effects"] = [withStroke(linewidth=4, foreground=style["facecolor"])]
            text = texts[r][c] if inside else "0"
            ax.add_artist(FittedText(at[0] + 0.5, at[1] + 0.5, text, units=cell, **kind))
    ax.add_patch(
        Rectangle((left + pad, top + pad), wide - 2 * pad, high - 2 * pad, fill=False, ec=LINE)
    )
    for name, line in (("read", (READ_LINE, "-")), ("written", (WRITTEN_LINE, "--"))):
        for row, column, h, w in part.boxes(name):
            at, style = (left + column, top + row), {"ec": line[0], "ls": line[1], "lw": 2.6}
            ax.add_patch(Rectangle(at, w, h, fill=False, zorder=3, **style))
    if part.title:
        at = middle[0], top - 0.15
        ax.add_artist(FittedText(*at, part.title, units=size, va="bottom"))
    if part.note:
        ax.add_artist(FittedText(middle[0], top + high + 0.15, part.note, units=size, va="top"))


def _shades(grid: Tensor) -> Any:
    """Return light colors, on which ink is read: gray, or blue and red where signs differ."""
    finite = grid.nan_to_num(0, 0, 0)
    low, high = finite.min().item(), finite.max().item()
    if low < 0:
        shares = 0.5 + 0.22 * finite / max(-low, high)
        colors = plt.get_cmap("RdBu_r")(shares.numpy())
    else:
        shares = 0.74 + 0.26 * (finite - low) / (high - low) if high > low else finite * 0 + 1
        colors = plt.get_cmap("gray")(shares.numpy())
    colors[grid.isnan().numpy()] = 1
    return colors
