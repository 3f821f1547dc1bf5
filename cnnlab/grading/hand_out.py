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
        before, _, rest = cell.source.partition(f"    {self.begin_solution_delimeter}")
        kept = rest.partition(f"{MARK}\n")[2].splitlines()
        kept = [line for line in kept if self.end_solution_delimeter not in line]
        cell.source = before + "\n".join(line.replace("# ", "", 1) for line in kept)
        return cell, resources
