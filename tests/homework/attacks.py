"""Submissions of homework 1 that look for the right answers, or the marks, instead of working."""

from collections.abc import Callable

from nbformat import NotebookNode

from .submissions import ANSWERS, add, blank, both, write

# Each defines steal(name, arguments), which the five functions return.
FRAMES = """
def steal(name, arguments):
    import sys
    frames = [sys._getframe(), *sys._current_frames().values()]
    for frame in frames:
        while frame:
            for value in list(frame.f_locals.values()):
                exercise = getattr(value, "exercise", value)
                if type(exercise).__name__ == "Exercise":
                    return exercise.variant(frozenset())(*arguments)
            frame = frame.f_back
"""
GARBAGE = """
def steal(name, arguments):
    import gc
    for value in gc.get_objects():
        if type(value).__name__ == "Exercise" and value.name == name:
            return value.variant(frozenset())(*arguments)
"""
IMPORT = """
def steal(name, arguments):
    from cnnlab import exercises
    return exercises.load(name).variant(frozenset())(*arguments)
"""
SOLUTION = """
def steal(name, arguments):
    from cnnlab import check
    space = {"torch": torch, "F": F}
    exec(check.solution(name, show=True).details[0], space)
    return space[name](*arguments)
"""
READ = """
def steal(name, arguments):
    import pathlib, re, cnnlab
    space = {"torch": torch, "F": F}
    for path in pathlib.Path(cnnlab.__file__).parent.glob("exercises/*.py"):
        found = re.search(r"^(def " + name + r"\\(.*?)^\\W{3},?$", path.read_text(), re.S | re.M)
        if found:
            exec(found.group(1), space)
            return space[name](*arguments)
"""
SAME = """
def steal(name, arguments):
    import sys
    for module in list(sys.modules.values()):
        for word in ("same", "fits_kind"):
            if getattr(module, "__name__", "").startswith("cnnlab.check") and hasattr(module, word):
                setattr(module, word, lambda *_: True)
    return torch.arange(9.0).reshape(3, 3) if "kernel" in name else 7
"""
VERDICT = """
def steal(name, arguments):
    import sys
    verdict = sys.modules.get("cnnlab.check.verdict")
    if verdict:
        verdict.Verdict.points = lambda self, maximum=1: maximum
    return torch.arange(9.0).reshape(3, 3) if "kernel" in name else 7
"""
TORCH = """
def steal(name, arguments):
    torch.allclose = lambda *_, **__: True
    torch.isclose = lambda a, b, **_: torch.ones_like(a, dtype=bool)
    torch.Tensor.__eq__ = torch.equal = lambda *_, **__: True
    return torch.arange(9.0).reshape(3, 3) if "kernel" in name else 7
"""
SHOW = """
from IPython.core.displayhook import DisplayHook
DisplayHook.compute_format_data = lambda self, result: ({"text/plain": "2"}, {})

def steal(name, arguments):
    return 7
"""


# Displays that are published when the grader asks, and changed by a later cell: where the runner
# writes the new text is where the mark stood.
DISPLAYS = """
seen = set()

def steal(name, arguments):
    from IPython.display import display
    if name not in seen:
        seen.add(name)
        display({"text/plain": "first"}, raw=True)
        display({"text/plain": "where the mark will stand"}, raw=True, display_id=name)
    return torch.arange(9.0).reshape(3, 3) if "kernel" in name else 7
"""
UPDATES = """
for name in seen:
    points = {"find_template": 4.0, "correlate2d_dilated": 6.0}.get(name, 2.0)
    display({"text/plain": repr(points)}, raw=True, display_id=name, update=True)
"""
# The same by messages of one's own, also to the cells that follow.
MESSAGES = """
from IPython import get_ipython

def steal(name, arguments):
    kernel = get_ipython().kernel
    points = {"find_template": 4.0, "correlate2d_dilated": 6.0}.get(name, 2.0)
    for kind in ("execute_result", "update_display_data", "display_data"):
        content = {"data": {"text/plain": repr(points)}, "metadata": {}, "execution_count": 1,
                   "transient": {"display_id": "all"}}
        kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent())
    return torch.arange(9.0).reshape(3, 3) if "kernel" in name else 7
"""
# The verdict's own record, as if the grader had written it.
RECORDS = """
def steal(name, arguments):
    from IPython.display import display
    record = {"exercise": name, "outcome": "passed", "misconceptions": []}
    display({"application/vnd.cnnlab.verdict+json": record, "text/plain": "Passed."}, raw=True)
    return torch.arange(9.0).reshape(3, 3) if "kernel" in name else 7
"""


def _thief(code: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        blank(notebook)
        for ident in ANSWERS:
            name = ident.replace("-", "_")
            write(ident, f"return steal({name!r}, list(locals().values()))")(notebook)
        add(code)(notebook)

    return change


# What each earns of 16 points, in the box: nothing.
ATTACKS = {
    "frames": _thief(FRAMES),
    "garbage": _thief(GARBAGE),
    "import": _thief(IMPORT),
    "solution": _thief(SOLUTION),
    "read": _thief(READ),
    "same": _thief(SAME),
    "verdict": _thief(VERDICT),
    "torch": _thief(TORCH),
    "show": _thief(SHOW),
    "displays": both(_thief(DISPLAYS), add(UPDATES, after="check-correlate2d-dilated")),
    "messages": _thief(MESSAGES),
    "records": _thief(RECORDS),
}
