"""What a report is made with: a template of this room, and its page with a table beside it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cnnlab.files import atomic_write
from cnnlab.homework.classroom import tables
from cnnlab.site import pages

TEMPLATES = Path(__file__).parent / "templates"


def render(name: str, filters: dict[str, Callable[..., str]], **values: Any) -> str:
    """Return a report as HTML, from a template that also gets the site's icon and style.

    Args:
        name: of the template's file.
        filters: what the template calls, by name.
        values: what else it shows.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters
    css = pages.shared()["page_css"] + (TEMPLATES / "report.css").read_text("utf-8")
    return environment.get_template(name).render(icon=pages.shared()["icon"], css=css, **values)


def write(out: Path, html: str, rows: Iterable[list[Any]]) -> tuple[Path, Path]:
    """Write a page, and a table beside it with the ending .csv; return the paths of both."""
    table, content = out.with_suffix(".csv"), html.encode("utf-8", "replace")
    atomic_write(out, lambda file: file.write(content))
    tables.write(table, rows)
    return out, table
