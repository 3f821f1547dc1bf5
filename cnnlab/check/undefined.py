"""A check of a name that no cell has defined yet says so, where it would be a NameError."""

import builtins
import re
import sys
from typing import Any

CHECK = re.compile(r"^check\.\w+\((\w+)\)\s*$", re.MULTILINE)


class Undefined:
    """Stands for a name while a cell that checks it runs."""

    def __init__(self, name: str) -> None:
        self.name = name


def watch() -> None:
    """In a notebook, let each check be called: its name is there for as long as the cell runs."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return
    names = shell.user_ns

    def before(info: Any) -> None:
        for name in CHECK.findall(info.raw_cell):
            if not hasattr(builtins, name):
                names.setdefault(name, Undefined(name))

    def after(_: Any) -> None:
        for name in [name for name, value in names.items() if isinstance(value, Undefined)]:
            del names[name]

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)
