"""What a sheet of one's own says: pieces of the sources' text, with the numbers left open.

A piece is filled with the numbers given, which must be what the source says, once; and then with
the numbers of a sheet, which take its place.
"""

from collections.abc import Callable
from typing import Any

from cnnlab.exercises import counted_networks, dot_kernel, find_template
from cnnlab.exercises.kit.sheets import Numbers

Pieces = tuple[str, ...]
PIECES: dict[str, tuple[str, Pieces]] = {  # cell: the exercise whose numbers it shows, its pieces
    "task-dot": (
        "dot_kernel",
        ("\n{thing} Return", "strongest {there}: stronger than to {rivals},", "{because}."),
    ),
    "dot-kernel": ("dot_kernel", ("finds one {shade} pixel",)),
    "task-diagonal": (
        "diagonal_kernel",
        ("Now {pen} stroke from the {start} to the {end}.", "to even {ground}."),
    ),
    "diagonal-kernel": ("diagonal_kernel", ("a {shade} stroke from {start} to {end}",)),
    "task-find": (
        "find_template",
        ("row {row} and\ncolumn {column}", "return `{place}`{convention}."),
    ),
    "show-night": ("find_template", ("night[{row}:{row_end}, {column}:{column_end}]",)),
    "find-template": ("find_template", ("Return {order} of the {corner} corner",)),
    "task-dilated": (
        "correlate2d_dilated",
        ("with stride, {padding} and dilation,", "if you like.{outside}\nFor"),
    ),
    "task-lenet": (
        "count_lenet5",
        (
            "{title} (4 points)",
            "`(1, {size}, {size})`",
            "convolution to {c1} maps",
            "convolution of all {c3} maps to {c5}, {left} x {left}.",
            "convolution to {c3} maps, 5 x 5. Its first {three} maps",
            "the next {four} read",
            "the last reads all {c1}.",
            "from {c5} to {f6}. Its shape is `({f6}, 1, 1)`",
        ),
    ),
    "task-plain": ("count_plain", ("`(3, {size}, {size})`",)),
    "show-plain": (
        "count_plain",
        (
            "(3, {c1}, {k1}, padding={p1})",
            "({c1}, {c2}, 3, padding=1)",
            "({c2}, {c3}, {k3}, padding={p3})",
            "({c3} * {left} * {left}, {classes})",
        ),
    ),
    "plain-note": ("count_plain", ("`({classes}, 1, 1)`",)),
    "written-counting": (
        "count_plain",
        (
            "`linear` has {linear:,} of the {all_parameters:,} parameters; `conv2` does {conv2:,} "
            "of about {millions}\n   million MACs.",
            "({pooled:,}\n   instead of {linear:,} parameters)",
            "parameters, {linear:,} of {all_parameters:,}, and `conv2` the most MACs, {conv2:,}\n"
            "of about {millions} million.",
            "`linear` has {pooled:,} parameters, {saved:,} fewer.",
        ),
    ),
    "task-modern": ("count_modern", ("`(3, {height}, {width})`",)),
    "show-modern": (
        "count_modern",
        (
            "(3, {c1}, {k1}, stride=2, padding={p1})",
            "({c1}, {c1}, 3, padding=1, groups={c1}, bias=False)",
            "({c1}, {c2}, 1, bias=False)",
            "({c2}, {c2}, 3, padding={dilation}, dilation={dilation}, groups={groups})",
            "({c2}, {head}, 1)",
        ),
    ),
    "task-design": (
        "budget_network",
        (
            "returns {classes}\nlogits, with **at most {parameters:,} parameters**",
            "**at most {macs:,} MACs**",
            "**at least {field}**",
        ),
    ),
}


def _dot(n: Numbers) -> dict[str, Any]:
    given, bright = n == dot_kernel.GIVEN, n["bright"]
    shade = "bright" if bright else "dark"
    star = "A star in a photograph of the night sky is one bright pixel."
    dust = "A grain of dust on a scan of white paper is one dark pixel."
    thing, name = (star, "star") if bright else (dust, "grain")
    place = f"when the {name} is at row {n['row']}, column {n['column']} (from 0) of the window"
    return {
        "thing": thing,
        "there": "there" if given else place,
        "rivals": "a line" if given else f"a {shade} line through it or a {name} elsewhere",
        "because": "dawn is no star" if bright else "a shadow is no dust",
        "shade": shade,
    }


def _stroke(n: Numbers) -> dict[str, Any]:
    start, end = ("bottom left", "top right") if n["rising"] else ("top left", "bottom right")
    pen, ground = ("a pen", "paper") if n["bright"] else ("a dark pencil", "bright paper")
    shade = "bright" if n["bright"] else "dark"
    return {"start": start, "end": end, "pen": pen, "ground": ground, "shade": shade}


def _place(n: Numbers) -> dict[str, Any]:
    counted = ", both counted from 1" if n["first"] else ", counted from 0"
    plain = {**find_template.GIVEN, "row": n["row"], "column": n["column"]} == n
    said = f": {n['order']} of the cross's {n['corner']} corner{counted}"
    ends = {"row_end": n["row"] + 3, "column_end": n["column"] + 3}
    place = find_template.place_of(n, (3, 3))
    return n | ends | {"place": place, "convention": "" if plain else said}


def _border(n: Numbers) -> dict[str, Any]:
    border = n["border"]
    outside = f" On your sheet a pixel outside the image counts as {border}, not as 0."
    padding = f"padding of brightness {border}" if border else "zero padding"
    return {"padding": padding, "outside": outside if border else ""}


def _lenet(n: Numbers) -> dict[str, Any]:
    given = n == counted_networks.LENET
    title = "1. LeNet-5, as printed in 1998" if given else "1. A relative of the LeNet-5 of 1998"
    left = counted_networks.left_by_lenet(n["size"])
    return n | {"title": title, "left": left, "c3": n["three"] + n["four"] + 1}


def _plain(n: Numbers) -> dict[str, Any]:
    counts = counted_networks.plain_counts(n)
    parameters = sum(parameters for parameters, _ in counts.values())
    macs = sum(macs for _, macs in counts.values())
    return n | {
        "p1": n["k1"] // 2,
        "p3": n["k3"] // 2,
        "left": n["size"] // 4,
        "linear": counts["linear"][0],
        "all_parameters": parameters,
        "conv2": counts["conv2"][1],
        "millions": f"{macs / 1e6:.1f}",
        "pooled": n["classes"] * (n["c3"] + 1),
        "saved": counts["linear"][0] - n["classes"] * (n["c3"] + 1),
    }


FIELDS: dict[str, Callable[[Numbers], dict[str, Any]]] = {
    "dot_kernel": _dot,
    "diagonal_kernel": _stroke,
    "find_template": _place,
    "correlate2d_dilated": _border,
    "count_lenet5": _lenet,
    "count_plain": _plain,
    "count_modern": lambda n: n | {"p1": n["k1"] // 2},
    "budget_network": lambda n: n,
}
