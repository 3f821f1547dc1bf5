"""Inspection: the right numbers by torch, nothing left behind, and names that help."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab import inspection, models


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = models.SmallCNN(widths=(4, 5, 6, 7))
    model(torch.rand(20, 3, 32, 32))  # batch norm has seen pictures
    return model


@pytest.fixture
def images():
    return torch.rand(3, 3, 20, 28, generator=torch.Generator().manual_seed(1))


def part(model, start, end):
    return nn.Sequential(*list(model)[start:end])


def state(model):
    """Everything that looking inside must not change."""
    return (
        [module.training for module in model.modules()],
        [len(module._forward_hooks) for module in model.modules()],
        [parameter.grad for parameter in model.parameters()],
        {name: value.clone() for name, value in model.state_dict().items()},
    )


def assert_unchanged(model, before):
    *lists, weights = state(model)
    assert lists == list(before[:-1])
    assert all(torch.equal(weights[name], value) for name, value in before[-1].items())


def test_activations_are_what_the_layers_give(model, images):
    outputs = inspection.activations(model, images)
    assert list(outputs) == [str(number) for number in range(len(model))]
    expected = images
    for layer, output in zip(model.eval(), outputs.values(), strict=True):
        expected = layer(expected)
        torch.testing.assert_close(output, expected)
        assert not output.requires_grad


def test_activations_of_chosen_layers_take_uint8_too(model):
    pictures = torch.randint(0, 256, (2, 3, 16, 24), dtype=torch.uint8)
    outputs = inspection.activations(model, pictures, ["4", "1"])
    assert list(outputs) == ["1", "4"]
    expected = inspection.activations(model, pictures.float() / 255, ["4"])
    assert torch.equal(outputs["4"], expected["4"])
    assert outputs["4"].shape == (2, 4, 8, 12)


def test_a_layer_that_works_in_place_does_not_change_what_was_kept(images):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True))
    outputs = inspection.activations(model, images)
    assert outputs["0"].min() < 0
    expected = inspection.unit_gradient(nn.Sequential(model[0]), images, "0")
    assert torch.equal(inspection.unit_gradient(model, images, "0"), expected)


def test_a_model_without_parts_is_one_layer(images):
    layer = nn.Conv2d(3, 2, 5)
    assert torch.equal(inspection.activations(layer, images)["model"], layer(images))


@pytest.mark.parametrize(
    "look",
    [
        inspection.activations,
        lambda model, images: inspection.unit_gradient(model, images, "8"),
        lambda model, images: inspection.saliency(model, images, 2),
        lambda model, images: inspection.grad_cam(model, images, "8", 2),
    ],
    ids=["activations", "unit_gradient", "saliency", "grad_cam"],
)
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_left_behind_even_by_an_error(model, images, look, fails):
    model[4].eval()
    before, pixels = state(model), images.clone()
    if fails:
        with torch.no_grad(), pytest.raises(RuntimeError, match="running_mean should contain 2"):
            look(model, images[:, :2])
    else:
        with torch.no_grad():
            look(model, images)
    assert_unchanged(model, before)
    assert torch.equal(images, pixels)
    assert not images.requires_grad


def test_unit_gradient_by_one_picture_and_channel_at_a_time(model, images):
    model.eval()
    for channel in (2, None):
        expected = []
        for image in images:
            image = image[None].clone().requires_grad_()
            maps = part(model, 0, 9)(image)
            answer = maps[0, :, 1, 3].sum() if channel is None else maps[0, channel, 1, 3]
            answer.backward()
            expected.append(image.grad[0].abs().sum(0))
        measured = inspection.unit_gradient(model, images, "8", channel=channel, unit=(1, 3))
        torch.testing.assert_close(measured, torch.stack(expected).mean(0))


def test_the_center_is_the_default_and_stays_within_the_theoretical_field(model, images):
    from cnnlab import arithmetic

    gradient = inspection.unit_gradient(model, images, "8")  # a map of 5x7
    assert torch.equal(gradient, inspection.unit_gradient(model, images, "8", unit=(2, 3)))
    row = next(row for row in arithmetic.describe(model, images.shape[1:]) if row.name == "8")
    inside = torch.zeros_like(gradient)
    height, width = row.receptive_field
    top, left = height.start + 2 * height.stride, width.start + 3 * width.stride
    inside[top : top + height.size, left : left + width.size] = 1
    assert gradient.sum() > 0
    assert (gradient * (1 - inside)).sum() == 0


@pytest.mark.parametrize("layers", [1, 2, 7])
def test_equal_weights_spread_as_the_root_of_the_depth(layers):
    """n layers of equal 3x3 kernels: the variances 8 / 12 add up, so the size is sqrt(8n + 1)."""
    stack = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(layers)))
    for layer in stack:
        nn.init.ones_(layer.weight)
    gradient = inspection.unit_gradient(stack, torch.rand(1, 1, 21, 25), str(layers - 1))
    assert inspection.effective_size(gradient) == pytest.approx((8 * layers + 1) ** 0.5)


def test_effective_size_of_one_pixel_and_of_two_axes():
    pixel = torch.zeros(7, 5)
    pixel[6, 0] = 3
    assert inspection.effective_size(pixel) == 1
    line = torch.ones(5, 1)  # variance 2 along the height and 0 along the width
    assert inspection.effective_size(line) == pytest.approx(13**0.5)


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        (torch.zeros(4, 4), "zero everywhere"),
        (-torch.ones(4, 4), r"shape \(4, 4\) must be \(height, width\) with no negative"),
        (torch.ones(3, 4, 4), r"shape \(3, 4, 4\) must be"),
    ],
)
def test_gradients_without_a_size(gradient, message):
    with pytest.raises(ValueError, match=message):
        inspection.effective_size(gradient)


def test_saliency_and_grad_cam_by_hand(model, images):
    targets = torch.tensor([4, 0, 9])
    pixels = images.clone().requires_grad_()
    model.eval()
    maps = part(model, 0, 12)(pixels)
    maps.retain_grad()
    part(model, 12, None)(maps).gather(1, targets[:, None]).sum().backward()
    expected = pixels.grad.abs().amax(1)
    torch.testing.assert_close(inspection.saliency(model, images, targets), expected)
    weights = maps.grad.mean((2, 3), keepdim=True)
    expected = F.relu((weights * maps).sum(1)).detach()
    assert (expected > 0).any()
    torch.testing.assert_close(inspection.grad_cam(model, images, "11", targets), expected)
    one = inspection.grad_cam(model, images, "11", 4)
    torch.testing.assert_close(one[0], expected[0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda i, m, x: i.activations(m, x, ["c_3"]),
            r"'c_3' is not a layer of LeNet5. Did .* c3",
        ),
        (lambda i, m, x: i.unit_gradient(m, x, "zebra"), "Its layers are c1, s2, c3, s4, c5, f6"),
        (lambda i, m, x: i.grad_cam(m, x, "c6", 0), r"'c6' is not a layer of LeNet5. Did you mean"),
        (lambda i, m, x: i.activations(m, x[0]), r"images has the shape \(3, 32, 32\).*image\["),
        (lambda i, m, x: i.activations(m, x[:0]), r"images has the shape \(0, 3, 32, 32\)"),
        (lambda i, m, x: i.unit_gradient(m, x, "f6"), r"'f6' gives \(2, 84\), not maps"),
        (lambda i, m, x: i.grad_cam(m, x, "f6", 0), r"'f6' gives \(1, 84\), not maps"),
        (lambda i, m, x: i.unit_gradient(m, x, "s2", unit=(14, 3)), r"unit=\(14, 3\) .* 14x14 map"),
        (lambda i, m, x: i.unit_gradient(m, x, "s2", channel=6), "channel=6 .* the 6 channels"),
        (lambda i, m, x: i.saliency(m, x, [1, 2, 3]), "3 targets but 2 images"),
        (lambda i, m, x: i.saliency(m, x, 10), r"targets=\[10, 10\] .* classes 0 to 9"),
        (lambda i, m, x: i.grad_cam(m, x, "c3", -1), r"targets=\[-1, -1\] .* classes 0 to 9"),
    ],
)
def test_errors_name_the_fix(call, message):
    with pytest.raises(ValueError, match=message):
        call(inspection, models.LeNet5(), torch.rand(2, 3, 32, 32))


def test_a_layer_that_does_not_run_is_reported(images):
    model = models.SimpleCNN()
    model.unused = nn.Conv2d(3, 3, 3)
    images = torch.rand(1, 3, 32, 32)
    assert "unused" not in inspection.activations(model, images)
    with pytest.raises(ValueError, match="Layer 'unused' gave no tensor"):
        inspection.activations(model, images, ["unused"])
    with pytest.raises(ValueError, match="Layer 'unused' gave no tensor"):
        inspection.unit_gradient(model, images, "unused")
