"""Run a submission's cells so that none can cost a learner, or the lecturer, more than its mark."""

import math
from copy import deepcopy
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory, mkdtemp
from time import monotonic
from typing import Any

import zmq
from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Integer

from cnnlab.homework.classroom import sheets
from cnnlab.homework.grading import box, judging, marks, memory, wire

WARM_SECONDS = 120  # for what every submission imports: no learner's cell is charged for it
WARM = """
import torch, matplotlib.pyplot, cnnlab.check.collect
torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 2, 2))
get_ipython().ask_exit = lambda: None  # exit() would end the kernel after its cell, unnoticed
"""
# The package as it is on the disk, whatever the submission has made of it.
AFRESH = """
for _name in [name for name in __import__("sys").modules if name.partition(".")[0] == "cnnlab"]:
    del __import__("sys").modules[_name]
from cnnlab import check
from IPython.display import display
get_ipython().ast_node_interactivity = "last_expr"
_ = check.sheet({sheet})
"""
ENDED = "the kernel ended in this cell"
TOO_MUCH = "the submission's processes held more memory together than the {:.1f} GB allowed"
TIME_OVER = "not run: the {} s that a submission has in all were over"
NO_KERNEL = "nothing of this submission has been marked, since {}"
TOO_OFTEN = "not run: the kernel had ended more than {} times"
CUT = "[What came after this was cut: one cell may show {:,} characters, all of them {:,}.]\n"
SHOWN = ("stream", "display_data", "update_display_data", "execute_result", "error")


class Run(Execute):
    """Execute a notebook in the box; a cell that hangs or ends the kernel costs only itself.

    What is shown of a graded cell, and its mark, are kept apart from the notebook while it runs:
    nothing that a later cell does to the notebook's outputs changes them.
    """

    box = Bool(True, help="False: run where nbgrader runs, with everything in reach").tag(
        config=True
    )
    seconds = Integer(300, help="for all cells of a submission together").tag(config=True)
    restarts = Integer(5, help="of the kernel for a submission; then no more is run").tag(
        config=True
    )
    output_bytes = Integer(1_000_000, help="what is kept of one cell's output").tag(config=True)
    all_output_bytes = Integer(10_000_000, help="what is kept of all output").tag(config=True)
    memory_bytes = Integer(4 * 2**30, help="memory for all processes of a submission together").tag(
        config=True
    )
    grader_bytes = Integer(2**30, help="what the grader's process may grow by meanwhile").tag(
        config=True
    )
    patience = Integer(5, help="seconds to answer in, after an interrupt").tag(config=True)
    kernel_name = "python3"  # whatever the notebook says
    shutdown_kernel = "immediate"
    raise_on_iopub_timeout = False  # a lost output is no lost cell

    def preprocess(self, nb: NotebookNode, resources: Any = None, km: Any = None) -> tuple:
        if self.box:
            box.require()
            self.kernel_manager_class = wire.BoxedManager
        self._folder = Path(resources["metadata"]["path"] or ".").resolve()
        names = resources["nbgrader"]
        sheet = sheets.sheet_of(Path.cwd(), names["assignment"], names["student"])
        self._sheet, self._afresh = sheet, AFRESH.format(sheet=sheet)
        self._secret = marks.secret(names)
        self._gone: set[int] = set()  # cells that ended a kernel or would not stop
        self._shown: dict[int, list[NotebookNode]] = {}  # of each graded cell
        self._marks: dict[str, float] = {}
        self._restarted, self._kept, self._room = 0, 0, 0
        self._end = math.inf  # counted from when the first kernel is ready
        with TemporaryDirectory(prefix="cnnlab-") as self._private:
            nb, resources = super().preprocess(nb, resources, km)
        left = self.all_output_bytes
        for index, cell in enumerate(nb.cells):
            if index in self._shown:
                cell.outputs, _ = self._cut(self._shown[index], self.output_bytes)
            elif cell.cell_type == "code":
                room = min(left, self.output_bytes)
                cell.outputs, unused = self._cut(cell.outputs, room)
                left -= room - unused
        resources["nbgrader"]["marks"] = self._marks
        return nb, resources

    def create_kernel_manager(self) -> KernelManager:
        manager = super().create_kernel_manager()
        manager.kernel_spec_manager = box.KernelInBox()
        self._lent = Path(self._private)
        if self.box:
            private = self._lent = Path(mkdtemp(dir=self._private))
            argv = memory.scope(self.memory_bytes, box.PROCESSES)
            argv += box.around(self._folder, course=Path.cwd(), private=private)
            manager.kernel_spec_manager = box.KernelInBox(prefix=argv, module=wire.__name__)
            manager.transport = "ipc"  # files, which the box can be given; it has no network
            manager.connection_file = str(private / "kernel.json")
            manager.write_connection_file()
            box.let_read(private, self._folder)
        return manager

    def start_new_kernel(self, **kwargs: Any) -> None:
        if not self.box:  # the box clears the environment itself
            own = {"HOME": self._private, "TMPDIR": self._private}
            kwargs["env"] = box.environment() | own
        super().start_new_kernel(stdout=DEVNULL, stderr=DEVNULL, **kwargs)
        limits = self.memory_bytes, self.grader_bytes
        self._memory = memory.MemoryWatch(self.km.provisioner.pid, *limits)

    def start_new_kernel_client(self) -> None:
        """Talk to the kernel, and let it import what every submission needs.

        Raises:
            BoxError: if that fails. Nothing is marked then.
        """
        try:
            super().start_new_kernel_client()
        except (RuntimeError, zmq.Again) as error:
            raise box.BoxError(NO_KERNEL.format(f"the kernel does not start ({error})")) from None
        first, warm = self.nb.cells[0], new_code_cell(WARM)
        ran = self._try(warm, 0, WARM_SECONDS)
        if not ran or any(output.output_type == "error" for output in warm.outputs):
            raise box.BoxError(
                NO_KERNEL.format(f"the grader's first cell fails: {warm.outputs}"[:2000])
            )
        self.nb.cells[0] = first
        self._end = min(self._end, monotonic() + self.seconds)

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple:
        if cell.cell_type != "code":
            return cell, resources
        graded = is_grade(cell) and not is_solution(cell)
        if why := self._stopped():
            cell.outputs = [_error("NotRun", why)]
            mark = 0.0
        else:
            mark = self._run(cell, index, graded)
        if graded:
            self._marks[cell.metadata.nbgrader.grade_id] = mark
            self._shown[index] = deepcopy(cell.outputs)
        self.nb.cells[index] = cell
        return cell, resources

    def _stopped(self) -> str | None:
        """Say why no more cells are run; None if they are."""
        if monotonic() > self._end:
            return TIME_OVER.format(self.seconds)
        return TOO_OFTEN.format(self.restarts) if self._restarted > self.restarts else None

    def _run(self, cell: NotebookNode, index: int, graded: bool) -> float:
        """Run or judge a cell; return its mark."""
        if graded and not self._try(new_code_cell(self._afresh), index):
            self._begin_again(cell, index)
            self._try(new_code_cell(self._afresh), index)
        what = judging.checked(cell.source) if graded else None
        if what:
            mark, alive = self._judged(cell, what, index)
        else:
            alive = self._try(cell, index)
            mark = marks.mark_in(cell) if graded else 0.0
        if not alive:
            self._gone.add(index)
            self._begin_again(cell, index)
        return mark

    def _judged(self, cell: NotebookNode, what: judging.Checked, index: int) -> tuple[float, bool]:
        """Judge an answer outside of the kernel; return its mark, and whether the kernel lives."""
        alive, end, points = True, monotonic() + self.timeout, float(cell.metadata.nbgrader.points)

        def ask(line: str) -> list[NotebookNode]:
            nonlocal alive
            asked = new_code_cell(line)
            self._display_id_map.clear()  # no display of another cell's is an answer, or follows it
            left = max(1, math.ceil(end - monotonic()))
            alive = alive and self._try(asked, index, left, room=2 * wire.LARGEST)
            self._display_id_map.clear()
            return asked.outputs

        try:
            verdict = judging.judged(
                what, ask, sheet=self._sheet, secret=self._secret, lent=self._lent
            )
            cell.outputs, mark = judging.outputs_of(verdict, points), verdict.points(points)
            return mark, alive
        except judging.NoAnswerError as error:
            cell.outputs = error.outputs or [_error("NoAnswerError", str(error))]
        except Exception as error:  # such as a number too large to compare: it costs this mark only
            self.log.error("%s cannot be judged: %s", what.exercise, error)
            cell.outputs = [_error(type(error).__name__, f"the answer cannot be judged: {error}")]
        return 0.0, alive

    def _try(
        self, cell: NotebookNode, index: int, seconds: int | None = None, room: int | None = None
    ) -> bool:
        """Run a cell; return whether the kernel is still there and answers.

        Args:
            seconds: for it; default: those of a cell, or what the submission has left.
            room: bytes of output; default: those of a cell.
        """
        usual = self.timeout  # type: ignore[has-type]  # a trait of nbclient's
        self.timeout = max(1, math.ceil(min(seconds or usual, self._end - monotonic())))
        self._room, self._asking = room or self.output_bytes, room is not None
        self.nb.cells[index] = cell  # where the runner looks for displays to update
        try:
            self.execute_cell(cell, index, store_history=seconds is None)
        except (DeadKernelError, CellTimeoutError, zmq.Again):
            why = TOO_MUCH.format(self.memory_bytes / 1e9) if self._memory.ended else ENDED
            cell.outputs = [*cell.get("outputs", []), _error("DeadKernelError", why)]
            return False
        except Exception as error:  # a message that no kernel sends, from code that speaks for it
            cell.outputs = [_error("DeadKernelError", f"the kernel said {type(error).__name__}")]
            return False
        finally:
            self.timeout = usual
        late = any(output.get("ename") == "CellTimeoutError" for output in cell.outputs)
        return not late or (seconds != self.patience and self._answers(index))

    def _answers(self, index: int) -> bool:
        """Tell whether the kernel answers after an interrupt."""
        return self._try(new_code_cell("0"), index, self.patience)

    def _begin_again(self, cell: NotebookNode, index: int) -> None:
        """Start a kernel, and run in it, once, what the learner wrote in the earlier cells."""
        self._restarted += 1
        if self._stopped():
            return
        self._cleanup_kernel()
        self._display_id_map.clear()
        self.create_kernel_manager()
        self.start_new_kernel()
        self.start_new_kernel_client()
        for number, earlier in enumerate(self.nb.cells[:index]):
            skip = earlier.cell_type != "code" or is_grade(earlier) or number in self._gone
            if not skip and not self._try(new_code_cell(earlier.source), index):
                self._gone.add(number)
                return self._begin_again(cell, index)
        self._display_id_map.clear()  # those of the cells that were run again
        self.nb.cells[index] = cell

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """Keep what fits into the room for output, and nothing of widgets."""
        kind = msg["msg_type"]
        if kind.startswith("comm"):
            return None
        if kind in SHOWN:
            size = len(str(msg["content"]))
            self._kept += 0 if self._asking else size  # an answer to the grader is shown to nobody
            fits = size <= self._room and (self._asking or self._kept <= self.all_output_bytes)
            if not fits and self._room >= 0:
                text = CUT.format(self.output_bytes, self.all_output_bytes)
                cell.outputs.append(new_output("stream", name="stdout", text=text))
            self._room = self._room - size if fits else -1
            if not fits:
                return None
        if not isinstance(msg["content"].get("execution_count", 0), int):
            msg["content"]["execution_count"] = None
        return super().process_message(msg, cell, cell_index)

    def _cut(self, outputs: list[NotebookNode], room: int) -> tuple[list[NotebookNode], int]:
        """Return the outputs that fit, and the room that is left: displays grow when updated."""
        kept: list[NotebookNode] = []
        for output in outputs:
            room -= len(str(output))
            if room < 0:
                text = CUT.format(self.output_bytes, self.all_output_bytes)
                return [*kept, new_output("stream", name="stdout", text=text)], 0
            kept.append(output)
        return kept, room

    def on_cell_executed(self, **kwargs: Any) -> None:
        """Show the error of a reply, which does not come by `process_message`, if it is short."""
        if len(str(kwargs["execute_reply"]["content"])) <= self.output_bytes:
            super().on_cell_executed(**kwargs)


def _error(name: str, value: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=value, traceback=[f"{name}: {value}"])
