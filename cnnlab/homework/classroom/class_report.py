"""The class report: one page that opens offline, and a table beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cnnlab.files import atomic_write
from cnnlab.homework.classroom import findings, tables
from cnnlab.homework.classroom.outcomes import Class
from cnnlab.homework.classroom.sections import section
from cnnlab.site import pages

TEMPLATES = Path(__file__).parent / "templates"
WITHOUT_VERDICT = "graded without a verdict"


def write_report(course: Class, out: Path, *, names: bool = False) -> tuple[Path, Path]:
    """Write the report on a class; return the paths of the page and of the table.

    Args:
        out: the page; the table lies beside it, with the ending .csv.
        names: also say which learners; without it no name leaves the course's folder.
    """
    found = findings.results(course)
    table = out.with_suffix(".csv")
    html = page(course, found, names).encode("utf-8", "replace")
    atomic_write(out, lambda file: file.write(html))
    tables.write(table, rows(found, names))
    return out, table


def page(course: Class, found: list[findings.ExerciseResult], names: bool) -> str:
    """Return the report as HTML."""
    learners = {answer.learner for answer in course.answers}
    groups = [group for group in findings.GROUPS if any(each.groups[group] for each in found)]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = share
    return environment.get_template("report.html.j2").render(
        course=course,
        title=", ".join(course.assignments),
        results=found,
        groups=groups,
        first=findings.discuss_first(found),
        changes=findings.changes(found),
        learners=len(learners),
        without_verdict=sum(len(each.groups[WITHOUT_VERDICT]) for each in found),
        names=names,
        section=section,
        icon=pages.shared()["icon"],
        css=pages.shared()["page_css"] + (TEMPLATES / "report.css").read_text("utf-8"),
    )


def share(count: int, whole: int) -> str:
    """Return a share in percent.

    Example:
        >>> share(1, 8)
        '12%'
    """
    return f"{count / whole:.0%}" if whole else "0%"


def rows(found: list[findings.ExerciseResult], names: bool) -> Iterator[list[Any]]:
    """Yield a header, and a row for each group of each exercise and for each misconception."""
    header = ["assignment", "exercise", "result", "misconception", "learners", "of", "share"]
    yield [*header, "section", "question", *["names"] * names]
    for result in found:
        kinds = [(group, "", who, "", "") for group, who in result.groups.items()]
        kinds += [
            ("misconception", each.misconception.name, each.learners, each.section, each.question)
            for each in result.findings
        ]
        for kind, name, learners, place, question in kinds:
            of = result.answers
            counts = [len(learners), of, f"{len(learners) / of:.3f}"]
            who = [" ".join(learners)] * names
            yield [result.assignment, result.exercise, kind, name, *counts, place, question, *who]
