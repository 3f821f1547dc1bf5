"""Grids of numbers: what stands in them, what is marked, and that nothing spills out of a cell."""

import re
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from cnnlab import grids
from cnnlab.errors import ShapeError
from cnnlab.grids import equation, numbers

CSS = Path(grids.__file__).parent / "widgets" / "base.css"
IMAGE = torch.arange(12.0).reshape(3, 4)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def cells(ax, color):
    """Return the squares of this color."""
    faces = [patch for patch in ax.patches if patch.get_fill() and patch.get_width() == 1]
    return [patch.get_xy() for patch in faces if to_hex(patch.get_facecolor()) == color]


def outlines(ax, color):
    return [p for p in ax.patches if not p.get_fill() and to_hex(p.get_edgecolor()) == color]


def test_each_number_stands_in_its_cell():
    ax = numbers(IMAGE)
    assert texts(ax) == [str(n) for n in range(12)]
    ax.figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("grid", "shown"),
    [
        ([1 / 3, 2.0, 0.0], ["0.33", "2.00", "0"]),
        ([0.5, -1.5], ["0.5", "\N{MINUS SIGN}1.5"]),
        ([1024, -12], ["1,024", "\N{MINUS SIGN}12"]),
        ([-0.001, 1.234], ["0.00", "1.23"]),
        ([True, False], ["1", "0"]),
        ([0.0123, 0.001], ["0.012", "0.001"]),
        ([float("nan"), 3], ["3"]),
    ],
)
def test_numbers_have_the_decimals_that_tell_them(grid, shown):
    assert texts(numbers(torch.tensor(grid))) == shown


def test_what_is_not_computed_yet_is_left_open():
    grid = torch.tensor([[1.0, float("nan")]])
    assert texts(numbers(grid, blank="?")) == ["1", "?"]


def test_the_window_is_yellow_and_solid_and_what_it_writes_pink_and_dashed():
    ax = numbers(IMAGE, read=(0, 1, 2, 3), written=(2, 0))
    assert (len(cells(ax, grids.READ)), len(cells(ax, grids.WRITTEN))) == (6, 1)
    (window,), (cell,) = outlines(ax, grids.READ_LINE), outlines(ax, grids.WRITTEN_LINE)
    assert (window.get_width(), window.get_height(), window.get_linestyle()) == (3, 2, "-")
    assert (cell.get_width(), cell.get_height(), cell.get_linestyle()) == (1, 1, "--")


def test_stamps_may_overlap():
    ax = numbers(torch.ones(3, 5), written=[(0, 0, 3, 3), (0, 2, 3, 3)])
    assert len(outlines(ax, grids.WRITTEN_LINE)) == 2
    assert len(cells(ax, grids.WRITTEN)) == 15


def test_a_dilated_window_leaves_cells_out():
    ax = numbers(torch.zeros(5, 5), read=(0, 0, 3, 3), dilation=2)
    yellow = cells(ax, grids.READ)
    assert len(yellow) == len(outlines(ax, grids.READ_LINE)) == 9
    assert len({x for x, _ in yellow}) == 3
    assert max(yellow)[0] - min(yellow)[0] == pytest.approx(4)


def test_padding_is_a_hatched_frame_of_slanted_zeros():
    ax = numbers(IMAGE + 1, padding=1, read=(-1, -1, 3, 3))
    zeros = [text for text in ax.texts if text.get_text() == "0"]
    assert {text.get_style() for text in zeros} == {"italic"}
    assert len(zeros) == 5 * 6 - 12
    assert sum(patch.get_hatch() is not None for patch in ax.patches) == len(zeros)
    assert len(cells(ax, grids.READ)) == 9


def test_what_nothing_reads_is_crossed_out():
    unread = torch.zeros(3, 4, dtype=torch.bool)
    unread[:, 3] = True
    ax = numbers(IMAGE, unread=unread)
    assert sum(patch.get_hatch() is not None for patch in ax.patches) == 3


def spilled(ax):
    """Return the texts that are not inside a cell, as drawn."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    boxes = [p.get_window_extent(renderer) for p in ax.patches if type(p) is Rectangle]
    small = [box for box in boxes if box.width <= min(b.width for b in boxes) + 1]
    drawn = [(text.get_text(), text.get_window_extent(renderer)) for text in ax.texts]
    return [
        said
        for said, box in drawn
        if not any(
            cell.x0 < box.x0 and box.x1 < cell.x1 and cell.y0 < box.y0 and box.y1 < cell.y1
            for cell in small
        )
    ]


@pytest.mark.parametrize("size", [(3, 3), (11, 4), (2, 7)])
@pytest.mark.parametrize("number", [-12, 0.333, 1024, -1234567, 1e-9])
def test_no_number_spills_out_of_its_cell(number, size):
    _, ax = plt.subplots(figsize=size)
    assert spilled(numbers(torch.full((3, 5), number, dtype=torch.float64), padding=1, ax=ax)) == []


def test_the_test_of_spilling_can_fail():
    ax = numbers(torch.tensor([[1024.0, 1]]))
    for text in ax.texts:
        text.units *= 2
    assert "1,024" in spilled(ax)


def test_an_equation_is_one_row_that_does_not_overlap():
    parts = [{"grid": IMAGE, "title": "a long title", "note": "a note"}, "*", IMAGE[:2, :2], "="]
    ax = equation([*parts, IMAGE[:1]], title="whole")
    assert texts(ax)[12:16] == ["a long title", "a note", "*", "0"]
    assert ax.get_title() == "whole"
    frames = [p for p in ax.patches if not p.get_fill()]
    spans = [(p.get_x(), p.get_x() + p.get_width()) for p in frames]
    assert spans == sorted(spans)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))


def smallest_text(ax):
    """Return how high the smallest text is on a slide, which shows 1152x560 pixels at most."""
    ax.figure.canvas.draw()
    points = min(text.get_fontsize() for text in ax.texts)
    width, height = ax.figure.get_size_inches()
    return points / 72 * min(1152 / width, 560 / height)


@pytest.mark.parametrize("shape", [(1, 2), (5, 6), (12, 30)])
def test_numbers_can_be_read_on_a_slide(shape):
    assert smallest_text(numbers(torch.ones(shape), title="title")) >= 18


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"grid": torch.zeros(2, 2, 2)}, r"grid has shape \(2, 2, 2\)"),
        ({"grid": torch.zeros(0, 2)}, r"grid has shape \(0, 2\)"),
        ({"read": (0, 0, 3, 5)}, "read=.* leaves the grid of 3x4"),
        ({"written": (3, 0)}, "written=.* leaves the grid"),
        ({"read": (-1, 0)}, "padding=0"),
        ({"read": (1, 2, 3)}, "has 3 numbers"),
        ({"padding": -1}, "padding"),
        ({"dilation": 0}, "dilation"),
        ({"unread": torch.zeros(4, 3)}, r"unread has shape \(4, 3\)"),
    ],
)
def test_what_cannot_be_drawn_is_named(arguments, message):
    with pytest.raises(ShapeError, match=message):
        numbers(**{"grid": IMAGE} | arguments)


def test_a_part_that_is_none_is_named():
    with pytest.raises(ValueError, match="0 grids"):
        equation([])
    with pytest.raises(ValueError, match=r"parts\[1\]: 'window'"):
        equation(["*", {"grid": IMAGE, "window": (0, 0)}])
    with pytest.raises(ValueError, match=r"parts\[0\]: 'grid'"):
        equation([{"title": "no grid"}])


def test_widgets_and_slides_have_the_same_colors():
    css = dict(re.findall(r"--cnnlab-([\w-]+): (#\w+);", CSS.read_text()))
    assert (css["yellow"], css["yellow-line"]) == (grids.READ, grids.READ_LINE)
    assert (css["pink"], css["pink-line"]) == (grids.WRITTEN, grids.WRITTEN_LINE)
    assert css["ink"] == grids.INK
    page = (CSS.parents[1] / "site/templates/lesson/cells.css").read_text()
    slides = dict(re.findall(r"--(window|window-line|cell): (?:light-dark\()?(#\w+)", page))
    assert slides == dict(
        zip(slides, (grids.READ, grids.READ_LINE, grids.WRITTEN_LINE), strict=True)
    )


def linear(color):
    color = torch.tensor(to_rgb(color))
    return torch.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    weights = torch.tensor([0.2126, 0.7152, 0.0722])
    low, high = sorted((linear(color) @ weights).item() for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_lines_and_numbers_are_seen_when_a_projector_halves_the_contrast():
    for line in (grids.READ_LINE, grids.WRITTEN_LINE, grids.INK):
        assert contrast(line, "white") / 2 > 3
    shades = [*grids._shades(torch.linspace(-1, 1, 21)[None])[0], *grids._shades(IMAGE)[0]]
    for color in (grids.READ, grids.WRITTEN, *shades):
        assert contrast(color, grids.INK) / 2 > 3


def test_yellow_and_pink_are_told_apart_without_red_and_green():
    """The matrix simulates deuteranopia: Machado, Oliveira and Fernandes 2009, severity 1."""
    seen = torch.tensor(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.01182, 0.04294, 0.968881],
        ]
    )
    yellow, pink = (seen @ linear(to_rgb(color)) for color in (grids.READ, grids.WRITTEN))
    assert (yellow - pink).abs().max() > 0.3
