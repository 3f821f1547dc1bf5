"""The class report in Chromium: offline, in both schemes, with and without names."""

import pytest

from cnnlab.homework.classroom import class_report, outcomes
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
