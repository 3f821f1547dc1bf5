"""The README's commands in a fresh clone, as a newcomer types them.

`make test` itself is what CI runs in a clean clone, so here it is `make lab`'s turn. The clone's
.venv finds the packages of this one, so that torch is not downloaded a second time.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.request
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


class Lab:
    """`make lab`, running; `until` returns its output up to a pattern."""

    def __init__(self, clone, output):
        environment = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "VIRTUAL_ENV", "MAKEFLAGS"):
            environment.pop(name, None)
        self.output = output
        words = ["make", "lab", f"PYTHON={sys.executable}"]
        with output.open("w") as file:
            self.process = subprocess.Popen(
                words,
                cwd=clone,
                env=environment,
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


@pytest.mark.slow
def test_make_lab_installs_once_and_opens_the_course(clone, tmp_path):
    lab = Lab(clone, tmp_path / "first")
    try:
        address = lab.until(r"http://127\.0\.0\.1:\d+/lab/tree/00_start_here\.ipynb\S*", 400)
        page = urllib.request.urlopen(address.group(), timeout=30).read().decode()
        assert "jupyter-config-data" in page
    finally:
        lab.stop()
    mine = clone / "my-notebooks"
    assert sorted(path.name for path in mine.glob("*.ipynb")) == sorted(
        path.name for path in (clone / "notebooks").glob("*.ipynb")
    )
    (mine / "05_first_cnn.ipynb").write_text("mine")
    lab = Lab(clone, tmp_path / "second")
    try:
        lab.until("00_start_here.ipynb", 400)
    finally:
        lab.stop()
    installs = [(tmp_path / run).read_text().count("pip install") for run in ("first", "second")]
    assert installs == [1, 0]
    assert (mine / "05_first_cnn.ipynb").read_text() == "mine"
    status = ["git", "status", "--porcelain"]
    assert subprocess.run(status, cwd=clone, capture_output=True, check=True).stdout == b""
