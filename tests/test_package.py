"""The package stays light and layered: what imports what, and what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cnnlab"

# A module imports from the lines above its own only.
LEVELS = (
    {"__init__", "errors"},
    {"devices", "distributed", "files", "history", "torchrun", "validation"},
    {"arithmetic", "models", "optimizers", "pictures", "shapes"},
    {"cifar10", "description"},
    {"data"},
    {"checkpoints", "evaluation", "speedrun"},
    {"attacks", "inspection", "training"},
    {"check", "doctor", "grading", "lab", "pages", "plots", "recipes", "widgets"},
    {"bench", "site"},
    {"__main__"},
)
# `describe` is handed a torch model, so torch is there; the module itself stays in plain Python.
UPWARD = {("arithmetic", "description")}
LEVEL = {module: number for number, level in enumerate(LEVELS) for module in level}


def imported_modules(source):
    """Yield the modules of cnnlab that `source` imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "cnnlab":
            names = [f"cnnlab.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first == "cnnlab":
                module = rest.partition(".")[0]
                yield module if module in LEVEL else "__init__"


def wrong_imports(module, source):
    return [
        name
        for name in imported_modules(source)
        if LEVEL[name] >= LEVEL[module] and (module, name) not in UPWARD | {(module, module)}
    ]


def test_every_module_has_its_level():
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {path.stem for path in PACKAGE.glob("*.py")} | packages == set(LEVEL)


@pytest.mark.parametrize("module", sorted(LEVEL))
def test_modules_import_only_from_the_levels_below(module):
    package = PACKAGE / module
    for path in package.glob("*.py") if package.is_dir() else [PACKAGE / f"{module}.py"]:
        assert wrong_imports(module, path.read_text()) == [], path.name


def test_the_test_of_levels_can_fail():
    assert wrong_imports("shapes", "def f():\n    from cnnlab import training") == ["training"]
    assert wrong_imports("plots", "import cnnlab.lab") == ["lab"]


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
    kinds = ", ".join(f"cnnlab.bench.{kind}" for kind in ("ablation", "cpu", "gpu", "scale"))
    loaded = modules_after(f"import {kinds}\nfrom cnnlab import data, inspection, models, training")
    assert "torch" in loaded
    lacking = {"anywidget", "captum", "filelock", "ipywidgets", "matplotlib", "platformdirs"}
    lacking.add("requests")
    assert not loaded & (lacking - modules_after("import torch"))


def test_the_modules_stay_small():
    long = {
        path.name: lines
        for path in PACKAGE.glob("*.py")
        if (lines := len(path.read_text().splitlines())) > 290
    }
    assert not long


def test_no_function_is_longer_than_forty_lines_of_code():
    long = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                documented = ast.get_docstring(node) is not None
                body = node.body[1:] if documented and len(node.body) > 1 else node.body
                if body[-1].end_lineno - body[0].lineno + 1 > 40:
                    long.append(f"{path.name}: {node.name}")
    assert not long
