"""Every figure of a lesson says in words and numbers what it shows, so that it can be heard."""

import re

import pytest

from cnnlab.models.figure_text import LONGEST
from tests.lessons import LESSONS, as_shipped, executed
from tests.site.small_lessons import code, figure, lesson_of, text

MOST = LONGEST + 10  # with "and more"


def figures_of(notebook):
    """Return (cell, alternative text, caption) for each figure of an executed lesson."""
    found, caption = [], ""
    for cell in reversed(notebook.cells):
        if cell.cell_type == "markdown":
            begins = re.search(r"^\*([^*].*?)\*(\s|$)", cell.source, re.DOTALL | re.MULTILINE)
            caption = begins[1] if begins else ""
            continue
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                said = output.metadata.get("image/png", {}).get("alt", "")
                found.append((cell.id, said, caption))
    return found[::-1]


def faults(notebook):
    """Return (cell, what is wrong) for each figure that could not be answered about by ear."""
    found = []
    for cell, said, caption in figures_of(notebook):
        names = re.findall(r"[^\W\d_]{2,}", said)
        count = len(re.findall(r"\d[\d.,]*", said))
        told = count > 5 or (len(names) >= 3 and (count or len(names) >= 10))
        alike = set(names) <= set(re.findall(r"[^\W\d_]{2,}", caption))
        if not told or (alike and count < 6) or len(said) > MOST or "could not be put" in said:
            found.append((cell, said))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS)
def test_every_figure_is_described_from_what_drew_it(path, tmp_path):
    notebook = as_shipped(executed(path, tmp_path))
    assert len(figures_of(notebook)) > 3
    assert faults(notebook) == []
    shown = [
        each.data for cell in notebook.cells for each in cell.get("outputs", ()) if "data" in each
    ]
    assert [
        each for each in shown if "image/png" in each and "<img alt=" not in each["text/html"]
    ] == []


CAPTION = "The loss of both networks, epoch by epoch."


@pytest.mark.parametrize(
    "said",
    [
        "",
        "<Figure size 640x480>",
        CAPTION,
        "The loss of networks.",
        "A loss of 3." * 60,
        "Loss: 3.",
    ],
)
def test_a_figure_that_says_nothing_of_its_own_is_refused(said):
    cells = code("draw()", "drawn", figure(alt=said)), text(f"*{CAPTION}* Look.", "says")
    assert [cell for cell, _ in faults(lesson_of(*cells))] == ["drawn"]
