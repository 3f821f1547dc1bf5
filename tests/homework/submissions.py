"""What learners hand in: homework 1 as it comes back, made from its source by code."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

ANSWERS = ("output-size", "dot-kernel", "diagonal-kernel", "find-template", "correlate2d-dilated")
FULL = 16  # points for the five functions; 4 more are given by hand

Change = Callable[[NotebookNode], None]


@dataclass(frozen=True)
class Submission:
    """What was done to the solved homework, and the mark that is fair."""

    change: Change
    mark: float
    name: str = "hw1.ipynb"


def solved(source: NotebookNode, release: NotebookNode) -> NotebookNode:
    """Return the release with the source's solutions in it."""
    notebook = deepcopy(release)
    for cell, origin in zip(notebook.cells, source.cells, strict=True):
        if cell.metadata.get("nbgrader", {}).get("solution"):
            lines = origin.source.splitlines()
            cell.source = "\n".join(line for line in lines if "### " not in line)
    return notebook


def cell_of(notebook: NotebookNode, ident: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == ident)


def write(ident: str, body: str) -> Change:
    """Put another body under the first line of a function."""

    def change(notebook: NotebookNode) -> None:
        cell = cell_of(notebook, ident)
        first = cell.source.splitlines()[0]
        cell.source = "\n".join([first, *(f"    {line}" for line in body.splitlines())])

    return change


def add(code: str, *, after: str = "imports") -> Change:
    def change(notebook: NotebookNode) -> None:
        place = notebook.cells.index(cell_of(notebook, after))
        notebook.cells.insert(place + 1, new_code_cell(code))

    return change


def both(*changes: Change) -> Change:
    def change(notebook: NotebookNode) -> None:
        for each in changes:
            each(notebook)

    return change


def blank(notebook: NotebookNode) -> None:
    for ident in ANSWERS:
        write(ident, "...")(notebook)
    cell_of(notebook, "written-templates").source = "*Your answer, in place of this line.*"


def delete(notebook: NotebookNode) -> None:
    gone = {"check-find-template", "check-dot-kernel", "task-find", "title"}
    notebook.cells = [cell for cell in notebook.cells if cell.id not in gone]


def rename_marks(notebook: NotebookNode) -> None:
    cell_of(notebook, "check-find-template").metadata.nbgrader.grade_id = "check-mine"
    cell_of(notebook, "find-template").metadata.nbgrader.grade_id = "dot-kernel"
    cell_of(notebook, "dot-kernel").metadata.nbgrader.points = 100


def copy_cells(notebook: NotebookNode) -> None:
    for ident in ("check-find-template", "find-template", "written-templates"):
        place = notebook.cells.index(cell_of(notebook, ident))
        twin = deepcopy(notebook.cells[place])
        twin.id = f"copy-of-{ident}"
        notebook.cells.insert(place + 1, twin)


def strip_marks(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata = NotebookNode()


def strip_everything(notebook: NotebookNode) -> None:
    strip_marks(notebook)
    notebook.nbformat_minor = 4
    notebook.metadata = NotebookNode()
    for cell in notebook.cells:
        del cell["id"]


def shuffle(notebook: NotebookNode) -> None:
    checks = [cell for cell in notebook.cells if cell.id.startswith("check-")]
    others = [cell for cell in notebook.cells if not cell.id.startswith("check-")]
    notebook.cells = [*checks, *others]


def make_text(notebook: NotebookNode) -> None:
    for ident in ("dot-kernel", "check-dot-kernel"):
        cell = cell_of(notebook, ident)
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]


def ease_the_check(notebook: NotebookNode) -> None:
    blank(notebook)
    for ident in ANSWERS:
        cell_of(notebook, f"check-{ident}").source = "2.0"


PATCH = """
import sys, torch
from cnnlab.check import judge as engine, verdict
verdict.Verdict.share = verdict.Verdict.passed = 1.0
verdict.Verdict.points = lambda self, maximum=1: maximum
engine.judge = lambda *_, **__: verdict.Verdict("", (), "", "passed")
class check:
    def __getattr__(self, name):
        return lambda *_, **__: verdict.Verdict("", (), "", "passed")
check = sys.modules["cnnlab.check"] = check()
display = lambda *_: None
get_ipython().ast_node_interactivity = "all"
"""

CLAIM = """
from IPython import get_ipython
from IPython.core.displayhook import DisplayHook
DisplayHook.compute_format_data = lambda self, result: ({"text/plain": "1000"}, {})
"""

READ = """
import glob, os, socket
found = []
places = ["../../../gradebook.db", "../../../source/hw1/hw1.ipynb", "../../../nbgrader_config.py"]
for path in [*places, "/etc/shadow", "/root/.bashrc", *glob.glob("../../*/hw1/*.ipynb")]:
    try:
        found.append((path, len(open(path, "rb").read())))
    except OSError:
        pass
mine = "/" + os.path.basename(os.path.dirname(os.getcwd())) + "/"
print("READ", [path for path, size in found if mine not in path])
try:
    socket.create_connection(("1.1.1.1", 53), timeout=1)
    print("NETWORK")
except OSError:
    print("NO NETWORK")
for path in (".", "../..", os.path.expanduser("~root"), "/usr"):
    try:
        open(os.path.join(path, "written"), "w")
        print("WROTE", path)
    except OSError:
        pass
"""

FORK = """
import os, time
children = 0
try:
    while children < 400:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
except OSError:
    print("STOPPED after", children)
"""

# Displays that are updated later, as honest code does it.
HANDLES = """
from IPython.display import display
handles = [display("working", display_id=True) for _ in range(3)]
"""
HANDLE_INSIDE = """\
from IPython.display import display
display("looking at the picture", display_id="mine").update("looked")
kernel = template - template.mean()
answers = F.conv2d(image[None, None], kernel[None, None])[0, 0]
return divmod(answers.argmax().item(), answers.shape[1])"""
UPDATES = """
for handle in handles:
    handle.update("done")
display("done", display_id="mine", update=True)
"""
EXIT = "import os\nos._exit(0)"
BIG = "print('x' * 150_000_000)"
NOISE = "for _ in range(40): print('x' * 900_000, flush=True)"  # more than is kept in all
WIDGETS = """
from IPython import get_ipython
session, socket = get_ipython().kernel.session, get_ipython().kernel.iopub_socket
for number in range(50):
    session.send(socket, "comm_open", {"comm_id": str(number), "target_name": "jupyter.widget",
                                       "data": {"state": {"text": "x" * 1_000_000}}})
"""
# One update is written into every display of its id, and 180 MB would stand in the notebook.
UPDATED = """
for _ in range(200):
    display({"text/plain": "a"}, raw=True, display_id="grows")
display({"text/plain": "y" * 900_000}, raw=True, display_id="grows", update=True)
"""
# What no kernel says, by code that speaks for it. The answers themselves are right.
FORGED = """
import os
from IPython import get_ipython
kernel = get_ipython().kernel
def say(kind, content, **more):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), **more)
deep = "[" * 100_000 + "]" * 100_000
say("stream", {"name": "stdout"})
say("display_data", {"data": [], "metadata": 7, "transient": []})
say("execute_result", {"data": {"text/plain": 2.0}, "execution_count": {"a": [1]}, "metadata": {}})
say("nonsense", {})
say("error", {})
kernel.iopub_socket.send_multipart([b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", deep.encode()])
kernel.iopub_socket.send_multipart([b"stream"] * 3)
"""

HOLD = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
STDERR = "import os\nos.write(2, b'a warning\\n')\nreturn 3 * torch.eye(3) - 1"
NO_MEAN = """\
answers = F.conv2d(image[None, None], template[None, None])[0, 0]
return divmod(answers.argmax().item(), answers.shape[1])"""

# Broken in their form alone: the pure function that restores them is tested for each.
FORMS = ("deleted", "renamed", "copied", "stripped", "shuffled", "text", "easier")

SUBMISSIONS = {
    "right": Submission(lambda notebook: None, FULL),
    "blank": Submission(blank, 0),
    "knownslip": Submission(write("find-template", NO_MEAN), FULL - 2),
    "wrong": Submission(write("dot-kernel", "return torch.arange(9.0).reshape(3, 3)"), FULL - 2),
    "crash": Submission(write("find-template", "return image[99, 99]"), FULL - 4),
    "syntaxerror": Submission(write("find-template", "return (image"), FULL - 4),
    "loop": Submission(write("find-template", "while True: pass"), FULL - 4),
    "gil": Submission(write("find-template", "return 9 ** 9 ** 9"), FULL - 4),
    "hold": Submission(add(HOLD, after="dot-kernel"), FULL),
    "exit": Submission(add("import os\nos._exit(0)", after="find-template"), FULL),
    "handles": Submission(
        both(
            add(HANDLES),
            write("find-template", HANDLE_INSIDE),
            add(EXIT, after="check-correlate2d-dilated"),
            add(UPDATES, after="check-find-template"),
            add(EXIT, after="check-dot-kernel"),
        ),
        FULL,
    ),
    "noise": Submission(
        both(
            add(BIG),
            add(WIDGETS),
            add(UPDATED),
            *(add(NOISE) for _ in range(12)),
            add(BIG, after="title"),
        ),
        FULL,
    ),
    "forged": Submission(add(FORGED), FULL),
    "exitinside": Submission(write("dot-kernel", "import os\nos._exit(0)"), FULL - 2),
    "quit": Submission(add("exit()", after="dot-kernel"), FULL),
    "deleted": Submission(delete, FULL),
    "renamed": Submission(rename_marks, FULL),
    "copied": Submission(copy_cells, FULL),
    "stripped": Submission(strip_marks, FULL),
    "bare": Submission(strip_everything, FULL),
    "shuffled": Submission(shuffle, FULL),
    "text": Submission(make_text, FULL),
    "stderr": Submission(write("diagonal-kernel", STDERR), FULL),
    "flood": Submission(add("while True: print('x' * 1000)"), FULL),
    "copyname": Submission(lambda notebook: None, FULL, name="hw1 (2).ipynb"),
    "easier": Submission(ease_the_check, 0),
    "patch": Submission(both(blank, add(PATCH, after="output-size")), 0),
    "claim": Submission(both(blank, add(CLAIM, after="output-size")), 0),
    "read": Submission(add(READ), FULL),
    "fork": Submission(add(FORK), 0),  # nothing can be called while its processes are there
}
