"""The lecturer's side of the homework: what nbgrader needs to survive real submissions.

`notebooks/homework/nbgrader_config.py` names what is here, and `python -m cnnlab homework` grades a
class and reports on it. No notebook imports it. Grading needs the extra `instructor`, which is
nbgrader; the class report (`outcomes`, `statistics`, `sections`, `class_report`) does not.
"""
