"""A lesson's figures as pages show them: small on a card, and in parts on a phone.

A wide figure has several panels beside each other. On a phone it is cut between two of them, where
a column is empty, and its parts stand one below the other; its title, if it has one, goes on top.
"""

import base64
import io

import numpy as np
from PIL import Image

CARD = (960, 600)  # pixels; a card's picture fits into it
SHAPES = (0.7, 3.4)  # width / height of a figure that suits a card
WIDE = 2.0  # width / height from which a figure is cut
EMPTY = 248  # the least brightness of a pixel of the background
LABEL = 0.06  # the width of a figure below which a label of an axis is narrow
PANEL = 0.25  # the height of a figure that its smallest panel has
TITLE = 0.2  # the height of a figure within which its title stands
Part = tuple[float, float, float, float]  # left, top, right, bottom, as fractions of the figure


def read(png: str) -> Image.Image:
    """Return a figure from its base64, as an output has it."""
    return Image.open(io.BytesIO(base64.b64decode(png)))


def aspect(png: str) -> float:
    """Return the width of a figure, divided by its height."""
    with read(png) as figure:
        return figure.width / figure.height


def suits(png: str) -> bool:
    """Return whether a figure has a shape that suits a card."""
    return SHAPES[0] <= aspect(png) <= SHAPES[1]


def small(png: str) -> str:
    """Return a figure for a card, as the data address of a WebP image."""
    file = io.BytesIO()
    with read(png) as figure:
        shown = figure.convert("RGB")
    shown.thumbnail(CARD)
    shown.save(file, "webp", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def parts(png: str) -> list[Part]:
    """Return the parts of a wide figure of several panels, from the top; [] if it stays whole."""
    with read(png) as figure:
        if figure.width < WIDE * figure.height:
            return []
        flat = Image.new("RGBA", figure.size, "white")
        flat.alpha_composite(figure.convert("RGBA"))
    drawn = np.asarray(flat.convert("L")) < EMPTY  # (rows, columns)
    below, left, right = _title(drawn)
    cut = _gutter(drawn[below:])
    if cut is None:
        return []
    if left < cut < right:  # the title is the whole figure's
        top = below / drawn.shape[0]
        return [(left, 0.0, right, top), (0.0, top, cut, 1.0), (cut, top, 1.0, 1.0)]
    return [(0.0, 0.0, cut, 1.0), (cut, 0.0, 1.0, 1.0)] if _gutter(drawn) == cut else []


def _gutter(drawn: np.ndarray) -> float | None:
    """Return where a figure's panels part, near the middle, as a fraction of its width.

    On both sides there is a panel: something tall, such as a frame. A label of an axis stands
    alone, too, but not as far from its panel as from the other.
    """
    width = drawn.shape[1]
    tall = np.asarray(_tallest(drawn)) >= PANEL * len(drawn)
    empty = ~drawn.any(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], empty, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for begin, end in edges.reshape(-1, 2).tolist():
        if not (tall[:begin].any() and tall[end:].any()) or end - begin < 0.005 * width:
            continue
        between = begin - runs[-1][1] if runs else width
        if between < LABEL * width and not tall[begin - between : begin].any():  # a label
            runs[-1] = max(runs[-1], (begin, end), key=lambda run: run[1] - run[0])
        else:
            runs.append((begin, end))
    middles = [(begin + end) / 2 / width for begin, end in runs]
    middles = [middle for middle in middles if 0.3 < middle < 0.7]
    return min(middles, key=lambda middle: abs(middle - 0.5), default=None)


def _tallest(drawn: np.ndarray) -> np.ndarray:
    """Return for each column how many pixels its longest stroke has."""
    longest = run = np.zeros(drawn.shape[1], dtype=np.int64)
    for row in drawn:
        run = np.where(row, run + 1, 0)
        longest = np.maximum(longest, run)
    return np.asarray(longest)


def _title(drawn: np.ndarray) -> tuple[int, float, float]:
    """Return the row below a figure's title, and its left and right end as fractions.

    It is one line, with an empty row under it. Without one, all is 0.
    """
    rows = [bool(row.any()) for row in drawn]
    top = rows.index(True) if any(rows) else 0
    below = rows.index(False, top) if False in rows[top:] else 0
    across = np.flatnonzero(drawn[top:below].any(axis=0)) / drawn.shape[1]
    if not 0 < below < TITLE * len(rows) or np.diff(across).max(initial=0.0) > 0.03:
        return 0, 0.0, 0.0
    return below, max(float(across[0]) - 0.01, 0.0), min(float(across[-1]) + 0.01, 1.0)
