"""What a check says about functions that are wrong in ways no exercise foresees."""

import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab import check, exercises
from cnnlab.check.comparison import same
from cnnlab.exercises.kit.values import plain


def right_size(input_size: int, kernel_size: int, stride: int = 1, *rest: int) -> int:
    padding, dilation = (*rest, *(0, 1)[len(rest) :])
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def right_correlation(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


@pytest.mark.parametrize(
    ("function", "outcome", "says"),
    [
        (None, "not callable", "needs the function itself, not None"),
        (9, "not callable", "not an int"),
        (lambda i: i, "wrong signature", "def output_size(input_size, kernel_size, stride=1"),
        (lambda i, k, stride: i, "wrong signature", "does not take the arguments"),
        (lambda *sizes: ..., "not written", "not written yet"),
        (lambda *sizes: print(end=""), "nothing returned", "returns nothing"),
        (lambda *sizes: "9", "wrong type", "returned a str, not one whole number"),
        (lambda *sizes: {"size": 9}, "wrong type", "a dict"),
        (lambda *sizes: (9, 9), "wrong type", "(9, 9), not one whole number"),
        (lambda *sizes: True, "wrong type", "a bool"),
        (lambda *sizes: torch.ones(2), "wrong type", "a tensor of shape (2,)"),
        (lambda *sizes: sizes[9], "crash", "IndexError: tuple index out of range"),
        (lambda *sizes: sys.exit(3), "crash", "SystemExit"),
        (lambda *sizes: 7, "unknown", "Every answer is the same: 7"),
    ],
)
def test_outcome_has_its_own_sentence(function: Any, outcome: str, says: str) -> None:
    verdict = check.output_size(function)
    assert not verdict
    assert verdict.outcome == outcome
    assert says in verdict.message
    assert verdict.misconception is None
    assert verdict.points(4) == 0


def test_not_implemented_is_not_written() -> None:
    def output_size(*sizes: int) -> int:
        raise NotImplementedError

    assert check.output_size(output_size).outcome == "not written"


def test_right_values_of_the_wrong_type_are_nearly_right() -> None:
    verdict = check.output_size(lambda *sizes: float(right_size(*sizes)))
    assert verdict.misconceptions == ("wrong type",)
    assert verdict.points(2) == 1
    assert "a float" in verdict.message


def test_crash_shows_the_learners_line_and_the_call() -> None:
    def correlate2d(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        if stride > 1:
            return image[99, 0]  # the line that fails
        return right_correlation(image, kernel, stride, padding)

    verdict = check.correlate2d(correlate2d)
    assert verdict.outcome == "crash"
    assert "IndexError" in verdict.headline
    assert "of correlate2d:  return image[99, 0]  # the line that fails" in verdict.message
    assert "This happens whenever stride is above 1, and never otherwise." in repr(verdict)
    assert "/" not in verdict.message
    assert "engine" not in verdict.message


def test_unknown_mistake_is_told_by_its_condition() -> None:
    verdict = check.output_size(lambda *s: right_size(*s) + 5 * (len(s) < 3 or s[2] == 1))
    assert verdict.outcome == "unknown"
    assert "5 more than the right one, and it is wrong whenever stride is 1." in verdict.message
    assert "An example: output_size(input_size=" in verdict.message


def test_unknown_mistake_is_told_by_its_cells() -> None:
    def correlate2d(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        answer = right_correlation(image, kernel, stride, padding)
        answer[:, 1:2] += 0.5
        return answer

    verdict = check.correlate2d(correlate2d)
    assert "Every differing cell stands beyond the first index of axis 1." in verdict.message
    assert "column 1: yours has " in verdict.message
    assert "The window of the " in verdict.message


def test_unknown_mistake_lists_the_parts_that_differ() -> None:
    def train_one_epoch(model: Any, optimizer: Any, batches: list) -> Tensor:
        for images, labels in batches:
            loss = 2 * F.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
        return loss

    verdict = check.train_one_epoch(train_one_epoch)
    assert verdict.outcome == "unknown"
    assert "There the mean loss was " in verdict.message
    assert "Different as well: weight after the epoch, graph kept with the loss." in verdict.message


def test_wrong_shape_names_the_axis() -> None:
    def correlate2d(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        return F.pad(right_correlation(image, kernel, stride, padding), (0, 3))

    verdict = check.correlate2d(correlate2d)
    assert verdict.outcome == "wrong shape"
    assert "along this axis is not right: column" in verdict.message


def test_nothing_for_some_inputs_is_told_apart() -> None:
    verdict = check.output_size(lambda *s: right_size(*s) if s[0] % 2 else None)
    assert verdict.outcome == "nothing returned"
    assert "This happens whenever input_size is even" in verdict.message


def test_input_changed_in_place_is_a_slip() -> None:
    def flip(kernel: Tensor) -> Tensor:
        answer = kernel.flip(0, 1)
        kernel.zero_()
        return answer

    verdict = check.flip(flip)
    assert verdict.misconceptions == ("input changed in place",)
    assert verdict.points(2) == 1

    def respond(patch: Tensor, kernel: Tensor) -> Tensor:
        return patch.mul_(kernel).mean()

    verdict = check.respond(respond)
    assert verdict.misconceptions == ("mean for sum", "input changed in place")
    assert verdict.points(2) == 0.5


def test_a_lying_equality_gains_nothing() -> None:
    class Liar:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None

    class LyingInt(int):
        def __eq__(self, other: object) -> bool:
            return True

        def __add__(self, other: object) -> int:
            raise AssertionError("a check must not call this")

        __hash__ = None

    class LyingTensor(Tensor):
        @classmethod
        def __torch_function__(cls, function: Callable, *rest: Any) -> bool:
            return True

    assert check.output_size(lambda *sizes: Liar()).outcome == "wrong type"
    assert check.output_size(lambda *sizes: LyingInt(7)).outcome == "unknown"
    assert not check.flip(lambda kernel: kernel.as_subclass(LyingTensor))
    assert check.output_size(lambda *sizes: LyingInt(right_size(*sizes)))


def test_prints_are_hidden_and_counted(capsys: pytest.CaptureFixture) -> None:
    def output_size(*sizes: int) -> int:
        print("here")
        return right_size(*sizes)

    verdict = check.output_size(output_size)
    assert verdict
    count = int(verdict.headline.split()[2]) + 1  # every call, and the first once more
    assert f"It printed {count} lines" in verdict.message
    assert capsys.readouterr().out == ""


def test_random_state_and_grad_mode_stay_as_they_are() -> None:
    threads = torch.get_num_threads()
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    with torch.no_grad():
        for name in exercises.names():
            if name != "trained_network":
                getattr(check, name)(lambda *a, **k: 1)
        assert not torch.is_grad_enabled()
    assert torch.get_num_threads() == threads
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (random.getstate(), np.random.get_state()[1].tolist())


def test_import_leaves_torch_alone() -> None:
    code = (
        "import sys; from cnnlab import check, exercises; dir(check); exercises.names();"
        "assert 'torch' not in sys.modules; check.respond; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_plain_values() -> None:
    loop: list = []
    loop.append(loop)
    assert plain(np.float32(0.5)) == 0.5
    assert plain(torch.tensor(3)) == 3
    assert isinstance(plain(torch.tensor(3)), int)
    assert isinstance(plain(loop), tuple)
    assert not same(plain(torch.ones(2, device="meta")), torch.ones(2).double())
    assert not same(plain(np.array(["a"])), torch.ones(1).double())
    assert not same(float("nan"), 1.0)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_an_answer_of_what_is_no_number_is_judged(number: float) -> None:
    answer = torch.full((3, 3), number).double()
    assert same(answer, answer)
    assert not same(answer, torch.ones(3, 3).double())
    assert not same(torch.ones(3, 3).double(), answer)
    verdict = check.correlate2d_dilated(
        lambda image, kernel, stride=1, padding=0, dilation=1: answer
    )
    assert not verdict
    assert "another answer the second time" not in verdict.headline


def test_a_program_is_put_together_of_what_passes(capsys: pytest.CaptureFixture) -> None:
    def output_size(*sizes: int) -> int: ...

    ours = check.passing(output_size)
    assert ours(7, 3) == 5
    assert capsys.readouterr().out == "output_size: the course's, until yours passes its check.\n"
    yours = lambda *sizes: right_size(*sizes)  # noqa: E731
    yours.__name__ = "output_size"
    assert check.passing(yours) is yours
    assert capsys.readouterr().out == "output_size: yours.\n"
    assert check.passing(ours)(7, 3) == 5
    assert capsys.readouterr().out == "output_size: the course's.\n"


@pytest.mark.parametrize(
    ("name", "says"),
    [("<lambda>", "no exercise"), ("outputsize", "output_size"), ("trained_network", "measured")],
)
def test_only_an_exercise_has_a_function_that_passes(name: str, says: str) -> None:
    function = lambda: None  # noqa: E731
    function.__name__ = name
    with pytest.raises(ValueError, match=says):
        check.passing(function)
