"""A lesson's figures as pages show them: small on a card, and in parts on a phone.

A wide figure has several panels beside each other. On a phone it is cut between two of them, where
a column is empty, and its parts stand one below the other; its title, if it has one, goes on top.
"""

import base64
import io

import numpy as np
from nbformat import NotebookNode
from PIL import Image

CARD = (960, 600)  # pixels; a card's picture fits into it
SHAPES = (0.7, 3.4)  # width / height of a figure that suits a card
WIDE = 2.2  # width / height from which a figure is cut
EMPTY = 248  # the least brightness of a pixel of the background
TITLE = 0.2  # the height of a figure within which its title stands
Part = tuple[float, float, float, float]  # left, top, right, bottom, as fractions of the figure


def picture(output: NotebookNode) -> Image.Image | None:
    """Return the figure that an output shows, or None."""
    encoded = output.get("data", {}).get("image/png")
    return Image.open(io.BytesIO(base64.b64decode(encoded))) if encoded else None


def card(outputs: list[NotebookNode]) -> str:
    """Return the first figure that suits a card, small, as a data address, or ""."""
    for output in outputs:
        figure = picture(output)
        if figure is None or not SHAPES[0] <= figure.width / figure.height <= SHAPES[1]:
            continue
        small = figure.convert("RGB")
        small.thumbnail(CARD)
        file = io.BytesIO()
        small.save(file, "webp", quality=80)
        return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
    return ""


def parts(figure: Image.Image) -> list[Part]:
    """Return the parts of a wide figure of several panels, from the top; [] if it stays whole."""
    if figure.width < WIDE * figure.height:
        return []
    flat = Image.new("L", figure.size, 255)
    flat.paste(figure.convert("L"), mask=figure.convert("RGBA").getchannel("A"))
    drawn = np.asarray(flat) < EMPTY  # (rows, columns)
    if cut := _gutter(drawn):
        return [(0.0, 0.0, cut, 1.0), (cut, 0.0, 1.0, 1.0)]
    if (below := _title(drawn)) and (cut := _gutter(drawn[below:])):
        across = np.flatnonzero(drawn[:below].any(axis=0)) / drawn.shape[1]
        top = below / drawn.shape[0]
        left, right = max(across[0] - 0.01, 0.0), min(across[-1] + 0.01, 1.0)
        return [(float(left), 0.0, float(right), top), (0.0, top, cut, 1.0), (cut, top, 1.0, 1.0)]
    return []


def _gutter(drawn: np.ndarray) -> float | None:
    """Return where a figure's panels part, nearest the middle, as a fraction of its width."""
    width = drawn.shape[1]
    empty = ~drawn.any(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], empty, [False]]).astype(np.int8)))
    runs = [(begin, end) for begin, end in edges.reshape(-1, 2) if begin > 0 and end < width]
    runs = [run for run in runs if 0.3 < sum(run) / 2 / width < 0.7]
    widest = max((end - begin for begin, end in runs), default=0)
    if widest < 0.008 * width:  # between two letters, say
        return None
    wide = [run for run in runs if run[1] - run[0] >= 0.6 * widest]
    middles = [float(begin + end) / 2 / width for begin, end in wide]
    return min(middles, key=lambda middle: abs(middle - 0.5))


def _title(drawn: np.ndarray) -> int | None:
    """Return the row below a figure's title: one line in the middle, an empty row under it."""
    rows = drawn.any(axis=1)
    top = int(np.argmax(rows))
    below = top + int(np.argmin(rows[top:]))
    across = np.flatnonzero(drawn[top:below].any(axis=0)) / drawn.shape[1]
    if not 0 < below < TITLE * len(rows) or np.ptp(across) > 0.7:
        return None
    one_line = np.diff(across).max(initial=0.0) < 0.03
    return below if one_line and abs(across[0] + across[-1] - 1) < 0.1 else None
