"""ReceptiveField in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

from .examples import network, picture

pytestmark = pytest.mark.slow


def test_field_moves_by_keys_clicks_and_layers(offline):
    watched = offline(widgets.ReceptiveField(network(), picture()))
    page = watched.page
    who, title = page.locator(".cnnlab-who"), page.locator(".cnnlab-which")
    assert title.inner_text() == "6 of 7: conv 3\u00d73, layer 12"
    units = page.get_by_label("Units: click one")
    units.focus()
    page.keyboard.press("Home")
    assert who.inner_text() == "Unit in row 0, column 0."
    assert "Of these, 11 rows and 11 columns lie" in page.locator(".cnnlab-said").inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert who.inner_text() == "Unit in row 2, column 1."
    box = units.bounding_box()
    units.click(position={"x": box["width"] * 0.95, "y": box["height"] * 0.05})
    assert who.inner_text() == "Unit in row 0, column 7."
    seen = page.get_by_label("Picture: click a place")
    box = seen.bounding_box()
    seen.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.5})
    assert who.inner_text() in ("Unit in row 3, column 3.", "Unit in row 4, column 4.")
    page.get_by_label("layer", exact=True).press("Home")
    assert title.inner_text() == "1 of 7: conv 3\u00d73, layer 1"
    page.keyboard.press(" ")
    page.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press(" ")
    page.get_by_label("show the gradient").uncheck()
    assert page.locator(".cnnlab-receptive canvas").is_hidden()
    assert watched.complaints == []
