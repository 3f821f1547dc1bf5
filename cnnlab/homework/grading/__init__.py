"""How a submission is graded: the box, what comes back in its shape, and who judges it.

nbgrader loads these from the course's nbgrader_config.py.
"""
