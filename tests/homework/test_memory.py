"""The limit on what all processes of a submission hold together."""

import subprocess
import sys
import time

import psutil
import pytest

from cnnlab.homework.grading import memory

MB = 2**20
CHILDREN = """
import os, sys, time
for _ in range(3):
    if os.fork() == 0:
        held = bytearray(60 * 2**20)
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""
SHARED = """
import os, time
held = b"x" * (150 * 2**20)
for _ in range(3):
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def start(monkeypatch):
    monkeypatch.setattr(memory, "SECONDS", 0.05)
    started = []

    def start(code):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        for child in psutil.Process(process.pid).children() if process.poll() is None else []:
            child.kill()
        process.kill()
        process.wait()
        process.stdout.close()


def test_processes_that_hold_too_much_together_end(start):
    process = start(CHILDREN)
    watch = memory.MemoryWatch(process.pid, 150 * MB)  # each child alone is below
    assert process.wait(timeout=20) == -9
    assert watch.ended


def test_a_submission_below_the_limit_goes_on(start):
    process = start(CHILDREN)
    watch = memory.MemoryWatch(process.pid, 2000 * MB)
    time.sleep(1)
    assert process.poll() is None
    watch.stop()
    assert not watch.ended


def test_a_machine_that_is_nearly_full_ends_the_submission(start, monkeypatch):
    """What no process holds, such as the buffers of sockets, fills a machine all the same."""
    process = start(CHILDREN)
    full = psutil.virtual_memory()._replace(total=32 * 2**30, available=2**29)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: full)
    watch = memory.MemoryWatch(process.pid, 2000 * MB)
    assert process.wait(timeout=20) == -9
    assert watch.ended


def test_shared_memory_counts_once(start):
    process = start(SHARED)
    process.stdout.readline()
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
    assert len(family) == 4
    simple = memory.total(family, shared_once=False)
    if memory.total(family) == simple:
        pytest.skip("this system does not tell what processes share")
    assert simple > 500 * MB > 300 * MB > memory.total(family)


def test_without_systemd_there_is_no_control_group(monkeypatch):
    memory._works.cache_clear()
    monkeypatch.setattr(memory.shutil, "which", lambda name: None)
    assert memory.scope(4 * MB, 256) == []
    memory._works.cache_clear()
