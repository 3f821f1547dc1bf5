"""What being late costs. nbgrader knows when: from the exchange, or from an LMS's file names."""

import math

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float


class PointsPerDay(LateSubmissionPlugin):
    """Take points off for each day begun after the due date."""

    points = Float(0.0, help="points for each day begun; 0: late is seen and costs nothing").tag(
        config=True
    )
    grace_minutes = Float(15.0, help="minutes after the due date that cost nothing").tag(
        config=True
    )
    most = Float(math.inf, help="points that being late costs at most").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return the points to take off; None if there are none to take."""
        late = total_seconds_late - 60 * self.grace_minutes
        if late <= 0 or not self.points:
            return None
        return min(self.points * math.ceil(late / 86_400), self.most, score)
