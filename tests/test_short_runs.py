"""Lessons train for minutes, but not when a test executes them, in whatever way it is started."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from cnnlab import course

ROOT = Path(__file__).parents[1]
ASKS = (
    "import os\nfrom cnnlab import course\nassert course.short_runs()\nos.environ['CNNLAB_OFFLINE']"
)


@pytest.mark.parametrize("name", ["CI", "CNNLAB_SHORT"])
def test_either_variable_shortens_runs(monkeypatch, name):
    assert course.short_runs()  # here
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("CNNLAB_SHORT")
    assert not course.short_runs()
    monkeypatch.setenv(name, "")
    assert not course.short_runs()
    monkeypatch.setenv(name, "true")
    assert course.short_runs()


def test_a_notebook_that_pytest_is_given_alone_runs_short_and_offline(tmp_path):
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    cells = [nbformat.v4.new_code_cell(ASKS)]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "asks.ipynb")
    outside = {"CI", "CNNLAB_SHORT", "CNNLAB_OFFLINE"}
    environment = {name: value for name, value in os.environ.items() if name not in outside}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "notebooks/asks.ipynb"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout
