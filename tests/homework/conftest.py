"""A course in a temporary folder, as a lecturer has it, and nbgrader's own commands on it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

HOMEWORK = Path(__file__).resolve().parents[2] / "notebooks" / "homework"


class Course:
    """A copy of the homework's folder, or of a course with homework 1 generated."""

    def __init__(self, root: Path, of: Path | None = None) -> None:
        self.root = root
        self.generated = {"hw1"} if of else set()
        if of:
            shutil.copytree(of, root, dirs_exist_ok=True)
            return
        for name in ("source", "nbgrader_config.py"):
            copy = shutil.copytree if (HOMEWORK / name).is_dir() else shutil.copy
            copy(HOMEWORK / name, root / name)

    def generate(self, assignment: str) -> None:
        """Make the release of an assignment, once."""
        if assignment not in self.generated:
            self.nbgrader("generate_assignment", assignment)
            self.generated.add(assignment)

    def start(self, *words: str) -> subprocess.Popen:
        """Start an nbgrader command; its programs are found as in an activated environment."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.Popen(
            [sys.executable, "-m", "nbgrader", *words],
            cwd=self.root,
            env=os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def nbgrader(self, *words: str) -> str:
        process = self.start(*words)
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return said

    def read(self, kind: str, assignment: str) -> nbformat.NotebookNode:
        self.generate(assignment)
        return nbformat.read(self.root / kind / assignment / f"{assignment}.ipynb", 4)

    def hand_in(self, student: str, notebook, assignment: str, *, name: str | None = None) -> None:
        folder = self.root / "submitted" / student / assignment
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / (name or f"{assignment}.ipynb"))

    def graded(self, student: str, assignment: str) -> nbformat.NotebookNode:
        path = self.root / "autograded" / student / assignment / f"{assignment}.ipynb"
        return nbformat.read(path, 4)

    def marks(self, assignment: str) -> dict:
        """Return (points, whether a part waits for a human) for each student."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.root}/gradebook.db") as gradebook:
            return {
                each.student.id: (each.score, each.needs_manual_grade)
                for each in gradebook.find_assignment(assignment).submissions
            }


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    pytest.importorskip("nbgrader", reason="nbgrader is not installed")
    return Course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """Return the folder of a course with homework 1 generated, to be copied."""
    pytest.importorskip("nbgrader", reason="nbgrader is not installed")
    course = Course(tmp_path_factory.mktemp("generated"))
    course.generate("hw1")
    return course.root


@pytest.fixture
def fresh(generated, tmp_path):
    """Return a course of its own in which homework 1 is generated and nobody has handed in."""
    return Course(tmp_path, of=generated)
