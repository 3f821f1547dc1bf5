"""Where a wide figure is cut for a phone: between its panels, and nowhere else."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cnnlab.site import figures


def png(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    plt.close(figure)
    return base64.b64encode(file.getvalue()).decode()


def panels(count, *, title="", names=True, size=(11, 3), ylabel=""):
    figure, axes = plt.subplots(1, count, figsize=size, layout="constrained", squeeze=False)
    for number, ax in enumerate(axes[0]):
        ax.imshow(np.eye(5), cmap="gray")
        ax.set(title=f"panel {number}" if names else "", ylabel=ylabel)
    figure.suptitle(title)
    return png(figure)


@pytest.mark.parametrize("count", [2, 4, 6])
def test_panels_are_cut_in_the_middle(count):
    (left, right) = figures.parts(panels(count))
    assert left == (0.0, 0.0, left[2], 1.0)
    assert right == (left[2], 0.0, 1.0, 1.0)
    assert left[2] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("count", [3, 5])
def test_an_odd_number_of_panels_is_cut_beside_the_middle_one(count):
    (left, right) = figures.parts(panels(count))
    assert min(left[2], 1 - right[0]) == pytest.approx((count // 2) / count, abs=0.06)


def test_a_title_over_all_panels_stands_above_the_parts():
    title, left, right = figures.parts(panels(2, title="A title over both", names=False))
    assert title[0] < left[2] < title[2]
    assert title[3] == left[1] == right[1]
    assert left[2] == right[0]


def test_the_title_of_one_panel_is_not_the_figures():
    figure, axes = plt.subplots(1, 2, figsize=(11, 3), layout="constrained")
    for ax in axes:
        ax.imshow(np.eye(5))
    axes[1].set_title("right")
    assert len(figures.parts(png(figure))) == 2


def test_the_label_of_an_axis_stays_at_its_panel():
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4), width_ratios=(1, 1))
    right.plot(range(5))
    left.plot(range(5))
    right.set_ylabel("accuracy")
    figure.canvas.draw()
    label = right.yaxis.label.get_window_extent()
    cut = figures.parts(png(figure))[0][2] * 1100
    assert left.get_window_extent().x1 < cut < label.x0


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: plt.subplots(figsize=(9, 3))[0],  # one panel
        lambda: plt.figure(figsize=(9, 3)),  # nothing
        lambda: _long_labels(),
        lambda: _rows_of_cells(),
    ],
    ids=["one panel", "nothing", "labels beside one panel", "cells in a row"],
)
def test_what_has_no_two_panels_stays_whole(drawn):
    assert figures.parts(png(drawn())) == []


def test_a_figure_that_is_not_wide_stays_whole():
    assert figures.parts(panels(2, size=(6, 3.2))) == []


def _long_labels():
    figure, ax = plt.subplots(figsize=(9, 3.6))
    ax.barh(["a name of some length", "another one", "a third"], [1, 2, 3])
    figure.subplots_adjust(left=0.45)
    ax.tick_params(axis="y", pad=25)
    return figure


def _rows_of_cells():
    figure, rows = plt.subplots(3, 1, figsize=(9, 3.6))
    for ax in rows:
        for place in range(10):
            ax.text(place / 10, 0.5, str(place), bbox={"facecolor": "yellow"})
        ax.set_axis_off()
    return figure


def test_a_card_is_small_and_keeps_its_shape():
    address = figures.small(panels(2, size=(24, 8)))
    kind, _, data = address.partition(",")
    assert kind == "data:image/webp;base64"
    with figures.read(data) as picture:
        assert picture.size == (960, 320)


@pytest.mark.parametrize(("size", "suited"), [((6, 4), True), ((11, 2), False), ((3, 8), False)])
def test_a_long_strip_suits_no_card(size, suited):
    assert figures.suits(panels(1, size=size)) == suited
