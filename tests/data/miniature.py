"""A miniature of CIFAR-10's archive, and mirrors on loopback that serve it."""

import http.server
import pickle
import threading

import numpy as np
import torch

from cnnlab.data import mirrors

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


class OldType:
    """Pickles as numpy 1 wrote them, which makes numpy 2.4 warn."""

    def __reduce__(self):
        return np.dtype, ("u1", 0, 1)


def batch(count, seed):
    labels = np.arange(count) % 10
    pictures = np.random.default_rng(seed).integers(0, 20, (count, 3072), dtype=np.uint8)
    pictures += (10 * labels[:, None]).astype(np.uint8)  # the class is the brightness
    content = {"data": pictures, "labels": labels.tolist(), "old": OldType()}
    return pickle.dumps(content, protocol=2)


class Mirror:
    """A server on loopback that serves `content` with a fault, and writes down what was asked."""

    def __init__(
        self, content, *, breaks_at=None, stalls_at=None, holds_at=None, status=200, ranges=True
    ):
        self.content, self.breaks_at, self.stalls_at = content, breaks_at, stalls_at
        self.holds_at, self.go_on = holds_at, threading.Event()
        self.status, self.ranges = status, ranges
        self.asked, self.stop = [], threading.Event()
        self.stalls = False
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/{mirrors.ARCHIVE}"

    def answer(self, request):
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.split("=")[1].rstrip("-")) if wanted and self.ranges else 0
        status = 206 if start and self.status == 200 else self.status
        if self.status == 200 and start >= len(self.content):
            status = 416
        body = self.content[start:]
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if self.holds_at is not None:  # slow: the rest when the test says so
            request.wfile.write(body[: self.holds_at])
            request.wfile.flush()
            self.go_on.wait(60)
            body = body[self.holds_at :]
        cut = self.breaks_at if self.stalls_at is None else self.stalls_at
        request.wfile.write(body if cut is None else body[:cut])
        request.wfile.flush()
        if self.stalls_at is not None:
            self.stalls = True
            self.stalls = not self.stop.wait(60)

    def close(self):
        self.stop.set()
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


def assert_right(pictures):
    assert pictures.classes == tuple(CLASSES)
    assert pictures.train_images.shape == (100, 3, 32, 32)
    assert pictures.test_images.shape == (30, 3, 32, 32)
    brightness = pictures.train_images.float().mean(dim=(1, 2, 3))
    assert torch.equal((brightness / 10 - 0.95).round().long(), pictures.train_labels)
