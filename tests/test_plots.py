"""Figures: they draw what they are given, into the Axes they are given."""

import matplotlib.pyplot as plt
import pytest
import torch

from cnnlab import plots
from cnnlab.training.history import Epoch, History


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_picture_and_caption_is_drawn(dtype, channels):
    images = torch.zeros(5, channels, 4, 4, dtype=dtype)
    ax = plots.picture_grid(images, list("abcde"), columns=2, title="five")
    assert len(ax.images) == 5
    assert [text.get_text() for text in ax.texts] == list("abcde")
    assert ax.get_title() == "five"
    ax.figure.draw_without_rendering()


def test_gray_pictures_keep_their_brightness():
    image = plots.picture_grid(torch.full((1, 1, 2, 2), 0.5)).images[0]
    assert (image.norm.vmin, image.norm.vmax) == (0, 1)


def test_pictures_and_captions_must_match():
    with pytest.raises(ValueError, match="2 captions but 3 images"):
        plots.picture_grid(torch.zeros(3, 3, 4, 4), ["a", "b"])
    with pytest.raises(ValueError, match="images holds 0 images"):
        plots.picture_grid(torch.zeros(0, 3, 4, 4))


def test_what_was_found_is_circled_in_its_picture():
    places = [[(0, 0), (3, 7)], []]
    ax = plots.picture_grid(torch.zeros(2, 1, 4, 8), ["two", "none"], found=places)
    spots = {(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in ax.lines}
    assert spots == {(0.5 / 8, 0.5 / 8), (7.5 / 8, 3.5 / 8)}


@pytest.mark.parametrize(("lowest", "cmap"), [(-2.0, "RdBu_r"), (0.0, "viridis")])
def test_maps_never_vanish(lowest, cmap):
    maps = torch.full((2, 3, 4), lowest)
    maps[1] = 1.0
    ax = plots.feature_maps(maps, ["one", "other"])
    limit = max(-lowest, 1.0)
    assert {image.get_cmap().name for image in ax.images} == {cmap}
    assert {image.norm.vmin for image in ax.images} == {-limit if lowest else 0}
    assert {image.norm.vmax for image in ax.images} == {limit}
    assert len([patch for patch in ax.patches if not patch.get_fill()]) == 2  # a frame for each
    scale = ax.figure.axes[1]
    assert scale.get_ylabel() == "response"
    assert "0" in [label.get_text() for label in scale.get_yticklabels()]
    ax.figure.draw_without_rendering()


def test_a_scale_can_be_shared_and_an_empty_map_has_one():
    assert plots.feature_maps(torch.ones(3, 4), limit=5).images[0].norm.vmax == 5
    assert plots.feature_maps(torch.zeros(3, 4)).images[0].norm.vmax == 1
    with pytest.raises(ValueError, match="images holds 0 images"):
        plots.feature_maps(torch.zeros(0, 3, 4))


def test_a_figure_is_drawn_once_for_its_html_and_its_png(monkeypatch):
    drawn = []
    described = plots._Described(lambda figure: drawn.append(figure) or ("UE5H", {"width": 9}))
    figure = plt.figure(label='A "b" < c')
    picture = '<img alt="A &quot;b&quot; &lt; c" width="9" src="data:image/png;base64,UE5H">'
    assert described.html(figure) == picture
    assert described(figure) == ("UE5H", {"width": 9, "alt": 'A "b" < c'})
    assert drawn == [figure]
    monkeypatch.setattr(plots.figure_text, "describe", lambda figure: 1 / 0)
    assert "could not be put into words" in described(figure)[1]["alt"]
    assert len(drawn) == 2


def test_learning_curve():
    epochs = [Epoch(0.5, 1.5, 0.4, 1.7, 1, 1), Epoch(0.75, 1.0, 0.6, 1.2, 1, 1)]
    ax = plots.learning_curve(History(epochs))
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.5, 0.75], [0.4, 0.6]]
    assert len({line.get_marker() for line in ax.lines}) == 2  # not by color alone
    assert ax.get_xlabel() == "epoch"
    ax.figure.draw_without_rendering()


def test_confusion_matrix_prints_every_count():
    counts = torch.tensor([[7, 1], [0, 9]])
    ax = plots.confusion_matrix(counts, ["cat", "dog"])
    assert [text.get_text() for text in ax.texts] == ["7", "1", "0", "9"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog"]
    ax.figure.draw_without_rendering()


def test_the_given_axes_are_used():
    _, ax = plt.subplots()
    assert plots.picture_grid(torch.zeros(1, 3, 2, 2), ax=ax) is ax
    assert plots.learning_curve(History(), ax=ax) is ax
    assert plots.confusion_matrix(torch.eye(2), "ab", ax=ax) is ax


def test_the_live_curve_draws_once_and_then_renews_the_same_output(monkeypatch):
    shown = []

    class Output:
        def update(self, figure):
            shown.append(("renewed", len(figure.axes[0].lines[0].get_xdata())))

    def display(figure, *, display_id):
        assert display_id
        shown.append(("drawn", len(figure.axes[0].lines[0].get_xdata())))
        return Output()

    monkeypatch.setattr("IPython.display.display", display)
    curve, history = plots.LiveCurve(), History()
    for _ in range(3):
        history.epochs.append(Epoch(0.5, 1.0, 0.4, 1.1, 2.0, 100.0))
        curve(history)
    assert shown == [("drawn", 1), ("renewed", 2), ("renewed", 3)]
    assert not plt.get_fignums()  # nothing is left for the inline backend to draw again
