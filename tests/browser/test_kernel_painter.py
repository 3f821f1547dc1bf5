"""KernelPainter in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

from .helpers import press

pytestmark = pytest.mark.slow


def test_painter_paints_with_the_pointer_and_the_keys(offline):
    watched = offline(widgets.KernelPainter())
    page = watched.page
    cells = page.locator(".cnnlab-painter td")
    page.get_by_label("kernel", exact=True).select_option("identity")
    page.get_by_role("button", name="brush \u22121").click()
    cells.nth(0).click()
    assert cells.nth(0).inner_text() == "\u22121"
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    assert cells.nth(1).inner_text() == "\u22121"
    page.keyboard.type("2.5")
    page.keyboard.press("Enter")
    assert cells.nth(1).inner_text() == "2.5"
    page.get_by_label("size").select_option("5")
    assert cells.nth(7).inner_text() == "2.5"
    press(page, "Clear")
    assert page.locator(".cnnlab-answer").inner_text().startswith("The kernel is empty")
    assert watched.complaints == []


def test_painter_shows_the_patch_that_answers_most(offline):
    image = [[0] * 9 for _ in range(9)]
    image[4][3] = 1
    page = offline(widgets.KernelPainter(image, [[0, 0, 0], [0, 2, 0], [0, 0, 0]])).page
    answer = page.locator(".cnnlab-answer")
    assert answer.inner_text() == "Its response is 2, at row 3, column 2."
    page.locator(".cnnlab-painter canvas").nth(1).hover(position={"x": 2, "y": 2})
    assert answer.inner_text() == "Its response is 0, at row 0, column 0."
    reds = (
        page.locator("canvas")
        .nth(1)
        .evaluate("canvas => [...canvas.getContext('2d').getImageData(2, 3, 1, 1).data]")
    )
    assert reds == [178, 24, 43, 255]


def test_any_place_is_reached_by_keys_and_by_a_tap(offline):
    image = [[0] * 9 for _ in range(9)]
    image[4][3] = 1
    page = offline(
        widgets.KernelPainter(image, [[0, 0, 0], [0, 2, 0], [0, 0, 0]]), has_touch=True
    ).page
    answer = page.locator(".cnnlab-answer")

    def hears(text):
        page.get_by_role("status").filter(has_text=text).wait_for(state="attached")

    place = page.get_by_role("application", name="Feature map")
    place.focus()
    page.keyboard.press("ArrowRight")
    assert answer.inner_text() == "Its response is 0, at row 3, column 3."
    hears("Its response is 0, at row 3, column 3.")
    page.keyboard.press("Home")
    assert answer.inner_text() == "Its response is 2, at row 3, column 2."
    hears("The largest response is 2, at row 3, column 2.")
    box = place.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 2, box["y"] + 2)
    assert answer.inner_text() == "Its response is 0, at row 0, column 6."
    page.mouse.move(0, 0)
    assert answer.inner_text() == "Its response is 0, at row 0, column 6."
    page.get_by_role("button", name="Clear").click()
    assert answer.inner_text().startswith("The kernel is empty")


def test_the_pictures_say_what_they_show(offline):
    image = [[0] * 9 for _ in range(9)]
    image[4][3] = 1
    page = offline(widgets.KernelPainter(image, [[0, 0, 0], [0, -2, 0], [0, 0, 0]])).page
    names = [each.get_attribute("aria-label") for each in page.locator("canvas").all()]
    assert names == [
        "Image: 9\u00d79, from 0 to 1, largest at row 4, column 3",
        "Feature map: 7\u00d77, from \u22122 to 0, largest at row 0, column 0",
        "The patch with the largest response: 3\u00d73, 0 everywhere",
    ]
    page.get_by_label("kernel", exact=True).select_option("identity")
    name = page.locator("canvas").nth(1).get_attribute("aria-label")
    assert name == "Feature map: 7\u00d77, from 0 to 1, largest at row 3, column 2"
