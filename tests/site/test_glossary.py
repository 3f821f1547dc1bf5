"""The glossary has every term, and each leads to the cell that introduces it."""

import nbformat
import pytest

from cnnlab.site import build, glossary, pages

LEARNERS_SEARCH_FOR = (
    *("skip connection", "initialization", "hyperparameter", "inductive bias", "weight sharing"),
    *("receptive field", "hierarchy", "bottleneck", "logits", "learning-rate schedule"),
    *("overfitting", "validation set"),
)


@pytest.fixture(scope="module")
def lessons():
    return [(path.stem, nbformat.read(path, 4)) for path in build.find_lessons()]


def test_every_term_is_introduced_in_a_lesson(lessons):
    found = [entry.term for entry in glossary.collect(lessons)]
    assert sorted(found) == sorted(glossary.TERMS)
    assert set(LEARNERS_SEARCH_FOR) <= set(found)


def test_each_entry_leads_to_its_cell(lessons, tmp_path):
    pages.write_glossary(lessons, tmp_path)
    html = (tmp_path / "glossary.html").read_text("utf-8")
    [kernel] = [entry for entry in glossary.collect(lessons) if entry.term == "kernel"]
    assert f'href="{kernel.lesson}.html#at-{kernel.cell}"' in html
    assert "For the lecturer" not in html


def test_a_term_that_no_lesson_marks_is_left_out():
    plain = nbformat.v4.new_markdown_cell("A stride is a step.")
    marked = nbformat.v4.new_markdown_cell("Left. **Stride** is a step. Right.", id="step")
    found = glossary.collect([("00", nbformat.v4.new_notebook(cells=[plain, marked]))])
    assert found == [glossary.Entry("stride", "**Stride** is a step.", "00", "step")]
