"""Every network is built for every image size that it can read."""

import pytest
import torch

from cnnlab import models
from cnnlab.errors import ShapeError

SMALLEST = {"simple-cnn": 2, "mlp": 1, "small-cnn": 4, "fast-cnn": 8, "lenet5": 16}


@pytest.mark.parametrize("name", models.BY_NAME)
@pytest.mark.parametrize("size", [(28, 28), (64, 48), (17, 33), (96, 224)])
def test_images_of_any_size(name, size):
    model = models.build(name, 7, image_size=size).eval()
    assert model(torch.rand(2, 3, *size)).shape == (2, 7)


@pytest.mark.parametrize("name", SMALLEST)
def test_the_smallest_size_works_and_one_less_is_told(name):
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


def test_the_speedrun_is_told_its_smallest_size_too():
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
