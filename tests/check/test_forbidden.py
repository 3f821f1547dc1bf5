"""What an exercise is to be built without is seen; and whose function it is that is checked."""

import linecache
import warnings

import pytest
import torch
from torch import Tensor, conv2d, nn
from torch.nn import functional as F
from torch.nn.functional import conv2d as slide

from cnnlab import check, course, exercises
from cnnlab.exercises.kit import AUTOGRAD, CONVOLUTION
from cnnlab.exercises.kit.exercise import RIGHT, Exercise

CONVOLUTIONS = [
    F.conv2d,
    lambda x, w, b, s=1, p=0: slide(x, w, b, s, p),
    lambda x, w, b, s=1, p=0: conv2d(x, w, b, (s, s), (p, p)),
    lambda x, w, b, s=1, p=0: torch.convolution(x, w, b, [s] * 2, [p] * 2, [1, 1], False, [0], 1),
    lambda x, w, b, s=1, p=0: torch.ops.aten.conv2d(x, w, b, [s, s], [p, p]),
    lambda x, w, b, s=1, p=0: torch.func.functional_call(
        nn.Conv2d(w.shape[1], w.shape[0], 1, s, p), {"weight": w, "bias": b}, x
    ),
]


@pytest.mark.parametrize("function", CONVOLUTIONS)
def test_a_convolution_of_torch_is_seen_under_any_name(function):
    verdict = check.conv_forward(function)
    assert verdict.outcome == "forbidden", verdict
    assert CONVOLUTION in verdict.headline
    assert verdict.points(4) == 0


def _recorded(images: Tensor, size, gradient, stride=1, padding=0):
    weight = torch.zeros(gradient.shape[1], images.shape[1], *size, dtype=images.dtype)
    padded = F.pad(images, (padding,) * 4).unfold(2, size[0], stride).unfold(3, size[1], stride)

    def loss(kernels: Tensor) -> Tensor:
        return (torch.einsum("nchwab,ocab->nohw", padded, kernels) * gradient).sum()

    return weight.requires_grad_(), loss


def by_backward(*given):
    weight, loss = _recorded(*given)
    loss(weight).backward()
    return weight.grad


def by_grad(*given):
    weight, loss = _recorded(*given)
    return torch.autograd.grad(loss(weight), weight)[0]


def by_func(*given):
    weight, loss = _recorded(*given)
    return torch.func.grad(loss)(weight.detach())


def by_torch_nn_grad(images, size, gradient, stride=1, padding=0):
    shape = gradient.shape[1], images.shape[1], *size
    return torch.nn.grad.conv2d_weight(images, shape, gradient, stride, padding)


@pytest.fixture(scope="module")
def warm():
    """Import what torch imports at the first such call: the check's time is for the learner's."""
    with warnings.catch_warnings(action="ignore"):  # of torch's own
        by_func(torch.ones(1, 1, 2, 2), (1, 1), torch.ones(1, 1, 2, 2))
        by_forward_mode(torch.ones(1, 1, 2, 2), (1, 1), torch.ones(1, 1, 2, 2))


def by_forward_mode(*given):
    weight, loss = _recorded(*given)
    gradient = torch.zeros_like(weight)
    with torch.autograd.forward_ad.dual_level():
        for number in range(weight.numel()):
            step = torch.zeros_like(weight).detach()
            step.view(-1)[number] = 1
            dual = torch.autograd.forward_ad.make_dual(weight.detach(), step)
            slope = torch.autograd.forward_ad.unpack_dual(loss(dual)).tangent
            gradient.view(-1)[number] = slope
    return gradient.detach()


@pytest.mark.parametrize(
    "function", [by_backward, by_grad, by_func, by_forward_mode, by_torch_nn_grad]
)
def test_gradients_of_torch_are_seen(function, warm):
    verdict = check.weight_gradient(function)
    assert verdict.outcome == "forbidden", verdict
    assert AUTOGRAD in verdict.headline or CONVOLUTION in verdict.headline


def test_it_is_seen_in_the_last_call_too():
    """Whoever knows which calls were watched before could use it in the others."""
    solution, calls = exercises.load("correlate2d_dilated").variant(RIGHT), []

    def later(image, kernel, stride=1, padding=0, dilation=1):
        calls.append(kernel)
        if len(calls) > 30:
            slid = F.conv2d(image[None, None], kernel[None, None], None, stride, padding, dilation)
            return slid[0, 0]
        return solution(image, kernel, stride, padding, dilation)

    assert check.correlate2d_dilated(later).points(6) == 0


def test_it_is_seen_in_a_wrong_answer_and_behind_a_condition():
    solution = exercises.load("conv_forward").variant(RIGHT)

    def only_large_strides(images, weight, bias, stride=1, padding=0):
        if stride > 2:
            return F.conv2d(images, weight, bias, stride, padding)
        return solution(images, weight, bias, stride, padding)

    assert check.conv_forward(only_large_strides).outcome == "forbidden"
    assert check.conv_forward(lambda x, w, b, s=1, p=0: -F.conv2d(x, w)).outcome == "forbidden"


def test_where_the_text_forbids_nothing_nothing_is_forbidden():
    assert check.correlate2d(
        lambda image, kernel, s=1, p=0: F.conv2d(image[None, None], kernel[None, None], None, s, p)[
            0, 0
        ]
    )
    named = [
        n for n in exercises.names() if isinstance(e := exercises.load(n), Exercise) and e.without
    ]
    assert set(named) == {
        *("correlate2d_dilated", "conv_forward", "conv_backward"),
        *("bias_gradient", "weight_gradient", "image_gradient"),
    }


SOURCE = "def flip(kernel):\n    return kernel.flip(0, 1)\n"


def defined(text: str, filename: str):
    """Return what a notebook's cell defines: its lines can be looked up, as IPython's can."""
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    namespace: dict = {}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["flip"]


def test_the_solution_of_the_course_does_not_pass_for_the_learners(monkeypatch):
    kept = []
    monkeypatch.setattr(course, "remember", lambda *given: kept.append(given))
    comment = '# A solution. Open it after your own try; hints: check.hint("flip")\n'
    for function in (
        exercises.load("flip").variant(RIGHT),
        defined(comment + SOURCE, "<the solution's cell>"),
    ):
        verdict = check.flip(function)
        assert not verdict
        assert verdict.outcome == "the course's solution"
        assert verdict.points(2) == 0
    assert kept == []
    assert check.flip(defined(SOURCE, "<the learner's cell>"))
    assert check.flip(lambda kernel: kernel.flip(0, 1))
    assert len(kept) == 2
