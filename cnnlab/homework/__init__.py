"""The lecturer's side of the homework: what nbgrader needs to survive real submissions.

`notebooks/homework/nbgrader_config.py` names what is here, and `cnnlab homework` grades a
class and reports on it. No notebook imports it. `grading` needs the extra `instructor`, which is
nbgrader; of `classroom`, the class report does not.
"""
