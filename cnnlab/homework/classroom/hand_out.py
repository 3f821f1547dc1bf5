"""Turn a source into what is handed out."""

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

MARK = "### HANDED OUT"


class HandOut(ClearSolutions):
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
