"""Chromium, axe-core, JupyterLab on a temporary folder, and the executed lessons.

The lessons are parameters of the session: pytest runs all tests of one lesson, whatever their file,
before it goes on to the next, and forgets its pages.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path

import pytest

from cnnlab.site import build as site
from tests.lessons import LESSONS, as_shipped, executed

from .helpers import PATIENCE, Watched

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_api.sync_playwright() as playwright:
        if not path and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium is installed")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, from the wheel of axe-playwright-python."""
    found = find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("axe-playwright-python is not installed")
    return Path(found.origin).with_name("axe.min.js").read_text("utf-8")


@pytest.fixture
def offline(chromium, tmp_path):
    """Open widgets' twins as a file with no kernel and no network; returns a Watched page."""
    opened = []

    def show(*widgets, width=900, body="", file=None, **context):
        watched = Watched(chromium, viewport={"width": width, "height": 700}, **context)
        opened.append(watched)
        if file is None:
            file = tmp_path / "twin.html"
            file.write_text(page_of(widgets, body), "utf-8")
        watched.page.goto(file.as_uri())
        return watched

    yield show
    for watched in opened:
        watched.context.close()


def page_of(widgets, body_style):
    twins = "".join(widget._twin() for widget in widgets)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Widgets</title>'
        f'<body style="{body_style}"><main><h1>Widgets</h1>{twins}</main></body></html>'
    )


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """The address and the folder of a JupyterLab that runs on a temporary folder."""
    folder = tmp_path_factory.mktemp("lab")
    config = folder / "config"
    (config / "labconfig").mkdir(parents=True)
    overrides = {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    }
    (config / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(overrides))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    output = (folder / "lab.log").open("w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *(f"--port={port}", f"--ServerApp.root_dir={folder}", "--IdentityProvider.token="),
            *("--ServerApp.disable_check_xsrf=True", "--LabApp.expose_app_in_browser=True"),
        ],
        env={
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
            "PYTHONPATH": str(ROOT),
        },
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    output.close()
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server, folder / "lab.log")
        yield address, folder
    finally:
        server.terminate()
        server.wait(PATIENCE / 1000)


def wait_for(address, server, log):
    end = time.monotonic() + PATIENCE / 1000
    while server.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=PATIENCE / 1000).close()
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session", params=LESSONS)
def lesson(request):
    return request.param


@pytest.fixture(scope="session")
def notebook(lesson, tmp_path_factory):
    """The executed lesson, with what its widgets showed at the end."""
    return as_shipped(executed(lesson, tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="session")
def out(tmp_path_factory):
    """The folder of the site: an empty one, or that of a built site in CNNLAB_SITE."""
    given = os.environ.get("CNNLAB_SITE")
    return Path(given).resolve() if given else tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def built(lesson, out, request):
    """The folder of the site with this lesson in it."""
    if site.kept(lesson, out) is None and "CNNLAB_SITE" not in os.environ:
        site.keep(lesson, deepcopy(request.getfixturevalue("notebook")), out)
    list(site.build_site(out, [lesson.stem]))
    return out


@pytest.fixture(scope="session")
def deck(lesson, built, chromium):
    """The lesson's deck, Watched from its first byte to the last test of any file."""
    watched = Watched(chromium, viewport={"width": 1280, "height": 720})
    watched.page.goto((built / f"{lesson.stem}.slides.html").as_uri())
    watched.page.wait_for_function("window.Reveal?.isReady()")
    yield watched
    watched.context.close()
