"""Call a learner's function: with a time limit, without its output, and whatever it raises."""

import _thread
import contextlib
import ctypes
import dis
import io
import linecache
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from traceback import walk_tb
from types import TracebackType
from typing import Any, ClassVar

import torch

from cnnlab.check.crashes import values_in

CALL_SECONDS = 2.0
CHECK_SECONDS = 20.0
STOP_SECONDS = 1.0
PACKAGES = (Path(__file__).parents[1], Path(torch.__file__).parent)


@dataclass(frozen=True)
class Crash:
    """An exception left the learner's code. `where` are the learner's own lines."""

    error: BaseException
    where: tuple[str, ...]

    @property
    def headline(self) -> str:
        text = str(self.error).strip()
        return f"{type(self.error).__name__}: {text}" if text else type(self.error).__name__

    @property
    def blank(self) -> bool:
        """Whether a line of the learner's, not of torch, says that something is not written."""
        last = deque(walk_tb(self.error.__traceback__), maxlen=1)
        own = not last or not _is_ours(last[0][0].f_code.co_filename)
        return isinstance(self.error, NotImplementedError) and own


@dataclass(frozen=True)
class TooSlow:
    """A call did not end in time. `stopped` is False if it runs on in the background."""

    seconds: float
    stopped: bool


class Caller:
    """Call functions one after the other in a thread of their own.

    A thread can be left behind, which the main thread cannot; signals would stop a loop too, but
    exist neither on Windows nor outside the main thread. Where no thread can be started, as in a
    browser, a call has no time limit.

    Args:
        limited: whether to go without is refused, as in grading: there it is the submission that
            can use up all threads.

    Attributes:
        unlimited: whether the last of them went without.

    Raises:
        RuntimeError: if a `limited` one can start no thread.
    """

    unlimited: ClassVar[bool] = False

    def __init__(self, *, limited: bool = False) -> None:
        self._tasks: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._results: SimpleQueue[Any] = SimpleQueue()
        self._deadline = time.monotonic() + CHECK_SECONDS
        # Unlike threading.Thread, this ends without a word on a SystemExit, wherever it arrives.
        try:
            self._thread_id = _thread.start_new_thread(self._serve, ())
        except RuntimeError:
            if limited:
                raise
            self._thread_id = 0
        Caller.unlimited = not self._thread_id

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self._tasks.put(None)

    def call(self, task: Callable[[], Any]) -> Any:
        """Return what `task` returns, or a Crash, or TooSlow.

        Raises:
            KeyboardInterrupt: if the learner interrupts it.
        """
        if not self._thread_id:
            result = _result_of(task)
            if isinstance(result, Crash) and _is_stop(result.error):
                raise result.error
            return result
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
        torch.set_num_threads(1)  # counts per thread
        while (task := self._tasks.get()) is not None:
            self._results.put(_result_of(task))

    def _stop(self) -> bool:
        """End the call by an exception in its thread; if that is swallowed, put it to sleep."""
        Stop.asleep.pop(self._thread_id, None)  # of an earlier thread with the same id
        thread_id, error = ctypes.c_ulong(self._thread_id), ctypes.py_object(Stop)
        start = time.monotonic()
        while time.monotonic() < start + STOP_SECONDS:
            if time.monotonic() > start + STOP_SECONDS / 4:
                Stop.asleep.setdefault(self._thread_id, False)
            if not ctypes.pythonapi.PyThreadState_SetAsyncExc(thread_id, error):
                return True  # there is no such thread any more
            with contextlib.suppress(Empty):
                self._results.get(timeout=0.01)
                return True
            if Stop.asleep.get(self._thread_id):
                return True
        return False


class Stop(SystemExit):
    """Raised in the thread of a call that takes too long.

    `while True` around a bare `except:` would catch every exception. But whoever catches one
    first makes an instance of it, in the thread itself; and this one need not come to an end.
    """

    asleep: ClassVar[dict[int, bool]] = {}  # for each thread that should be: whether it is

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        thread_id = _thread.get_ident()
        if thread_id in self.asleep and sys._getframe(1).f_code.co_filename != __file__:
            self.asleep[thread_id] = True
            lock = _thread.allocate_lock()
            lock.acquire()
            lock.acquire()  # no one releases it: the thread uses no time from here on


def _result_of(task: Callable[[], Any]) -> Any:
    """Return what `task` returns, or a Crash."""
    try:
        return task()
    except BaseException as error:
        return Crash(error, _own_lines(error.__traceback__))


def _is_stop(error: BaseException) -> bool:
    """Tell whether the learner interrupted a call: no `raise` of the code is where it ended."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or not isinstance(error, KeyboardInterrupt):
        return False
    instruction = trace.tb_frame.f_code.co_code[trace.tb_lasti]
    return dis.opname[instruction] != "RAISE_VARARGS"


def _own_lines(traceback: TracebackType | None) -> tuple[str, ...]:
    """Return the lines of the learner's own file: the first two and the last."""
    frames = list(walk_tb(traceback))
    theirs = [(f, number) for f, number in frames if not _is_ours(f.f_code.co_filename)]
    first = theirs[0][0].f_code.co_filename if theirs else ""
    own = [(f, number) for f, number in theirs if f.f_code.co_filename == first]
    lines = []
    for frame, number in own[:2] + own[2:][-1:]:
        source = linecache.getline(first, number).strip()
        line = f"line {number} of {frame.f_code.co_name}" + (f":  {source}" if source else "")
        values = values_in(source, frame) if frame is own[-1][0] else ""
        lines.append(line + (f"\nwith {values}" if values else ""))
    return tuple(lines)


def _is_ours(filename: str) -> bool:
    """Tell whether a file is the package's or torch's, which may lie between it and the learner."""
    return any(root in Path(filename).parents for root in PACKAGES)


class Noise(io.TextIOBase):
    """A stream that counts the lines it is given and keeps none."""

    lines = 0

    def write(self, text: str) -> int:
        self.lines += text.count("\n")
        return len(text)


@contextlib.contextmanager
def single_thread() -> Iterator[None]:
    """Compute in one thread: with tensors this small, several mostly wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def suppress_output() -> Iterator[Noise]:
    """Keep prints and warnings of the learner's code out of the notebook, and count the lines."""
    noise = Noise()
    with (
        contextlib.redirect_stdout(noise),
        contextlib.redirect_stderr(noise),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield noise
