"""On Colab and Kaggle: what a host lends, what a lesson asks of it, and the links that lead there.

Hosts are played, by the variable that each sets and by folders. Whole lessons, with Colab's own
versions: `tests/notebooks/test_colab.py`.
"""

import ast
import json
import re
import sys
import tomllib
import types
from pathlib import Path
from runpy import run_path

import pytest
from packaging.requirements import Requirement

from cnnlab import course
from cnnlab.data import cifar10
from tests.colab import preinstalled

ROOT = Path(__file__).parents[1]
COLAB = {"COLAB_RELEASE_TAG": "release-colab-external_20260819"}
KAGGLE = {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}
INSTALL = ("pip", "install --quiet cnnlab")
ADDRESS = "https://github.com/someone/a-course"


@pytest.fixture
def host(monkeypatch, tmp_path):
    """Return a function that begins a session on a host."""
    for variable in ("CI", "CNNLAB_DATA", *course.HOSTS):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(course, "DRIVE", tmp_path / "content" / "drive" / "MyDrive")
    monkeypatch.setattr(course, "CONTENT", tmp_path / "content")
    monkeypatch.setattr(course, "KAGGLE", tmp_path / "kaggle")
    monkeypatch.setattr(cifar10, "data_folder", lambda root=None: Path(root or tmp_path / "cache"))

    def begin(variables, *, notebook=True, drive=False):
        for variable, value in variables.items():
            monkeypatch.setenv(variable, value)
        (tmp_path / "kaggle" / "working").mkdir(parents=True)
        (course.DRIVE if drive else course.CONTENT).mkdir(parents=True)
        if notebook:
            monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
        else:
            monkeypatch.delitem(sys.modules, "ipykernel", raising=False)

    return begin


@pytest.mark.parametrize(
    ("variables", "drive", "told"),
    [
        (COLAB, False, r"content/cnnlab, for as long as .* lives; mount Google Drive"),
        (COLAB, True, r"drive/MyDrive/cnnlab\.$"),
        (KAGGLE, False, r"kaggle/working/cnnlab, for as long as this session lives\.$"),
        ({}, False, "^$"),
    ],
)
def test_a_notebook_there_says_where_progress_is(host, capsys, variables, drive, told):
    host(variables, drive=drive)
    course.say_where_progress_is()
    assert re.search(told, capsys.readouterr().out.strip())


@pytest.mark.parametrize("variables", [COLAB, KAGGLE])
def test_a_command_there_says_nothing(host, capsys, variables):
    host(variables, notebook=False)
    course.say_where_progress_is()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("variables", "drive", "folder"),
    [
        (COLAB, False, "content/cnnlab"),
        (COLAB, True, "content/drive/MyDrive/cnnlab"),
        (KAGGLE, False, "kaggle/working/cnnlab"),
        ({}, False, None),
    ],
)
def test_progress_is_kept_where_the_host_keeps_it_longest(host, tmp_path, variables, drive, folder):
    host(variables, drive=drive)
    course.remember("exercises", "respond", {"outcome": "passed"})
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("progress.json")]
    assert files == ([f"{folder}/progress.json"] if folder else [])
    done = course.read_progress(course.find_progress())["exercises"]
    assert list(done) == (["respond"] if folder else [])


def test_a_copy_of_the_course_there_keeps_its_own_progress(host, tmp_path):
    host(COLAB)
    (tmp_path / course.COPY_RECORD).write_text("{}")
    assert course.find_progress() == tmp_path / course.PROGRESS_FILE


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        (COLAB, "content/drive/MyDrive/cnnlab"),
        (KAGGLE, "kaggle/input/cifar10-python"),
        (KAGGLE, "kaggle/input/datasets/someone/cifar-10"),
    ],
)
def test_cifar10_is_found_where_the_host_has_it_and_kept_where_one_may_write(
    host, tmp_path, picture_folder, variables, folder
):
    host(variables, drive=True)
    assert cifar10.find() is None
    place = picture_folder(tmp_path / folder / "cifar10")
    before = sorted(path.name for path in place.parent.iterdir())
    assert cifar10.find() == str(place)
    for _ in range(2):
        assert len(cifar10.load(download=False).train_images) == 12
    assert sorted(path.name for path in place.parent.iterdir()) == before
    assert (tmp_path / "cache" / "cifar10-pictures.pt").exists()


def test_a_folder_that_was_named_is_the_only_one(host, tmp_path, monkeypatch):
    host(COLAB, drive=True)
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "other"))
    assert cifar10.places() == [cifar10.data_folder()]


# The first cell of each lesson


def first_cell(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return next(cell for cell in cells if cell["cell_type"] == "code")


LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def test_every_lesson_begins_with_the_same_cell():
    sources = {"".join(first_cell(path)["source"]) for path in LESSONS}
    assert len(sources) == 1
    assert {tuple(first_cell(path)["metadata"]["tags"]) for path in LESSONS} == {("install",)}


@pytest.mark.parametrize(
    ("variables", "asked"),
    [(COLAB, [INSTALL]), (KAGGLE, [INSTALL]), ({}, []), ({"COLAB_GPU": "1", "CI": "true"}, [])],
)
def test_it_installs_the_course_there_and_does_nothing_elsewhere(
    host, capsys, monkeypatch, variables, asked
):
    host(variables)
    called = []
    shell = types.SimpleNamespace(run_line_magic=lambda *words: called.append(words))
    source = "".join(first_cell(LESSONS[0])["source"])
    assert not re.search(r"^import (?!os)|^from", source, re.MULTILINE)  # nothing is there yet
    exec(compile(source, "cell", "exec"), {"get_ipython": lambda: shell})
    assert (called, capsys.readouterr().out) == (asked, "")


# Links from one setting


@pytest.fixture
def stated(monkeypatch, tmp_path):
    """Return a function that states the address in a clone's pyproject.toml."""

    def state(address):
        (tmp_path / "pyproject.toml").write_text(f"[project]\n[project.urls]\n{address}\n")
        monkeypatch.setattr(course, "PACKAGE", tmp_path / "cnnlab")
        return course.address()

    return state


@pytest.mark.parametrize(
    ("line", "address"),
    [
        (f'Repository = "{ADDRESS}"', ADDRESS),
        (f'Repository = "{ADDRESS}.git"', ADDRESS),
        (f'Repository = "{ADDRESS}/"', ADDRESS),
        (f'Homepage = "{ADDRESS}"', None),
        ('Repository = "https://example.org/someone/a-course"', None),  # no host opens it
        ('Repository = "http://github.com/someone/a-course"', None),
        ("", None),
    ],
)
def test_the_address_is_read_from_pyproject(stated, line, address):
    assert stated(line) == address


def test_an_installed_course_reads_it_from_its_metadata(monkeypatch):
    lines = types.SimpleNamespace(get_all=lambda _: [f"Repository, {ADDRESS}", "Other, x, y"])
    monkeypatch.setattr(course, "LESSONS", course.WHEEL)
    monkeypatch.setattr(course.metadata, "metadata", lambda _: lines)
    assert course.address() == ADDRESS
    lines.get_all = lambda _: None
    assert course.address() is None


def test_links_lead_to_a_lesson_or_are_not_there(stated):
    assert course.opened_elsewhere("05_first_cnn") == {} or course.address()
    stated(f'Repository = "{ADDRESS}"')
    file = "someone/a-course/blob/main/notebooks/05_first_cnn.ipynb"
    assert course.opened_elsewhere("05_first_cnn") == {
        "Colab": f"https://colab.research.google.com/github/{file}",
        "Kaggle": f"https://kaggle.com/kernels/welcome?src=https://github.com/{file}",
    }


@pytest.fixture
def link_readme():
    return run_path(str(ROOT / ".github" / "link_readme.py"))["linked"]


def test_the_readme_has_the_links_of_the_address_and_no_others(link_readme, stated):
    text = (ROOT / "README.md").read_text("utf-8")
    assert link_readme(text) == text, "Run python .github/link_readme.py"
    stated(f'Repository = "{ADDRESS}"')
    linked = link_readme(text)
    for path in LESSONS:
        assert linked.count(f"notebooks/{path.name})") == 3  # its own, Colab's, Kaggle's
    assert link_readme(linked) == linked
    stated("")
    assert link_readme(linked) == re.sub(r" \(\[Colab\].*?\)\)", "", linked)


# What an installation there changes


def test_nothing_that_colab_has_is_upgraded():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    there = preinstalled()
    needed = {need.name: need.specifier for need in map(Requirement, project["dependencies"])}
    assert "jupyterlab" not in needed
    for name, versions in needed.items():
        assert name not in there or there[name] in versions, (name, there[name], versions)
    assert set(needed) - set(there) == {"captum", "latex2mathml"}


def test_no_annotation_asks_more_of_traitlets_than_colab_has():
    """There `traitlets.List[int]` is an error, which the class's body raises at import."""
    for path in (ROOT / "cnnlab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Subscript):
                assert "traitlets." not in ast.unparse(node.value), (path.name, node.lineno)
