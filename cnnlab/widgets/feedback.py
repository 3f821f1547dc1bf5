"""What a reader finds wrong or unclear in a section, as a text to copy or an issue to open."""

import json
import re
from collections.abc import Sequence

import traitlets

from cnnlab import __version__, course
from cnnlab.widgets.base import CourseWidget

WHOLE = "the lesson as a whole"


class Feedback(CourseWidget):
    """Take down what is wrong or unclear in a section. Nothing is kept, and nothing is sent.

    The page puts together lesson, section, version and what is typed, as a text to copy; where
    the course has an address, as an issue in its repository, too.

    Args:
        lesson: the name of its notebook, such as "03_counting".
        sections: their titles, one of which is chosen; None for those of the lesson.

    Raises:
        ValueError: if the sections have to be found and there is no such lesson.

    Example:
        >>> Feedback("03_counting").sections[:3]
        ['the lesson as a whole', 'One template, 560 places', 'A kernel for each place']
    """

    page = "feedback"

    lesson = traitlets.Unicode().tag(sync=True)
    sections = traitlets.List(traitlets.Unicode()).tag(sync=True)
    version = traitlets.Unicode(__version__).tag(sync=True)
    repository = traitlets.Unicode().tag(sync=True)

    def __init__(self, lesson: str, sections: Sequence[str] | None = None) -> None:
        listed = [WHOLE, *_sections_of(lesson)] if sections is None else list(sections)
        super().__init__(lesson=lesson, sections=listed, repository=course.address() or "")

    def __repr__(self) -> str:
        return f"Feedback({self.lesson!r})"


def _sections_of(lesson: str) -> list[str]:
    try:
        cells = json.loads((course.LESSONS / f"{lesson}.ipynb").read_text("utf-8"))["cells"]
    except FileNotFoundError:
        raise ValueError(
            f"There is no lesson {lesson!r}. Name a notebook such as '03_counting'."
        ) from None
    texts = ["".join(cell["source"]) for cell in cells
             if cell["cell_type"] == "markdown" and not course.is_lecture(cell)]  # fmt: skip
    return [found[1].strip() for text in texts if (found := re.match("## +(.+)", text))]
