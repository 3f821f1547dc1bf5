"""CostTable in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

from .helpers import press

pytestmark = pytest.mark.slow


def test_a_field_looks_like_one_whatever_widget_follows(offline):
    page = offline(widgets.CostTable(), widgets.ConvolutionStepper()).page
    field = page.get_by_label("layer 1 channels")
    assert field.evaluate("node => getComputedStyle(node).borderTopStyle") == "solid"


def test_cost_table_is_edited(offline):
    watched = offline(widgets.CostTable())
    page = watched.page
    total = page.locator("tfoot td[data-name='Parameters']")
    assert total.inner_text() == "41,418"
    page.get_by_label("layer 1 channels").fill("32")
    page.get_by_label("layer 1 channels").press("Enter")
    assert total.inner_text() == "82,826"
    press(page, "Add conv")
    assert page.locator("tbody tr").count() == 4
    assert page.locator("tbody tr").nth(2).inner_text().startswith("3 conv")
    page.get_by_role("button", name="move layer 4 up").click()
    assert page.locator(".cnnlab-problem").inner_text().startswith("Layer 4, conv: it comes after")
    page.get_by_role("button", name="remove layer 4").click()
    assert page.locator(".cnnlab-problem").is_hidden()
    assert total.inner_text() == "82,826"
    assert watched.complaints == []
