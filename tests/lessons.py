"""Execute each lesson once, as a newcomer does: offline, on Shapes-10, with its solutions checked.

The tests of the notebooks look at its verdicts, those in a browser at the page and the deck that
are made of its outputs. Lessons that are prepared for a kernel in the browser run in one like it:
`tests/like_a_browser.py`. nbval runs them in the usual one. A page differs by one sentence, in the
verdict of 00's exercise, which comes with code: that checks have no time limit.
"""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from cnnlab.site import build

ROOT = Path(__file__).parents[1]
LESSONS = [pytest.param(path, id=path.stem) for path in build.find_lessons()]
FOR_A_BROWSER = ("00", "01", "02", "03", "04", "05", "08", "10")
LIKE_A_BROWSER = "--IPKernelApp.extra_extensions=['tests.like_a_browser']"
_executed = {}  # a notebook, or the error that its execution ended with


def tagged(cell, tag):
    return tag in cell["metadata"].get("tags", [])


def with_checks_after_solutions(path):
    """Return the notebook with each check once more behind its solution, `NAME_solution`.

    A check tells the course's own solution by the first line of its cell. Here it is without.
    """
    notebook, cells = nbformat.read(path, 4), []
    for cell in notebook.cells:
        cells.append(cell)
        if tagged(cell, "check"):
            check = cell
        if tagged(cell, "solution"):
            cell.source = cell.source.partition("\n")[2]
            given = re.sub(r"\((\w+)", r"(\1_solution", check.source, count=1)
            again = check | {"id": f"again-{len(cells)}", "source": given}
            cells.append(nbformat.from_dict(again))
    notebook.cells = cells
    return notebook


def executed(path, folder):
    """Return the executed notebook; `folder` is the empty one in which it runs the first time.

    Raises:
        Exception: what its execution ended with, also when it is asked for again.
    """
    if path not in _executed:
        try:
            _executed[path] = execute(path, folder)
        except Exception as error:
            _executed[path] = error
    if isinstance(_executed[path], Exception):
        raise _executed[path]
    return _executed[path]


def execute(path, folder):
    notebook = with_checks_after_solutions(path)
    run(notebook, folder, *([LIKE_A_BROWSER] if path.name.startswith(FOR_A_BROWSER) else []))
    left = sorted(file.name for file in folder.glob("**/*.pt"))
    if left:
        raise ValueError(f"{path.name} leaves checkpoints in the learner's folder: {left}.")
    return notebook


def run(notebook, folder, *arguments, **variables):
    """Execute a notebook in a folder, by a kernel without data.

    Args:
        arguments: more of them for the kernel.
        variables: of its environment; in `PYTHONPATH` this repository follows.
    """
    client = NotebookClient(
        notebook,
        timeout=240,
        kernel_name="python3",
        extra_arguments=[*build.ARGUMENTS, *arguments],
        resources={"metadata": {"path": str(folder)}},
    )
    environment = os.environ | {
        "CNNLAB_DATA": str(folder / "nothing"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        **variables,
    }
    path = (environment.get("PYTHONPATH"), str(ROOT))
    client.execute(env=environment | {"PYTHONPATH": os.pathsep.join(filter(None, path))})


def as_shipped(notebook):
    """Return an executed notebook without the checks that were added."""
    cells = [cell for cell in notebook.cells if not cell.id.startswith("again-")]
    return nbformat.from_dict({**notebook, "cells": cells})
