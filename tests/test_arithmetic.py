"""Convolution arithmetic: torch is the oracle, the figures of the literature are the milestones."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnlab import arithmetic
from cnnlab.arithmetic import ReceptiveField, Window
from cnnlab.errors import ShapeError

small = st.integers(1, 5)


@settings(max_examples=1500, deadline=None)
@given(
    input_size=st.integers(1, 40),
    kernel_size=st.integers(1, 8),
    stride=small,
    padding=st.integers(0, 6),
    dilation=small,
)
def test_output_size_is_that_of_torch(input_size, kernel_size, stride, padding, dilation):
    numbers = {"stride": stride, "padding": padding, "dilation": dilation}
    conv = torch.nn.Conv1d(1, 1, kernel_size, **numbers, device="meta")
    try:
        expected = conv(torch.empty(1, 1, input_size, device="meta")).shape[-1]
    except RuntimeError:
        with pytest.raises(ShapeError, match=r"kernel spans \d+ pixels"):
            arithmetic.conv_output_size(input_size, kernel_size, **numbers)
    else:
        assert arithmetic.conv_output_size(input_size, kernel_size, **numbers) == expected


@settings(max_examples=500, deadline=None)
@given(
    input_size=st.integers(1, 30),
    kernel_size=st.integers(1, 8),
    stride=small,
    padding=st.integers(0, 6),
    output_padding=st.integers(0, 4),
    dilation=small,
)
def test_transposed_output_size_is_that_of_torch(
    input_size, kernel_size, stride, padding, output_padding, dilation
):
    assume(output_padding < max(stride, dilation))
    numbers = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
    }
    conv = torch.nn.ConvTranspose1d(1, 1, kernel_size, **numbers)
    try:
        with torch.no_grad():
            expected = conv(torch.zeros(1, 1, input_size)).shape[-1]
    except RuntimeError:
        expected = 0
    if expected:
        assert arithmetic.conv_transpose_output_size(input_size, kernel_size, **numbers) == expected
    else:
        with pytest.raises(ShapeError, match=r"Use padding=\d+ or less"):
            arithmetic.conv_transpose_output_size(input_size, kernel_size, **numbers)


@settings(max_examples=300, deadline=None)
@given(
    groups=st.integers(1, 4),
    inputs=st.integers(1, 5),
    outputs=st.integers(1, 5),
    kernel_size=st.tuples(small, small),
    bias=st.booleans(),
)
def test_parameters_are_those_of_torch(groups, inputs, outputs, kernel_size, bias):
    channels = groups * inputs, groups * outputs
    conv = torch.nn.Conv2d(*channels, kernel_size, groups=groups, bias=bias, device="meta")
    counted = arithmetic.conv_parameters(*channels, kernel_size, groups=groups, bias=bias)
    assert counted == sum(parameter.numel() for parameter in conv.parameters())


@settings(max_examples=200, deadline=None)
@given(
    windows=st.lists(
        st.builds(Window, small, stride=st.integers(1, 3), padding=small, dilation=small),
        min_size=1,
        max_size=3,
    )
)
def test_receptive_field_is_where_the_gradient_is(windows):
    layers = [
        torch.nn.Conv1d(1, 1, w.kernel_size, w.stride, w.padding, w.dilation, bias=False)
        for w in windows
    ]
    network = torch.nn.Sequential(*layers).double()
    for layer in layers:
        torch.nn.init.ones_(layer.weight)
    field = arithmetic.receptive_field(windows)
    signal = torch.zeros(1, 1, 400, dtype=torch.float64, requires_grad=True)
    output = network(signal)
    unit = output.shape[-1] // 2
    output[0, 0, unit].backward()
    touched = signal.grad[0, 0].nonzero()[:, 0]
    start = field.start + unit * field.stride
    assume(start >= 0 and start + field.size <= 400)
    assert touched[0] == start
    assert touched[-1] == start + field.size - 1


@pytest.mark.parametrize(
    ("input_size", "kernel_size", "stride", "padding", "dilation", "expected"),
    [
        (26, 7, 2, 2, 2, 9),
        (14, 5, 1, 3, 3, 8),
        (32, 3, 2, 0, 1, 15),
        (7, 1, 2, 0, 1, 4),
        (32, 5, 1, 0, 1, 28),
    ],
)
def test_known_output_sizes(input_size, kernel_size, stride, padding, dilation, expected):
    size = arithmetic.conv_output_size(
        input_size, kernel_size, stride=stride, padding=padding, dilation=dilation
    )
    assert size == expected


def test_known_counts():
    assert arithmetic.conv_parameters(12, 20, (3, 5), groups=4) == 920
    assert arithmetic.dense_parameters(3 * 32 * 32, 32 * 32 * 32) == 100_696_064
    assert arithmetic.conv_macs(3, 32, 3, 32) == 884_736
    assert arithmetic.conv_macs(64, 128, 3, (7, 5), groups=64) == 64 * 2 * 9 * 35
    assert arithmetic.activation_bytes((2, 3, 5), bytes_per_number=2) == 60


def test_receptive_field_of_nothing_is_one_pixel():
    assert arithmetic.receptive_field([]) == ReceptiveField(size=1, stride=1, start=0)


def test_a_pair_anywhere_gives_a_pair():
    assert arithmetic.conv_output_size((32, 48), 3) == (30, 46)
    assert arithmetic.conv_output_size(32, (3, 5), stride=2) == (15, 14)
    assert arithmetic.conv_output_size(32, 3, padding=[1, 0]) == (32, 30)
    assert arithmetic.conv_transpose_output_size((15, 7), 3, stride=(2, 1)) == (31, 9)


def test_integers_of_other_libraries_are_integers():
    assert arithmetic.conv_output_size(np.int64(32), torch.tensor(3)) == 30
    large = np.int32(60_000)  # its square does not fit into 32 bits
    assert arithmetic.dense_parameters(large, large, bias=False) == 3_600_000_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_size": 6, "kernel_size": 5, "dilation": 2},
            r"kernel spans 9 pixels \(kernel_size=5, dilation=2\) but the padded input has 6 "
            r"\(input_size=6, padding=0\)\. Use padding=2 or more",
        ),
        ({"input_size": 6, "kernel_size": 3, "stride": 0}, "stride=0 must be at least 1"),
        ({"input_size": 6, "kernel_size": 3, "padding": -1}, "padding=-1 must be at least 0"),
        ({"input_size": 6, "kernel_size": 3, "dilation": 0}, "dilation=0 must be at least 1"),
        ({"input_size": 0, "kernel_size": 3}, "input_size=0 must be at least 1"),
        ({"input_size": 6, "kernel_size": 2.5}, "kernel_size=2.5 is float, not an integer"),
        ({"input_size": 6, "kernel_size": True}, "kernel_size=True is bool, not an integer"),
        ({"input_size": "6", "kernel_size": 3}, "input_size='6' is str, not an integer"),
        ({"input_size": 6, "kernel_size": 3, "padding": "same"}, "padding='same' is str"),
        ({"input_size": (6, 6, 6), "kernel_size": 3}, r"a \(height, width\) pair"),
        ({"input_size": (6, 6), "kernel_size": 3, "stride": (1, 0)}, "stride=0 must be at least"),
    ],
)
def test_impossible_sizes_are_refused_with_the_mend(arguments, message):
    with pytest.raises(ShapeError, match=message):
        arithmetic.conv_output_size(**arguments)


def test_the_padding_that_the_error_proposes_is_the_least_that_works():
    with pytest.raises(ShapeError, match="Use padding=3 or more"):
        arithmetic.conv_output_size(3, 9)
    assert arithmetic.conv_output_size(3, 9, padding=3) == 1
    with pytest.raises(ShapeError, match="kernel spans"):
        arithmetic.conv_output_size(3, 9, padding=2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: arithmetic.conv_transpose_output_size(4, 3, stride=2, output_padding=2),
            "output_padding=2 must be smaller than stride=2 or dilation=1. Use at most 1",
        ),
        (lambda: arithmetic.conv_transpose_output_size(1, 3, padding=2), "Use padding=1 or less"),
        (lambda: arithmetic.conv_parameters(6, 8, 3, groups=4), "groups=4 does not divide"),
        (lambda: arithmetic.conv_parameters(6, 8, 3, bias=1), "bias=1 must be True or False"),
        (lambda: arithmetic.conv_parameters(0, 8, 3), "in_channels=0 must be at least 1"),
        (lambda: arithmetic.conv_parameters(6, 8, (3, 0)), "kernel_size=0 must be at least 1"),
        (lambda: arithmetic.dense_parameters(8, 1.5), "out_features=1.5 is float"),
        (lambda: arithmetic.conv_macs(6, 8, 3, -1), "output_size=-1 must be at least 1"),
        (lambda: arithmetic.activation_bytes((3, 0)), r"shape\[1\]=0 must be at least 1"),
        (lambda: Window(3, stride=0), "stride=0 must be at least 1"),
        (lambda: Window(3, padding=-1), "padding=-1 must be at least 0"),
    ],
)
def test_impossible_counts_are_refused(call, message):
    with pytest.raises(ShapeError, match=message):
        call()
