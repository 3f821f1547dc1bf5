"""The networks: shapes, parameters, and that they are what the lessons and the papers say."""

import ast
import json
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from cnnlab import arithmetic, models
from cnnlab.__main__ import _names
from cnnlab.errors import ShapeError

SMALLEST = {"simple-cnn": 2, "mlp": 1, "small-cnn": 4, "fast-cnn": 8, "lenet5": 16}
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def lesson_cell(ident, lesson="05_first_cnn"):
    cells = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text())["cells"]
    return next("".join(cell["source"]) for cell in cells if cell["id"] == ident)


@pytest.mark.parametrize("make", models.BY_NAME.values())
@pytest.mark.parametrize("num_classes", [2, 10])
def test_pictures_in_logits_out(make, num_classes):
    torch.manual_seed(0)
    logits = make(num_classes)(torch.rand(4, 3, 32, 32))
    assert logits.shape == (4, num_classes)
    assert logits.std() > 0
    sums = logits.sum(dim=1)
    assert not torch.allclose(sums, torch.ones(4), atol=1e-3)  # logits, not probabilities


@pytest.mark.parametrize("make", models.BY_NAME.values())
def test_every_parameter_learns(make):
    torch.manual_seed(0)
    model = make()
    nn.functional.cross_entropy(model(torch.rand(8, 3, 32, 32)), torch.arange(8)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_command_line_offers_every_model():
    assert _names("models/__init__.py") == tuple(models.BY_NAME)


def test_parameter_counts():
    counts = {
        name: sum(p.numel() for p in make().parameters()) for name, make in models.BY_NAME.items()
    }
    assert counts == {
        "simple-cnn": 41_418,
        "mlp": 197_322,
        "small-cnn": 61_344,
        "fast-cnn": 6_573_136,
        "lenet5": 60_000,
    }


def test_simple_cnn_is_the_one_that_lesson_05_writes():
    names = {"nn": nn}
    exec(lesson_cell("network"), names)
    written = names["SimpleCNN"]()
    kept = models.SimpleCNN()
    kept.load_state_dict(written.state_dict())
    images = torch.rand(4, 3, 32, 32)
    assert torch.equal(written(images), kept(images))


def test_simple_cnn_reads_like_the_lesson():
    lesson = ast.parse(lesson_cell("network")).body[0]
    package = ast.parse(Path(models.simple.__file__).read_text())
    kept = next(node for node in package.body if getattr(node, "name", "") == "SimpleCNN")
    assert [node.name for node in lesson.body] == [
        node.name for node in kept.body if isinstance(node, ast.FunctionDef)
    ]


def test_attention_is_the_one_that_lesson_08_writes():
    names = {"torch": torch}
    exec(lesson_cell("vit-attend", "08_assumptions"), names)
    torch.manual_seed(0)
    layer, patches = models.transformer.Attention(12, heads=3), torch.randn(2, 5, 12)
    torch.testing.assert_close(names["attend"](layer, patches), layer(patches))


def test_attention_is_torchs():
    torch.manual_seed(0)
    layer, patches = models.transformer.Attention(12, heads=3), torch.randn(2, 5, 12)
    torchs = nn.MultiheadAttention(12, 3, batch_first=True)
    kept = {
        name.replace("queries_keys_values.", "in_proj_"): each
        for name, each in layer.state_dict().items()
    }
    torchs.load_state_dict({name.replace("out.", "out_proj."): each for name, each in kept.items()})
    torch.testing.assert_close(torchs(patches, patches, patches)[0], layer(patches))


def test_vit_costs_what_small_cnn_costs():
    vit, cnn = models.ViT(), models.SmallCNN()
    costs = [arithmetic.describe(model, (3, 32, 32)) for model in (vit, cnn)]
    by_steps = sdpa_kernel(SDPBackend.MATH)  # torch does not count what runs in one
    with by_steps, FlopCounterMode(display=False) as counter:
        vit.eval()(torch.rand(1, 3, 32, 32))
    assert counter.get_total_flops() == 2 * (costs[0].macs + vit.attention_macs)
    assert costs[0].macs + vit.attention_macs == pytest.approx(costs[1].macs, rel=0.001)
    assert costs[0].parameters == sum(p.numel() for p in vit.parameters()) == 67_552
    nn.functional.cross_entropy(vit(torch.rand(8, 3, 32, 32)), torch.arange(8)).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in vit.parameters())


def test_lenet5_connects_c3_by_the_table_of_1998():
    lenet5 = models.LeNet5()
    table = lenet5.c3.connected
    assert table.sum(dim=1).tolist() == [3] * 6 + [4] * 9 + [6]
    assert table.sum(dim=0).tolist() == [10] * 6  # every map of S2 is read by ten of C3
    images = torch.rand(1, 6, 14, 14)
    changed = images.clone()
    changed[:, 0] += 1
    differ = (lenet5.c3(images) != lenet5.c3(changed)).flatten(2).any(dim=2)[0]
    assert torch.equal(differ, table[:, 0])


def test_table_convolution_with_a_full_table_is_a_convolution():
    torch.manual_seed(0)
    full = models.TableConv2d(((0, 1), (0, 1), (0, 1)), in_channels=2, kernel_size=3)
    images = torch.rand(2, 2, 6, 7)
    weight = full.weight.view(3, 2, 3, 3)
    expected = nn.functional.conv2d(images, weight, full.bias)
    torch.testing.assert_close(full(images), expected)


def test_subsampling_sums_times_factor_plus_bias():
    layer = models.Subsampling(2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([1.0, -2.0]))
        layer.bias.copy_(torch.tensor([0.5, 0.0]))
    images = torch.arange(16.0).view(1, 2, 2, 4)
    expected = [[[0 + 1 + 4 + 5 + 0.5, 2 + 3 + 6 + 7 + 0.5]], [[-2 * 42.0, -2 * 50.0]]]
    assert layer(images)[0].tolist() == expected


def test_small_cnn_does_not_care_where_in_the_middle_a_thing_stands():
    torch.manual_seed(0)
    model = models.SmallCNN().eval()
    images = torch.zeros(2, 3, 48, 48)
    thing = torch.rand(3, 6, 6)
    images[0, :, 20:26, 20:26] = thing
    images[1, :, 24:30, 16:22] = thing  # moved by 4, the stride of the last map
    logits = model(images)
    torch.testing.assert_close(logits[0], logits[1])


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("residual", [True, False])
def test_fast_cnn_with_and_without_its_parts(batch_norm, residual):
    model = models.FastCNN(7, width=2, batch_norm=batch_norm, residual=residual)
    kinds = [type(module) for module in model.modules()]
    assert model(torch.rand(2, 3, 32, 32)).shape == (2, 7)
    assert kinds.count(nn.BatchNorm2d) == 1 + 8 * batch_norm
    assert kinds.count(models.Residual) == 2 * residual
    assert kinds.count(nn.Conv2d) == 8


def test_residual_adds_its_input():
    features = torch.randn(2, 3, 5, 4)
    assert torch.equal(models.Residual(nn.ReLU())(features), features + features.relu())


@pytest.mark.parametrize("name", models.BY_NAME)
@pytest.mark.parametrize("size", [(28, 28), (64, 48), (17, 33), (96, 224)])
def test_images_of_any_size(name, size):
    model = models.build(name, 7, image_size=size).eval()
    assert model(torch.rand(2, 3, *size)).shape == (2, 7)


@pytest.mark.parametrize("name", SMALLEST)
def test_the_smallest_size_works_and_one_less_is_reported(name):
    smallest = SMALLEST[name]
    model = models.build(name, 2, image_size=(smallest, smallest)).eval()
    assert model(torch.rand(2, 3, smallest, smallest)).shape == (2, 2)
    if smallest == 1:
        return
    with pytest.raises(
        ShapeError, match=rf"takes images of {smallest}x{smallest} .*--model"
    ) as told:
        models.build(name, 2, image_size=(40, smallest - 1))
    able = str(told.value).split("--model ")[1].split(",")[0].split(" or ")
    assert able == [each for each in SMALLEST if SMALLEST[each] < smallest]
    assert f"--size {smallest}." in str(told.value)


def test_the_speedrun_reports_its_smallest_size_too():
    model = models.SpeedrunCNN(widths=(4, 4, 4)).eval()
    assert model(torch.rand(2, 3, 9, 9)).shape == (2, 10)
    with pytest.raises(ShapeError, match="speedrun takes images of 9x9 pixels or more"):
        models.require_image_size(model, "speedrun", (9, 8))


@pytest.mark.parametrize("name", models.BY_NAME)
def test_for_the_lessons_images_nothing_changes(name):
    torch.manual_seed(0)
    plain = models.BY_NAME[name]().state_dict()
    torch.manual_seed(0)
    built = models.build(name, 10).state_dict()
    assert plain.keys() == built.keys()
    assert all(torch.equal(plain[key], built[key]) for key in plain)
