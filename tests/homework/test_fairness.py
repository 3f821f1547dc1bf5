"""Slips of the same weight cost the same, and marks fall with each mistake."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab import check, exercises
from cnnlab.exercises.fixed_bugs import BUGS, GIVEN, named_bugs
from cnnlab.exercises.kit.exercise import RIGHT


def size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1


def test_a_rare_slip_costs_no_more_than_a_known_one():
    ignoring = check.output_size(lambda i, k, s=1, p=0, d=1: size(i, k, s, p))
    assert ignoring.misconceptions == ("dilation ignored",)
    for rare in (1, 99, None):

        def output_size(i, k, s=1, p=0, d=1, rare=rare):
            return rare if (i, k) == (5, 5) and not p else size(i, k, s, p, d)

        verdict = check.output_size(output_size)
        assert verdict.points(2) == (2 if rare == 1 else ignoring.points(2)), verdict


def test_what_is_wrong_in_most_calls_earns_nothing():
    verdict = check.output_size(lambda i, k, s=1, p=0, d=1: size(i, k, s, p, d) if i == 5 else 7)
    assert verdict.points(2) == 0


def test_two_known_slips_cost_more_than_one():
    exercise = exercises.load("output_size")
    both = exercise.variant(frozenset(("dilation ignored", "padding once")))
    verdict = check.output_size(both)
    assert len(verdict.misconceptions) == 2
    assert verdict.points(2) == 0.5


def test_a_wrong_shape_alone_costs_what_a_wrong_type_costs():
    solution = exercises.load("correlate2d_dilated").variant(RIGHT)
    verdict = check.correlate2d_dilated(lambda *given: solution(*given)[None])
    assert verdict.outcome == "wrong shape"
    assert verdict.points(6) == 3


def test_a_setting_left_behind_is_one_slip():
    solution = exercises.load("conv_forward").variant(RIGHT)

    def conv_forward(*given):
        torch.set_grad_enabled(False)
        return solution(*given)

    assert check.conv_forward(conv_forward).points(4) == 2


def test_what_is_forbidden_earns_nothing_even_if_it_is_right():
    assert check.conv_forward(F.conv2d).points(4) == 0


@pytest.mark.parametrize("wrong", range(1, 9))
def test_each_wrong_name_costs_half_a_point_and_no_function_is_named(wrong):
    names = named_bugs(GIVEN) | dict.fromkeys(range(1, wrong + 1), "step forgotten")
    verdict = check.diagnoses(lambda: names)
    assert verdict.points(4) == 4 - wrong / 2
    assert verdict.headline == f"Not yet: {8 - wrong} of 8 are right."
    assert "function" not in verdict.message.partition("hint")[0].replace("function's", "")
    assert not any(bug in verdict.message for bug in BUGS)


def test_a_name_in_other_letters_is_the_name():
    names = {number: name.title().replace("-", " ") for number, name in named_bugs(GIVEN).items()}
    assert check.diagnoses(lambda: names)


@pytest.mark.parametrize(("number", "bug"), named_bugs(GIVEN).items())
def test_a_function_that_is_not_fixed_earns_nothing(number, bug):
    """Although some of them are right in half of the trials."""
    name = f"fixed_{number}"
    namespace = {"torch": torch, "F": F}
    exec(BUGS[bug].code(name), namespace)
    assert getattr(check, name)(namespace[name]).points(1.5) == 0


def test_a_wrong_number_costs_its_column():
    rows = [list(row) for row in exercises.load("count_lenet5").variant(RIGHT)()]
    rows[2][3] += 1
    assert check.count_lenet5(lambda: rows).points(4) == 3
    rows[0][2] += 1
    rows[0][3] += 1
    assert check.count_lenet5(lambda: rows).points(4) == 2
    assert check.count_lenet5(list).points(4) == 0


def test_a_budget_is_not_kept_by_a_network_that_learns_next_to_nothing():
    def budget_network():
        first = nn.Conv2d(3, 1, 2, dilation=31)
        return nn.Sequential(first, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 10))

    assert check.budget_network(budget_network).points(5) == 0


def test_convolutions_with_nothing_between_them_are_one():
    def budget_network():
        layers = [nn.Conv2d(a, b, 5, 2, 2) for a, b in ((3, 12), (12, 24), (24, 20))]
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(20, 10))

    verdict = check.budget_network(budget_network)
    assert "something nonlinear between them" in verdict.message
    assert verdict.points(5) < 5
