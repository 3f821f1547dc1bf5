"""`cnnlab review`: the review as a page that this machine serves to its learner alone."""

import json
import os
import secrets
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cnnlab import course
from cnnlab.errors import shell_command
from cnnlab.site import pages
from cnnlab.widgets import Review, review_items
from cnnlab.widgets.review import Cards, keep, next_asked, read_cards

HOST = "127.0.0.1"
LARGEST = 64_000  # bytes of what a page sends: one card has 300
POLICY = (  # the page is complete: it asks for nothing but to keep a card
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PATIENCE = 10  # seconds for a request that stays incomplete


def entered(folder: Path) -> tuple[list[dict[str, Any]], Cards]:
    """Return what the learner whose copy is in `folder` can be asked, and the cards of it.

    Raises:
        ValueError: if that is not a copy, which would keep what was answered.
    """
    path = course.find_progress(folder)
    if path is None:
        raise ValueError(
            f"{folder} is not your copy of the course, so there is nothing to review. "
            f"`{shell_command('lab', '--dir', folder.resolve())}` makes one; --dir names another."
        )
    progress = course.read_progress(path)
    return review_items.entered(progress), read_cards(progress["review"])


class ReviewServer(ThreadingHTTPServer):
    """Serve one learner's review to a browser of this machine that knows the address.

    The address has a token, so that no other user or page can read or change a card.

    Args:
        folder: the learner's copy. It becomes the working directory: the progress file is there.

    Raises:
        ValueError: if it is not a copy.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.known = {each["id"] for each in entered(folder)[0]}
        os.chdir(folder)
        self.token = secrets.token_urlsafe(16)
        super().__init__((HOST, 0), _Handler)

    @property
    def address(self) -> str:
        """The page's address."""
        return f"http://{HOST}:{self.server_address[1]}/{self.token}/"


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    timeout = PATIENCE

    def do_GET(self) -> None:
        if self._allowed(""):
            items, cards = entered(Path())
            asked = [next_asked(each, cards) for each in items]
            shown = Review(items=asked, cards=cards, keeps="server")
            page = pages.review_page(shown, served=True)
            self._answer(200, page, "text/html; charset=utf-8")

    def do_POST(self) -> None:
        if not self._allowed("cards"):
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            return self._answer(413, "Too large.")
        try:
            sent = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return self._answer(400, "Not JSON.")
        cards = read_cards(sent)
        if not cards or len(cards) != len(sent) or not cards.keys() <= self.server.known:
            return self._answer(400, "Not cards of this review.")
        keep(cards)
        kept = course.read_progress(course.find_progress())["review"]
        return self._answer(204 if cards.keys() <= kept.keys() else 503)

    def _allowed(self, name: str) -> bool:
        """Return whether a request has the token and names this host; answer it if it does not.

        The host is checked because a foreign page may have a name that leads here.
        """
        port = self.server.server_address[1]
        path = self.path.partition("?")[0]
        wanted = f"/{self.server.token}/{name}"
        hosts = {f"{HOST}:{port}", f"localhost:{port}"}
        if self.headers.get("Host") not in hosts:
            self._answer(403, "Not this host.")
        elif not secrets.compare_digest(path.encode(), wanted.encode()):
            self._answer(404, "Open the address that the terminal shows.")
        else:
            return True
        return False

    def _answer(self, status: int, text: str = "", kind: str = "text/plain") -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address has the token."""


def run(folder: Path, *, browser: bool = True) -> int:
    """Serve the review until Ctrl-C; return the status to exit with.

    Raises:
        ValueError: if `folder` is not a learner's copy.
    """
    with ReviewServer(folder) as server:
        try:
            print(f"Your review: {server.address}\nCtrl-C ends it.", flush=True)
            if browser:
                webbrowser.open(server.address)
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nThe review has ended. Each answer is in your progress file.")
    return 0
