"""A kernel like one in a browser: one thread, no other process, and some modules missing.

IPython loads this as an extension. Jupyter's kernel itself needs threads here, so only what a cell
or the package calls is refused one. What is missing is what Pyodide lacks of the course's libraries,
and `fcntl`, of Python's own.
"""

import _thread
import subprocess
import sys
import threading
from functools import wraps

MISSING = ("captum", "fcntl", "requests", "torchvision")
NO_THREAD = RuntimeError("can't start new thread")
NO_PROCESS = OSError(138, "Not supported")


def load_ipython_extension(shell):
    sys.modules.update(dict.fromkeys(MISSING))  # what is None cannot be imported
    refuse(shell, _thread, "start_new_thread", NO_THREAD)
    refuse(shell, threading.Thread, "start", NO_THREAD)
    refuse(shell, subprocess.Popen, "__init__", NO_PROCESS)


def refuse(shell, owner, name, error):
    """Make a function raise `error` wherever a cell or the package is among its callers."""
    original = getattr(owner, name)

    @wraps(original)
    def refusing(*args, **kwargs):
        frame = sys._getframe(1)
        while frame is not None:
            module = frame.f_globals.get("__name__", "")
            if frame.f_globals is shell.user_ns or module.partition(".")[0] == "cnnlab":
                raise error
            frame = frame.f_back
        return original(*args, **kwargs)

    setattr(owner, name, refusing)
