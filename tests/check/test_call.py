"""Calls that do not end, checks outside the main thread, and those that have no other thread."""

import signal
import threading
import time
from collections.abc import Callable

import pytest

from cnnlab import check
from cnnlab.check import call as calls
from cnnlab.check import collect


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


def no_size(*sizes: int) -> None: ...


def raising(error: BaseException) -> Callable[..., int]:
    def output_size(*sizes: int) -> int:
        raise error

    return output_size


@pytest.mark.usefixtures("_one_thread")
def test_without_threads_a_check_has_no_time_limit_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check, "_said_unlimited", False)
    monkeypatch.setattr(calls, "CALL_SECONDS", 0.0)
    sentence = "runs until you stop it"
    assert sentence not in check.output_size(no_size).message
    right_size.__name__ = "output_size"
    assert check.passing(right_size) is right_size
    first, second = check.output_size(right_size), check.output_size(right_size)
    assert first.passed
    assert sentence in first.message
    assert second.passed
    assert sentence not in second.message


def test_with_threads_nothing_is_said_of_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_said_unlimited", False)
    verdict = check.output_size(right_size)
    assert verdict.message == verdict.headline


@pytest.mark.usefixtures("_one_thread")
def test_what_is_graded_has_a_time_limit_or_is_not_called() -> None:
    """A submission that uses up all threads, as a fork bomb does, must not gain by it."""
    called = []
    question = collect.Question(cases=[(5, 3)], parameters=(("size", False), ("kernel", False)))
    with pytest.raises(RuntimeError, match="can't start new thread"):
        collect._reply(lambda size, kernel: called.append(size), question)
    assert called == []


@pytest.mark.usefixtures("_one_thread")
@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1), KeyboardInterrupt()], ids=repr)
def test_without_threads_what_the_code_raises_is_still_a_verdict(error: BaseException) -> None:
    verdict = check.output_size(raising(error))
    assert verdict.outcome == "crash"
    assert f"stopped with {type(error).__name__}" in verdict.headline
    assert "of output_size:  raise error" in verdict.message


@pytest.mark.usefixtures("_one_thread")
def test_without_threads_the_stop_button_interrupts_the_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*sizes: int) -> None:
        signal.raise_signal(signal.SIGINT)
        forever()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            check.output_size(stopped)
    finally:
        signal.signal(signal.SIGINT, before)
    assert check.output_size(right_size)
