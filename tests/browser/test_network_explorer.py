"""NetworkExplorer in Chromium, with no kernel and no network."""

import pytest

from .examples import explorer

pytestmark = pytest.mark.slow


def test_explorer_opens_a_map_by_click_and_by_keys(offline):
    watched = offline(explorer())
    page = watched.page
    heading = page.locator(".cnnlab-heading")
    assert heading.inner_text().startswith("Map 1 of conv 3\u00d73: 3 input maps")
    page.get_by_role("gridcell", name="ReLU, map 3").first.click()
    assert heading.inner_text().startswith("Map 3 of ReLU: each number by itself")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert heading.inner_text().startswith("Map 3 of conv 3\u00d73")
    page.keyboard.press("End")
    assert heading.inner_text().startswith("Map 4 of conv")
    page.keyboard.press("Home")
    for _ in range(4):  # batch norm, ReLU, pooling, and the next convolution
        page.keyboard.press("ArrowDown")
    assert heading.inner_text().startswith("Map 1 of conv 3\u00d73: 4 input maps")
    page.keyboard.press("End")
    assert heading.inner_text().startswith("Map 20 of conv")
    assert page.locator(".cnnlab-pager:visible").first.inner_text().split()[1] == "17\u201320"
    page.get_by_role("button", name="earlier maps").first.click()
    assert page.get_by_role("gridcell", name="conv 3\u00d73, map 16").is_visible()
    assert watched.requests == watched.complaints == []


def test_explorer_opens_where_its_map_is_in_view(offline):
    widget = explorer()
    widget.step = next(i for i, each in enumerate(widget.steps) if each["shape"][0] == 20)
    widget.map, widget.cell = 18, [3, 4]
    page = offline(widget).page
    page.get_by_role("gridcell", name="map 19").and_(
        page.locator("[aria-selected=true]")
    ).wait_for()


def test_explorer_takes_a_number_apart(offline):
    watched = offline(explorer())
    page = watched.page
    total, text = page.locator(".cnnlab-sum"), page.locator(".cnnlab-stop .cnnlab-formula").first
    first = total.inner_text()
    page.locator(".cnnlab-target").focus()
    page.keyboard.press("Home")
    assert page.locator("td.cnnlab-pad").count() == 5
    assert text.inner_text().startswith("at row 0, column 0: ")
    page.keyboard.press("ArrowDown")
    assert text.inner_text() == f"at row 1, column 0: {total.inner_text().split(' = ')[1]}"
    assert total.inner_text() != first
    page.get_by_role("button", name="green adds").click()
    assert page.get_by_role("grid", name="Window on green").is_visible()
    weighed = page.locator(".cnnlab-sign").last.inner_text().removeprefix("added up = ")
    assert page.get_by_role("button", name=f"green adds {weighed}").count() == 1
    bar = page.locator(".cnnlab-fill").first
    before = bar.get_attribute("style")
    page.get_by_role("button", name="cat", exact=True).click()
    assert total.inner_text() != first
    assert bar.get_attribute("style") != before
    limit = page.locator(".cnnlab-row:visible .cnnlab-limit").nth(1)
    assert limit.inner_text().strip().startswith("to \u00b1")
    page.get_by_label("color scale").select_option("map")
    assert limit.inner_text() == ""
    assert watched.complaints == []


def test_explorer_keeps_the_map_under_the_pointer(offline):
    page = offline(explorer()).page
    assert page.get_by_role("gridcell", name="ReLU, map 2").count() == 1  # of the open block
    cell = page.get_by_role("gridcell", name="conv 3\u00d73, map 2").last
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    before = cell.bounding_box()["y"]
    cell.click()
    assert page.locator(".cnnlab-heading").inner_text().startswith("Map 2 of conv")
    assert abs(cell.bounding_box()["y"] - before) < 20  # a line at most


def test_maps_kernels_and_pictures_say_what_they_are(offline):
    page = offline(explorer()).page
    first = page.get_by_role("gridcell", name="conv 3\u00d73, map 1").first
    assert "map 1: 32\u00d732, from \u2212" in first.get_attribute("aria-label")
    before = first.get_attribute("aria-label")
    target = page.get_by_role("application", name="Map 1 of conv 3\u00d73, 32\u00d732, from \u2212")
    assert "the arrow keys move the cell" in target.get_attribute("aria-label")
    page.get_by_role("button", name="cat", exact=True).click()
    assert first.get_attribute("aria-label") != before
    card = page.get_by_role("button", name="green adds").get_attribute("aria-label")
    assert "; its kernel: " in card
    assert "weights above 0" in card
