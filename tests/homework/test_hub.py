"""A class on a real JupyterHub, by the steps of the page for lecturers: two learners, a lecturer.

Everything goes through the hub's proxy and logged in, as a browser does it.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import nbformat
import pytest
import requests
from websocket import create_connection

from .conftest import HOMEWORK, Course
from .submissions import FULL, SUBMISSIONS, solved

pytestmark = [pytest.mark.hub, pytest.mark.slow]

PASSWORDS = {"CNNLAB_PASSWORD": "kernels-slide", "CNNLAB_LECTURERS_PASSWORD": "x" * 40}
PORTS = """
load_subconfig({config!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{0}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{1}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{2}"
c.Spawner.args = ["--allow-root"]  # whoever runs the tests
"""
SECONDS = 60


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Person:
    """Somebody who is logged in and whose server runs."""

    def __init__(self, hub, name, password):
        self.hub, self.name, self.session = hub, name, requests.Session()
        self.session.get(f"{hub}/hub/login")
        form = {"username": name, "password": password, "_xsrf": self._xsrf("/hub/")}
        answer = self.session.post(f"{hub}/hub/login", data=form, params={"next": "/hub/home"})
        if not answer.url.endswith("/hub/home"):
            raise PermissionError(answer.status_code)
        self.session.get(f"{hub}/hub/spawn")
        end = time.monotonic() + SECONDS
        while not self._is_up():
            assert time.monotonic() < end, f"the server of {name} does not start"
            time.sleep(0.5)

    def _is_up(self):
        answer = self.session.get(f"{self.hub}/user/{self.name}/lab")
        return answer.ok and answer.url.endswith(f"/user/{self.name}/lab")

    def _xsrf(self, path):
        return next(c.value for c in self.session.cookies if c.name == "_xsrf" and c.path == path)

    def ask(self, method, path, **words):
        """Return what the person's own server answers."""
        headers = {"X-XSRFToken": self._xsrf(f"/user/{self.name}/")}
        url = f"{self.hub}/user/{self.name}/{path}"
        answer = self.session.request(method, url, headers=headers, timeout=SECONDS, **words)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def assignments(self, action, **more):
        """Use the Assignment List; return its rows."""
        words = {"course_id": "cnnlab"} | more
        method, path = ("GET", "assignments") if action == "list" else ("POST", action)
        path = path if action == "list" else f"assignments/{action}"
        found = self.ask(method, path, params=words)
        assert found["success"], found
        return found["value"]

    def formgrader(self, path):
        """Press a button of Formgrader."""
        found = self.ask("POST", f"formgrader/api/{path}")
        assert found["success"], found

    def run(self, code):
        """Run code in a kernel of the person's server; return what it printed."""
        kernel = self.ask("POST", "api/kernels", json={"name": "python3"})["id"]
        cookies = "; ".join(
            f"{each.name}={each.value}"
            for each in self.session.cookies
            if f"/user/{self.name}/".startswith(each.path)
        )
        url = f"{self.hub.replace('http', 'ws')}/user/{self.name}/api/kernels/{kernel}/channels"
        ask = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
        ask |= {"username": self.name, "session": uuid.uuid4().hex, "date": ""}
        message = {"header": ask, "parent_header": {}, "metadata": {}, "channel": "shell"}
        message["content"] = {"code": code, "silent": False, "store_history": False}
        channel = create_connection(url, cookie=cookies, origin=self.hub, timeout=SECONDS)
        channel.send(json.dumps(message))
        text = ""
        while True:
            heard = json.loads(channel.recv())
            if heard["parent_header"].get("msg_id") != ask["msg_id"]:
                continue
            content = heard["content"]
            text += content.get("text", "") + "".join(content.get("traceback", []))
            if content.get("execution_state") == "idle":
                channel.close()
                return text


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """Start a hub in a copy of the course; return (its address, the course)."""
    course = Course(tmp_path_factory.mktemp("hub-course"))
    shutil.copytree(HOMEWORK / "hub", course.root / "hub")
    ports = free_ports(3)
    config = course.root / "hub" / "on_free_ports.py"
    config.write_text(PORTS.format(*ports, config=str(course.root / "hub/jupyterhub_config.py")))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    log = (course.root / "hub.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterhub", "-f", str(config)],
        cwd=course.root,
        env=os.environ | PASSWORDS | {"PATH": path, "OMP_NUM_THREADS": "1"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{ports[0]}"
    try:
        _wait_for(address, process, course.root / "hub.log")
        yield address, course
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait_for(address, process, log):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"{address}/hub/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def people(hub):
    """Log the lecturer and two learners in."""
    address, _ = hub
    passwords = {"lecturer": PASSWORDS["CNNLAB_LECTURERS_PASSWORD"]}
    learners = dict.fromkeys(("ann", "bob"), PASSWORDS["CNNLAB_PASSWORD"])
    return {name: Person(address, name, word) for name, word in (passwords | learners).items()}


def test_from_release_to_feedback(hub, people):
    _, course = hub
    lecturer, learners = people["lecturer"], [people["ann"], people["bob"]]
    lecturer.formgrader("assignment/hw1/assign")
    lecturer.formgrader("assignment/hw1/release")

    source = nbformat.read(course.root / "source/hw1/hw1.ipynb", 4)
    for learner in learners:
        (row,) = learner.assignments("list")
        assert (row["assignment_id"], row["status"]) == ("hw1", "released")
        learner.assignments("fetch", assignment_id="hw1")
        handed_out = learner.ask("GET", "api/contents/hw1/hw1.ipynb")["content"]
        notebook = solved(source, nbformat.from_dict(handed_out))
        if learner.name == "bob":
            SUBMISSIONS["knownslip"].change(notebook)
        said = learner.run("\n".join(cell.source for cell in notebook.cells[:12] if _runs(cell)))
        assert "Traceback" not in said
        model = {"type": "notebook", "content": notebook}
        learner.ask("PUT", "api/contents/hw1/hw1.ipynb", json=model)
        rows = learner.assignments("submit", assignment_id="hw1")
        (sent,) = [row for row in rows if row["status"] == "submitted"]
        assert sent["student_id"] == learner.name
    (inbound,) = course.root.glob("hub-data/exchange/cnnlab/inbound/ann+hw1+*")
    (inbound / "mine.csv").symlink_to(course.root / "gradebook.db")
    (inbound / "timestamp.txt").write_text("2020-01-01 00:00:00 UTC")  # never late

    lecturer.formgrader("assignment/hw1/collect")
    collected = course.root / "submitted/ann/hw1"
    assert not (collected / "mine.csv").exists()
    assert not (collected / "timestamp.txt").read_text().startswith("2020")
    for learner in learners:
        lecturer.formgrader(f"submission/hw1/{learner.name}/autograde")
    lecturer.formgrader("assignment/hw1/generate_feedback")
    lecturer.formgrader("assignment/hw1/release_feedback")
    marks = {name: score for name, (score, _) in course.marks("hw1").items()}
    assert marks == {"ann": FULL, "bob": SUBMISSIONS["knownslip"].mark}

    bob = learners[1]
    rows = bob.assignments("fetch_feedback", assignment_id="hw1")
    (back,) = [each for row in rows if row["status"] == "submitted" for each in row["submissions"]]
    page = f"{back['local_feedback_path']}/hw1.html"
    html = bob.ask("GET", f"api/contents/{page}", params={"type": "file", "format": "text"})
    assert f"(Score: {marks['bob']} / 20.0)" in html["content"]


def _runs(cell):
    return cell.cell_type == "code" and not cell.source.startswith("%")


def test_a_learner_finds_the_lessons(people):
    names = [each["name"] for each in people["ann"].ask("GET", "api/contents/lessons")["content"]]
    assert "02_sliding_window.ipynb" in names


def test_a_learner_sees_no_other_server_and_no_tool_of_the_lecturer(hub, people):
    address, _ = hub
    ann = people["ann"]
    assert ann.session.get(f"{address}/user/bob/api/contents").status_code == 403
    assert ann.session.get(f"{address}/user/ann/formgrader").status_code == 404
    page = ann.session.get(f"{address}/user/ann/lab").text
    settings = json.loads(re.search(r'jupyter-config-data"[^>]*>(.*?)</script>', page, re.S)[1])
    assert "@jupyter/nbgrader:formgrader" in settings["disabledExtensions"]
    assert "@jupyter/nbgrader:assignment-list" not in settings["disabledExtensions"]


def test_a_wrong_password_stays_outside(hub):
    address, _ = hub
    with pytest.raises(PermissionError):
        Person(address, "eve", "guess-guess")
    with pytest.raises(PermissionError):
        Person(address, "lecturer", PASSWORDS["CNNLAB_PASSWORD"])
