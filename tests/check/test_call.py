"""Calls that do not end, and checks that do not run in the main thread."""

import threading
import time
from collections.abc import Callable

import pytest

from cnnlab import check
from cnnlab.check import call as calls


def right_size(input_size: int, kernel_size: int, stride: int = 1, *rest: int) -> int:
    padding, dilation = (*rest, *(0, 1)[len(rest) :])
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


ROUNDS = [0]  # that the loops below have made


def forever() -> None:
    while True:
        ROUNDS[0] += 1


def forever_catching() -> None:
    while True:
        try:
            forever()
        except:  # noqa: E722
            continue


def forever_finally() -> None:
    while ROUNDS[0] >= 0:
        try:
            ROUNDS[0] += 1
        except BaseException:
            continue


@pytest.mark.parametrize("loop", [forever, forever_catching, forever_finally])
def test_endless_loop_is_stopped(loop: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALL_SECONDS", 0.2)
    verdict = check.output_size(lambda *sizes: loop())
    assert verdict.outcome == "too slow"
    assert "had not returned after 0.2 seconds" in verdict.headline
    assert "restart the kernel" not in verdict.message
    before = ROUNDS[0]
    time.sleep(0.2)
    assert ROUNDS[0] == before > 0  # nothing runs on in the background


def test_a_call_that_cannot_be_stopped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALL_SECONDS", 0.1)
    monkeypatch.setattr(calls, "STOP_SECONDS", 0.1)
    over = threading.Event()
    verdict = check.output_size(lambda *sizes: over.wait())
    assert verdict.outcome == "too slow"
    assert "restart the kernel" in verdict.message
    over.set()


def test_check_works_in_another_thread() -> None:
    verdicts: list[check.Verdict] = []
    thread = threading.Thread(target=lambda: verdicts.append(check.output_size(right_size)))
    thread.start()
    thread.join()
    assert verdicts[0]
