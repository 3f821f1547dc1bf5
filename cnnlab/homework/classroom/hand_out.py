"""Turn a source into what is handed out."""

from nbformat import NotebookNode
from nbgrader import preprocessors

MARK = "### HANDED OUT"
# The kernel that the gradebook names for a submission: there is none of this name.
IN_BOX_ONLY = {"name": "cnnlab-box", "display_name": "In the grader's box", "language": "python"}


class HandOut(preprocessors.ClearSolutions):
    """Clear the solutions as nbgrader does; but where a solution names what is handed out, keep it.

    The lines behind `### HANDED OUT`, up to the end of the solution, come out of their comments.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple:
        if MARK not in cell.source:
            return super().preprocess_cell(cell, resources, index)
        lines, kept, kind = cell.source.splitlines(), [], "before"
        for line in lines:
            if self.begin_solution_delimeter in line:
                kind = "solution"
            elif MARK in line:
                kind = "handed out"
            elif self.end_solution_delimeter in line:
                kind = "after"
            elif kind != "solution":
                kept.append(line.replace("# ", "", 1) if kind == "handed out" else line)
        cell.source = "\n".join(kept)
        return cell, resources


class SaveCells(preprocessors.SaveCells):
    """Save the cells for grading as nbgrader does, with a kernel that only our grader starts.

    Where nbgrader grades by its own defaults, since nbgrader_config.py has a mistake or was not
    found, it does not find this kernel, and runs nothing outside the box.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        given = nb.metadata.get("kernelspec")
        nb.metadata.kernelspec = IN_BOX_ONLY
        nb, resources = super().preprocess(nb, resources)
        nb.metadata.kernelspec = given
        return nb, resources
