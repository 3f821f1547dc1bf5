"""What every file of the site carries: the style sheets, the scripts, and the icon."""

import base64
from functools import cache
from pathlib import Path

from cnnlab.course import FOR_THE_LECTURER

TEMPLATES = Path(__file__).parent / "templates"
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" rx="1.5" '
    'fill="#ffe27a" stroke="#7a5a00"/><rect x="5" y="5" width="3" height="3" fill="#a8124f"/></svg>'
)


@cache
def shared() -> dict[str, str]:
    """Return the style sheets and scripts that are written into every file."""

    def read(name: str) -> str:
        return (TEMPLATES / name).read_text("utf-8")

    cells = read("lesson/cells.css")
    icon = base64.b64encode(ICON.encode()).decode()
    return {
        "for_the_lecturer": FOR_THE_LECTURER,
        "icon": f"data:image/svg+xml;base64,{icon}",
        "theme_js": inline(read("lesson/theme.js")),
        "first_js": inline(read("lesson/first.js")),
        "page_js": inline(read("lesson/page.js")),
        "index_js": inline(read("lesson/index.js")),
        "progress_js": inline(read("lesson/progress.js")),
        "page_css": cells + read("lesson/page.css"),
        "deck_css": cells + read("lesson/deck.css") + read("lesson/paper.css"),
        "reveal_css": read("reveal/reveal.css"),
        "reveal_js": inline(read("reveal/reveal.js")),
        "notes_js": inline(read("reveal/notes.js")),
        "arrange_js": inline(read("lesson/arrange.js")),
        "paper_js": inline(read("lesson/paper.js")),
        "deck_js": inline(read("lesson/deck.js")),
    }


def inline(script: str) -> str:
    """Return a script so that it may stand inside a script element, whatever its strings hold."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
