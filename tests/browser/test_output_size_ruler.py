"""OutputSizeRuler in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

from .helpers import press

pytestmark = pytest.mark.slow


def test_ruler_steps_slides_and_explains(offline):
    watched = offline(widgets.OutputSizeRuler(8, 3, stride=2))
    page = watched.page
    assert page.locator(".cnnlab-formula .cnnlab-result").inner_text() == "3"
    assert "Never read: pixel 7" in page.locator(".cnnlab-remark").inner_text()
    press(page, "Step")
    window = page.locator(".cnnlab-cell.cnnlab-window")
    assert window.first.get_attribute("data-pixel") == "2"
    page.keyboard.press("End")
    assert window.first.get_attribute("data-pixel") == "4"
    page.get_by_label("kernel size").press("End")
    assert page.locator(".cnnlab-problem").inner_text().startswith("kernel spans 11 pixels")
    page.get_by_label("kernel size").press("Home")
    assert page.locator(".cnnlab-formula .cnnlab-result").inner_text() == "4"
    assert watched.complaints == []


def test_ruler_hovers(offline):
    page = offline(widgets.OutputSizeRuler(8, 3, stride=2)).page
    page.locator("[data-stop='2'] .cnnlab-out").hover()
    assert page.locator(".cnnlab-count").inner_text() == "stop 3 of 3"
    page.mouse.move(0, 0)
    assert page.locator(".cnnlab-count").inner_text() == "stop 1 of 3"
