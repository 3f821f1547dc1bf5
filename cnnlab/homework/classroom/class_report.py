"""The class report: one page that opens offline, and a table beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnnlab.homework.classroom import findings, report_files
from cnnlab.homework.classroom.outcomes import Class
from cnnlab.homework.classroom.sections import section

WITHOUT_VERDICT = "graded without a verdict"


def write_report(course: Class, out: Path, *, names: bool = False) -> tuple[Path, Path]:
    """Write the report on a class; return the paths of the page and of the table.

    Args:
        out: the page; the table lies beside it, with the ending .csv.
        names: also say which learners; without it no name leaves the course's folder.
    """
    found = findings.results(course)
    return report_files.write(out, page(course, found, names), rows(found, names))


def page(course: Class, found: list[findings.ExerciseResult], names: bool) -> str:
    """Return the report as HTML."""
    learners = {answer.learner for answer in course.answers}
    groups = [group for group in findings.GROUPS if any(each.groups[group] for each in found)]
    return report_files.render(
        "report.html.j2",
        {"share": share},
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
