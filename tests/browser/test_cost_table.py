"""CostTable in Chromium, with no kernel and no network."""

import pytest

from cnnlab import widgets

from .helpers import press

pytestmark = pytest.mark.slow
FOCUSED = "document.activeElement.ariaLabel || document.activeElement.innerText"


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


def test_who_removes_a_layer_goes_on_at_its_neighbor(offline):
    page = offline(widgets.CostTable()).page
    page.get_by_role("button", name="remove layer 2").focus()
    focused = []
    for _ in range(3):
        page.keyboard.press("Enter")
        focused.append(page.evaluate(FOCUSED))
    assert focused == ["remove layer 2", "remove layer 1", "Add conv"]
