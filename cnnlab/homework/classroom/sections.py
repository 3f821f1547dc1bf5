"""Which section of which lesson treats an exercise, or a misconception about it."""

from functools import cache
from pathlib import Path

import nbformat

from cnnlab import course, exercises
from cnnlab.site.lessons import sections

# Words in a misconception's name that lead to another section than the exercise's own.
WORDS = {
    "sliding": {
        "padding": "02 padding-intro",
        "zeros": "02 padding-intro",
        "dilation": "02 dilation-intro",
        "stride": "02 stride-intro",
        "flipped": "02 flip-intro",
        "rounded": "02 unread-intro",
        "ceil": "02 unread-intro",
        "bias": "02 bias-intro",
    },
    "backward": {
        "stride": "04 stride-predict",
        "weight gradient": "04 gradient-intro",
        "bias gradient": "04 gradient-intro",
    },
    "loop": {
        "softmax": "05 bug-softmax",
        "cleared": "05 bug-zero-grad",
        "mode": "05 bug-eval",
    },
    "counting": {
        "field": "07 field-intro",
        "table": "03 table-intro",
        "groups": "03 groups-intro",
        "MACs": "03 work-intro",
        "softmax": "05 loss-intro",
    },
}


def section(exercise: str, misconception: str = "") -> str:
    """Return where a lesson treats this, such as "Lesson 02, Padding"; "" if nowhere.

    The headings are read from the notebooks beside the package; without them, the lesson is named.

    Example:
        >>> section("output_size", "padding once")
        'Lesson 02, Padding'
    """
    known = exercises.asked().get(exercise)
    if known is None:
        return ""
    words = WORDS.get(known.words, {})
    place = next((words[word] for word in words if word in misconception), known.section)
    number, cell = place.split()
    heading = headings(number).get(cell)
    return f"Lesson {number}, {heading}" if heading else f"Lesson {number}"


@cache
def headings(number: str, lessons: Path = course.LESSONS) -> dict[str, str]:
    """Return the heading of each cell of a lesson that begins with one, by the cell's id."""
    found: dict[str, str] = {}
    for path in lessons.glob(f"{number}_*.ipynb"):
        found |= {each.cell: each.title for each in sections(nbformat.read(path, 4))}
    return found
