"""Wrong answers that no list foresaw: none is accepted, and nearly all get a true reason."""

import re
from collections import Counter

import pytest
import torch
from torch import Tensor

from cnnlab import check, exercises
from cnnlab.check.behavior import evidence, relations, substitutions
from tests.check.independent import WRONG, label

LEAST_TRUE = 0.85  # of all that a check may explain; `python -m tests.check.independent` shows all
MOST_NOT_READ = 0.03  # reasons that changed since somebody read them
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
    "respond: square loop": "Every answer is the right one for patch with zeros outside its "
    "square of axes 0 and 1.",
    "correlate2d: longs": "Every answer is the right one cut to whole numbers.",
    "correlate2d: always half kernel": "Every answer is the right one for kernel.shape[0] // 2 "
    "in place of padding.",
    "conv_forward: pads the output": "conv_forward uses one of torch's convolutions, and this "
    "exercise does without. Every answer is what comes out where padding is not used, "
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


@pytest.fixture(scope="module")
def labels(verdicts):
    """What the reason of each wrong answer is worth, where it is not the task to find it."""
    return {
        f"{exercise}: {what}": label(exercise, what, function, verdicts[f"{exercise}: {what}"])
        for exercise, what, function in WRONG
        if not exercises.load(exercise).hide_diagnosis
    }


def test_there_are_enough_of_them(verdicts):
    assert len(verdicts) == len(WRONG) >= 640
    per_exercise = Counter(exercise for exercise, *_ in WRONG)
    assert len(per_exercise) >= 50


def test_none_is_accepted(verdicts):
    assert [name for name, verdict in verdicts.items() if verdict.passed] == []


def test_reasons_are_true(labels):
    """A reason counts as true if it was read, or if it says the cause that is known."""
    counts = Counter(labels.values())
    found = {kind: [name for name in labels if labels[name] == kind] for kind in counts}
    assert counts["true"] >= LEAST_TRUE * len(labels), counts
    assert counts["false"] == 0, found["false"]
    assert counts["not reviewed"] <= MOST_NOT_READ * len(labels), found["not reviewed"]


def _rules():
    numbers, image = torch.ones(2), torch.ones(2, 3)
    yield from (substitutions.PAIRS, substitutions.FUNCTIONS, substitutions.INTEGERS)
    yield from (substitutions.tensor_changes(image), relations.NUMERIC, relations.FEW)
    yield {f"the right one before {text}": step for text, step in relations.INVERSE.items()}
    yield from (relations.of_places(numbers, ()), relations.of_places(image, (2, 3)))
    yield from (relations.of_places(image, (1, 3)), relations.of_places((1, 2), ()))


def _said_by(rule):
    """Return a pattern of the sentences that a rule makes, whatever its axes are."""
    text = re.sub(r"\d", r"\\d", re.escape(rule))
    return re.compile(text.replace(re.escape("{}"), ".+?"))


@pytest.mark.parametrize("rule", sorted({rule for rules in _rules() for rule in rules}))
def test_each_rule_is_needed(rule, verdicts):
    pattern = _said_by(rule)
    assert any(pattern.search(each.diagnosis or "") for each in verdicts.values())


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_is_what_was_written(verdicts, name):
    assert verdicts[name].diagnosis == REASONS[name]


def test_a_reason_is_in_the_message_and_earns_half_at_most(verdicts):
    for verdict in verdicts.values():
        if verdict.outcome not in ("misconception", "forbidden", "crash") and verdict.diagnosis:
            assert verdict.diagnosis.rstrip(".") in verdict.message  # an error ends without a stop
            by_groups = exercises.load(verdict.exercise).group is not None
            assert verdict.points(2) in ((0, 0.5, 1, 1.5) if by_groups else (0, 1))


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

    verdict = check.output_size(output_size)
    assert not verdict
    assert "never" not in (verdict.diagnosis or "")


def test_the_mean_taken_off_is_named():
    def correlate2d(image, kernel, stride=1, padding=0):
        padded = torch.nn.functional.pad(image, (padding,) * 4)[None, None]
        out = torch.nn.functional.conv2d(padded, kernel[None, None], stride=stride)[0, 0]
        return out - out.mean()

    said = check.correlate2d(correlate2d).diagnosis
    assert said == "Every answer is the right one, less the mean of all its numbers."


def test_the_cells_that_differ_are_drawn():
    def correlate2d(image, kernel, stride=1, padding=0):
        given = image[None, None], kernel[None, None]
        out = torch.nn.functional.conv2d(*given, stride=stride, padding=padding)[0, 0]
        out[0, 0] += 1
        return out

    verdict = check.correlate2d(correlate2d)
    assert "The cells that differ:\n  x ." in verdict.message


def test_a_long_signal_is_never_printed():
    message = check.spectrogram(lambda signal, window_size, hop: signal).message
    assert len(message) < 700, message
