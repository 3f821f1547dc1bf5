"""Reasons that were false once, and others of their kind: what is said is so, or is not said."""

import re

import pytest
import torch
from torch.nn import functional as F

from cnnlab import check, exercises
from cnnlab.check.behavior import evidence
from cnnlab.exercises.kit.exercise import RIGHT


def weight_without_padding(images, kernel_size, output_gradient, stride=1, padding=0):
    height, width = kernel_size
    rows, columns = output_gradient.shape[2:]
    images = F.pad(images, (0, 2 * padding, 0, 2 * padding))  # the size fits, the place does not
    gradient = images.new_zeros(output_gradient.shape[1], images.shape[1], height, width)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = images[:, :, top : top + height, left : left + width]
            gradient += torch.einsum("no,nchw->ochw", output_gradient[:, :, i, j], window)
    return gradient


def padding_squared(input_size, kernel_size, stride=1, padding=0, dilation=1):
    return (input_size + padding**2 - dilation * (kernel_size - 1) - 1) // stride + 1


def never_the_last_stop(image, kernel, stride=1, padding=0):
    padded = F.pad(image, (padding,) * 4)
    height, width = kernel.shape
    rows = range(0, max(padded.shape[0] - height, 1), stride)
    columns = range(0, max(padded.shape[1] - width, 1), stride)
    sums = [(padded[i : i + height, j : j + width] * kernel).sum() for i in rows for j in columns]
    return torch.stack(sums).reshape(len(rows), len(columns))


def accuracy_rounded(logits, labels):
    return round((logits.argmax(1) == labels).double().mean().item(), 1)


def field_from_the_end(layers):
    size = 1
    for kernel_size, stride, dilation in reversed(layers):
        size = size * stride + dilation * (kernel_size - 1)
    return size


def a_step_of_its_own(function, point, step=1e-6):
    gradient = torch.zeros(point.numel(), dtype=point.dtype)
    for index in range(point.numel()):
        move = torch.zeros(point.numel(), dtype=point.dtype)
        move[index] = 1e-6
        move = move.reshape(point.shape)
        gradient[index] = (function(point + move) - function(point - move)) / 2e-6
    return gradient.reshape(point.shape)


def cam_of_the_loss(features, head, images, targets):
    maps = features(images).detach().requires_grad_()
    loss = F.cross_entropy(head(maps), torch.as_tensor(targets), reduction="sum")
    (gradients,) = torch.autograd.grad(loss, maps)
    return F.relu((gradients.mean((2, 3), keepdim=True) * maps).sum(1)).detach()


def mebibytes(shape, bytes_per_number=4):
    return torch.Size(shape).numel() * bytes_per_number / 2**20


def cut_at_minus_padding(signal, kernel, dilation=1):
    padding = (len(kernel) - 1) * dilation
    padded = F.pad(signal, (padding, padding))[None, None]
    return F.conv1d(padded, kernel[None, None], dilation=dilation)[0, 0, :-padding]


def mirrored(images, limit, generator):
    if not limit:
        return images.clone()
    size, moved = images.shape[2:], []
    for image in images:
        down, right = torch.randint(0, 2 * limit + 1, (2,), generator=generator).tolist()
        padded = F.pad(image[None], (limit,) * 4, mode="replicate")[0]
        moved.append(padded[:, down : down + size[0], right : right + size[1]])
    return torch.stack(moved)


def bias_without_padding_only(images, weight, bias, stride=1, padding=0):
    out = _unfolded(images, weight, stride, padding)
    return out if padding else out + bias[:, None, None]


def weight_of_one_image_if_strided(images, weight, bias, stride=1, padding=0):
    out = _unfolded(images, weight, stride, padding) + bias[:, None, None]
    return out[:1].expand_as(out) if stride > 1 else out


def _unfolded(images, weight, stride, padding):
    padded = F.pad(images, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("nchwab,ocab->nohw", windows, weight)


def dilation_of_even_kernels(input_size, kernel_size, stride=1, padding=0, dilation=1):
    span = kernel_size if kernel_size % 2 else dilation * (kernel_size - 1) + 1
    return (input_size + 2 * padding - span) // stride + 1


def stride_of_flat_images(image, kernel, stride=1, padding=0):
    step = 1 if image.shape[1] > image.shape[0] else stride
    out = F.conv2d(image[None, None], kernel[None, None], stride=step, padding=padding)[0, 0]
    return out


CASES = [  # exercise, function, what may be said, what may not
    ("weight_gradient", weight_without_padding, "padding", "square"),
    ("output_size", padding_squared, "padding|$", "even|odd"),
    ("correlate2d", never_the_last_stop, "last|$", "stride is above"),
    ("accuracy", accuracy_rounded, "round|$", "width|even|odd"),
    ("receptive_field", field_from_the_end, "a layer has a stride above 1|$", "6 of 6"),
    ("numerical_gradient", a_step_of_its_own, r"never changes with step|step=|$", r"step / 255"),
    ("grad_cam", cam_of_the_loss, "", r"\.max\(\)|\.shape"),
    ("activation_bytes", mebibytes, "megabytes|1048576", "less"),
    ("causal_conv1d", cut_at_minus_padding, "empty", "kernel itself"),
    ("random_shift", mirrored, "", "never changes"),
    ("conv_forward", bias_without_padding_only, "padding is above 0", r"\bnever"),
    ("conv_forward", weight_of_one_image_if_strided, "stride is above 1|$", "square|padding"),
    (
        "output_size",
        dilation_of_even_kernels,
        "kernel_size is odd|kernel_size.* and |$",
        r"\bnever",
    ),
    ("correlate2d", stride_of_flat_images, "wider than high|stride|$", r"\bnever"),
]


@pytest.mark.parametrize(("exercise", "function", "so", "not_so"), CASES)
def test_what_is_said_is_so(exercise, function, so, not_so, monkeypatch):
    monkeypatch.setattr(evidence, "SECONDS", 4.0)  # a busy machine finds what a quiet one does
    for seed in range(3):
        verdict = getattr(check, exercise)(function, seed=seed)
        assert not verdict
        said = verdict.diagnosis or ""
        assert re.search(so, said), verdict
        assert not re.search(not_so, said), verdict


def test_several_slips_are_named_by_their_weight():
    def train(model, optimizer, batches):
        model.train()
        total, count = 0.0, 0
        for images, labels in batches:
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            total, count = total + loss * len(images), count + len(images)
        return total / count

    said = check.train_one_epoch(train)
    assert said.misconceptions[0] == "gradients never cleared"
    assert said.message.index("earlier batches") < said.message.index("graph")
    assert "weight after the epoch is" in said.details[0]


def test_an_example_shows_the_reason():
    """It has the setting that the sentence is about, and says what is right."""

    solution = exercises.load("correlate2d_dilated").variant(RIGHT)
    for name in ("dilation", "padding", "stride"):

        def wrong_above_one(image, kernel, stride=1, padding=0, dilation=1, name=name):
            setting = {"stride": stride, "padding": padding, "dilation": dilation}[name]
            right = solution(image, kernel, stride, padding, dilation)
            return right + torch.arange(right.numel()).reshape(right.shape).cos() * (setting > 1)

        verdict = check.correlate2d_dilated(wrong_above_one)
        assert verdict.diagnosis.startswith(f"It is wrong whenever {name} is above 1"), verdict
        shown = re.search(rf"{name}=(\d+)", verdict.details[0])
        assert int(shown[1]) > 1
        assert "; right is " in verdict.details[0]


def test_a_crash_says_what_the_line_found():
    message = check.flip(lambda kernel: kernel[::-1, ::-1]).message
    assert "A tensor takes no negative step in a slice; .flip(axis) turns an axis round." in message
    assert "with kernel of shape (" in message
    message = check.flip(lambda kernel: kernel.flip(0, 2)).message
    assert "That tensor has 2 axes, counted from 0: there is no axis 2." in message


def test_what_torch_has_not_implemented_is_not_called_unwritten():
    def correlate2d(image, kernel, stride=1, padding=0):
        return F.pad(image, (padding,) * 4, mode="reflect")

    assert check.correlate2d(correlate2d).outcome == "crash"


@pytest.mark.parametrize("exercise", ["diagnoses", "edge_kernel", "dot_kernel"])
def test_no_internals_reach_a_learner(exercise):
    for given in ("text", {"a": object()}, object(), [object()]):
        message = getattr(check, exercise)(lambda given=given: given).message
        assert "Unusable" not in message
        assert "smallest input" not in message
