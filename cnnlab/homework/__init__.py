"""The lecturer's side of the homework: what nbgrader needs to survive real submissions.

`notebooks/homework/nbgrader_config.py` names what is here. No notebook imports it, and it needs
the extra `instructor`, which is nbgrader.
"""
