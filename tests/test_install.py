"""What `make` and hosts install and run, which versions are pinned, what doctor says of the result.

Here make runs in a copy, with a script in Python's place that writes down how it was called.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from cnnlab import doctor

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CPU_INDEX = "--extra-index-url https://download.pytorch.org/whl/cpu"
PYTHON = """#!/bin/sh
echo "$GOMP_SPINCOUNT: $*" >> calls
case "$*" in
  "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip freeze"*) cat freeze ;;
  -V) echo Python 3.11.7 ;;
esac
"""

needs_make = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "a b ü"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "tests").symlink_to(ROOT / "tests")
    (folder / "python").write_text(PYTHON)
    (folder / "python").chmod(0o755)
    return folder


def run_make(folder, *words, **variables):
    ours = ("GOMP_SPINCOUNT", "MAKEFLAGS", "MAKELEVEL", "PINNED", "PYTHON", "TORCH", "VENV")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    run = subprocess.run(
        ["make", "PYTHON=./python", *words],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def commands(folder, *words):
    """Return the commands that make would run, with single spaces."""
    return [" ".join(line.split()) for line in run_make(folder, "-n", *words).splitlines()]


def calls(folder):
    return (folder / "calls").read_text().splitlines()


@needs_make
@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), ""),
        (("TORCH=cpu",), f"{CPU_INDEX} "),
        (("PINNED=1",), "--constraint constraints.txt "),
        (("TORCH=cpu", "PINNED=1"), f"{CPU_INDEX} --constraint constraints.txt "),
    ],
)
def test_lab_installs_with_the_options_asked_for(folder, words, options):
    install = ".venv/bin/python -m pip install --disable-pip-version-check"
    found = commands(folder, "lab", *words)
    assert f'{install} {options}-e ".[lab]"' in found
    assert found[-1] == ".venv/bin/python -m cnnlab lab"


@needs_make
@pytest.mark.parametrize(
    ("target", "ending"), [("test", ""), ("quick", ' -m "not slow" cnnlab tests')]
)
def test_test_and_quick_lint_first(folder, target, ending):
    found = commands(folder, target, "TORCH=cpu")
    assert f'{CPU_INDEX} -e ".[test]"' in " ".join(found)
    tools = [line.partition(" -m ")[2].split()[0] for line in found if " -m " in line]
    assert [tool for tool in tools if tool != "pip"] == ["venv", "ruff", "ruff", "mypy", "pytest"]
    assert re.search(rf"-m pytest -n 2 --dist load\w+{ending}$", found[-1])


@needs_make
@pytest.mark.parametrize(
    ("machine", "version", "said"),
    [
        (
            "x86_64",
            (3, 12),
            "There is no current torch for this Python, which is made for Intel Macs",
        ),
        ("x86_64", (3, 10), "The course needs Python 3.11 or newer"),
        ("arm64", (3, 12), ""),
    ],
)
def test_make_says_on_which_macs_nothing_can_be_installed(folder, machine, version, said):
    check = shlex.split(commands(folder, "lab")[0])
    assert check[:2] == ["./python", "-c"]
    code = (
        f"import platform, sys; sys.platform, sys.version_info = 'darwin', {version}\n"
        f"platform.machine = lambda: {machine!r}\nexec({check[2]!r})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stderr[: len(said)]) == (bool(said), said)


@needs_make
def test_lab_runs_in_a_folder_with_spaces_and_installs_once(folder):
    run_make(folder, "lab", "TORCH=cpu")
    *_, venv, install, lab = calls(folder)
    assert venv == "1000: -m venv --clear .venv"
    assert install.endswith(f"pip install --disable-pip-version-check {CPU_INDEX} -e .[lab]")
    assert lab == "1000: -m cnnlab lab"
    run_make(folder, "lab")
    assert calls(folder)[4:] == ["1000: -m cnnlab lab"]


@needs_make
def test_new_requirements_are_installed_into_the_same_venv(folder):
    run_make(folder, "lab")
    (folder / "calls").unlink()
    later = (folder / ".venv" / "ready").stat().st_mtime + 10
    os.utime(folder / "pyproject.toml", (later, later))
    run_make(folder, "lab")
    assert [call.split()[2:4] for call in calls(folder)[1:]] == [
        ["pip", "install"],
        ["cnnlab", "lab"],
    ]


@needs_make
def test_test_runs_in_a_folder_with_spaces(folder):
    run_make(folder, "test")
    assert "1000: -m pip install --disable-pip-version-check -e .[test]" in calls(folder)
    assert "--no-deps --target .venv/colab -r tests/colab/req" in calls(folder)[-2]
    assert calls(folder)[-1].startswith("1000: -m pytest -n 2 ")


@needs_make
def test_the_users_spincount_wins(folder):
    run_make(folder, "lab", GOMP_SPINCOUNT="0")
    run_make(folder, "lab", "GOMP_SPINCOUNT=7")
    labs = [call for call in calls(folder) if call.endswith("cnnlab lab")]
    assert labs == ["0: -m cnnlab lab", "7: -m cnnlab lab"]


@needs_make
def test_constraints_leaves_out_what_other_machines_lack(folder):
    lines = ("captum @ file:///x", "cuda-toolkit==13.0", "numpy==2.4.6", "nvidia-cublas==13.1")
    (folder / "freeze").write_text("\n".join([*lines, "torch==2.14.1+cpu", "triton==3.8.0", ""]))
    run_make(folder, "constraints")
    header, *pins = (folder / "constraints.txt").read_text().splitlines()
    assert re.fullmatch(r"# .*: Python 3\.11\.7, \w+ \w+, \d{4}-\d\d-\d\d", header)
    assert pins == ["numpy==2.4.6", "torch==2.14.1"]


def test_constraints_pin_what_the_course_needs_on_any_machine():
    header, *lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert re.search(r"Python 3\.\d+\.\d+, \w+ \w+, \d{4}-\d\d-\d\d$", header)
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    pins = {canonicalize_name(name): version for name, version in (x.split("==") for x in lines)}
    assert {"torch", "jupyterlab"} <= set(pins)
    assert [name for name in pins if re.match("nvidia|cuda|triton|cnnlab", name)] == []
    for needed in needs():
        assert pins[canonicalize_name(needed.name)] in needed.specifier, str(needed)


def needs():
    """Return what the course and its extras need of others; the hub's packages are not pinned."""
    extras = PROJECT["optional-dependencies"]
    texts = [*PROJECT["dependencies"], *extras["lab"], *extras["instructor"], *extras["test"]]
    return [each for each in map(Requirement, texts) if each.name != "cnnlab"]


def without_a_bound(needed):
    return [
        each.name for each in needed if ">=" not in {bound.operator for bound in each.specifier}
    ]


def test_every_requirement_says_its_oldest_version():
    assert without_a_bound(map(Requirement, ["a", "b<2", "c>=1", "d>=1,<2"])) == ["a", "b"]
    assert without_a_bound(needs()) == []


def requirements(name):
    """Return the lines of a file, without comments and the dashes of YAML."""
    lines = (line.strip().removeprefix("- ") for line in (ROOT / name).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("name", [".binder/requirements.txt", "environment.yml"])
def test_a_hosts_file_installs_the_course_and_lists_nothing_twice(name):
    *others, course = requirements(name)
    assert course.startswith("-e .")
    extras = Requirement(course.replace("-e .", "cnnlab")).extras
    assert {"lab"} <= extras <= set(PROJECT["optional-dependencies"])
    needed = {Requirement(text).name for text in PROJECT["dependencies"]}
    assert [line for line in others if re.match(r"[\w-]+", line).group() in needed] == []


def test_binder_builds_without_cuda_on_a_python_that_the_course_runs_on():
    assert CPU_INDEX in requirements(".binder/requirements.txt")
    language, version = (ROOT / ".binder" / "runtime.txt").read_text().strip().split("-")
    assert language == "python"
    assert version in SpecifierSet(PROJECT["requires-python"])
    assert not (ROOT / "binder").exists()  # Binder refuses a repository that has both


def test_binder_starts_what_it_is_told_to_offline_and_with_one_thread():
    told = ["sh", "-c", "echo $OMP_NUM_THREADS $GOMP_SPINCOUNT $CNNLAB_OFFLINE $1", "sh", "a b"]
    start = ROOT / ".binder" / "start"
    run = subprocess.run(
        [start, *told], env={"PATH": os.environ["PATH"]}, capture_output=True, check=True
    )
    assert run.stdout == b"1 1000 1 a b\n"


@needs_make
def test_a_codespace_builds_without_cuda_and_opens_what_is_there(folder):
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert container["image"].rpartition(":")[2] in SpecifierSet(PROJECT["requires-python"])
    make, *words = shlex.split(container["postCreateCommand"])
    assert make == "make"
    run_make(folder, *words)
    assert calls(folder)[-1].endswith(f"{CPU_INDEX} -e .[lab]")
    settings = container["customizations"]["vscode"]["settings"]
    root, _, python = settings["python.defaultInterpreterPath"].partition("/")
    assert root == "${containerWorkspaceFolder}"
    assert (folder / python).is_file()
    opened = container["customizations"]["codespaces"]["openFiles"]
    assert [name for name in opened if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("cuda", "has_card", "usable", "system", "sentence"),
    [
        ("13.0", False, False, "Linux", r"no card here uses: `make lab TORCH=cpu` .*4\.5 GB$"),
        (None, True, False, "Linux", r"this build of torch has no CUDA: `make lab`"),
        (None, True, False, "Windows", r"has no CUDA: choose one with CUDA at pytorch\.org$"),
        ("13.0", True, False, "Linux", r"its driver is too old for CUDA 13\.0 or not running"),
        ("13.0", True, True, "Linux", r"^$"),
        ("13.0", False, True, "Linux", r"^$"),  # a Jetson: its card has other names in /dev
        (None, False, False, "Linux", r"^$"),
        (None, False, False, "Darwin", r"^$"),
        ("13.0", False, False, "Windows", r"^$"),
        (None, False, True, "Linux", r"^$"),  # an AMD card: ROCm's torch answers for CUDA
    ],
)
def test_doctor_knows_which_build_would_be_better(cuda, has_card, usable, system, sentence):
    hint = doctor.build_hint(cuda, has_card=has_card, usable=usable, system=system)
    assert re.search(sentence, hint)


def test_doctor_looks_for_a_card_where_the_driver_puts_it(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (tmp_path / "nvidiactl").touch()
    assert not doctor.has_nvidia_card(tmp_path)
    (tmp_path / "nvidia3").touch()  # a container may be given one card of many
    assert doctor.has_nvidia_card(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert doctor.has_nvidia_card(tmp_path / "none")


@pytest.fixture
def _no_training(monkeypatch):
    monkeypatch.setattr(doctor, "_training", lambda: (True, "training", ""))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.usefixtures("_no_training")
def test_doctor_reports_on_the_build_only_when_there_is_something_to_say(monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", "12.6")
    monkeypatch.setattr(doctor, "has_nvidia_card", lambda: True)
    found = {what: (good, finding) for good, what, finding in doctor.examine()}
    good, finding = found["torch build"]
    assert good  # the course runs all the same
    assert "too old for CUDA 12.6" in finding
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(doctor, "has_nvidia_card", lambda: False)
    assert "torch build" not in [what for _, what, _ in doctor.examine()]


@pytest.mark.usefixtures("_no_training")
@pytest.mark.parametrize("place", ["data", "data/deeper"])
def test_doctor_refuses_a_file_as_the_data_folder(place, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / place))
    assert doctor.examine_data()[0]
    (tmp_path / "data").touch()
    finding = f"needs a folder, and {tmp_path / 'data'} is a file. Set CNNLAB_DATA to a folder"
    assert (False, "CIFAR-10", finding) in list(doctor.examine())
