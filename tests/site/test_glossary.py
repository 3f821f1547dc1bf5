"""The glossary has every term, and each leads to the cell that introduces it."""

import re

import nbformat
import pytest

from cnnlab.course import is_lecture
from cnnlab.site import build, glossary, pages
from cnnlab.site.lessons import describe

from .small_lessons import lesson_of, slide

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


def test_a_page_links_the_first_use_of_each_term(lessons, tmp_path):
    """Those that it does not define there; every link leads to an entry."""
    name, notebook = next(each for each in lessons if each[0].startswith("02"))
    cells = [cell for cell in notebook.cells if not is_lecture(cell)]  # none has put out anything
    notebook = lesson_of(*cells, slide("## A kernel\n\nIt lies on a patch.", "slide-kernel"))
    pages.write_lesson(notebook, [describe(name, notebook)], 0, tmp_path)
    pages.write_glossary(lessons, tmp_path)
    html = (tmp_path / f"{name}.html").read_text("utf-8")
    linked = re.findall(r'<a class="term" href="glossary.html#([^"]+)">', html)
    assert {"filter", "kernel", "patch"} & set(linked) == {"kernel", "patch"}
    assert len(linked) == len(set(linked)) > 5
    entries = (tmp_path / "glossary.html").read_text("utf-8")
    assert all(f'<dt id="{each}">' in entries for each in linked)
    assert "glossary.html#" not in (tmp_path / f"{name}.slides.html").read_text("utf-8")


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Stride</h2>",
        "<p><code>stride</code></p>",
        '<p><a href="x">the stride</a></p>',
        "<p><math><mtext>stride</mtext></math> and strident</p>",
        "<p><strong>Stride</strong> is new here, and this is a stride.</p>",
    ],
)
def test_what_is_not_a_first_use_is_not_linked(html):
    assert glossary.Linker()(html) == html


def test_a_use_after_an_image_or_a_break_is_linked():
    linked = glossary.Linker()(
        '<p><img src="a.png"><br>Two strides, <em>as ever</em>, one stride.</p>'
    )
    assert linked.count('href="glossary.html#stride"') == 1
