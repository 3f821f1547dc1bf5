"""nbgrader's export of all grades, as a table in which no name is a formula."""

from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from cnnlab.homework.classroom import tables

BEFORE, STUDENT = ("assignment", "duedate", "timestamp"), ("last_name", "first_name", "email")
SCORES = ("raw_score", "late_submission_penalty", "score", "max_score")


class ExportCsv(CsvExportPlugin):
    """Export what nbgrader's own plugin does; that one writes each cell as it is."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the grade of each student in each assignment, 0 where nothing was handed in."""
        rows: list[tuple] = [(*BEFORE, "student_id", *STUDENT, *SCORES)]
        for each in gradebook.assignments:
            if self.assignment and each.name not in map(str, self.assignment):
                continue
            found = {one.student.id: one for one in gradebook.assignment_submissions(each.name)}
            for student in gradebook.students:
                if self.student and student.id not in map(str, self.student):
                    continue
                done = found.get(student.id)
                raw, late = (done.score, done.late_submission_penalty) if done else (0.0, 0.0)
                when = (each.name, each.duedate, done.timestamp if done else None)
                who = (student.id, *(getattr(student, name) for name in STUDENT))
                rows.append((*when, *who, raw, late, max(0.0, raw - late), each.max_score))
        self.log.info("Exporting grades to %s", self.to or "grades.csv")
        tables.write(Path(self.to or "grades.csv"), rows)
