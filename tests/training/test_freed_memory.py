"""A run keeps the memory that its steps free, and gives all of it back at its end."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from cnnlab import data, models, training
from cnnlab.training import devices
from cnnlab.training.devices import AFTERWARDS, MMAP_MAX, TRIM_THRESHOLD, keep_freed_memory

PROGRAM = """
import json, resource
from pathlib import Path
import torch
from cnnlab.training.devices import keep_freed_memory

def filled(times=10):
    "Return how many large tensors, made one by one, got new memory from the system."
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(times):
        torch.ones(2**24)
    pages = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return pages * resource.getpagesize() / 2**26

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**26

told = {"without": filled()}
with keep_freed_memory():
    told["with"], before = filled(), resident()
    kept = [torch.ones(2**24) for _ in range(8)]
    del kept[:-1]  # a hole of seven tensors below one that stays
    told["held"] = resident() - before
told["afterwards"] = resident() - before
print(json.dumps(told))
"""


@pytest.mark.skipif(
    not devices._glibc() or (devices.available_bytes() or 0) < devices.PLENTY,
    reason="needs GNU's C library and 6 GiB of free memory",
)
def test_what_is_freed_is_used_again_and_goes_back_at_the_end():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert told["without"] > 9, told
    assert told["with"] < 5, told  # until the heap has found a place for them
    assert told["held"] > 6, told
    assert told["afterwards"] < 2, told


@pytest.fixture
def told(monkeypatch):
    """What the C library is told, of which there is a made-up one, with much memory free."""
    calls: list[tuple[int, int]] = []
    library = SimpleNamespace(
        gnu_get_libc_version=True,
        mallopt=lambda name, value: calls.append((name, value)),
        malloc_trim=lambda pad: calls.append((0, pad)),
    )
    monkeypatch.setattr(devices.ctypes, "CDLL", lambda name: library)
    monkeypatch.setattr(devices, "available_bytes", lambda: devices.PLENTY)
    return calls


KEEP = [(TRIM_THRESHOLD, 2**31 - 1), (MMAP_MAX, 0)]
GIVE_BACK = [*AFTERWARDS.items(), (0, 0)]


def test_an_error_gives_it_back_too(told):
    with pytest.raises(ZeroDivisionError), keep_freed_memory():
        raise ZeroDivisionError
    assert told == KEEP + GIVE_BACK


def test_one_within_another_changes_nothing(told):
    with keep_freed_memory():
        with keep_freed_memory():
            pass
        assert told == KEEP


@pytest.mark.parametrize("free", [None, devices.PLENTY - 1])
def test_with_little_memory_nothing_is_kept(told, monkeypatch, free):
    monkeypatch.setattr(devices, "available_bytes", lambda: free)
    with keep_freed_memory():
        pass
    assert not told


@pytest.mark.parametrize("loaded", [SimpleNamespace(mallopt=None), OSError, TypeError])
def test_another_c_library_is_left_alone(told, monkeypatch, loaded):
    def load(name):
        if isinstance(loaded, SimpleNamespace):
            return loaded
        raise loaded

    monkeypatch.setattr(devices.ctypes, "CDLL", load)
    with keep_freed_memory():
        pass
    assert not told


def test_a_run_keeps_it_from_its_first_step_to_its_last(told):
    def on_epoch(history):
        assert told == KEEP

    images = data.shapes10().subset(64)
    training.train(models.SimpleCNN(), images, epochs=2, progress=False, on_epoch=on_epoch)
    assert told == KEEP + GIVE_BACK
