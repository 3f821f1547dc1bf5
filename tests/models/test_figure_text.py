"""What a figure shows, in words: from the numbers that drew it, and only what is seen of them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from cnnlab import plots
from cnnlab.models.figure_text import LONGEST, describe


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def lines(ax):
    ax.plot(range(1, 4), [0.4, 0.9, 0.6], "o--", label="training")
    ax.plot(range(1, 61), np.linspace(4, 1, 60) + 0.3 * (np.arange(60) % 10 == 5), label="B")
    ax.axvline(2, linestyle=":", color="black")
    ax.axhline(1, label="guessing")
    ax.set(title="Two runs", xlabel="epoch", ylabel="loss")


def bars(ax):
    drawn = ax.barh(["one", "two"], [0.25, 0.5])
    ax.bar_label(drawn, ["25 %", "50 %"])
    ax.barh([0.2, 1.2], [0.1, 0.4], label="again", xerr=[0.05, 0.02])
    ax.set(xlabel="accuracy", xlim=(0, 1))


def marks(ax):
    ax.plot([10, 16], [0, 0], "s")
    ax.plot([71, 70, 75, 74], [1] * 4, "s")
    ax.plot([], [], "s", label="recorded")
    ax.set_yticks([0, 1], ["plain", "He's"])
    ax.set(xlim=(0, 100))


def kept(ax):
    for place, name in enumerate(["time", None]):
        ax.bar(place, 100, 0.3, color="0.4", label=name)
        ax.bar(place + 0.4, 13, 0.3, color="0.8", label=name and "frequency")
    ax.set_xticks([0, 1], ["early", "late"])


def picture(ax):
    ax.imshow(np.eye(6), cmap="RdBu_r", vmin=-1, vmax=1)
    ax.add_patch(plt.Rectangle((1.5, -0.5), 3, 2, fill=False))
    ax.plot(4, 5, "o")
    ax.set(title="A map", xticks=[], yticks=[])


def grid(ax):
    window = {"grid": torch.tensor([[1, -2], [0, torch.nan]]), "blank": "?", "read": (1, 0)}
    plots.equation([window, "=", {"grid": torch.zeros(1), "padding": 1, "written": (-1, 0)}], ax=ax)


def names(ax):
    ax.bar(["cat", "dog"], [3, 1e6])
    ax.scatter([0, 1], [10, 1000], label="before")
    ax.set(yscale="log")


def many(ax):
    ax.bar(range(30), [1] * 29 + [5], label="count")


def confusion(ax):
    plots.confusion_matrix(torch.tensor([[7, 3], [1, 9]]), ["cat", "dog"], title="Taken for", ax=ax)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lines, "Two runs, loss over epoch. training: 0.40 at 1, 0.90 at 2, 0.60 at 3"),
        (lines, "B: 4 at 1,"),
        (lines, "1 at 60, highest 4.05 at 6, up in 6 of 59 steps, by at most 0.25"),
        (lines, "dotted line at 2; guessing at 1"),
        (bars, "accuracy. bars: one 25 %, two 50 %; again: one 0.10 ± 0.05, two 0.40 ± 0.02"),
        (marks, "plain: recorded 10, 16; He's: recorded 70 to 75"),
        (kept, "time: early 100, late 100; frequency: early 13, late 13"),
        (picture, "A map. a map of 6 by 6, largest 1 at row 0, column 0"),
        (picture, "framed: rows 0 to 1, columns 2 to 4; marked at row and column 5, 4"),
        (
            grid,
            "2 by 2: 1 \N{MINUS SIGN}2, 0 ?; yellow: row 1, column 0 = 1 by 1: 0; zeros around",
        ),
        (names, "bars: cat 3, dog 1,000,000; before: 10 at cat, 1,000 at dog"),
        (many, "count: 30 bars, 1 at 0, 1 at 7, 1 at 14, 1 at 21, 5 at 29, up in 1 of 29 steps"),
        (lambda ax: ax.set_axis_off(), "A figure without words or numbers."),
        (confusion, "Right: cat 7 of 10, dog 9 of 10. Confused most: cat taken for dog 3 times"),
    ],
)
def test_what_is_drawn_is_said(draw, said):
    figure, ax = plt.subplots()
    draw(ax)
    assert said in describe(figure)


def test_only_what_is_seen_is_said():
    figure, (ax, hidden) = plt.subplots(2, 1)
    ax.plot([1, 2, 3], [5, 99, 7], label="run")
    ax.plot([1, 2, 3], [3, 77, 3], label="not drawn", visible=False)
    ax.set(ylim=(0, 10))
    hidden.plot([1, 2, 3], [3, 88, 3])
    hidden.set_visible(False)
    assert describe(figure) == "run: 5 at 1, 7 at 3."


def test_a_label_is_said_instead_of_what_is_drawn():
    figure, ax = plt.subplots()
    ax.imshow(np.zeros((3, 3, 3)), label="a cat")
    assert describe(figure) == "a cat."
    ax.set(title="The answer", label="A cat that is taken for a dog.")
    assert describe(figure) == "The answer. A cat that is taken for a dog."
    figure.set_label("Two animals.")
    assert describe(figure) == "Two animals"


def test_a_figure_of_many_panels_stays_short_and_tells_each():
    figure, axes = plt.subplots(2, 4)
    for n, ax in enumerate(axes.flat):
        ax.imshow(np.roll(np.arange(400.0).reshape(20, 20), n, axis=1), cmap="viridis")
        ax.set(title=f"shift {n}", xticks=[], yticks=[])
    said = describe(figure)
    assert "Panel 1: shift 0. a map of 20 by 20, largest 399 at row 19, column 19" in said
    assert said.endswith(("Rows and columns count from 0.", " and more."))
    assert len(said) <= LONGEST
