"""Limit the memory that all processes of one submission hold together."""

import contextlib
import os
import shutil
import subprocess
import threading
from functools import cache

import psutil

SECONDS = 0.2  # between two looks
LEFT = 2**30  # bytes that the machine keeps, whoever holds the rest


def scope(limit: int, processes: int) -> list[str]:
    """Return what runs a command in a control group of its own; nothing without systemd."""
    user = [] if os.geteuid() == 0 else ["--user"]
    argv = ["systemd-run", *user, "--scope", "--quiet"]
    argv += ["-p", f"MemoryMax={limit}", "-p", "MemorySwapMax=0", "-p", f"TasksMax={processes}"]
    return argv if _works(tuple(argv)) else []


@cache
def _works(argv: tuple[str, ...]) -> bool:
    if not shutil.which(argv[0]):
        return False
    with contextlib.suppress(subprocess.TimeoutExpired):
        return not subprocess.run([*argv, "true"], capture_output=True, timeout=10).returncode
    return False


class MemoryWatch:
    """End a process and everything it started as soon as they hold too much together.

    A look takes time, so a fast submission goes beyond the limit for some tenths of a second.

    Args:
        limit: bytes for them together.
        growth: bytes that this process, which reads what they say, may grow by meanwhile.

    Attributes:
        ended: whether that has happened.
    """

    def __init__(self, pid: int, limit: int, growth: int = 2**30) -> None:
        self.ended = False
        self._limit, self._own = limit, psutil.Process()
        self._most = self._own.memory_info().rss + growth
        self._least = min(LEFT, psutil.virtual_memory().total // 16)
        self._process = psutil.Process(pid)
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _watch(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended by itself
            while not self._stopped.wait(SECONDS):
                processes = [self._process, *self._process.children(recursive=True)]
                # What processes share is counted once, but only where it matters: that is slow.
                fat = total(processes, shared_once=False) > self._limit < total(processes)
                # Buffers, empty files and tables of pages belong to no process, but fill a machine.
                full = psutil.virtual_memory().available < self._least
                if fat or full or self._own.memory_info().rss > self._most:
                    self.ended = True
                    for process in processes:
                        with contextlib.suppress(psutil.NoSuchProcess):
                            process.kill()
                    return


def total(processes: list[psutil.Process], *, shared_once: bool = True) -> int:
    """Return the bytes of memory that processes hold together.

    Args:
        shared_once: divide what several processes share among them, where the system tells.
    """
    held = 0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            simple = process.memory_info().rss
            held += simple
            if shared_once:
                with contextlib.suppress(psutil.AccessDenied, OSError):
                    held += getattr(process.memory_full_info(), "pss", simple) - simple
    return held
