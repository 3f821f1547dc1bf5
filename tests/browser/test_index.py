"""The map of lessons in Chromium."""

import nbformat
import pytest

from cnnlab.site import build as site
from cnnlab.site import lessons, pages

from .helpers import violations

pytestmark = pytest.mark.slow


def test_the_index_leads_to_every_lesson(offline, axe, tmp_path):
    notebooks = [nbformat.read(path, 4) for path in site.find_lessons()]
    names = [path.stem for path in site.find_lessons()]
    described = [lessons.describe(*each) for each in zip(names, notebooks, strict=True)]
    pages.write_index(dict(zip(described, notebooks, strict=True)), tmp_path)
    for scheme in ("light", "dark"):
        watched = offline(file=tmp_path / "index.html", width=480, color_scheme=scheme)
        assert watched.page.locator(".cards h3 a").count() == len(names)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 480
        assert violations(watched.page, axe) == []
        assert watched.requests == watched.complaints == []


def test_the_glossary_reads_well_on_a_phone(offline, axe, tmp_path):
    pages.write_glossary([(p.stem, nbformat.read(p, 4)) for p in site.find_lessons()], tmp_path)
    for scheme in ("light", "dark"):
        watched = offline(file=tmp_path / "glossary.html", width=400, color_scheme=scheme)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 400
        assert violations(watched.page, axe) == []
        assert watched.requests == watched.complaints == []
