"""Run a submission's cells so that none can cost a learner, or the lecturer, more than its mark."""

import math
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import has_failed, is_grade, is_solution
from traitlets import Bool, Integer

from cnnlab.homework.classroom import sheets
from cnnlab.homework.grading import box, judging, memory

WARM_SECONDS = 120  # for what every submission imports: no learner's cell is charged for it
WARM = """
import torch, matplotlib.pyplot, cnnlab.check.collect
torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))
get_ipython().ask_exit = lambda: None  # exit() would end the kernel after its cell, unnoticed
"""
# The checks as they are in the package, whatever the submission has made of them. While graded, a
# verdict also shows what a program can read: the class report needs the misconception's name.
AFRESH = """
for _name in [name for name in __import__("sys").modules if name.partition(".")[0] == "cnnlab"]:
    del __import__("sys").modules[_name]
from cnnlab import check
from cnnlab.check.verdict import MIMETYPE as _kind
from IPython.display import display
get_ipython().display_formatter.mimebundle_formatter.for_type(
    check.Verdict, lambda verdict: {{_kind: verdict.record}})
get_ipython().ast_node_interactivity = "last_expr"
_ = check.sheet({sheet})
"""
ENDED = "the kernel ended in this cell"
TOO_MUCH = "the submission's processes held more memory together than the {:.1f} GB allowed"


class Run(Execute):
    """Execute a notebook in the box; a cell that hangs or ends the kernel costs only itself."""

    box = Bool(True, help="False: run where nbgrader runs, with everything in reach").tag(
        config=True
    )
    output_bytes = Integer(1_000_000, help="what is kept of one cell's output").tag(config=True)
    memory_bytes = Integer(4 * 2**30, help="memory for all processes of a submission together").tag(
        config=True
    )
    patience = Integer(5, help="seconds to answer in, after an interrupt").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple:
        if self.box:
            box.require()
        self._folder = Path(resources["metadata"]["path"] or ".").resolve()
        names = resources["nbgrader"]
        sheet = sheets.sheet_of(Path.cwd(), names["assignment"], names["student"])
        self._sheet, self._afresh = sheet, AFRESH.format(sheet=sheet)
        self._gone: set[int] = set()  # cells that ended a kernel or would not stop
        with TemporaryDirectory(prefix="cnnlab-") as self._private:
            return super().preprocess(nb, resources, km)

    def create_kernel_manager(self) -> KernelManager:
        manager = super().create_kernel_manager()
        if self.box:
            private = mkdtemp(dir=self._private)
            argv = memory.scope(self.memory_bytes)
            argv += box.around(self._folder, course=Path.cwd(), private=Path(private))
            manager.kernel_spec_manager = box.BoxedKernels(prefix=argv)
            manager.transport = "ipc"  # files, which the box can be given; it has no network
            manager.connection_file = f"{private}/kernel.json"
        return manager

    def start_new_kernel(self, **kwargs: Any) -> None:
        super().start_new_kernel(stdout=DEVNULL, stderr=DEVNULL, **kwargs)
        self._memory = memory.MemoryWatch(self.km.provisioner.pid, self.memory_bytes)

    def start_new_kernel_client(self) -> None:
        super().start_new_kernel_client()
        first = self.nb.cells[0]
        self._try(new_code_cell(WARM), 0, WARM_SECONDS)
        self.nb.cells[0] = first

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple:
        if cell.cell_type != "code":
            return cell, resources
        if is_grade(cell) and not self._try(new_code_cell(self._afresh), index):
            self._begin_again(cell, index)
            self._try(new_code_cell(self._afresh), index)
        what = judging.checked(cell.source) if is_grade(cell) and not is_solution(cell) else None
        if not (self._judge(cell, what, index) if what else self._try(cell, index)):
            self._gone.add(index)
            self._begin_again(cell, index)
        self.nb.cells[index] = cell
        return cell, resources

    def _judge(self, cell: NotebookNode, what: judging.Checked, index: int) -> bool:
        """Judge an answer outside of the kernel; return whether the kernel is still there."""
        alive = True

        def ask(line: str) -> list[NotebookNode]:
            nonlocal alive
            asked = new_code_cell(line)
            alive = alive and self._try(asked, index)
            return asked.outputs

        try:
            verdict = judging.judged(what, ask, sheet=self._sheet)
            cell.outputs = judging.outputs_of(verdict, float(cell.metadata.nbgrader.points))
        except judging.NoAnswerError as error:
            cell.outputs = error.outputs or [_error("NoAnswerError", str(error))]
        except Exception as error:  # such as a number too large to compare: it costs this mark only
            self.log.error("%s cannot be judged: %s", what.exercise, error)
            cell.outputs = [_error(type(error).__name__, f"the answer cannot be judged: {error}")]
        return alive

    def _try(self, cell: NotebookNode, index: int, timeout: int | None = None) -> bool:
        """Run a cell; return whether the kernel is still there and answers."""
        usual = self.timeout  # type: ignore[has-type]  # a trait of nbclient's
        self.timeout = timeout or usual
        try:
            self.execute_cell(cell, index, store_history=timeout is None)
        except (DeadKernelError, CellTimeoutError):
            why = TOO_MUCH.format(self.memory_bytes / 1e9) if self._memory.ended else ENDED
            cell.outputs = [*cell.get("outputs", []), _error("DeadKernelError", why)]
            return False
        finally:
            self.timeout = usual
        late = any(output.get("ename") == "CellTimeoutError" for output in cell.outputs)
        return not late or (timeout is None and self._try(new_code_cell("0"), index, self.patience))

    def _begin_again(self, cell: NotebookNode, index: int) -> None:
        """Start a kernel, and run in it what the learner wrote in the earlier cells."""
        self._cleanup_kernel()
        self.create_kernel_manager()
        self.start_new_kernel()
        self.start_new_kernel_client()
        for number, earlier in enumerate(self.nb.cells[:index]):
            skip = earlier.cell_type != "code" or is_grade(earlier) or number in self._gone
            if not skip and not self._try(new_code_cell(earlier.source), index):
                self._gone.add(number)
                return self._begin_again(cell, index)
        self.nb.cells[index] = cell

    def output(self, outs: list, msg: dict, display_id: str | None, cell_index: int) -> Any:
        if sum(len(str(out)) for out in outs) > self.output_bytes:
            return None
        return super().output(outs, msg, display_id, cell_index)


class Marks(NbGraderPreprocessor):
    """See to it that the mark of a graded cell is the number it ends with, and nothing else.

    nbgrader gives no points to a cell that wrote a warning, all points to one that ends with no
    number, and loses a submission that claims more points than there are.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple:
        if cell.cell_type != "code" or not is_grade(cell) or is_solution(cell):
            return cell, resources
        for output in cell.outputs:
            if output.get("name") == "stderr":
                output.name = "stdout"
        results = [output for output in cell.outputs if output.output_type == "execute_result"]
        cell.outputs = [output for output in cell.outputs if output not in results]
        if has_failed(cell):
            return cell, resources
        if _is_mark(results, float(cell.metadata.nbgrader.points)):
            cell.outputs.append(results[-1])
        else:
            cell.outputs.append(_error("NoMark", "this cell ended with no number of points"))
        return cell, resources


def _is_mark(results: list[NotebookNode], most: float) -> bool:
    try:
        mark = float(results[-1].data["text/plain"])
    except (IndexError, KeyError, ValueError):
        return False
    return math.isfinite(mark) and 0 <= mark <= most


def _error(name: str, value: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=value, traceback=[f"{name}: {value}"])
