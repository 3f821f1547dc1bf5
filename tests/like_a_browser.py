"""A kernel like one in a browser: one thread, no other process, and some modules missing.

IPython loads this as an extension. Jupyter's kernel itself needs threads here, so only what a cell
or the package calls is refused one. Missing are the libraries of the course that Pyodide lacks, and
of Python's own `fcntl`.
"""

import _thread
import subprocess
import sys
import threading
from functools import wraps

MISSING = ("captum", "fcntl", "requests", "torchvision")
NO_THREAD = RuntimeError("can't start new thread")
REFUSED = (
    (_thread, "start_new_thread", NO_THREAD),
    (threading.Thread, "start", NO_THREAD),
    (subprocess.Popen, "__init__", OSError(138, "Not supported")),
)


def load_ipython_extension(shell):
    sys.modules.update(dict.fromkeys(MISSING))  # what is None cannot be imported
    for owner, name, error in REFUSED:
        setattr(owner, name, refusing(getattr(owner, name), error, shell.user_ns))


def refusing(call, error, cells=None):
    """Return `call`, but raising where the package, or a notebook's cell, is among its callers."""

    @wraps(call)
    def refuse(*args, **kwargs):
        frame = sys._getframe(1)
        while frame is not None:
            package = frame.f_globals.get("__name__", "").partition(".")[0]
            if package == "cnnlab" or frame.f_globals is cells:
                raise type(error)(*error.args)
            frame = frame.f_back
        return call(*args, **kwargs)

    return refuse
