"""The README's commands as a newcomer types them: in a fresh clone, and with a wheel alone.

`make test` itself is what CI runs in a clean clone, so here it is `make lab`'s turn. The clone's
.venv finds the packages of this one, so that torch is not downloaded a second time; what was
installed from the wheel finds them, too, and no clone.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = [
    pytest.mark.skipif(not shutil.which("make"), reason="make is not installed"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout"),
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh") / "cnnlab"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    half_made = folder / ".venv" / "bin"  # what an interrupted install leaves
    half_made.mkdir(parents=True)
    (half_made / "python").write_text("#!/bin/sh\nexit 1\n")
    (half_made / "python").chmod(0o755)
    return folder


def environment(*packages):
    """Return a newcomer's environment, in which Python finds `packages` and then those of here."""
    path = os.pathsep.join(map(str, (*packages, sysconfig.get_path("purelib"))))
    leave_out = ("DISPLAY", "WAYLAND_DISPLAY", "VIRTUAL_ENV", "MAKEFLAGS")
    kept = {name: value for name, value in os.environ.items() if name not in leave_out}
    return kept | {"PYTHONPATH": path}


class Lab:
    """What opens the Lab, running; `until` returns its output up to a pattern."""

    def __init__(self, folder, output, words, *packages):
        self.output = output
        with output.open("w") as file:
            self.process = subprocess.Popen(
                words,
                cwd=folder,
                env=environment(*packages),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def until(self, pattern, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if match := re.search(pattern, self.output.read_text()):
                return match
            assert self.process.poll() is None, self.output.read_text()[-3000:]
            time.sleep(0.1)
        raise AssertionError(f"no {pattern!r} in {seconds} s:\n{self.output.read_text()[-3000:]}")

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)

    def opens_the_course(self, copy):
        """Wait for the first lesson, and see that all of them are in the copy."""
        try:
            address = self.until(r"http://127\.0\.0\.1:\d+/lab/tree/00_start_here\.ipynb\S*", 400)
            page = urllib.request.urlopen(address.group(), timeout=30).read().decode()
            assert "jupyter-config-data" in page
        finally:
            self.stop()
        lessons = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
        assert sorted(path.name for path in copy.glob("*.ipynb")) == lessons


MAKE_LAB = ("make", "lab", f"PYTHON={sys.executable}")


@pytest.mark.slow
def test_make_lab_installs_once_and_opens_the_course(clone, tmp_path):
    mine = clone / "my-notebooks"
    Lab(clone, tmp_path / "first", MAKE_LAB).opens_the_course(mine)
    (mine / "05_first_cnn.ipynb").write_text("mine")
    lab = Lab(clone, tmp_path / "second", MAKE_LAB)
    try:
        lab.until("00_start_here.ipynb", 400)
    finally:
        lab.stop()
    installs = [(tmp_path / run).read_text().count("pip install") for run in ("first", "second")]
    assert installs == [1, 0]
    assert (mine / "05_first_cnn.ipynb").read_text() == "mine"
    status = ["git", "status", "--porcelain"]
    assert subprocess.run(status, cwd=clone, capture_output=True, check=True).stdout == b""


@pytest.fixture(scope="module")
def built(clone, tmp_path_factory):
    """Return the wheel and the sdist of a clone in which a lecturer has graded."""
    handed_in = clone / "notebooks" / "homework" / "submitted" / "jo" / "hw1" / "hw1.ipynb"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_text("private")
    (clone / "notebooks" / "homework" / "gradebook.db").write_text("private")
    dist = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "-d", str(dist)]
    subprocess.run(words, cwd=clone, env=environment(), check=True)
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """Return the folder in which pip put the wheel."""
    folder = tmp_path_factory.mktemp("site packages")
    words = ["pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", *words, str(built[0])], check=True)
    return folder


def run(installed, folder, *words):
    command = [sys.executable, str(installed / "bin" / "cnnlab"), *words]
    return subprocess.run(
        command, cwd=folder, env=environment(installed), capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_the_wheel_and_the_sdist_have_what_is_in_git_and_nothing_else(clone, built):
    listed = subprocess.run(["git", "ls-files"], cwd=clone, capture_output=True, text=True)
    tracked = set(listed.stdout.splitlines())
    with zipfile.ZipFile(built[0]) as wheel:
        inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    course = {f"cnnlab/{name}" for name in tracked if name.startswith("notebooks/")}
    assert inside == course | {name for name in tracked if name.startswith("cnnlab/")}
    with tarfile.open(built[1]) as sdist:
        files = {each.name.partition("/")[2] for each in sdist if each.isfile()}
    assert files - {"PKG-INFO"} == tracked


@pytest.mark.slow
def test_an_installed_wheel_is_the_course(installed, tmp_path):
    found = run(installed, tmp_path, "--version")
    assert re.fullmatch(r"cnnlab \d+\.\d+\.\d+\n", found.stdout)
    lab = (sys.executable, str(installed / "bin" / "cnnlab"), "lab")
    Lab(tmp_path, tmp_path / "output", lab, installed).opens_the_course(tmp_path / "my-notebooks")
    again = run(installed, tmp_path, "site", "03")
    assert again.returncode == 0, again.stderr
    page = (tmp_path / "site" / "03_counting.html").read_text("utf-8")
    assert "cnnlab-twin" in page
    assert {"index.html", "03_counting.slides.html", "03_counting.ipynb"} <= {
        path.name for path in (tmp_path / "site").iterdir()
    }


@pytest.mark.slow
def test_an_installed_wheel_has_the_homework_and_gives_it_to_the_lecturer(installed, tmp_path):
    found = run(installed, tmp_path, "homework", "new", "my class")
    assert found.returncode == 0, found.stderr
    folder = tmp_path / "my class"
    for part in ("source", "release"):
        assert len(list(folder.glob(f"{part}/*/*.ipynb"))) == 5
    assert (folder / "nbgrader_config.py").is_file()
    again = run(installed, tmp_path, "homework", "new", "my class")
    assert (again.returncode, again.stdout) == (1, "")
    assert re.search(r"my class is there already", again.stderr)


@pytest.mark.slow
def test_where_jupyterlab_is_missing_there_is_a_copy_and_one_sentence(installed, tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *a: None if name == 'jupyterlab' else find(name, *a)\n"
    )
    lab = [sys.executable, str(installed / "bin" / "cnnlab"), "lab"]
    found = subprocess.run(
        lab,
        cwd=tmp_path,
        env=environment(tmp_path / "none", installed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert len(list((tmp_path / "my-notebooks").glob("*.ipynb"))) >= 12
    assert re.fullmatch(r"cnnlab: JupyterLab is not installed here\. .*\n", found.stderr)
