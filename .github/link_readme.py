"""Give each lesson in README's table its links to Colab and Kaggle.

They are made from the repository's address in pyproject.toml; with no address there, they go.
In the environment of the course: `python .github/link_readme.py`.
"""

import re
from pathlib import Path

from cnnlab import course

README = Path(__file__).parents[1] / "README.md"
LESSON = re.compile(r"^(\| \[\d\d [^]]+\]\(notebooks/(\w+)\.ipynb\))(?: \(\[Colab\][^|]*\))?", re.M)


def linked(text: str) -> str:
    """Return README's text with the links that the lessons have now."""

    def row(found: re.Match) -> str:
        links = course.opened_elsewhere(found[2]).items()
        shown = ", ".join(f"[{host}]({address})" for host, address in links)
        return found[1] + (f" ({shown})" if shown else "")

    return LESSON.sub(row, text)


if __name__ == "__main__":
    README.write_text(linked(README.read_text("utf-8")), "utf-8")
