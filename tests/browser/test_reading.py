"""What a reader sees of a page: a picture on the first screen, panels and code on a phone."""

import matplotlib.pyplot as plt
import pytest

from cnnlab import widgets
from cnnlab.site import lessons, pages
from tests.site.small_lessons import code, figure, lesson_of, shown, slide, text
from tests.site.test_figures import panels, png

from .helpers import first_picture, violations

pytestmark = pytest.mark.slow

QUESTION = f"**The question:** {'why ' * 30}?"
TITLE = f"# 01 A title that takes two lines\n\n{QUESTION}\n\n{lessons.CAN}\n\n- count"
LONG = "print('a line of code that no phone shows without moving it to the side, ' * 2)"


def write(folder, lead, *cells):
    notebook = lesson_of(
        text(TITLE, "title"),
        text("## One", "one"),  # or the lead would not come again
        code("draw()", "drawn", lead),
        *cells,
        slide("# 01 Title\n\n![Two panels](#drawn)", "slide-first"),
    )
    pages.write_lesson(notebook, [lessons.describe("01_a", notebook)], 0, folder)
    return folder / "01_a.html"


def drawing(encoded, width=1100, height=300):
    output = figure(encoded)
    output.metadata = {"image/png": {"width": width, "height": height}}
    return output


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("kind", ["figure", "widget"])
def test_the_first_screen_shows_the_lead_with_its_text(kind, width, offline, axe, tmp_path):
    lead = drawing(panels(2)) if kind == "figure" else shown(widgets.ConvolutionStepper())
    watched = offline(file=write(tmp_path, lead), width=width)
    page = watched.page
    assert first_picture(page) < 500
    if kind == "figure":
        assert page.get_by_role("img", name="Two panels").first.is_visible()
    assert violations(page, axe) == []
    assert watched.requests == watched.complaints == []


def test_the_panels_of_a_figure_stand_one_below_the_other_on_a_phone(offline, axe, tmp_path):
    file = write(tmp_path, drawing(panels(4, title="Over all", names=False)))
    encoded = file.read_text("utf-8").count("data:image/png")
    assert encoded == 2  # the lead, and the figure at its place; no more for the parts
    watched = offline(file=file, width=400)
    page = watched.page
    boxes = [
        each.bounding_box() for each in page.locator(".figure").last.locator(".parts > span").all()
    ]
    title, upper, lower = boxes
    assert title["y"] < upper["y"] < lower["y"]
    assert upper["width"] == pytest.approx(372, abs=3)
    assert upper["width"] / upper["height"] == pytest.approx(550 / 270, rel=0.1)
    assert page.get_by_role("img", name="Two panels").count() == 1  # read once: the lead's
    assert page.locator(".figure > img:visible").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert violations(page, axe) == []
    page.set_viewport_size({"width": 1000, "height": 700})
    assert page.locator(".parts:visible").count() == 0
    assert page.locator(".figure > img:visible").count() == 2
    assert watched.requests == watched.complaints == []


def test_a_part_shows_its_half_and_no_more(offline, tmp_path):
    """The left half of this figure is red, the right one blue, and a white gap parts them."""
    drawn, axes = plt.subplots(1, 2, figsize=(11, 3), layout="constrained")
    for ax, color in zip(axes, ("red", "blue"), strict=True):
        ax.set(facecolor=color, xticks=[], yticks=[])
    page = offline(file=write(tmp_path, drawing(png(drawn))), width=400).page
    colors = """async box => {
      const image = box.querySelector("img");
      await image.decode();
      const [frame, own] = [box, image].map(each => each.getBoundingClientRect());
      const [width, height] = [image.naturalWidth, image.naturalHeight];
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d"), scale = width / own.width;
      context.drawImage(image, 0, 0);
      return [0.2, 0.5, 0.8].map(at => {
        const left = (frame.left - own.left + frame.width * at) * scale;
        const top = (frame.top - own.top + frame.height / 2) * scale;
        const [red, , blue] = context.getImageData(left, top, 1, 1).data;
        return [red, blue];
      });
    }"""
    parts = page.locator(".figure").last.locator(".parts > span").all()
    assert [part.evaluate(colors) for part in parts] == [[[255, 0]] * 3, [[0, 255]] * 3]


def test_without_scripts_a_figure_is_one_picture(offline, tmp_path):
    page = offline(
        file=write(tmp_path, drawing(panels(2))), width=400, java_script_enabled=False
    ).page
    assert page.locator(".figure > img:visible").count() == 2


def test_a_figure_that_cannot_be_cut_is_no_smaller_than_useful(offline, axe, tmp_path):
    page = offline(file=write(tmp_path, drawing(panels(1))), width=400).page
    image = page.locator(".figure > img").last
    assert image.bounding_box()["width"] == pytest.approx(550, abs=1)
    assert image.locator("..").get_attribute("tabindex") == "0"  # it is moved by keyboard too
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert violations(page, axe, runOnly=["scrollable-region-focusable"]) == []


def test_long_code_is_moved_inside_its_block_and_says_that_it_goes_on(offline, tmp_path):
    page = offline(file=write(tmp_path, drawing(panels(2)), code(LONG, "long")), width=400).page
    block = page.locator("[data-cell=long] pre")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert (
        block.evaluate(
            "box => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX"
        )
        == "auto"
    )
    assert "local" in block.evaluate("box => getComputedStyle(box).backgroundAttachment")


def test_the_line_to_the_code_of_a_figure_stands_beside_it_where_there_is_room(offline, tmp_path):
    file = write(tmp_path, drawing(panels(2), width=550, height=150), text("*A caption.*", "says"))
    page = offline(file=file, width=1400).page
    drawn = page.locator("[data-cell=drawn] .figure img").bounding_box()
    line = page.locator(".hidden-code > summary")
    assert line.inner_text() == "Code of this figure: drawn"
    box = line.bounding_box()
    assert box["height"] < 30
    assert box["y"] < drawn["y"] + drawn["height"] / 2
    line.click()
    opened = page.locator(".hidden-code .source").bounding_box()
    assert opened["y"] >= drawn["y"] + drawn["height"]


@pytest.mark.parametrize("width", range(620, 941, 40))
def test_the_label_beside_a_figure_is_one_line_at_every_width_of_it(width, offline, tmp_path):
    file = write(tmp_path, drawing(png(plt.figure(figsize=(8, 3))), width, 300))
    page = offline(file=file, width=1280).page
    label = page.locator(".hidden-code > summary").first
    assert label.bounding_box()["height"] < 30
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
