"""Commands that the course names can be typed as they stand, with a venv or without."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import __main__ as command_line
from cnnlab import course, data, doctor, errors, lab, training
from cnnlab.data import cifar10, mirrors
from cnnlab.training import saving

PACKAGE = Path(errors.__file__).parent
TYPED = re.compile(
    r"`(?:python3? -m )?cnnlab\b|(?<!%)\bpip install|\bnbgrader autograde|\bpython3? -m "
)
RECORDED = {"publish.py"}  # how the network that comes with the package was made


def texts(source):
    """Yield the texts of a program that are not docstrings."""
    tree = ast.parse(source)
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and ast.get_docstring(node) is not None
    }
    for node in ast.walk(tree):
        constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if constant and id(node) not in docstrings:
            yield node.value


def test_no_text_names_a_command_that_works_only_where_a_venv_is_activated():
    found = {
        path.name: [text for text in texts(path.read_text("utf-8")) if TYPED.search(text)]
        for path in PACKAGE.rglob("*.py")
    }
    assert len(found) > 100
    assert {name for name, wrong in found.items() if wrong} == RECORDED


def test_the_test_of_texts_can_fail():
    program = "'`cnnlab lab`'\ndef f(x):\n    'pip install x'\n    return f'{x}: pip install y'"
    assert [text for text in texts(program) if TYPED.search(text)] == [": pip install y"]


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment that is not activated: its programs say what they are given, line by line."""
    scripts = tmp_path / "a learner's venv" / "bin"
    scripts.mkdir(parents=True)
    script = scripts / "cnnlab"
    script.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(errors.sysconfig, "get_path", lambda *_: str(scripts))
    monkeypatch.setenv("PATH", os.defpath)
    monkeypatch.delenv("UV", raising=False)
    return scripts


def typed(line):
    """Return what a program that a shell runs prints, line by line."""
    run = subprocess.run(line, shell=True, capture_output=True, text=True, check=True, timeout=60)
    return run.stdout.splitlines()


WORDS = ("lab", "--dir", "my notebooks", "it's", "$HOME", "ü", "a;b")


def test_where_no_venv_is_activated_the_program_has_its_path(environment, monkeypatch):
    line = errors.shell_command(*WORDS)
    assert typed(line) == list(WORDS)
    monkeypatch.setenv("PATH", str(environment), prepend=os.pathsep)
    assert errors.shell_command("lab") == "cnnlab lab"
    monkeypatch.setenv("UV", "/bin/uv")  # whose PATH is not the terminal's
    assert errors.shell_command(*WORDS) == line


def test_the_program_of_another_environment_is_not_taken_for_this_ones(
    environment, tmp_path, monkeypatch
):
    other = tmp_path / "other"
    other.mkdir()
    (other / "cnnlab").write_text("#!/bin/sh\nexit 1\n")
    (other / "cnnlab").chmod(0o755)
    monkeypatch.setenv("PATH", str(other), prepend=os.pathsep)
    assert typed(errors.shell_command("lab")) == ["lab"]
    (other / "cnnlab").unlink()
    (other / "cnnlab").symlink_to(environment / "cnnlab")  # as pipx and `uv tool` do
    assert errors.shell_command("lab") == "cnnlab lab"


def test_without_a_program_it_is_this_python(environment):
    (environment / "cnnlab").unlink()
    assert typed(errors.shell_command("--version"))[0].startswith("cnnlab ")


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        (None, r'& "C:\Jo Doe\Scripts\cnnlab.EXE" lab --dir "C:\my notes"'),  # PowerShell
        ("$P$G", r'"C:\Jo Doe\Scripts\cnnlab.EXE" lab --dir "C:\my notes"'),  # cmd
    ],
)
def test_on_windows_a_path_with_spaces_is_quoted_for_its_shell(prompt, line, monkeypatch):
    where = r"C:\Jo Doe\Scripts\cnnlab.EXE"
    monkeypatch.setattr(errors.shutil, "which", lambda _, path=None: path and where)
    monkeypatch.setattr(errors.sys, "platform", "win32")
    monkeypatch.delenv("PROMPT", raising=False)
    if prompt:
        monkeypatch.setenv("PROMPT", prompt)
    assert errors.shell_command("lab", "--dir", r"C:\my notes") == line


def test_pip_installs_where_the_course_is(monkeypatch):
    python = errors.shlex.quote(sys.executable)
    assert errors.pip_install("captum") == f"{python} -m pip install captum"
    monkeypatch.setattr(
        errors.PathFinder, "find_spec", lambda _: None
    )  # uv makes venvs without pip
    assert errors.pip_install("captum") == f"uv pip install --python {python} captum"


def said_by(act):
    try:
        return str(act())
    except errors.USER_ERRORS as error:
        return str(error)


SAID = {  # what names a command of the course, and how it says so
    "no network": lambda folder: said_by(lambda: mirrors.fetch(folder / "x")),
    "no pictures": lambda folder: cifar10.how_to_get(),
    "no network to load": lambda folder: said_by(lambda: saving.load(folder / "my net.pt")),
    "no card": lambda folder: said_by(lambda: training.devices.as_device("mps")),
    "a lesson that changed": lambda folder: str(lab.Sync(folder, outdated=["02_x.ipynb"])),
    "a lesson that is held": lambda folder: str(lab.Sync(folder, held=["02_x.ipynb"])),
    "a note on Shapes-10": lambda folder: (
        data.sources.shapes10_instead(errors.DataError("No.")).note
    ),
}


@pytest.mark.parametrize("say", SAID.values(), ids=SAID)
def test_what_is_said_can_be_typed(say, environment, tmp_path, monkeypatch):
    monkeypatch.setenv("CNNLAB_OFFLINE", "1")
    monkeypatch.setattr(training.devices.torch.backends.mps, "is_available", lambda: False)
    folder = tmp_path / "my notes"
    *_, line = re.findall(r"`(.*?)`", say(folder))
    options = command_line._parser().parse_args(typed(line))
    assert options.run
    assert "venv/bin/cnnlab" in line


def test_doctor_says_what_stands_for_cnnlab(environment, monkeypatch):
    monkeypatch.setattr(doctor, "NEEDED", ())
    found = {what: finding for _, what, finding in doctor.examine()}
    assert found["command"].endswith(f"takes: {errors.shell_command()}")


def test_jupyterlab_is_installed_beside_the_course(monkeypatch, tmp_path):
    monkeypatch.setattr(lab, "find_spec", lambda _: None)
    clone = f"-e '{course.CLONE.parent}[lab]'"
    for lessons, words in ((course.CLONE, clone), (tmp_path, "'cnnlab[lab]'")):
        monkeypatch.setattr(lab, "LESSONS", lessons)
        with pytest.raises(errors.DataError, match=re.escape(f"-m pip install {words}`")):
            lab.open_lab(tmp_path, [], "")
