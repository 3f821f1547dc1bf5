"""What exercises are made of: how one is declared, and what is seen of a learner's answer.

Nothing here knows a right answer, so the grader's box shows this folder to a submission.
"""
