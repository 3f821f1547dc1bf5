"""The class report: one page that opens offline, and a table beside it."""

import csv
import io
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cnnlab.files import atomic_write
from cnnlab.homework.classroom import findings
from cnnlab.homework.classroom.outcomes import Class
from cnnlab.homework.classroom.sections import section
from cnnlab.site import pages

TEMPLATES = Path(__file__).parent / "templates"
COLUMNS = (
    "assignment",
    "exercise",
    "result",
    "misconception",
    "learners",
    "of",
    "share",
    "section",
    "question",
)
WITHOUT_VERDICT = "graded without a verdict"


def write_report(course: Class, out: Path, *, names: bool = False) -> tuple[Path, Path]:
    """Write the report on a class; return the paths of the page and of the table.

    Args:
        out: the page; the table lies beside it, with the ending .csv.
        names: also say which learners; without it no name leaves the course's folder.
    """
    found = findings.results(course)
    table = out.with_suffix(".csv")
    for path, text in ((out, page(course, found, names)), (table, csv_text(found, names))):
        atomic_write(path, partial(_write, text))
    return out, table


def _write(text: str, file: BinaryIO) -> None:
    file.write(text.encode())


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
        pairs=findings.pairs(found, len(learners)),
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


def csv_text(found: list[findings.ExerciseResult], names: bool) -> str:
    """Return one row for each group of each exercise and for each misconception."""
    file = io.StringIO()
    columns = (*COLUMNS, "names") if names else COLUMNS
    writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for result in found:
        for group, learners in result.groups.items():
            writer.writerow(_row(result, group, learners))
        for finding in result.findings:
            extra = {
                "misconception": finding.misconception.name,
                "section": finding.section,
                "question": finding.question,
            }
            writer.writerow(_row(result, "misconception", finding.learners) | extra)
    return file.getvalue()


def _row(result: findings.ExerciseResult, kind: str, learners: tuple[str, ...]) -> dict[str, Any]:
    return {
        "assignment": result.assignment,
        "exercise": result.exercise,
        "result": kind,
        "learners": len(learners),
        "of": result.answers,
        "share": f"{len(learners) / result.answers:.3f}",
        "names": " ".join(learners),
    }
