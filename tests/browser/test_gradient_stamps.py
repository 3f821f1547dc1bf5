"""GradientStamps in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

pytestmark = pytest.mark.slow


def test_arrows_move_and_enter_space_and_clicks_stamp(offline):
    watched = offline(widgets.GradientStamps())
    page = watched.page
    count, said = page.locator(".cnnlab-count"), page.locator(".cnnlab-said")
    grid = page.get_by_role("grid", name="Gradient of the output: click a cell, or press Enter")
    cells = grid.locator("td")
    cells.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert count.inner_text() == "1 of 12 outputs"
    page.keyboard.press("Enter")
    assert count.inner_text() == "2 of 12 outputs"
    assert said.inner_text().startswith("Output (1, 2)")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    assert said.inner_text().startswith("Output (1, 1)")
    for _ in range(2):
        cells.nth(3).click()
        assert count.inner_text() == "4 of 12 outputs"
    stamped = [cell.get_attribute("aria-selected") == "true" for cell in cells.all()]
    assert [place for place, done in enumerate(stamped) if done] == [0, 3, 5, 6]
    page.get_by_role("grid", name="Kernel").locator("td").first.press(" ")
    assert count.inner_text() == "4 of 12 outputs"
    assert watched.complaints == []
