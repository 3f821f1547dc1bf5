"""The marks of a submission: kept by the grader, written once all are known, and then a sign."""

import math
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_solution

GRADED = {"cnnlab": {"graded": True}}  # in the metadata of a notebook that has been graded


class ForgetMarks(NbGraderPreprocessor):
    """Take away the marks of an earlier grading, before a submission is graded again.

    What is interrupted has then no mark, rather than an old one or 0, and waits in the gradebook.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as book:
            words = names["notebook"], names["assignment"], names["student"]
            for grade in by_check(book.find_submission_notebook(*words)):
                grade.auto_score, grade.needs_manual_grade = None, True
            book.db.commit()
        return nb, resources


class SaveMarks(SaveAutoGrades):
    """Write the marks that the grader has kept; what the notebook shows is not read.

    Raises:
        KeyError: if a graded cell has no mark.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        self._marks = resources["nbgrader"]["marks"]
        nb, resources = super().preprocess(nb, resources)
        nb.metadata.update(GRADED)
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        if cell.cell_type != "code" or is_solution(cell):
            return super()._add_score(cell, resources)
        name = cell.metadata.nbgrader.grade_id
        words = self.notebook_id, self.assignment_id, self.student_id
        grade = self.gradebook.find_grade(name, *words)
        grade.auto_score = self._marks[name]
        grade.needs_manual_grade = grade.manual_score is not None
        self.gradebook.db.commit()
        return None


def by_check(notebook: Any) -> list[Any]:
    """Return the grades of a notebook in nbgrader's gradebook that a check gives."""
    answers = {cell.name for cell in notebook.notebook.solution_cells}
    return [
        grade
        for grade in notebook.grades
        if grade.cell.cell_type == "code" and grade.name not in answers
    ]


def students_with_all(book: Gradebook, assignment: str) -> list[str]:
    """Return who has every mark of an assignment that a check gives."""
    try:
        submissions = book.assignment_submissions(assignment)
    except MissingEntry:
        return []
    return [
        each.student.id
        for each in submissions
        if all(grade.auto_score is not None for part in each.notebooks for grade in by_check(part))
    ]


def secret(names: dict[str, str]) -> str:
    """Return what only the gradebook knows of an assignment: the same whenever it is graded."""
    with Gradebook(names["db_url"]) as book:
        return str(book.find_assignment(names["assignment"]).id)


def mark_in(cell: NotebookNode) -> float:
    """Return the number that a graded cell ends with, as soon as it has run; 0 without one.

    nbgrader gives no points to a cell that wrote a warning, all points to one that ends with no
    number, and loses a submission that claims more points than there are.
    """
    most = float(cell.metadata.nbgrader.points)
    if any(output.output_type == "error" for output in cell.outputs):
        return 0.0
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    try:
        mark = float(results[-1].data["text/plain"])
    except (IndexError, KeyError, ValueError, TypeError):
        return 0.0
    return mark if math.isfinite(mark) and 0 <= mark <= most else 0.0
