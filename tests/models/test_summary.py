"""`arithmetic.describe` against torchvision's own networks, torchinfo and the printed figures."""

import pytest
import torch
import torchinfo
import torchvision
from torch import nn
from torch.nn import functional as F

from cnnlab import arithmetic, models
from cnnlab.arithmetic import ReceptiveField
from cnnlab.errors import ShapeError
from cnnlab.models.tracing import trace


def test_lenet5_row_by_row():
    rows = arithmetic.describe(models.LeNet5(), (1, 32, 32))
    assert [(row.name, row.parameters) for row in rows] == [
        ("c1", 156),
        ("s2", 12),
        ("c3", 1516),
        ("s4", 32),
        ("c5", 48120),
        ("f6", 10164),
    ]
    assert rows.parameters == 60_000
    assert [row.output_shape for row in rows][:5] == [
        (6, 28, 28),
        (6, 14, 14),
        (16, 10, 10),
        (16, 5, 5),
        (120, 1, 1),
    ]
    assert rows[4].receptive_field[0] == ReceptiveField(size=32, stride=4, start=0)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("alexnet", 61_100_840), ("vgg16", 138_357_544), ("resnet50", 25_557_032)],
)
def test_parameters_of_famous_networks(name, parameters):
    with torch.device("meta"):
        model = getattr(torchvision.models, name)()
    assert arithmetic.describe(model, (3, 224, 224)).parameters == parameters


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121"])
def test_counts_agree_with_torchinfo(name):
    model = getattr(torchvision.models, name)(weights=None).eval()
    described = arithmetic.describe(model, (3, 64, 64))
    summary = torchinfo.summary(model, (1, 3, 64, 64), verbose=0)
    assert described.parameters == summary.total_params
    biases = sum(  # torchinfo counts adding a bias and the scaling of batch norm
        module.weight.numel() for module in model.modules() if isinstance(module, nn.BatchNorm2d)
    )
    assert described.macs == summary.total_mult_adds - 2 * biases - model_bias(model)


def model_bias(model):
    last = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    return last.bias.numel()


def test_receptive_field_of_vgg16():
    with torch.device("meta"):
        features = torchvision.models.vgg16().features
    height, width = arithmetic.describe(features, (3, 224, 224))[-1].receptive_field
    assert height == width == ReceptiveField(size=212, stride=32, start=-90)


def test_receptive_field_follows_a_residual_sum():
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.wide, self.narrow = nn.Conv2d(1, 1, 5, padding=2), nn.Conv2d(1, 1, 1)
            self.after = nn.Conv2d(1, 1, (1, 3), padding=(0, 1))

        def forward(self, images):
            return self.after(torch.relu(self.wide(images) + self.narrow(images)))

    height, width = arithmetic.describe(Residual(), (1, 16, 16))[-1].receptive_field
    assert height == ReceptiveField(size=5, stride=1, start=-2)
    assert width == ReceptiveField(size=7, stride=1, start=-3)


def test_receptive_field_is_unknown_rather_than_wrong():
    class Rolled(nn.Sequential):
        def forward(self, images):
            return super().forward(images.roll(3, dims=2))

    assert arithmetic.describe(Rolled(nn.Conv2d(1, 1, 3)), (1, 8, 8))[0].receptive_field is None
    transposed = nn.ConvTranspose2d(1, 1, 3, stride=2)
    assert arithmetic.describe(transposed, (1, 8, 8))[0].receptive_field is None


def test_padding_words_and_adaptive_pooling():
    same, valid = nn.Conv2d(1, 1, 5, padding="same"), nn.Conv2d(1, 1, 3, padding="valid")
    rows = arithmetic.describe(nn.Sequential(same, valid, nn.AvgPool2d(2)), (1, 12, 12))
    assert rows[-1].receptive_field[0] == ReceptiveField(8, 2, -2)
    pooled = arithmetic.describe(nn.AdaptiveAvgPool2d(4), (1, 12, 12))
    assert pooled[-1].receptive_field[0] == ReceptiveField(3, 3, 0)
    assert arithmetic.describe(nn.AdaptiveAvgPool2d(5), (1, 12, 12))[-1].receptive_field is None


def test_transposed_convolution_works_at_every_input_pixel():
    row = arithmetic.describe(nn.ConvTranspose2d(2, 3, 4, stride=2), (2, 5, 5))[0]
    assert row.macs == 2 * 3 * 16 * 25


def test_a_layer_used_twice_is_counted_once_but_works_twice():
    shared = nn.Conv2d(3, 3, 3, padding=1)
    described = arithmetic.describe(nn.Sequential(shared, nn.ReLU(), shared), (3, 8, 8))
    assert described.parameters == 84
    assert described.macs == 2 * 81 * 64


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout())
    model[1].eval()
    mean = model[1].running_mean.clone()
    arithmetic.describe(model, (3, 8, 8))
    assert [module.training for module in model] == [True, False, True]
    assert torch.equal(model[1].running_mean, mean)
    assert not model[0]._forward_hooks


class Mixed(nn.Module):
    """A layer that is used twice, functions, a size in the forward, and sums in place."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Conv2d(3, 3, 3, padding=1)
        self.skip = nn.Sequential()
        self.act = nn.ReLU(inplace=True)
        self.linear = nn.Linear(3, 2)

    def forward(self, images):
        maps = F.relu(self.shared(images))
        maps += self.skip(images)
        maps = self.shared(input=self.act(maps))
        maps.add_(images).relu_()
        if maps.shape[2] % 2 == 0:
            maps = F.max_pool2d(maps, 2)
        return self.linear(maps.amax(dim=(2, 3)))


def test_functions_sums_in_place_and_a_layer_used_twice():
    rows = arithmetic.describe(Mixed(), (3, 8, 8))
    assert [(row.name, row.parameters) for row in rows] == [
        ("shared", 84),
        ("skip", 0),
        ("act", 0),
        ("shared", 0),
        ("linear", 8),
    ]
    sizes = [row.receptive_field and row.receptive_field[0].size for row in rows]
    assert sizes == [3, 1, 3, 5, None]


def test_nodes_say_where_each_tensor_came_from():
    nodes = trace(Mixed(), torch.rand(1, 3, 8, 8))
    outer = [node for node in nodes if not node.inside]
    assert " ".join(node.name for node in outer) == (
        "image shared relu skip add act shared add relu max_pool2d amax linear"
    )
    sources = [[nodes[number].name for number, _ in node.inputs] for node in outer]
    assert sources[:6] == [[], ["image"], ["shared"], ["image"], ["relu", "skip"], ["add"]]
    assert sources[6:9] == [["act"], ["shared", "skip"], ["add"]]
    assert outer[9].shape == (1, 3, 4, 4)


def test_a_map_that_was_changed_unseen_is_not_followed():
    class Erased(nn.Sequential):
        def forward(self, images):
            maps = self[0](images)
            maps[:, 0] = 0
            return self[1](maps)

    rows = arithmetic.describe(Erased(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)), (3, 8, 8))
    assert [row.receptive_field is None for row in rows] == [False, True]


def test_an_own_forward_in_inference_mode_can_be_counted():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True))
    model.forward = torch.inference_mode()(model.forward)
    assert arithmetic.describe(model, (3, 8, 8))[1].receptive_field[0].size == 3


def test_printed_as_a_table():
    text = repr(arithmetic.describe(models.SimpleCNN(), (3, 32, 32)))
    assert text.splitlines()[1].split() == ["conv", "Conv2d", "16x32x32", "448", "442,368", "3x3"]
    assert text.splitlines()[-1].split() == ["total", "41,418", "483,328"]


def test_input_shape_is_checked():
    with pytest.raises(ShapeError, match=r"input_shape\[1\]=0 must be at least 1"):
        arithmetic.describe(models.SimpleCNN(), (3, 0, 32))
