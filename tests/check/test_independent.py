"""Wrong answers that no list foresaw: none is accepted, and nearly all get a true reason."""

from collections import Counter

import pytest
import torch
from torch import Tensor

from cnnlab import check
from cnnlab.check.behavior import evidence
from tests.check.independent import NOT_SEEN_TODAY, WRITTEN_LATER, WRONG
from tests.check.independent.__main__ import outcome

LEAST_NAMED = 0.92  # of all; `python -m tests.check.independent` shows the others
LEAST_NAMED_LATER = 0.88  # of those written by someone who had not read the engine
REASONS = {
    "output_size: pads by dilation": "Every answer is the right one for padding * dilation in "
    "place of padding.",
    "output_size: stride is dilation": "Every answer is the right one for stride and dilation "
    "exchanged.",
    "output_size: remembers": "The same call gave another answer the second time: something is "
    "kept from one call to the next.",
    "output_shape: first of every pair": "Every answer is the right one for each setting's first "
    "number on both axes (kernel_size, stride, padding, dilation).",
    "receptive_field: spans added": "Every answer is what comes out where the strides are not "
    "used, plus len(layers) - 1.",
    "receptive_field: first two": "Your answer never changes with the last of layers; the right "
    "one does.",
    "respond: square loop": "Every answer is the right one for patch with zeros outside its "
    "square of axes 0 and 1.",
    "correlate2d: longs": "Every answer is the right one cut to whole numbers.",
    "correlate2d: always half kernel": "Every answer is the right one for kernel.shape[0] // 2 "
    "in place of padding.",
    "conv_forward: pads the output": "Every answer is what comes out where padding is not used, "
    "with zeros around it.",
    "bias_gradient: mean over positions": "Every answer is the right one divided by "
    "output_gradient.shape[2] * output_gradient.shape[3].",
    "batch_norm: layer norm": 'The part "normalized features" at one index of axis 0 depends on '
    "features at that index alone; that is too little.",
    "spectrogram: decibels": "Every answer is in the same order as the right one, on another "
    "scale.",
    "evaluate: gradients left off": "every value is right, but it leaves the recording of "
    "gradients switched off.",
    "fgsm: random signs": "The same call gave another answer the second time, but not after the "
    "random numbers were started anew: the answer depends on them.",
}


@pytest.fixture(scope="module")
def verdicts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "SECONDS", 4.0)  # a busy machine finds what a quiet one does
        return {
            f"{exercise}: {what}": getattr(check, exercise)(function)
            for exercise, what, function in WRONG
        }


def test_there_are_enough_of_them(verdicts):
    assert len(verdicts) == len(WRONG) >= 150
    per_exercise = Counter(exercise for exercise, *_ in WRONG)
    assert len(per_exercise) >= 50


def test_none_is_accepted(verdicts):
    not_seen = {f"{name}: {what}" for name, what, function in WRONG if function in NOT_SEEN_TODAY}
    assert {name for name, verdict in verdicts.items() if verdict.passed} <= not_seen


def test_nearly_all_get_a_reason(verdicts):
    unnamed = [name for name, verdict in verdicts.items() if outcome(verdict) == "unnamed"]
    assert len(unnamed) <= (1 - LEAST_NAMED) * len(verdicts), unnamed


def test_those_written_later_get_one_too(verdicts):
    later = [f"{name}: {what}" for name, what, function in WRONG if function in WRITTEN_LATER]
    unnamed = [name for name in later if outcome(verdicts[name]) == "unnamed"]
    assert len(later) >= 200
    assert len(unnamed) <= (1 - LEAST_NAMED_LATER) * len(later), unnamed


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_is_what_was_written(verdicts, name):
    assert verdicts[name].diagnosis == REASONS[name]


def test_a_reason_is_in_the_message_and_earns_nothing(verdicts):
    for verdict in verdicts.values():
        if verdict.diagnosis and not verdict.misconception:
            assert verdict.diagnosis.rstrip(".") in verdict.message  # an error ends without a stop
            assert verdict.points(2) == 0


def test_a_listed_idea_is_its_own_diagnosis():
    verdict = check.respond(lambda patch, kernel: (patch * kernel).mean())
    assert verdict.misconception == "mean for sum"
    assert verdict.diagnosis == (
        "Every answer fits this idea: the products are averaged, not added up."
    )


def test_right_the_first_time_only():
    given: list[tuple] = []

    def flip(kernel: Tensor) -> Tensor:
        again = any(torch.equal(kernel, before) for before in given)
        given.append(kernel.clone())
        return kernel if again else kernel.flip(0, 1)

    verdict = check.flip(flip)
    assert not verdict
    assert "right the first time" in verdict.diagnosis


def test_never_is_said_only_of_what_never_happens():
    """With stride 3, one pixel more or less seldom changes how many positions there are."""

    def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
        free = input_size + 2 * padding - dilation * (kernel_size - 1) - 1
        return (free if stride < 3 else free + 1) // stride + 1

    diagnosis = check.output_size(output_size).diagnosis
    assert "never" not in diagnosis
    assert "wrong" in diagnosis


def test_the_mean_taken_off_is_named():
    def correlate2d(image, kernel, stride=1, padding=0):
        padded = torch.nn.functional.pad(image, (padding,) * 4)[None, None]
        out = torch.nn.functional.conv2d(padded, kernel[None, None], stride=stride)[0, 0]
        return out - out.mean()

    said = check.correlate2d(correlate2d).diagnosis
    assert said == "Every answer is the right one, less the mean of all its numbers."


def test_the_cells_that_differ_are_drawn():
    def correlate2d(image, kernel, stride=1, padding=0):
        padded = torch.nn.functional.pad(image, (padding,) * 4, value=1.0)
        return torch.nn.functional.conv2d(padded[None, None], kernel[None, None], stride=stride)[
            0, 0
        ]

    drawn = check.correlate2d(correlate2d).message
    assert "The cells that differ:\n  x x x" in drawn
    assert "x . ." in drawn


def test_a_long_signal_is_never_printed():
    message = check.spectrogram(lambda signal, window_size, hop: signal).message
    assert len(message) < 700, message
