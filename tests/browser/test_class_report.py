"""The class report and that on the inventory in Chromium: offline, in both schemes."""

import pytest

from cnnlab.homework.classroom import (
    class_report,
    inventory_report,
    inventory_results,
    outcomes,
)
from cnnlab.widgets import inventory_items
from tests.homework import inventories
from tests.homework.classes import write_class

from .helpers import violations

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("names", [False, True])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_opens_from_a_folder_and_axe_finds_nothing(
    offline, axe, tmp_path, scheme, names
):
    write_class(tmp_path, ["hw1", "hw3", "hw5"], students=12)
    found = outcomes.read_graded(tmp_path, ["hw1", "hw3", "hw5"])
    page, _ = class_report.write_report(found, tmp_path / "page.html", names=names)
    watched = offline(file=page, width=480, color_scheme=scheme)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 480
    assert watched.page.get_by_role("table").count() > 8
    assert (watched.page.get_by_text("student003").count() > 0) == names
    assert violations(watched.page, axe) == []
    assert watched.requests == watched.complaints == []


@pytest.mark.parametrize("students", [12, 300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_inventory_report_opens_on_a_phone_and_axe_finds_nothing(
    offline, axe, tmp_path, scheme, students
):
    inventories.write_class(tmp_path, students)
    study = inventory_report.Study(inventory_results.read(tmp_path), inventory_items.items())
    page, _ = inventory_report.write_report(study, tmp_path / "page.html")
    watched = offline(file=page, width=400, color_scheme=scheme)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 400
    assert watched.page.get_by_role("img").count() == 1 + 18
    assert watched.page.get_by_role("table").count() == 2 + 18
    cut_off = """[...document.querySelectorAll("svg text")].filter((text) => {
        const inner = text.getBoundingClientRect();
        const outer = text.ownerSVGElement.getBoundingClientRect();
        return inner.left < outer.left - 1 || inner.right > outer.right + 1
            || inner.bottom > outer.bottom + 1;
    }).map((text) => text.textContent)"""
    assert watched.page.evaluate(cut_off) == []
    assert violations(watched.page, axe) == []
    assert watched.requests == watched.complaints == []
