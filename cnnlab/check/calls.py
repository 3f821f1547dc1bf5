"""Call a learner's function: with a time limit, without its output, and whatever it raises."""

import contextlib
import ctypes
import io
import linecache
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from traceback import walk_tb
from types import TracebackType
from typing import Any

CALL_SECONDS = 2.0
CHECK_SECONDS = 20.0
STOP_SECONDS = 1.0


@dataclass(frozen=True)
class Crash:
    """An exception left the learner's code. `where` are the learner's own lines."""

    error: BaseException
    where: tuple[str, ...]

    @property
    def headline(self) -> str:
        text = str(self.error).strip()
        return f"{type(self.error).__name__}: {text}" if text else type(self.error).__name__


@dataclass(frozen=True)
class TooSlow:
    """A call did not end in time. `stopped` is False if it runs on in the background."""

    seconds: float
    stopped: bool


class Caller:
    """Call functions one after the other in a thread of their own.

    A thread can be left behind, which the main thread cannot; signals would stop a loop too, but
    exist neither on Windows nor outside the main thread.
    """

    def __init__(self) -> None:
        self._tasks: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._results: SimpleQueue[Any] = SimpleQueue()
        self._deadline = time.monotonic() + CHECK_SECONDS
        self._thread = Thread(target=self._serve, name="cnnlab check", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.put(None)

    def call(self, task: Callable[[], Any]) -> Any:
        """Return what `task` returns, or a Crash, or TooSlow."""
        seconds = min(CALL_SECONDS, max(self._deadline - time.monotonic(), 0.01))
        self._tasks.put(task)
        try:
            return self._results.get(timeout=seconds)
        except Empty:
            return TooSlow(seconds, self._stop())
        except KeyboardInterrupt:
            self._stop()
            raise

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                result = task()
            except BaseException as error:
                result = Crash(error, _own_lines(error.__traceback__))
            self._results.put(result)

    def _stop(self) -> bool:
        """Raise SystemExit in the thread until the call has ended; threads end on it silently.

        A bare `except:` inside the loop swallows one, so they come faster than it can.
        """
        interval, end = sys.getswitchinterval(), time.monotonic() + STOP_SECONDS
        thread_id, error = ctypes.c_ulong(self._thread.ident), ctypes.py_object(SystemExit)
        sys.setswitchinterval(1e-6)
        try:
            while self._results.empty() and self._thread.is_alive() and time.monotonic() < end:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread_id, error)
                time.sleep(0)
        finally:
            sys.setswitchinterval(interval)
        return not self._results.empty() or not self._thread.is_alive()


def _own_lines(traceback: TracebackType | None) -> tuple[str, ...]:
    """Return the lines of the learner's own file: the first two and the last."""
    frames = [(frame.f_code, number) for frame, number in walk_tb(traceback)]
    theirs = [(code, number) for code, number in frames if not _is_ours(code.co_filename)]
    own = [each for each in theirs if each[0].co_filename == theirs[0][0].co_filename]
    lines = []
    for code, number in own[:2] + own[2:][-1:]:
        source = linecache.getline(code.co_filename, number).strip()
        lines.append(f"line {number} of {code.co_name}" + (f":  {source}" if source else ""))
    return tuple(lines)


def _is_ours(filename: str) -> bool:
    return Path(filename).parent == Path(__file__).parent


class Noise(io.TextIOBase):
    """A stream that counts the lines it is given and keeps none."""

    lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        return len(text)


@contextlib.contextmanager
def quiet() -> Iterator[Noise]:
    """Keep prints and warnings of the learner's code out of the notebook, and count the lines."""
    noise = Noise()
    with (
        contextlib.redirect_stdout(noise),
        contextlib.redirect_stderr(noise),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield noise
