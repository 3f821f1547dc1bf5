"""Whether a lesson's claims refuse wrong implementations of its experiments.

`lesson_NN.py` beside this file holds `WRONG`, rows of (cell, edit, claim): in the code of the cell
`edit`, "what stands there once -> what stands there then", makes the experiment wrong, and the cell
`claim` has to fail. Several edits made together are a tuple; nothing behind the arrow deletes.
`ALSO`, if it is there, names cells that only change something that a claim looks at.

`python -m tests.notebooks.wrong_experiments 05` says of each row what became of it. The lesson runs
once, without cells that no claim of the table depends on. At a cell with rows the process forks: a
child makes the edit and goes on to the claim, so that nothing before it is computed again.
"""

import ast
import contextlib
import importlib
import io
import os
import signal
import symtable
import sys
import tempfile

import matplotlib
import nbformat
import torch

from cnnlab.site.build import find_lessons
from tests.notebooks.test_minutes import global_names

REFUSED, ACCEPTED = "refused", "ACCEPTED"
LONGEST = 120  # seconds of a child
IMPORTS = (ast.Import, ast.ImportFrom)
ANEW = (ast.Assign, ast.FunctionDef, ast.ClassDef, *IMPORTS)


def rows_of(number):
    """Return the rows of a lesson, and the cells that run besides."""
    module = importlib.import_module(f"{__name__}.lesson_{number}")
    return module.WRONG, tuple(getattr(module, "ALSO", ()))


def code_of(notebook):
    """Return the code of each cell, by its id."""
    return {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}


def edited(source, edits):
    """Return code with its edits made."""
    for edit in (edits,) if isinstance(edits, str) else edits:
        before, arrow, after = edit.partition(" ->")
        if not arrow or source.count(before) != 1:
            raise ValueError(f"{before!r} stands {source.count(before)} times in:\n{source}")
        source = source.replace(before, after.removeprefix(" "))
    return source


def names(source):
    """Return what a cell makes or changes, what of that it makes anew, and what it needs.

    It may change what it calls something on, or with, where it does not keep the result.
    """
    made, anew, needs = set(), set(), set()
    for statement in ast.parse(source).body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        bound, used = global_names(table)
        needs |= (used | bound if isinstance(statement, ast.AugAssign) else used) - anew
        made |= bound
        if isinstance(statement, ast.For):  # what it counts with is its own
            needs -= {each.id for each in ast.walk(statement.target) if isinstance(each, ast.Name)}
        for node in ast.walk(statement):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                called = node.value.func
                parts = [*node.value.args, *([] if isinstance(called, ast.Name) else [called])]
                made |= {each for each in map(root_name, parts) if each in used}
        anew |= bound if isinstance(statement, ANEW) else set()
    return made, anew, needs


def imports(source):
    """Return the names of modules, and of what comes from them; a call does not change these."""
    nodes = [each for each in ast.walk(ast.parse(source)) if isinstance(each, IMPORTS)]
    return {(each.asname or each.name).partition(".")[0] for node in nodes for each in node.names}


def root_name(node):
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def needed(code, claims, also=()):
    """Return the cells, in their order, on which claims depend, themselves among them."""
    found, wanted = [], set()
    imported = {each for source in code.values() for each in imports(source)}
    for ident in reversed(code):
        made, anew, needs = names(code[ident])
        made -= imported - anew
        if ident in claims or ident in also or made & wanted:
            found.append(ident)
            wanted = (wanted - anew) | needs
    return found[::-1]


def execute(source, ident, space):
    """Execute a cell without what it prints and draws."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(source, ident, "exec"), space)
    plt = sys.modules.get("matplotlib.pyplot")
    if plt:
        plt.close("all")


def outcome(code, cells, claim, space):
    """Execute cells up to the claim, and return what it says."""
    for ident in cells:
        try:
            execute(code[ident], ident, space)
        except AssertionError as error:
            if ident == claim:
                return REFUSED
            return f"fails in {ident}: {error}"
        except Exception as error:
            return f"crashes in {ident}: {type(error).__name__}: {error}"
    return ACCEPTED


def in_a_child(function, *given):
    """Return what a function returns, called in a process that has a copy of everything."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(LONGEST)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library in C has to say
        os.write(writing, function(*given).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said or f"takes longer than {LONGEST} seconds"


def outcomes(code, rows, also=()):
    """Yield (row, what became of it); first of all, that the lesson as it is passes its claims."""
    claims = {claim for _, _, claim in rows}
    unknown = ({cell for cell, _, _ in rows} | claims | set(also)) - set(code)
    if unknown:
        raise ValueError(f"no such cells: {sorted(unknown)}")
    space = {"__name__": "__main__", "display": lambda *shown: None}
    for ident in needed(code, claims | {cell for cell, _, _ in rows}, also):
        for row in (each for each in rows if each[0] == ident):
            changed = code | {ident: edited(code[ident], row[1])}
            cells = needed(code, {row[2], ident}, also)
            cells = cells[cells.index(ident) : cells.index(row[2]) + 1]
            yield row, in_a_child(outcome, changed, cells, row[2], space)
        if ident in claims:
            said = outcome(code, [ident], ident, space)
            if said != ACCEPTED:
                yield (ident, "unchanged", ident), f"{said}, though nothing was changed"
        else:
            execute(code[ident], ident, space)


def main(number):
    """Print a line for each row of a lesson; the exit status counts those not refused."""
    matplotlib.use("Agg")
    torch.set_num_threads(1)  # a fork has none but its own
    [path] = find_lessons([number])
    rows, also = rows_of(number)
    code = code_of(nbformat.read(path, 4))
    failed = 0
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        os.environ |= {"CNNLAB_OFFLINE": "1", "CNNLAB_SHORT": "1", "CNNLAB_DATA": folder}
        for row, said in outcomes(code, rows, also):
            failed += said != REFUSED
            print(f"{said:10} {row[0]} [{row[2]}]: {row[1]!r}", flush=True)
    return failed
