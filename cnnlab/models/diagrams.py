"""Draw networks: what follows what, what a unit sees, and what one step of training does."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle
from torch import nn

from cnnlab.arithmetic import ReceptiveField, Window, receptive_field
from cnnlab.grids import (
    INK,
    LINE,
    READ,
    READ_LINE,
    SMALLEST,
    WIDEST,
    WRITTEN,
    WRITTEN_LINE,
    FittedText,
    canvas,
    text_width,
)
from cnnlab.models.layers import layer_title
from cnnlab.models.tracing import Node, Shape, is_torchs, trace_blank

Point = tuple[float, float]
Sum = tuple[int, int, str]  # from behind a box to behind a later one; the layers on the way
LOOKS = {"": ("white", LINE, "-"), "read": (READ, READ_LINE, "-")}
LOOKS["written"] = (WRITTEN, WRITTEN_LINE, "--")
NAME, DETAIL = 0.36, 0.35  # sizes of text, in units of which a line of boxes holds ROOM
ROOM, GAP, STEP = 20.0, 0.9, 0.43
MOST = 10  # boxes; where there are more, a pooling is written into the box before it
SHORT = {"BatchNorm2d": "batch norm", "LayerNorm": "layer norm", "Linear": "linear"}
SHORT |= {"Dropout": "dropout", "Flatten": "flatten", "Tanh": "tanh", "Sigmoid": "sigmoid"}
SHORT |= {"relu": "ReLU", "gelu": "GELU", "max_pool2d": "max pool", "avg_pool2d": "average pool"}
SLIDING = {"avgpool2d", "maxpool2d", "avg_pool2d", "max_pool2d"}
ACTIVATIONS = {"gelu", "relu", "sigmoid", "silu", "tanh"}
FUNCTIONS = ACTIVATIONS | {"avg_pool2d", "flatten", "max_pool2d", "mean"}


@dataclass
class _Part:
    """A box: its name, what is written below it, and how it looks."""

    name: str
    details: list[str] = field(default_factory=list)
    look: str = ""


def plan(
    model: nn.Module, input_shape: Sequence[int], *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw a network as boxes, from one blank image that runs through it.

    A box is a layer, with what its numbers run through next, such as a ReLU, and the shape that
    comes out. A line above leads what is added later around the boxes between.

    Args:
        input_shape: of one image, (channels, height, width).

    Raises:
        ShapeError: if the model fails on an image of that shape.
        ValueError: if `model` is not an nn.Module.
    """
    nodes = trace_blank(model, input_shape)
    parts, sums = _parts(nodes)
    if len(parts) > MOST:
        parts, sums = _parts(nodes, join_pools=True)
    return _boxes(parts, sums, title=title, ax=ax)


def _parts(nodes: Sequence[Node], join_pools: bool = False) -> tuple[list[_Part], list[Sum]]:
    """Return the boxes of a traced model, and what goes around them to a sum."""
    parts, sums = [_Part("image", ["", _size(nodes[0].shape)], "read")], []
    shown, uses = _shown(nodes)
    at = [(0, "")]  # of each node: behind which box it is, and what it passed beside the boxes
    for n, node in enumerate(nodes[1:], 1):
        known = [at[i] for i, _ in node.inputs if i is not None] or [(0, "")]
        here, beside = max(known, key=lambda each: (not each[1], each[0]))
        if n in shown and node.name in ("add", "cat"):
            sums += [(start, here, way) for start, way in {*known} - {(here, beside)}]
        elif n in shown and (node.layer or _counts(node)):
            title = _title(node)
            if beside or here < len(parts) - 1:
                beside = ", ".join(filter(None, (beside, title.replace("\n", " "))))
            elif _may_join(node, join_pools, uses) and here and here not in {s[1] for s in sums}:
                _join(parts[here], node, title)
            else:
                parts.append(_Part(title, ["", _size(node.shape)]))
                here += 1
        at.append((here, beside))
    return parts, sums


def _shown(nodes: Sequence[Node]) -> tuple[set[int], Counter[int | None]]:
    """Return the nodes that are not part of a layer, and how many of them read each node."""
    shown = {n for n, node in enumerate(nodes) if not node.inside and node.shape is not None}
    for n, node in enumerate(nodes):
        if node.layer and any(node.layer.children()):
            shown.discard(n)
        elif node.layer and not is_torchs(node.layer):  # what it calls is its own affair
            first = max((i for i, _ in node.inputs if i is not None), default=n)
            shown -= set(range(first + 1, n))
    return shown, Counter(i for n in shown for i, _ in nodes[n].inputs)


def _counts(node: Node) -> bool:
    """Return whether a function is worth a word: it is known, and does something."""
    return node.name in ACTIVATIONS or (
        node.name in FUNCTIONS and bool(node.inputs) and node.shape != node.inputs[0][1]
    )


def _may_join(node: Node, join_pools: bool, uses: Counter[int | None]) -> bool:
    """Return whether a layer learns nothing and slides nothing, or is a norm.

    Where something else reads the same numbers, they must be seen to leave the box before.
    """
    if any(uses[i] > 1 for i, _ in node.inputs):
        return False
    kind = type(node.layer).__name__ if node.layer else node.name
    if "pool" in kind.lower() or kind == "mean":
        return join_pools and kind.lower() in SLIDING
    return "Norm" in kind or not node.layer or not any(True for _ in node.layer.parameters())


def _title(node: Node) -> str:
    title = layer_title(node.layer) if node.layer else node.name
    return SHORT.get(title, title).replace(" to ", "\nto ")


def _join(part: _Part, node: Node, title: str) -> None:
    """Write a layer below the one whose numbers it takes."""
    line = ", ".join(filter(None, (part.details[-2], title)))
    if "pool" in line or len(line) > 20:
        part.details.insert(-1, title)
    elif title != "Identity":
        part.details[-2] = line
    part.details[-1] = _size(node.shape)


def _size(shape: Shape | None) -> str:
    return "\N{MULTIPLICATION SIGN}".join(map(str, (shape or ())[1:]))


def flow(
    steps: Sequence[str | Sequence[str]],
    *,
    loop: str = "",
    read: Sequence[int] = (),
    written: Sequence[int] = (),
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw steps as boxes with arrows from each to the next.

    Args:
        steps: a name, or a name and a detail; either may have several lines.
        loop: what stands at an arrow from the last step back to the first; without it, no arrow.
        read, written: numbers of the steps, from 0, that are yellow or pink.

    Raises:
        ValueError: if there is no step, or a number of `read` or `written` is not one of a step.

    Example:
        `plots.flow(["batch", "network", ("loss", "a number")], loop="next batch", read=[0])`
    """
    if not steps:
        raise ValueError("steps holds 0 steps. Give at least one.")
    parts = []
    for step in steps:
        name, *details = [step] if isinstance(step, str) else step
        parts.append(_Part(name, list(details)))
    for look, places in (("read", read), ("written", written)):
        for place in places:
            if not 0 <= place < len(parts):
                raise ValueError(f"{look}={place} is not one of the {len(parts)} steps, from 0.")
            parts[place].look = look
    return _boxes(parts, [], loop, title=title, ax=ax)


def _boxes(
    parts: Sequence[_Part],
    sums: Sequence[Sum],
    loop: str = "",
    *,
    title: str,
    ax: Axes | None,
) -> Axes:
    """Draw boxes in as many lines as they need; what is added stays in one line if it can."""
    for part in parts:
        part.details = [detail for detail in part.details if detail]
    names = [NAME * text_width(part.name, weight="bold") for part in parts]
    details = [DETAIL * text_width(detail) for part in parts for detail in part.details]
    lines = max("\n".join([part.name, *part.details]).count("\n") + 1 for part in parts)
    ways = [DETAIL * text_width(way) / max(1, end - start) for start, end, way in sums if way]
    size = 0.5 + max([1.2, *names, *details, *ways]), 0.3 + STEP * lines
    gap, left, between = (1.35, 0.35, 1.5 if ways else 1.2) if sums else (GAP, 0.35, 0.65)
    rows = _rows(len(parts), sums, max(1, int((ROOM + gap) / (size[0] + gap))))
    if loop and len(rows) > 1:
        left = 0.9
    above = max([0.1, *(1.0 if way else 0.7 for _, end, way in sums if end in rows[0])])
    pitch = size[0] + gap, size[1] + between
    at = [(i, r) for r, row in enumerate(rows) for i in range(len(row))]
    places = [(left + i * pitch[0], above + r * pitch[1]) for i, r in at]
    ends = {end for _, end, _ in sums}
    spare = 0 if ends & {row[-1] for row in rows} else gap - 0.15
    total = left + max(map(len, rows)) * pitch[0] - spare
    tall = above + (len(rows) - 1) * pitch[1] + size[1] + (0.95 if loop else 0.15)
    ax = canvas(total, tall, title, ax)
    for part, place in zip(parts, places, strict=True):
        _box(ax, part, place, size)
    for before, after in pairwise(places):
        _arrow(ax, *_way(before, after, size))
    for each in sums:
        _sum(ax, places, each, size, behind=0.95 if each[0] in ends else 0.3)
    if loop:
        _loop(ax, places, size, loop)
    ax.set_label(_words(parts, sums, loop))
    return ax


def _words(parts: Sequence[_Part], sums: Sequence[Sum], loop: str) -> str:
    boxes = [", ".join([part.name, *part.details]) for part in parts]
    said = [f"boxes joined by arrows: {'; then '.join(boxes)}"]
    said += [f"what leaves box {i + 1} is added behind box {j + 1}" for i, j, _ in sums]
    return "; ".join([*said, *([f"from the last to the first: {loop}"] if loop else [])])


def _rows(count: int, sums: Sequence[Sum], most: int) -> list[list[int]]:
    """Return the boxes of each line: lines as even as they can be, what is added in one line."""
    even, rows = -(-count // -(-count // most)), [[0]]
    for n in range(1, count):
        inside = any(start < n - 1 and n <= end for start, end, _ in sums)
        needs = max((end - start for start, end, _ in sums if start == n - 1), default=1)
        full = len(rows[-1]) + needs > most or (len(rows[-1]) >= even and not sums)
        if full and not inside:
            rows.append([])
        rows[-1].append(n)
    return rows


def _box(ax: Axes, part: _Part, at: tuple[float, float], size: tuple[float, float]) -> None:
    face, edge, style = LOOKS[part.look]
    look: dict[str, Any] = {"fc": face, "ec": edge, "ls": style, "lw": 2.4 if part.look else 1.6}
    ax.add_patch(FancyBboxPatch(at, *size, boxstyle="round,pad=0,rounding_size=0.16", **look))
    texts = [(text, True) for text in part.name.split("\n")]
    texts += [(text, False) for detail in part.details for text in detail.split("\n")]
    x, y = at[0] + size[0] / 2, at[1] + size[1] / 2 - STEP / 2 * (len(texts) - 1)
    for text, first in texts:
        weight = "bold" if first else "normal"
        ax.add_artist(FittedText(x, y, text, units=NAME if first else DETAIL, weight=weight))
        y += STEP


def _way(start: Point, end: Point, size: Point) -> list[Point]:
    """Return the corners of the arrow from one box to the next, which may begin the next line."""
    (x, y), (to, below) = start, end
    half = size[0] / 2, size[1] / 2
    if y == below:
        return [(x + size[0], y + half[1]), (to, below + half[1])]
    bend = y + size[1] + 0.27
    ends = (x + half[0], bend), (to + half[0], bend), (to + half[0], below)
    return [(x + half[0], y + size[1]), *ends]


def _arrow(ax: Axes, *corners: Point) -> None:
    ax.plot(*zip(*corners[:-1], strict=True), color=INK, lw=1.8, solid_capstyle="butt")
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 16, "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(*corners[-2:], color=INK, lw=1.8, **style))


def _sum(ax: Axes, places: Sequence[Point], ends: Sum, size: Point, *, behind: float) -> None:
    """Draw the line around the boxes between, and the circle where both are added."""
    (x, y), (to, below) = places[ends[0]], places[ends[1]]
    end, middle, top = to + size[0] + 0.45, below + size[1] / 2, below - 0.42
    start = [(x + size[0] + behind, y + size[1] / 2), (x + size[0] + behind, top)]
    if y != below:  # from the arrow that comes down to the first box of the line
        start = [(places[0][0] + size[0] / 2, top)]
    _arrow(ax, *start, (end, top), (end, middle - 0.25))
    ax.plot(*start[0], "o", color=INK, ms=6)
    if ends[2]:
        look = {"fc": "white", "ec": LINE, "boxstyle": "round,pad=0.25"}
        middle_x = (start[-1][0] + end) / 2
        ax.add_artist(FittedText(middle_x, top, ends[2], units=DETAIL, bbox=look, zorder=4))
    if ends[1] == len(places) - 1:
        _arrow(ax, (to + size[0], middle), (end + 0.85, middle))
    ax.add_patch(Circle((end, middle), 0.25, fc="white", ec=INK, lw=1.8, zorder=3))
    for line in ([-0.13, 0.13], [0, 0]), ([0, 0], [-0.13, 0.13]):
        ax.plot(
            [end + x for x in line[0]], [middle + y for y in line[1]], color=INK, lw=2, zorder=4
        )


def _loop(ax: Axes, places: Sequence[Point], size: Point, text: str) -> None:
    """Draw the arrow from the last box back to the first, below all lines."""
    (x, y), (first, top) = places[-1], places[0]
    low, center = y + size[1] + 0.45, x + size[0] / 2
    corners = [(center, y + size[1]), (center, low)]
    if y == top:
        corners += [(first + size[0] / 2, low), (first + size[0] / 2, top + size[1])]
    else:
        corners += [
            (first - 0.6, low),
            (first - 0.6, top + size[1] / 2),
            (first, top + size[1] / 2),
        ]
    _arrow(ax, *corners)
    middle = (corners[1][0] + corners[2][0]) / 2
    ax.add_artist(FittedText(middle, low + 0.1, text, units=NAME, va="top"))


def cones(
    windows: Sequence[Window],
    names: Sequence[str] | None = None,
    *,
    causal: bool = False,
    inputs: str = "pixels",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw what one unit depends on, layer by layer down to the pixels, along one axis.

    Args:
        windows: the layers, first layer first.
        names: one text per layer, such as "conv 3x3".
        inputs: what the lowest line holds.
        causal: whether a unit stands above the last of what it sees, and not in the middle.

    Raises:
        ValueError: if there is no layer, or not one name per layer.
    """
    if not windows:
        raise ValueError("windows holds 0 layers. Give at least one Window.")
    names = names or [f"layer {n + 1}" for n in range(len(windows))]
    if len(names) != len(windows):
        raise ValueError(f"{len(names)} names but {len(windows)} windows: one per layer.")
    fields = [receptive_field(windows[:n]) for n in range(len(windows) + 1)]
    seen = [{0}]  # of each layer, the last first: the units that the unit on top depends on
    for window in reversed(windows):
        steps = range(0, window.kernel_size * window.dilation, window.dilation)
        start = window.stride
        seen.append({u * start - window.padding + s for u in seen[-1] for s in steps})
    seen.reverse()
    return _cones(fields, seen, [inputs, *names], causal, canvas_of=(title, ax))


def _cones(
    fields: Sequence[ReceptiveField],
    seen: Sequence[set[int]],
    names: Sequence[str],
    causal: bool,
    *,
    canvas_of: tuple[str, Axes | None],
) -> Axes:
    """Draw the layers as lines of cells, each unit above the middle or the end of what it sees."""
    wide = fields[-1].size + 2
    high = max(1.0, wide / 22)
    sees = [
        f"sees {f.size} {names[0] if f.size > 1 else names[0].removesuffix('s')}" for f in fields
    ]
    sees[0], size = "", 0.5 * high
    for _ in range(2):
        left, right = (size * max(map(text_width, each)) + 0.5 * high for each in (names, sees))
        size = max(size, SMALLEST * (left + wide + right) / WIDEST)
    ax = canvas(left + wide + right, high * (2.3 * len(seen) - 1.1), *canvas_of)
    origin = left + 1 - fields[0].start - min(seen[0])
    edges: list[Point] = []
    for level in reversed(range(len(seen))):
        units, stride = seen[level], fields[level].stride
        y = 0.1 * high + (len(seen) - 1 - level) * 2.3 * high
        share = (fields[level].size - 1) * (1 if causal else 0.5)
        move = origin + fields[level].start + share + 0.5 - stride / 2  # where unit 0 begins
        for unit in range(min(units) - 1, max(units) + 2):
            x = move + unit * stride
            if left - 1e-6 <= x and x + stride <= left + wide + 1e-6:
                look = "written" if level == len(seen) - 1 else "read"
                _cell(ax, (x, y), (stride, high), look if unit in units else "")
        ends = move + min(units) * stride, move + (max(units) + 1) * stride
        if edges:
            corners = [*edges, (ends[1], y), (ends[0], y)]
            ax.add_patch(Polygon(corners, fc=READ, ec=READ_LINE, alpha=0.45, lw=1.6, zorder=1))
        edges = [(ends[0], y + high), (ends[1], y + high)]
        at = left - 0.4 * high, y + high / 2
        ax.add_artist(FittedText(*at, names[level], units=size, ha="right"))
        at = left + wide + 0.4 * high, y + high / 2
        ax.add_artist(FittedText(*at, sees[level], units=size, ha="left"))
    return ax


def _cell(ax: Axes, at: Point, size: Point, look: str) -> None:
    face, edge, style = LOOKS[look]
    width, above = (2, 3) if look else (1, 2)
    ax.add_patch(Rectangle(at, *size, fc=face, ec=edge, ls=style, lw=width, zorder=above))
