"""Photograph in Chromium, with no kernel and no network."""

import io

import numpy as np
import pytest
from PIL import Image

from .examples import photograph

pytestmark = pytest.mark.slow


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"name": "mine.png", "mimeType": "image/png", "buffer": file.getvalue()}


def read_pixel(page, row, column):
    return page.evaluate(
        """([row, column]) => [...document.querySelector(".cnnlab-read").getContext("2d")
          .getImageData(column, row, 1, 1).data].slice(0, 3)""",
        [row, column],
    )


def test_an_image_from_disk_is_cut_and_moved_and_the_page_says_what_it_lacks(offline):
    watched = offline(photograph())
    page = watched.page
    assert page.locator(".cnnlab-best").inner_text().split()[0] in ("dark", "bright")
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[:, 100:] = [200, 40, 0]
    page.locator("input[type=file]").set_input_files(png(pixels))
    page.get_by_text("The network itself is in the notebook").first.wait_for()
    frame = page.locator(".cnnlab-crop")
    assert frame.get_attribute("aria-label").startswith("Square of 100 pixels, 50 from the left")
    assert read_pixel(page, 5, 2) == [0, 0, 0]
    assert np.abs(np.subtract(read_pixel(page, 5, 30), [200, 40, 0])).max() <= 3  # as a JPEG
    frame.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    assert "100 from the left, 0 from the top" in frame.get_attribute("aria-label")
    assert np.abs(np.subtract(read_pixel(page, 5, 2), [200, 40, 0])).max() <= 3
    page.keyboard.press("+")
    assert frame.get_attribute("aria-label").startswith("Square of 87 pixels")
    box = frame.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] - 300, box["y"] + 20)
    page.mouse.up()
    assert ", 0 from the left" in frame.get_attribute("aria-label")
    assert watched.requests == []
    assert watched.complaints == []


def test_a_file_that_is_not_an_image_is_named(offline):
    page = offline(photograph()).page
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"not an image"}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("notes.txt is not an image that this browser can read").first.wait_for()


def test_the_square_moves_without_dragging(offline):
    page = offline(photograph(), has_touch=True).page
    page.locator("input[type=file]").set_input_files(png(np.zeros((100, 200, 3), np.uint8)))
    page.get_by_text("The network itself is in the notebook").first.wait_for()
    frame, whole = page.locator(".cnnlab-crop"), page.get_by_alt_text("The whole image, 200 pixels")
    assert frame.get_attribute("role") == "application"
    assert page.get_by_text("click a place").is_visible()
    left = page.get_by_role("button", name="Move the square left")
    left.click()
    assert "Square of 100 pixels, 46 from the left" in frame.get_attribute("aria-label")
    page.get_by_role("button", name="Move the square right").press("Enter")
    assert ", 50 from the left" in frame.get_attribute("aria-label")
    up = page.get_by_role("button", name="Move the square up")
    assert up.get_attribute("aria-disabled") == "true"  # there is no more of the image
    assert left.get_attribute("aria-disabled") == "false"
    box = whole.bounding_box()
    page.mouse.click(box["x"] + 0.35 * box["width"], box["y"] + 0.5 * box["height"])
    assert ", 20 from the left" in frame.get_attribute("aria-label")
    page.touchscreen.tap(box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"])
    assert ", 90 from the left" in frame.get_attribute("aria-label")
    page.mouse.click(box["x"] + 2, box["y"] + 2)
    assert ", 0 from the left" in frame.get_attribute("aria-label")
    assert left.get_attribute("aria-disabled") == "true"
    name = page.locator(".cnnlab-read").get_attribute("aria-label")
    assert name == "What the network reads, its brightness: 32\u00d732, 0 everywhere"
