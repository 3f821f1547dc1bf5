"""Right answers in the styles that learners write must pass, with every seed."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab import arithmetic, attacks, check, exercises
from cnnlab.exercises.fixed_bugs import BUGS, GIVEN, named_bugs
from tests.check import right_answers_01_to_06 as early
from tests.check import right_answers_07_to_11 as late
from tests.check import right_answers_12 as own
from tests.homework import styles as homework

STYLES: dict[str, list[Callable]] = {
    "respond": [
        early.respond_by_loops,
        lambda patch, kernel: torch.einsum("hw,hw->", patch, kernel),
        lambda patch, kernel: F.conv2d(patch[None, None], kernel[None, None]).item(),
        lambda patch, kernel: np.sum(patch.numpy() * kernel.numpy()),
    ],
    "edge_kernel": [
        lambda: torch.tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        lambda: np.outer([3, 10, 3], [1, 0, -1]),
        lambda: torch.tensor([0.5, 0.0, -0.5]).expand(3, 3),
    ],
    "output_size": [
        lambda i, k, s=1, p=0, d=1: torch.tensor(i + 2 * p - d * (k - 1) - 1) // s + 1,
        lambda i, k, s=1, p=0, d=1: np.int64(i + 2 * p - d * (k - 1) - 1) // s + 1,
        lambda i, k, s=1, p=0, d=1: len(range(0, i + 2 * p - d * (k - 1), s)),
        lambda input_size, kernel_size, *, stride=1, padding=0, dilation=1: (
            arithmetic.conv_output_size(
                input_size, kernel_size, stride=stride, padding=padding, dilation=dilation
            )
        ),
    ],
    "output_shape": [
        early.sizes,
        lambda i, k, s=(1, 1), p=(0, 0), d=(1, 1): torch.Size(early.sizes(i, k, s, p, d)),
    ],
    "correlate2d": [early.correlate_unfold, early.correlate_float32, early.correlate_numpy],
    "flip": [
        lambda kernel: kernel.rot90(2),
        lambda kernel: torch.tensor([row[::-1] for row in kernel.tolist()[::-1]]),
        lambda kernel: kernel.numpy()[::-1, ::-1],
    ],
    "conv_parameters": [
        lambda i, o, k, g=1, b=True: torch.tensor(o * (i // g) * math.prod(k) + b * o),
        lambda i, o, k, g=1, b=True: arithmetic.conv_parameters(i, o, k, groups=g, bias=b),
    ],
    "layer_macs": [
        lambda x, w, s=1, p=0: math.prod(w) * math.prod(early.sizes(x[2:], w[2:], (s, s), (p, p))),
        lambda x, w, s=1, p=0: (
            F.conv2d(torch.zeros(x), torch.zeros(w), stride=s, padding=p)[0].numel()
            * math.prod(w[1:])
        ),
    ],
    "activation_bytes": [
        lambda shape, n=4: np.prod(shape) * n,
        lambda shape, n=4: arithmetic.activation_bytes(shape, bytes_per_number=n),
    ],
    "table_parameters": [
        lambda table, k: sum(len(maps) * k * k + 1 for maps in table),
        lambda table, k: np.sum([len(maps) for maps in table]) * k**2 + len(table),
    ],
    "conv2d_multichannel": [
        early.correlate_channels,
        lambda image, weight, bias: F.conv2d(image[None], weight, bias).squeeze(0),
    ],
    "im2col": [
        lambda image, k, s=1: F.unfold(image[None], k, stride=s)[0],
        lambda image, k, s=1: (
            image.unfold(1, k[0], s)
            .unfold(2, k[1], s)
            .permute(0, 3, 4, 1, 2)
            .flatten(3)
            .flatten(0, 2)
        ),
    ],
    "conv_backward": [early.conv_backward_convolved, early.conv_backward_fold],
    "numerical_gradient": [
        early.gradient_in_place,
        lambda f, point, step=1e-6: torch.stack(
            [
                (f(point + move) - f(point - move)) / (2 * step)
                for move in step * torch.eye(point.numel()).double().view(-1, *point.shape)
            ]
        ).view(point.shape),
    ],
    "accuracy": [
        lambda logits, labels: (
            sum(int(row.argmax()) == int(n) for row, n in zip(logits, labels, strict=True))
            / len(labels)
        ),
        lambda logits, labels: logits.softmax(1).max(1).indices.eq(labels).double().mean(),
    ],
    "evaluate": [early.evaluate_joined, early.evaluate_weighted],
    "permute_pixels": [
        late.permute_pixels_in_place,
        late.permute_pixels_numpy,
        lambda images, permutation: images.flatten(2).index_select(2, permutation).view_as(images),
    ],
    "equivariance_error": [late.equivariance_error_by_padding, late.equivariance_error_float32],
    "shift_consistency": [
        late.shift_consistency_counting,
        lambda model, images, shifts: [
            model(torch.roll(images, s, -1)).argmax(-1).eq(model(images).argmax(-1)).sum()
            / len(images)
            for s in shifts
        ],
    ],
    "train_one_epoch": [early.train_clearing_after, early.train_by_likelihood],
    "residual_block": [
        early.Block(),
        lambda features, first, second, projection=None: torch.clamp(
            second(first(features).relu()) + (projection or nn.Identity())(features), min=0
        ),
    ],
    "batch_norm": [early.norm_by_einsum, early.norm_by_module],
    "random_shift": [early.shift_by_slices, early.shift_by_gather],
    "one_cycle": [
        early.cycle_by_turns,
        lambda step, steps: np.interp((step + 1) / (steps + 1), [0, 0.2, 1], [0, 1, 0]),
    ],
    "fit": [early.fit_by_hand, early.fit_by_loaders],
    "choose_rate": [early.rate_by_dictionary, early.rate_step_by_step],
    "receptive_field": [
        late.field_from_the_end,
        late.field_by_gradient,
        lambda layers: (
            1
            + sum(
                (k - 1) * d * math.prod(s for _, s, _ in layers[:i])
                for i, (k, _, d) in enumerate(layers)
            )
        ),
    ],
    "grad_cam": [late.cam_by_backward, late.cam_by_captum],
    "fgsm": [late.fgsm_backward, late.fgsm_one_by_one, attacks.fgsm],
    "pgd_step": [
        lambda images, original, gradient, step, epsilon: torch.clamp(
            images + step * gradient.sign(),
            (original - epsilon).clamp(min=0),
            (original + epsilon).clamp(max=1),
        ),
        lambda images, original, gradient, step, epsilon: np.clip(
            np.clip(images + step * np.sign(gradient), 0, 1), original - epsilon, original + epsilon
        ),
        lambda x, x0, g, a, e: x0 + (x + a * g / g.abs() - x0).clamp(-e, e).clamp(-x0, 1 - x0),
    ],
    "macs_per_byte": [
        lambda macs, weights, inputs, outputs, batch: (
            macs / (4 * (weights / batch + inputs + outputs))
        ),
        lambda m, w, i, o, b: torch.tensor(b * m / sum((4 * w, 4 * b * i, 4 * b * o))),
    ],
    "causal_conv1d": [
        late.causal_cropped,
        lambda signal, kernel, dilation=1: F.conv1d(
            F.pad(signal, (dilation * (len(kernel) - 1), 0))[None, None],
            kernel[None, None],
            dilation=dilation,
        ).flatten(),
        lambda signal, kernel, dilation=1: torch.tensor(
            late.causal_by_loops(signal, kernel, dilation)
        ),
        lambda signal, kernel, dilation=1: np.convolve(
            signal.numpy(), np.kron(kernel.numpy()[::-1], [1] + [0] * (dilation - 1))
        )[: len(signal)],
    ],
    "dilated_field": [
        lambda kernel_size, dilations: np.int64(sum(dilations)) * (kernel_size - 1) + 1,
        lambda k, dilations: len(range(-sum((k - 1) * d for d in dilations), 1)),
    ],
    "spectrogram": [late.spectrogram_numpy, late.spectrogram_stft],
    "throughput": [late.throughput_first_look_kept, late.throughput_by_seconds],
    "whitening_kernels": [
        late.whiten_by_svd,
        late.whiten_numpy,
        late.whiten_float32,
        late.whiten_by_inverse,
    ],
    "shared_gradient": [
        late.shared_by_backward,
        late.shared_by_processes,
        late.shared_picture_by_picture,
    ],
    "freeze": [own.freeze_by_loops, own.freeze_by_children, own.freeze_layers_that_matter],
    "split_by_group": [own.split_by_loops, own.split_by_numpy, own.split_by_one_order],
    "standardize": [
        own.standardize_numpy,
        own.standardize_float32,
        own.standardize_by_loops,
        own.standardize_by_scaler,
    ],
    "balanced_accuracy": [
        own.balanced_by_table,
        own.balanced_by_counting,
        own.balanced_by_weights,
        own.balanced_ignoring_empty,
    ],
}
STYLES |= homework.STYLES
STYLES |= {f"fixed_{n}": STYLES[BUGS[bug].lesson.name] for n, bug in named_bugs(GIVEN).items()}
MEASURED = "trained_network"  # not a function: no other style of it
CASES = [(name, index) for name, styles in STYLES.items() for index in range(len(styles))]


@pytest.mark.parametrize(("name", "index"), CASES)
def test_other_right_style_passes(name: str, index: int) -> None:
    for seed in range(3):
        verdict = getattr(check, name)(STYLES[name][index], seed=seed)
        assert verdict, verdict


def test_every_exercise_has_two_other_styles() -> None:
    assert all(len(STYLES[name]) >= 2 for name in exercises.names() if name != MEASURED)
