"""The package stays light, layered and small: what imports what, and what an import costs."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cnnlab"

TABLE = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
# A row of CONTRIBUTING's table of rooms: a room imports from the rows above its own only.
LEVELS = [
    {name.rstrip("/").removesuffix(".py") for name in re.findall(r"`([\w/.]+)`", rooms)}
    for rooms in re.findall(r"^\| (\[?`.*?) \| ", TABLE, re.MULTILINE)
]
LEVEL = {room: number for number, level in enumerate(LEVELS) for room in level}
DOCUMENTED = ast.ClassDef | ast.FunctionDef
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def imported_modules(source):
    """Yield the modules of cnnlab that `source` imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            inside = [name for name in names if name in MODULES]
            yield from inside
            if len(inside) < len(names):
                yield node.module


def room_of(module):
    """Return the smallest room of the table that a module is in; None for a package's own file."""
    path = module.replace(".", "/").removeprefix("cnnlab/")
    rooms = [room for room in LEVEL if f"{path}/".startswith(f"{room}/")]
    return max(rooms, key=len, default=None)


def wrong_imports(room, source):
    found = {room_of(module) for module in imported_modules(source)} - {room, None}
    return sorted(each for each in found if LEVEL[each] >= LEVEL[room])


def test_every_room_has_its_level():
    there = {
        room for room in LEVEL if (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").exists()
    }
    assert there == set(LEVEL)
    outside = {module for module in MODULES if room_of(module) is None}
    assert outside == {"cnnlab", "cnnlab.homework"}
    assert [set(imported_modules(MODULES[module].read_text())) for module in outside] == [set()] * 2


def test_the_root_can_be_taken_in_at_a_glance():
    assert len(list(PACKAGE.glob("*.py"))) <= 12
    assert len(list(PACKAGE.glob("*/__init__.py"))) <= 9


@pytest.mark.parametrize("module", sorted(MODULES))
def test_modules_import_only_from_the_levels_below(module):
    if room := room_of(module):
        assert wrong_imports(room, MODULES[module].read_text()) == []


def circle(imports):
    """Return the modules of one circle of imports; empty if there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_circle_of_imports_inside_and_between_the_rooms():
    imports = {
        module: set(imported_modules(path.read_text())) - {module}
        for module, path in MODULES.items()
    }
    assert circle(imports) == []


def test_the_tests_of_levels_can_fail():
    assert len(LEVELS) == 12
    assert wrong_imports("data", "def f():\n    from cnnlab import training") == ["training"]
    assert wrong_imports("exercises/kit", "from cnnlab.exercises import flip") == ["exercises"]
    assert wrong_imports("plots", "import cnnlab.lab") == ["lab"]
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})


def modules_after(statement):
    code = f"{statement}\nimport sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import cnnlab",
        "from cnnlab import arithmetic",
        "from cnnlab import check",
        "import cnnlab.__main__",
    ],
)
def test_torch_is_not_imported_before_it_is_needed(statement):
    assert not modules_after(statement) & {"torch", "numpy", "matplotlib"}


def test_training_needs_nothing_that_a_bare_gpu_machine_lacks():
    kinds = ", ".join(f"cnnlab.bench.{kind}" for kind in ("ablation", "cpu", "recipe", "scale"))
    loaded = modules_after(f"import {kinds}\nfrom cnnlab import data, inspection, models, training")
    assert "torch" in loaded
    lacking = {"anywidget", "captum", "filelock", "ipywidgets", "matplotlib", "platformdirs"}
    lacking.add("requests")
    assert not loaded & (lacking - modules_after("import torch"))


@pytest.mark.parametrize("given", [None, "0"])
def test_threads_do_not_spin_unless_the_user_says_so(given):
    code = "import os, cnnlab; print(os.environ['GOMP_SPINCOUNT'])"
    environment = {"GOMP_SPINCOUNT": given} if given else {}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT
    )
    assert run.stdout.strip() == (given or "1000")


def own_files():
    for folder in (PACKAGE, ROOT / "tests"):
        for ending in ("py", "mjs", "css"):
            yield from folder.rglob(f"*.{ending}")


def test_no_file_is_longer_than_400_lines():
    lengths = {str(p.relative_to(ROOT)): p.read_text("utf-8").count("\n") for p in own_files()}
    assert len(lengths) > 200
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def functions():
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield f"{name}.{node.name}", node


CHECKS = {"as_bool", "as_int", "as_pair", "as_shape"}


def own_code(node):
    """Yield the nodes of a function's body, without those of the functions inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from own_code(child)


def raises_itself(function):
    """Return whether a function raises an error of its own, or checks one of its arguments."""
    parameters = {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}
    for node in own_code(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CHECKS:
            named = {each.id for each in node.args if isinstance(each, ast.Name)}
            if named & parameters:
                return True
    return False


def undocumented_errors(node, docstring=""):
    """Yield the public functions of a module or class that raise, and do not say what.

    What making an instance raises stands in the docstring of its class.
    """
    for child in node.body:
        text = ast.get_docstring(child) or "" if isinstance(child, DOCUMENTED) else ""
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from undocumented_errors(child, text)
        elif isinstance(child, ast.FunctionDef):
            makes = child.name in ("__init__", "__post_init__")
            public = makes or child.name == "__call__" or not child.name.startswith("_")
            if public and raises_itself(child) and "Raises:" not in (docstring if makes else text):
                yield child.name


@pytest.mark.parametrize("module", sorted(MODULES))
def test_public_functions_say_what_they_raise(module):
    assert list(undocumented_errors(ast.parse(MODULES[module].read_text()))) == []


def test_the_test_of_what_is_raised_can_fail():
    texts = {
        "def f(n):\n    if n:\n        raise ValueError": ["f"],
        "def f(n):\n    return as_int('n', n)": ["f"],
        "def f(n):\n    'Raises: it'\n    return as_int('n', n)": [],
        "def f(n):\n    return as_int('m', n.m)": [],
        "def f():\n    def g():\n        raise ValueError": [],
        "def _f():\n    raise ValueError": [],
        "class C:\n    def __init__(self):\n        raise ValueError": ["__init__"],
        "class C:\n    'Raises: it'\n    def __init__(self):\n        raise ValueError": [],
        "class C:\n    'Raises: it'\n    def f(self):\n        raise ValueError": ["f"],
    }
    for text, found in texts.items():
        assert list(undocumented_errors(ast.parse(text))) == found


def test_no_function_is_longer_than_forty_lines_of_code():
    long = []
    for name, node in functions():
        documented = ast.get_docstring(node) is not None
        body = node.body[1:] if documented and len(node.body) > 1 else node.body
        if body[-1].end_lineno - body[0].lineno + 1 > 40:
            long.append(name)
    assert not long


def test_no_signature_is_longer_than_a_reader_can_hold():
    """At most four must be given by position, and at most ten are there in all.

    An exercise's functions have the learner's own parameters.
    """
    long = []
    for name, node in functions():
        if name.startswith("cnnlab.exercises."):
            continue
        arguments = node.args
        named = [each.arg for each in arguments.args if each.arg not in ("self", "cls")]
        required = len(named) - len(arguments.defaults)
        if required > 4 or len(named) + len(arguments.kwonlyargs) > 10:
            long.append(f"{name}: {required} by position, {len(named) + len(arguments.kwonlyargs)}")
    assert not long
