"""`cnnlab review`: who may ask it and what, and that what was answered is in the progress file."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from cnnlab import course
from cnnlab.site import server
from cnnlab.widgets import review_items

QUIZ = next(each for each in review_items.items() if each["id"].startswith("quiz/03"))
CARD = {
    "due": "2026-03-04T09:00:00.000Z",
    "last_review": "2026-03-02T09:00:00.000Z",
    "stability": 2.3,
    "difficulty": 2.1,
    "reps": 1,
    "lapses": 0,
    "state": 2,
    "scheduled_days": 2,
}


@pytest.fixture
def copy(learners_copy):
    """A learner's copy in which the quiz of lesson 03 was done."""
    course.remember("quizzes", QUIZ["enters"]["quizzes"], {"right": 1, "of": 3})
    return learners_copy


@pytest.fixture
def running(copy):
    with server.ReviewServer(copy) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def ask(running, method="GET", name="", *, token=None, content=None, host=None, length=None):
    """Return the status and the text that the server answers with."""
    connection = http.client.HTTPConnection("127.0.0.1", running.server_address[1], timeout=30)
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"Host": host} if host else {}
    if content is not None:
        headers["Content-Length"] = str(len(body) if length is None else length)
    token = running.token if token is None else token
    connection.request(method, f"/{token}/{name}", body if content is not None else None, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def kept(copy):
    return course.read_progress(copy / course.PROGRESS_FILE)["review"]


def test_the_page_comes_and_a_card_arrives_in_the_file(running, copy):
    status, page = ask(running)
    assert (status, page.count('class="cnnlab-twin"')) == (200, 1)
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert ask(running, "POST", "cards", content={QUIZ["id"]: CARD})[0] == 204
    assert kept(copy) == {QUIZ["id"]: CARD}
    assert running.address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["", "x", "x" * 22])
def test_without_the_token_nothing_is_told_and_nothing_kept(running, copy, method, token):
    name = "cards" if method == "POST" else ""
    status, text = ask(running, method, name, token=token, content={QUIZ["id"]: CARD})
    assert status == 404
    assert QUIZ["id"] not in text
    assert running.token not in text
    assert kept(copy) == {}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1"])
def test_under_another_name_it_does_not_answer(running, copy, host):
    status, _ = ask(running, "POST", "cards", content={QUIZ["id"]: CARD}, host=host)
    assert status == 403
    assert ask(running, host=host)[0] == 403
    assert kept(copy) == {}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[" * 50_000, 400),
        ([], 400),
        (3, 400),
        ({}, 400),
        ({"quiz/03/no-such-question": CARD}, 400),
        ({QUIZ["id"]: {"due": "soon"}}, 400),
        ({QUIZ["id"]: CARD, "other": CARD}, 400),
        ({QUIZ["id"]: CARD | {"note": "x" * 100}}, 400),
        (b" " * (server.LARGEST + 1), 413),
    ],
)
def test_what_are_no_cards_is_refused(running, copy, content, status):
    assert ask(running, "POST", "cards", content=content)[0] == status
    assert kept(copy) == {}
    assert ask(running)[0] == 200  # it goes on


def test_a_length_that_is_none_is_refused(running):
    assert ask(running, "POST", "cards", content={}, length="-1")[0] == 413


def test_a_card_that_could_not_be_kept_is_not_confirmed(running, copy, monkeypatch):
    monkeypatch.setattr(course, "change_progress", lambda change: None)
    assert ask(running, "POST", "cards", content={QUIZ["id"]: CARD})[0] == 503


def test_a_deck_for_anki_has_what_was_done(copy):
    pytest.importorskip("genanki", reason="genanki is not installed")
    command = [sys.executable, "-m", "cnnlab", "review", "--dir", str(copy), "--anki", "deck.apkg"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    count = len(server.entered(copy)[0])
    assert f"deck.apkg has {count} notes: import it in Anki." in run.stdout
    assert (copy / "deck.apkg").stat().st_size > 1000


def test_elsewhere_it_says_what_to_do(tmp_path):
    words = ["review", "--dir", str(tmp_path), "--no-browser"]
    run = subprocess.run(
        [sys.executable, "-m", "cnnlab", *words], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 1
    assert f"`cnnlab lab --dir {tmp_path}` makes one" in run.stderr


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent otherwise there")
def test_ctrl_c_ends_it_with_a_sentence(copy):
    serving = subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "review", "--dir", str(copy), "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # where the tests run in the background, Ctrl-C is ignored, and so it would be here
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert serving.stdout.readline().startswith("Your review: http://127.0.0.1:")
    serving.send_signal(signal.SIGINT)
    said, errors = serving.communicate(timeout=120)
    assert "The review has ended." in said
    assert (serving.returncode, errors) == (0, "")
