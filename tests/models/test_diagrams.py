"""Networks as boxes, steps with arrows, and what a unit sees."""

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from torch import nn

from cnnlab import grids, models
from cnnlab.arithmetic import Window
from cnnlab.errors import ShapeError
from cnnlab.models.diagrams import cones, flow, plan
from tests.test_grids import smallest_text


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def boxes(ax):
    """Return the texts of each box, as drawn."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    places = [p.get_window_extent(renderer) for p in ax.patches if isinstance(p, FancyBboxPatch)]
    said = [[] for _ in places]
    for text in ax.texts:
        box = text.get_window_extent(renderer)
        for inside, place in zip(said, places, strict=True):
            if place.x0 < box.x0 and box.x1 < place.x1 and place.y0 < box.y0 and box.y1 < place.y1:
                inside.append(text.get_text().replace("\N{MULTIPLICATION SIGN}", "x"))
    return said


def circles(ax):
    return [patch for patch in ax.patches if isinstance(patch, Circle)]


def test_a_plan_has_a_box_for_each_layer_with_what_comes_out():
    assert boxes(plan(models.SimpleCNN(), (3, 32, 32))) == [
        ["image", "3x32x32"],
        ["conv 3x3", "ReLU", "16x32x32"],
        ["max pool 2x2", "flatten", "4096"],
        ["linear", "10"],
    ]


def test_a_residual_block_is_drawn_with_its_sum():
    block = models.Residual(nn.Sequential(*[nn.Conv2d(4, 4, 3, padding=1) for _ in range(2)]))
    ax = plan(nn.Sequential(block, nn.ReLU()), (4, 8, 8))
    assert [said[0] for said in boxes(ax)] == ["image", "conv 3x3", "conv 3x3", "ReLU"]
    (circle,) = circles(ax)
    second, relu = [p for p in ax.patches if isinstance(p, FancyBboxPatch)][2:]
    assert second.get_x() + second.get_width() < circle.center[0] < relu.get_x()
    assert circles(plan(nn.Sequential(*block.module), (4, 8, 8))) == []


class Projected(nn.Module):
    """A residual block whose shortcut has a convolution of its own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.short = nn.Sequential(nn.Conv2d(3, 8, 1, stride=2), nn.BatchNorm2d(8))

    def forward(self, images):
        return torch.relu(self.conv(images) + self.short(images))


def test_a_layer_beside_the_others_is_not_drawn_behind_them():
    ax = plan(Projected(), (3, 8, 8))
    assert [said[0] for said in boxes(ax)] == ["image", "conv 3x3", "ReLU"]
    beside = [text for text in ax.texts if text.get_bbox_patch() is not None]
    assert [text.get_text() for text in beside] == ["conv 1\N{MULTIPLICATION SIGN}1, batch norm"]


def test_what_is_added_stays_in_one_line():
    deep = models.Residual(nn.Sequential(*[nn.Conv2d(3, 3, 3, padding=1) for _ in range(7)]))
    ax = plan(nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1), deep), (3, 8, 8))
    lines = [p.get_y() for p in ax.patches if isinstance(p, FancyBboxPatch)]
    assert len(lines) == 10
    assert len(set(lines[3:])) == 1


def test_what_goes_around_a_layer_leaves_before_it():
    class PreNorm(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.conv = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, images):
            maps = self.first(images)
            return maps + self.conv(torch.relu(maps))

    said = [each[0] for each in boxes(plan(PreNorm(), (3, 8, 8)))]
    assert said == ["image", "conv 1x1", "ReLU", "conv 3x3"]


@pytest.mark.parametrize(
    ("model", "shape", "sums"),
    [
        (models.SmallCNN(), (3, 32, 32), 0),
        (models.FastCNN(width=8), (3, 32, 32), 2),
        (models.FastCNN(width=8, residual=False), (3, 32, 32), 0),
        (models.LeNet5(), (1, 32, 32), 0),
        (models.PhotoCNN(), (3, 64, 64), 0),
        (models.SpeedrunCNN(), (3, 32, 32), 0),
    ],
)
def test_the_plans_of_the_course_can_be_read_on_a_slide(model, shape, sums):
    ax = plan(model, shape)
    said = boxes(ax)
    assert len(circles(ax)) == sums
    assert len(said) <= 12
    assert sum(map(len, said)) == len(ax.texts)  # none spills out of its box
    assert smallest_text(ax) >= 18


def test_functions_count_as_layers_and_what_changes_nothing_does_not():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, images):
            maps = nn.functional.max_pool2d(torch.relu(self.conv(images)), 2)
            return (2 * maps + 1).flatten(1).flatten(1)

    assert boxes(plan(Net(), (3, 8, 8)))[1:] == [
        ["conv 3x3", "ReLU", "4x6x6"],
        ["max pool", "flatten", "36"],
    ]


def test_a_model_that_cannot_be_drawn_says_why():
    with pytest.raises(ShapeError, match=r"Conv2d conv .*in_channels=3"):
        plan(models.SimpleCNN(), (1, 32, 32))
    with pytest.raises(ValueError, match=r"not an nn\.Module"):
        plan("network", (1, 32, 32))


STEPS = [("batch", "128 images"), "network", ("logits", "128x10"), ("loss", "one number")]


def test_the_flow_of_a_step_goes_back_to_its_beginning():
    ax = flow(STEPS, loop="next", read=[0], written=[3])
    assert boxes(ax) == [["batch", "128 images"], ["network"], *map(list, STEPS[2:])]
    assert ax.texts[-1].get_text() == "next"
    found = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
    assert [to_hex(p.get_facecolor()) for p in found[::3]] == [grids.READ, grids.WRITTEN]
    assert [p.get_linestyle() for p in found] == ["-", "-", "-", "--"]
    assert len(ax.lines) == len(flow(STEPS).lines) + 1
    assert smallest_text(ax) >= 18


@pytest.mark.parametrize("count", [1, 2, 6, 9])
def test_any_number_of_steps_is_drawn(count):
    ax = flow(["a step of some length"] * count, loop="again", title="steps")
    assert len(boxes(ax)) == count
    assert smallest_text(ax) >= 18


def test_steps_that_are_none_are_named():
    with pytest.raises(ValueError, match="0 steps"):
        flow([])
    with pytest.raises(ValueError, match="written=4 is not one of the 4 steps"):
        flow(STEPS, written=[4])


def lines_of(ax):
    """Return the number of yellow cells in each line, from the top."""
    found = [p for p in ax.patches if type(p) is Rectangle]
    yellow = [p for p in found if to_hex(p.get_facecolor()) == grids.READ]
    return [sum(p.get_y() == y for p in yellow) for y in sorted({p.get_y() for p in found})]


@pytest.mark.parametrize(
    ("windows", "seen", "sizes"),
    [
        ([Window(3)] * 3, [0, 3, 5, 7], [3, 5, 7]),
        ([Window(3, padding=1)] * 2, [0, 3, 5], [3, 5]),
        ([Window(3), Window(2, stride=2), Window(3)], [0, 3, 6, 8], [3, 4, 8]),
        ([Window(3, dilation=2)], [0, 3], [5]),
        ([Window(3, stride=2), Window(1)], [0, 1, 3], [3, 3]),
    ],
)
def test_a_cone_ends_at_the_receptive_field(windows, seen, sizes):
    ax = cones(windows)
    assert lines_of(ax) == seen
    said = [text.get_text() for text in ax.texts if "sees" in text.get_text()]
    assert said[::-1] == [f"sees {size} pixels" for size in sizes]
    assert smallest_text(ax) >= 18


def test_a_causal_unit_stands_above_the_last_that_it_sees():
    def ends(ax):
        cells = [p for p in ax.patches if type(p) is Rectangle]
        top = next(p for p in cells if to_hex(p.get_facecolor()) == grids.WRITTEN)
        last = max(p.get_x() for p in cells if to_hex(p.get_facecolor()) == grids.READ)
        return last - top.get_x()

    windows = [Window(2, dilation=d) for d in (1, 2, 4)]
    assert ends(cones(windows, causal=True, inputs="samples")) == pytest.approx(0)
    assert ends(cones(windows)) > 3


def test_layers_and_their_names_must_match():
    with pytest.raises(ValueError, match="1 names but 2 windows"):
        cones([Window(3)] * 2, ["conv"])
    with pytest.raises(ValueError, match="0 layers"):
        cones([])
